import CacheModel

/// How long an answer lives, shaped by what is known of it: a share of the namespace's `ttl`.
///
/// Figures of ours, not of any paper: they only order answers by how soon they age and how much they are worth. The
/// namespace's `max_ttl` bounds the product, and a request's own `ttl` stands in its place.
enum LifetimeShape {
    /// Answers that rest on tools: what a tool said an hour ago may be otherwise now.
    static let toolShare = 0.25
    /// Answers within a conversation: the same history seldom comes again.
    static let conversationShare = 0.5
    /// Confidence below this counts as this: a doubtful answer that is kept at all is worth a moment.
    static let leastConfidence = 0.1
    /// What a dear answer is worth keeping longer: from so many nano-dollars on, so many times as long.
    static let costSteps: [(from: NanoDollars, share: Double)] = [
        (NanoDollars(100_000_000), 2), (NanoDollars(10_000_000), 1.5),
    ]

    /// The share for `request`, whose call cost `cost` where that is known.
    static func share(of request: StoreRequest, cost: NanoDollars?) -> Double {
        var share = kindShare(request.request)
        if let confidence = request.confidence { share *= max(leastConfidence, min(1, confidence)) }
        if let cost, let step = costSteps.first(where: { cost >= $0.from }) { share *= step.share }
        return share
    }

    private static func kindShare(_ request: CacheRequest) -> Double {
        let offersTools = request.params.contains { member in
            (member.name == "tools" || member.name == "functions") && member.value.array?.isEmpty == false
        }
        let reading = PromptReading(request.input)
        if offersTools || !reading.endsWithUserText || reading.earlier.contains(where: \.usesTools) { return toolShare }
        return reading.earlier.isEmpty ? 1 : conversationShare
    }
}

extension ChatMessage {
    /// Whether the turn calls tools or brings their results.
    fileprivate var usesTools: Bool {
        parts.contains { part in
            switch part {
            case .toolCall, .toolResult: true
            default: false
            }
        }
    }
}
