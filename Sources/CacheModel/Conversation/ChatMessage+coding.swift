/// A turn as stores keep it: JSON that gives back the very same turn, so that a stored history and a sent one have the
/// same digest. What a turn holds as raw JSON is kept as a string of its bytes.
extension ChatMessage {
    /// `{"role":…,"name"?:…,"parts":[…]}`.
    public var stored: RawJSON {
        var members: [JSONMember] = [JSONMember("role", .string(role))]
        if let name { members.append(JSONMember("name", .string(name))) }
        members.append(JSONMember("parts", .array(parts.map(\.stored))))
        return RawJSON(.object(members))
    }

    /// The turn that `stored` wrote; `nil` for anything else.
    public init?(stored text: some Sequence<UInt8>) {
        guard let value = try? JSONValue(parsing: Array(text)), let role = value["role"]?.string,
            let parts = ContentPart.parts(value["parts"])
        else { return nil }
        self.init(role: role, parts: parts, name: value["name"]?.string)
    }
}

extension ContentPart {
    fileprivate var stored: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .media(let kind, let content): ["media": .string(kind), "content": .string(content.text)]
        case .toolCall(let id, let name, let arguments):
            ["call": .string(name), "id": Self.optional(id), "arguments": arguments]
        case .toolResult(let id, let content):
            ["result": .array(content.map(\.stored)), "id": Self.optional(id)]
        case .other(let content): ["other": .string(content.text)]
        }
    }

    private static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    fileprivate static func parts(_ value: JSONValue?) -> [ContentPart]? {
        guard let values = value?.array else { return nil }
        let parts = values.compactMap(part)
        return parts.count == values.count ? parts : nil
    }

    private static func part(_ value: JSONValue) -> ContentPart? {
        if let text = value.string { return .text(text) }
        if let kind = value["media"]?.string, let content = value["content"]?.string {
            return .media(kind: kind, content: RawJSON(validated: Array(content.utf8)))
        }
        if let name = value["call"]?.string, let arguments = value["arguments"] {
            return .toolCall(id: value["id"]?.string, name: name, arguments: arguments)
        }
        if let content = value["result"] {
            return parts(content).map { .toolResult(id: value["id"]?.string, content: $0) }
        }
        return value["other"]?.string.map { .other(RawJSON(validated: Array($0.utf8))) }
    }
}
