import CacheModel

/// Token counts for calls whose gateway sent none.
enum UsageEstimate {
    /// Four bytes of English text a token: OpenAI's rule of thumb
    /// (help.openai.com, "What are tokens and how to count them?").
    static let bytesPerToken = 4

    /// The estimated usage of a call: text of the prompt and its turns, and the response's bytes.
    static func usage(_ request: StoreRequest) -> TokenUsage {
        TokenUsage(
            promptTokens: tokens(promptBytes(request.request.input)),
            completionTokens: tokens(request.response.bytes.count))
    }

    private static func tokens(_ bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }

    private static func promptBytes(_ input: PromptInput) -> Int {
        switch input {
        case .prompt(let text): text.utf8.count
        case .messages(let messages, let system): messages.reduce(textBytes(system)) { $0 + textBytes($1.parts) }
        }
    }

    private static func textBytes(_ parts: [ContentPart]) -> Int {
        parts.reduce(0) { total, part in
            switch part {
            case .text(let text): total + text.utf8.count
            case .toolResult(_, let content): total + textBytes(content)
            default: total
            }
        }
    }
}
