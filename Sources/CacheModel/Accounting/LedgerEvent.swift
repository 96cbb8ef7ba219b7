/// One lookup or store as the ledger counts it.
public struct LedgerEvent: Sendable {
    /// What it is about.
    public var key: LedgerKey
    /// What it adds.
    public var counts = SIMD32<Int64>()
    /// Why it was a miss or a refusal: `miss:unsure`, `refused:no_store`.
    public var reason: String?
    /// The prompt that it adds to the sum of.
    public var subject: LedgerSubject?

    /// More tokens than any model takes or gives in one call.
    public static let maximumTokens = 1_000_000_000
    /// More than any call costs: a million dollars. Nine thousand such calls still fit a sum.
    public static let maximumNano: Int64 = 1_000_000_000_000_000

    /// An event about `key`.
    public init(key: LedgerKey) { self.key = key }

    /// Whole hours since 1970.
    public static func hour(of moment: Timestamp) -> Int64 {
        let hours = moment.milliseconds / 3_600_000
        return moment.milliseconds < 0 && moment.milliseconds % 3_600_000 != 0 ? hours - 1 : hours
    }

    /// Adds to a counter.
    public mutating func add(_ counter: LedgerCounter, _ amount: Int64 = 1) { counts[counter.rawValue] += amount }

    /// What it adds to the sum of its subject.
    public var subjectNano: Int64 {
        counts[(subject?.kind == .nearMiss ? LedgerCounter.chargedNano : .avoidedNano).rawValue]
    }

    /// Which of the two ledgers an amount belongs to; they are never mixed.
    public enum Side: Sendable {
        /// What a model call cost.
        case charged
        /// What a hit would have cost.
        case avoided
    }

    /// Adds tokens and money. What makes no sense is left out, and the event is marked as implausible.
    public mutating func add(_ usage: TokenUsage, cost: NanoDollars?, isEstimated: Bool, to side: Side) {
        let counts = [usage.promptTokens, usage.cachedPromptTokens, usage.completionTokens, usage.reasoningTokens]
        guard counts.allSatisfy({ (0...Self.maximumTokens).contains($0) }),
            cost.map({ (0...Self.maximumNano).contains($0.amount) }) ?? true
        else { return add(.implausible) }
        let first = (side == .charged ? LedgerCounter.chargedPromptTokens : .avoidedPromptTokens).rawValue
        for (offset, count) in counts.enumerated() { self.counts[first + offset] += Int64(count) }
        if let cost { self.counts[first + 4] += cost.amount } else { self.counts[first + 5] += 1 }
        if isEstimated { self.counts[first + 6] += 1 }
    }
}
