import CacheModel

extension ContentPart {
    /// Roughly what the part takes in memory.
    var estimatedBytes: Int {
        switch self {
        case .text(let text): text.utf8.count + 32
        case .media(_, let content), .other(let content): content.bytes.count + 32
        case .toolCall(_, let name, let arguments): name.utf8.count + RawJSON(arguments).bytes.count + 64
        case .toolResult(_, let content): content.reduce(64) { $0 + $1.estimatedBytes }
        }
    }
}
