import CacheModel

/// Reads request bodies straight from their bytes.
///
/// Repeated members: the last one counts. `null` counts as left out, except for `prompt`, `messages` and `response`.
enum RequestDecoder {
    /// The body of a lookup.
    static func lookup(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> CacheRequest {
        try whole(body) { (reader) throws(RequestProblem) in try lookup(&reader) }
    }

    /// The body of a store.
    static func store(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> StoreRequest {
        try whole(body) { (reader) throws(RequestProblem) in try store(&reader, body) }
    }

    /// The body of an invalidation.
    static func invalidation(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> InvalidationRequest {
        try whole(body) { (reader) throws(RequestProblem) in
            var fields = InvalidationFields()
            try reader.members("") { (reader, name) throws(RequestProblem) in try fields.set(name, &reader) }
            return try fields.finish()
        }
    }

    /// The body of feedback.
    static func feedback(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> FeedbackRequest {
        try whole(body) { (reader) throws(RequestProblem) in
            var fields = FeedbackFields()
            try reader.members("") { (reader, name) throws(RequestProblem) in try fields.set(name, &reader) }
            return try fields.finish()
        }
    }

    /// `{"token":…,"failed"?}`: the lease that a release names, and whether the model has failed.
    static func lease(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> (token: String, hasFailed: Bool) {
        try whole(body) { (reader) throws(RequestProblem) in
            var token: String?
            var hasFailed = false
            try reader.givenMembers(["token", "failed"]) { (reader, name) throws(RequestProblem) in
                switch name {
                case "token": token = try reader.text(name)
                case "failed": hasFailed = try reader.flag(name)
                default: try reader.pass()
                }
            }
            guard let token else {
                throw RequestProblem(.missingField, field: "token", "is missing: give the lease's token")
            }
            return (try FieldRules.name(token, "token", allowEmpty: false), hasFailed)
        }
    }

    /// What a conversation is appended: `{"messages":[…]}`, or one message.
    static func messages(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> [ChatMessage] {
        try whole(body) { (reader) throws(RequestProblem) in
            let start = reader
            var decoder = MessageDecoder()
            var found: [ChatMessage]?
            try reader.members("") { (reader, name) throws(RequestProblem) in
                if name == "messages" { found = try decoder.messages(&reader, name) } else { try reader.pass() }
            }
            if let found { return found }
            var again = start
            return [try decoder.message(&again)]
        }
    }

    /// `{"requests":[…]}` of lookups: what each element is, or what is wrong with it.
    static func lookups(
        _ body: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> [Result<CacheRequest, RequestProblem>] {
        try batch(body) { (reader) throws(RequestProblem) in try lookup(&reader) }
    }

    /// `{"requests":[…]}` of stores: what each element is, or what is wrong with it.
    static func stores(
        _ body: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> [Result<StoreRequest, RequestProblem>] {
        try batch(body) { (reader) throws(RequestProblem) in try store(&reader, body) }
    }

    private static func lookup(_ reader: inout JSONReader) throws(RequestProblem) -> CacheRequest {
        var fields = RequestFields()
        try reader.members("") { (reader, name) throws(RequestProblem) in try fields.set(name, &reader) }
        return try fields.finish()
    }

    private static func store(
        _ reader: inout JSONReader, _ text: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> StoreRequest {
        var fields = StoreFields()
        try reader.members("") { (reader, name) throws(RequestProblem) in try fields.set(name, &reader, text: text) }
        return try fields.finish()
    }

    /// Reads a body to its end.
    static func whole<Value>(
        _ body: UnsafeBufferPointer<UInt8>, _ read: (inout JSONReader) throws(RequestProblem) -> Value
    ) throws(RequestProblem) -> Value {
        if body.isEmpty {
            throw RequestProblem(.malformedJSON, field: "", "the body is empty; send a JSON object")
        }
        var reader = JSONReader(body)
        let value = try read(&reader)
        try reader.end()
        return value
    }

    private static func batch<Request>(
        _ body: UnsafeBufferPointer<UInt8>, _ read: (inout JSONReader) throws(RequestProblem) -> Request
    ) throws(RequestProblem) -> [Result<Request, RequestProblem>] {
        try whole(body) { (reader) throws(RequestProblem) in
            var all: [Result<Request, RequestProblem>]?
            try reader.givenMembers(["requests"]) { (reader, name) throws(RequestProblem) in
                if name == "requests" { all = try elements(&reader, read) } else { try reader.pass() }
            }
            guard let all else {
                throw RequestProblem(.missingField, field: "requests", "is missing: give an array of requests")
            }
            return all
        }
    }

    private static func elements<Request>(
        _ reader: inout JSONReader, _ read: (inout JSONReader) throws(RequestProblem) -> Request
    ) throws(RequestProblem) -> [Result<Request, RequestProblem>] {
        var all: [Result<Request, RequestProblem>] = []
        try reader.elements("requests") { (reader, index) throws(RequestProblem) in
            if index >= FieldRules.maximumBatch {
                throw RequestProblem(
                    .tooLarge, field: "requests", "must hold at most \(FieldRules.maximumBatch) requests; send several")
            }
            // One bad request does not spoil the others, as long as the text itself is JSON.
            var again = reader
            do throws(RequestProblem) {
                all.append(.success(try read(&reader)))
            } catch {
                if error.code == .malformedJSON { throw error }
                try again.pass()
                reader = again
                all.append(.failure(error.inside("requests[\(index)]")))
            }
        }
        return all
    }
}
