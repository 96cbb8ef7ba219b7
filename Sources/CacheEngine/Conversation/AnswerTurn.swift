import CacheModel

/// The turn that a stored answer makes in a conversation.
enum AnswerTurn {
    /// The assistant's turn: its text where the answer is one of the usual shapes and nothing but text, else the answer
    /// as it is.
    static func message(_ response: RawJSON) -> ChatMessage {
        guard let value = try? response.parsed(), let text = text(of: value) else {
            return ChatMessage(role: "assistant", parts: [.other(response)])
        }
        return ChatMessage(role: "assistant", text: text)
    }

    /// A string; a message of OpenAI or Anthropic; a chat completion of OpenAI.
    static func text(of value: JSONValue) -> String? {
        if let text = value.string { return text }
        if let choices = value["choices"]?.array {
            guard choices.count == 1, let message = choices[0]["message"] else { return nil }
            return text(of: message)
        }
        for calls in ["tool_calls", "function_call"] {
            if let found = value[calls], found != .null, found != .array([]) { return nil }
        }
        if let content = value["content"]?.string { return content }
        guard let parts = value["content"]?.array, !parts.isEmpty else { return nil }
        let texts = parts.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }
        return texts.count == parts.count && texts.count == 1 ? texts[0] : nil
    }
}

extension PromptInput {
    /// The input with a stored history in front of it.
    ///
    /// A request that shows turns of an assistant brings its own history and is taken at its word. Its own system prompt
    /// stands in for the stored one.
    func continuing(_ stored: [ChatMessage]) -> PromptInput {
        if stored.isEmpty { return self }
        switch self {
        case .prompt(let text): return .messages(stored + [ChatMessage(role: "user", text: text)])
        case .messages(let messages, let system):
            if messages.contains(where: \.isAnswer) { return self }
            let leading = messages.prefix(while: \.isInstruction)
            let bringsOwn = !leading.isEmpty || !system.isEmpty
            let history = bringsOwn ? Array(stored.drop(while: \.isInstruction)) : stored
            return .messages(leading + history + messages.dropFirst(leading.count), system: system)
        }
    }

    /// The turns that this input adds to a stored history: all of them to an empty one, else those after the last
    /// answer it shows, without instructions.
    func newTurns(after stored: [ChatMessage]) -> [ChatMessage] {
        switch self {
        case .prompt(let text): return [ChatMessage(role: "user", text: text)]
        case .messages(let messages, _):
            if stored.isEmpty { return messages }
            let start = messages.lastIndex(where: \.isAnswer).map { $0 + 1 } ?? 0
            return messages[start...].filter { !$0.isInstruction }
        }
    }
}

extension ChatMessage {
    fileprivate var isAnswer: Bool { role == "assistant" || role == "model" }
    fileprivate var isInstruction: Bool { role == "system" || role == "developer" }
}
