import CacheModel

/// Reads requests from a RESP command's arguments: one JSON object, or names and values in turn.
///
/// Values of text fields are taken as they are, all others are JSON; a dotted name (`cache.ttl`) is a member.
enum PairDecoder {
    static func lookup(_ command: RESPCommand) throws(RequestProblem) -> CacheRequest {
        if command.count == 2 { return try RequestDecoder.lookup(command[1]) }
        var fields = RequestFields()
        try pairs(command) { (name, value) throws(RequestProblem) in
            if RequestFields.textFields.contains(name) {
                try fields.setText(name, try text(value, name))
            } else {
                try json(value, name) { (reader) throws(RequestProblem) in try fields.set(name, &reader) }
            }
        }
        return try fields.finish()
    }

    static func store(_ command: RESPCommand) throws(RequestProblem) -> StoreRequest {
        if command.count == 2 { return try RequestDecoder.store(command[1]) }
        var fields = StoreFields()
        try pairs(command) { (name, value) throws(RequestProblem) in
            if StoreFields.textFields.contains(name) {
                try fields.setText(name, try text(value, name))
            } else {
                try json(value, name) { (reader) throws(RequestProblem) in
                    try fields.set(name, &reader, text: value)
                }
            }
        }
        return try fields.finish()
    }

    static func invalidation(_ command: RESPCommand) throws(RequestProblem) -> InvalidationRequest {
        if command.count == 2 { return try RequestDecoder.invalidation(command[1]) }
        var fields = InvalidationFields()
        try pairs(command) { (name, value) throws(RequestProblem) in
            if InvalidationFields.textFields.contains(name) {
                try fields.setText(name, try text(value, name))
            } else {
                try json(value, name) { (reader) throws(RequestProblem) in try fields.set(name, &reader) }
            }
        }
        return try fields.finish()
    }

    /// One JSON object, or names and values, or just the lookup's name and the verdict.
    static func feedback(_ command: RESPCommand) throws(RequestProblem) -> FeedbackRequest {
        if command.count == 2 { return try RequestDecoder.feedback(command[1]) }
        var fields = FeedbackFields()
        if command.count == 3 {
            try fields.setText("lookup_id", try text(command[1], "lookup_id"))
            try fields.setText("verdict", try text(command[2], "verdict"))
            return try fields.finish()
        }
        try pairs(command) { (name, value) throws(RequestProblem) in
            guard FeedbackFields.textFields.contains(name) else { return }
            try fields.setText(name, try text(value, name))
        }
        return try fields.finish()
    }

    private static func pairs(
        _ command: RESPCommand, _ pair: (String, UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> Void
    ) throws(RequestProblem) {
        guard command.count > 2, command.count % 2 == 1 else {
            throw RequestProblem(
                .missingField, field: "", "give one JSON object, or names and values in turn (prompt \"…\" model …)")
        }
        for index in stride(from: 1, to: command.count, by: 2) {
            guard let name = command.text(index) else {
                throw RequestProblem(.invalidValue, field: "argument \(index)", "is not UTF-8")
            }
            try pair(name, command[index + 1])
        }
    }

    private static func text(
        _ value: UnsafeBufferPointer<UInt8>, _ field: String
    ) throws(RequestProblem) -> String {
        guard let text = String(validating: value, as: UTF8.self) else {
            throw RequestProblem(.invalidValue, field: field, "is not UTF-8")
        }
        return text
    }

    /// Reads a value that is JSON. Syntax is the field's own problem here, not the whole body's.
    private static func json(
        _ value: UnsafeBufferPointer<UInt8>, _ field: String,
        _ read: (inout JSONReader) throws(RequestProblem) -> Void
    ) throws(RequestProblem) {
        do throws(RequestProblem) {
            var reader = JSONReader(value)
            try read(&reader)
            try reader.end()
        } catch {
            guard error.code == .malformedJSON else { throw error }
            throw RequestProblem(
                .malformedJSON, field: field, "must be written as JSON (text in double quotes): \(error.message)")
        }
    }
}
