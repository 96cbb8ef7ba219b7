/// One turn of a chat, in the shape that OpenAI's and Anthropic's messages share.
public struct ChatMessage: Sendable, Equatable {
    /// Who speaks: `system`, `developer`, `user`, `assistant`, `tool`, or whatever the gateway sends.
    public var role: String
    /// What is said. A plain string is one text part.
    public var parts: [ContentPart]
    /// The speaker's name, if one is given.
    public var name: String?

    /// A turn of any parts.
    public init(role: String, parts: [ContentPart], name: String? = nil) {
        self.role = role
        self.parts = parts
        self.name = name
    }

    /// A turn of plain text.
    public init(role: String, text: String) { self.init(role: role, parts: [.text(text)]) }

    /// The text parts joined by line ends.
    public var text: String {
        if parts.count == 1, case .text(let only) = parts[0] { return only }
        return parts.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
    }

    /// Whether the turn is text and nothing else.
    public var isPlainText: Bool {
        parts.allSatisfy { if case .text = $0 { true } else { false } }
    }
}

/// A piece of a turn.
public enum ContentPart: Sendable, Equatable {
    /// Text.
    case text(String)
    /// An image, a sound, a file: its kind and its canonical JSON, which is kept for its digest only.
    case media(kind: String, content: RawJSON)
    /// The model asks for a tool. `id` is made up anew by each call, so it never counts as content.
    case toolCall(id: String?, name: String, arguments: JSONValue)
    /// A tool's answer to the call `id`.
    case toolResult(id: String?, content: [ContentPart])
    /// Anything else, by its canonical JSON.
    case other(RawJSON)
}
