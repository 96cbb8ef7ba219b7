import CacheModel

/// A request's input taken apart: the text to match by, and everything around it that must be equal.
struct PromptReading: Equatable {
    /// The last user text; empty when the request does not end with a user's text.
    var prompt: String
    /// The system prompt: Anthropic's own field and the leading system turns.
    var system: [ContentPart]
    /// The turns between the system prompt and the last user turn.
    var earlier: [ChatMessage]
    /// What else the last user turn carries: images, files, tool results.
    var attachments: [ContentPart]
    /// The name on the last user turn.
    var speaker: String?
    /// Whether the last user text is what the answer answers, so that a rephrasing of it may be served.
    ///
    /// False when the request ends with a tool's result or the model's own words (an agent's loop): there the last
    /// user text is the same on every round and says nothing about the answer wanted now.
    var endsWithUserText: Bool

    /// Whether there is nothing that could tell this request from any other.
    var isEmpty: Bool {
        // The first byte tells almost every prompt; asking Unicode about each character would cost more than hashing it.
        if let first = prompt.utf8.first, first > 0x20, first < 0x80 { return false }
        return prompt.allSatisfy(\.isWhitespace) && earlier.isEmpty && attachments.isEmpty
    }

    /// The `count` turns before the question, and all since: in an agent's loop the question itself is an earlier turn, and
    /// the same tool may say the same to another one.
    func window(_ count: Int) -> ArraySlice<ChatMessage> {
        guard !endsWithUserText else { return earlier.suffix(count) }
        let question = earlier.lastIndex { $0.role == "user" && !$0.text.isEmpty } ?? 0
        return earlier[max(0, question - count)...]
    }

    init(_ input: PromptInput) {
        switch input {
        case .prompt(let text):
            self.init(text: text)
        case .messages(let messages, let topLevel):
            self.init(messages: messages, system: topLevel)
        }
    }

    private init(text: String) {
        (prompt, system, earlier, attachments, speaker, endsWithUserText) = (text, [], [], [], nil, true)
    }

    private init(messages: [ChatMessage], system topLevel: [ContentPart]) {
        let leading = messages.prefix { $0.role == "system" || $0.role == "developer" }
        system = topLevel + leading.flatMap(\.parts)
        let turns = messages.dropFirst(leading.count)
        guard let last = turns.last, last.role == "user", !last.text.isEmpty || last.parts.isEmpty else {
            (prompt, earlier, attachments, speaker, endsWithUserText) = ("", Array(turns), [], nil, false)
            return
        }
        prompt = last.text
        earlier = Array(turns.dropLast())
        attachments = last.parts.filter { if case .text = $0 { false } else { true } }
        speaker = last.name
        endsWithUserText = !attachments.contains { if case .toolResult = $0 { true } else { false } }
    }
}
