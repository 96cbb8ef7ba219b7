import CacheModel

/// Reads chat messages in the shapes of OpenAI and Anthropic.
struct MessageDecoder {
    /// Paths of unknown fields, relative to the message.
    private(set) var unknown = UnknownFields()
    /// How many results of tools stand around what is read.
    private var resultDepth = 0

    /// How deep results of tools may stand in one another. Each is read once more for every one around it, and no model
    /// takes more than one.
    static let maximumResultDepth = 4

    /// The turns of `messages`.
    mutating func messages(_ reader: inout JSONReader, _ field: String) throws(RequestProblem) -> [ChatMessage] {
        var all: [ChatMessage] = []
        try reader.elements(field) { (reader, index) throws(RequestProblem) in
            do throws(RequestProblem) {
                var one = MessageDecoder()
                all.append(try one.message(&reader))
                unknown.note(one.unknown.paths, inside: "\(field)[\(index)]")
            } catch { throw error.inside("\(field)[\(index)]") }
        }
        if all.isEmpty {
            throw RequestProblem(.invalidValue, field: field, "must hold at least one message, but is empty")
        }
        return all
    }

    /// Content: a string is one text part; an array holds parts.
    mutating func content(_ reader: inout JSONReader, _ field: String) throws(RequestProblem) -> [ContentPart] {
        if try reader.takeNull() { return [] }
        switch try reader.kind() {
        case .string: return [.text(try reader.text(field))]
        case .array:
            var parts: [ContentPart] = []
            try reader.elements(field) { (reader, index) throws(RequestProblem) in
                do throws(RequestProblem) {
                    parts.append(try part(&reader, "\(field)[\(index)]"))
                } catch { throw error.inside("\(field)[\(index)]") }
            }
            return parts
        default: throw reader.wrongKind(field, "a string or an array of parts")
        }
    }

    /// One turn.
    mutating func message(_ reader: inout JSONReader) throws(RequestProblem) -> ChatMessage {
        var role: String?
        var name: String?
        var parts: [ContentPart]?
        var calls: [ContentPart] = []
        var callID: String?
        var others: [JSONMember] = []
        try reader.members("") { (reader, member) throws(RequestProblem) in
            switch member {
            case "role": role = try FieldRules.name(try reader.text(member), member, allowEmpty: false)
            case "content": if !(try reader.takeNull()) { parts = try content(&reader, member) }
            case "name": if !(try reader.takeNull()) { name = try reader.text(member) }
            case "tool_calls": calls += try toolCalls(&reader, member)
            case "function_call": if !(try reader.takeNull()) { calls.append(try functionCall(&reader, member)) }
            case "tool_call_id": if !(try reader.takeNull()) { callID = try reader.text(member) }
            case "refusal", "reasoning", "reasoning_content", "reasoning_details", "audio":
                if try reader.takeNull() { return }
                calls.append(.other(CanonicalJSON.encode(.object([JSONMember(member, try reader.anyValue())]))))
            case "annotations", "cache_control", "id", "type", "status": try reader.pass()
            // When it was written is not what it says; Deja's own conversations have `at`.
            case "at", "created_at", "createdAt", "timestamp": try reader.pass()
            default:
                // It may be what the answer is about, such as the `images` of Ollama: two such messages are not one.
                unknown.note(member)
                if !(try reader.takeNull()) { others.append(JSONMember(member, try reader.anyValue())) }
            }
        }
        guard let role else {
            throw RequestProblem(
                .missingField, field: "role", "is missing: say who speaks (\"user\", \"assistant\", …)")
        }
        if role == "user" && parts == nil {
            throw RequestProblem(
                .missingField, field: "content", "is missing: say what the user says (a string or an array of parts)")
        }
        var said = parts ?? []
        if role == "tool" || role == "function" { said = [.toolResult(id: callID, content: said)] }
        // All in one, whose members are sorted: their order does not count.
        if !others.isEmpty { calls.append(.other(CanonicalJSON.encode(.object(others)))) }
        return ChatMessage(role: role, parts: said + calls, name: name)
    }

    // MARK: Tool calls

    /// OpenAI's `tool_calls`.
    private mutating func toolCalls(
        _ reader: inout JSONReader, _ field: String
    ) throws(RequestProblem) -> [ContentPart] {
        if try reader.takeNull() { return [] }
        var calls: [ContentPart] = []
        try reader.elements(field) { (reader, index) throws(RequestProblem) in
            do throws(RequestProblem) {
                calls.append(try toolCall(&reader))
            } catch { throw error.inside("\(field)[\(index)]") }
        }
        return calls
    }

    private mutating func toolCall(_ reader: inout JSONReader) throws(RequestProblem) -> ContentPart {
        var id: String?
        var call: (name: String, arguments: JSONValue)?
        try reader.members("") { (reader, member) throws(RequestProblem) in
            switch member {
            case "id": if !(try reader.takeNull()) { id = try reader.text(member) }
            case "function", "custom": call = try named(&reader, member)
            default: try reader.pass()
            }
        }
        guard let call else {
            throw RequestProblem(.missingField, field: "function", "is missing: name the tool that is called")
        }
        return .toolCall(id: id, name: call.name, arguments: call.arguments)
    }

    /// OpenAI's older `function_call`.
    private mutating func functionCall(
        _ reader: inout JSONReader, _ field: String
    ) throws(RequestProblem) -> ContentPart {
        let call = try named(&reader, field)
        return .toolCall(id: nil, name: call.name, arguments: call.arguments)
    }

    /// `{"name":…,"arguments":…}`; arguments that are a string of JSON are read as that JSON.
    private func named(
        _ reader: inout JSONReader, _ field: String
    ) throws(RequestProblem) -> (name: String, arguments: JSONValue) {
        var name: String?
        var arguments = JSONValue.object([])
        do throws(RequestProblem) {
            try reader.members("") { (reader, member) throws(RequestProblem) in
                switch member {
                case "name": name = try reader.text(member)
                case "arguments", "input": arguments = Self.unwrapped(try reader.anyValue())
                default: try reader.pass()
                }
            }
            guard let name else {
                throw RequestProblem(.missingField, field: "name", "is missing: name the tool that is called")
            }
            return (name, arguments)
        } catch { throw error.inside(field) }
    }

    private static func unwrapped(_ value: JSONValue) -> JSONValue {
        guard case .string(let text) = value else { return value }
        return (try? JSONValue(parsing: text)) ?? value
    }

    // MARK: Parts

    private mutating func part(_ reader: inout JSONReader, _ path: String) throws(RequestProblem) -> ContentPart {
        if try reader.kind() == .string { return .text(try reader.text("")) }
        // Text is by far the most common: it is read in one pass, everything else a second time as a value.
        var again = reader
        var type: String?
        var text: String?
        var others: [String] = []
        try reader.members("") { (reader, member) throws(RequestProblem) in
            switch member {
            case "type": type = try reader.text(member)
            case "text" where try reader.kind() == .string: text = try reader.text(member)
            case "cache_control", "annotations", "citations": try reader.pass()
            default:
                others.append(member)
                try reader.pass()
            }
        }
        guard let type else {
            throw RequestProblem(.missingField, field: "type", "is missing: say what the part is (\"text\", …)")
        }
        if ["text", "input_text", "output_text"].contains(type) {
            guard let text else {
                throw RequestProblem(
                    .missingField, field: "text", "is missing: a part of type \"\(type)\" holds a string")
            }
            unknown.note(others, inside: path)
            return .text(text)
        }
        return try special(type, try again.anyValue(), path)
    }

    /// A part that is not text.
    private mutating func special(
        _ type: String, _ value: JSONValue, _ path: String
    ) throws(RequestProblem) -> ContentPart {
        switch type {
        case "tool_use", "server_tool_use":
            guard let name = value["name"]?.string else {
                throw RequestProblem(.missingField, field: "name", "is missing: name the tool that is called")
            }
            return .toolCall(id: value["id"]?.string, name: name, arguments: value["input"] ?? .object([]))
        case "tool_result":
            var content = try toolResult(value["content"] ?? .null)
            if value["is_error"]?.bool == true { content.append(.other(RawJSON(["is_error": true]))) }
            return .toolResult(id: value["tool_use_id"]?.string, content: content)
        case "image", "image_url", "input_image", "input_audio", "audio", "audio_url", "video", "video_url", "file",
            "input_file", "document":
            return .media(kind: type, content: CanonicalJSON.encode(value))
        default: return .other(CanonicalJSON.encode(value))
        }
    }

    /// The content of Anthropic's `tool_result`, which nests parts.
    private mutating func toolResult(_ value: JSONValue) throws(RequestProblem) -> [ContentPart] {
        guard resultDepth < Self.maximumResultDepth else {
            throw RequestProblem(
                .invalidValue, field: "content",
                "stands in more than \(Self.maximumResultDepth) results of tools, one within the other")
        }
        resultDepth += 1
        defer { resultDepth -= 1 }
        let bytes = JSONWriter.encode(value)
        return try bytes.withUnsafeBufferPointer { buffer throws(RequestProblem) in
            var reader = JSONReader(buffer)
            return try content(&reader, "content")
        }
    }
}
