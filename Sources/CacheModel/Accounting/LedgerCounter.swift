/// What the ledger counts. The raw values are places in `LedgerCounts` and in what stores keep: never changed, only added
/// to, up to 32.
public enum LedgerCounter: Int, Sendable, CaseIterable {
    /// Hits by exact key.
    case exactHits = 0
    /// Hits by meaning.
    case semanticHits = 1
    /// Hits with an answer past its time.
    case staleHits = 2
    /// Misses of every reason.
    case misses = 3
    /// Lookups that the policy or the request kept from the cache.
    case bypasses = 4
    /// Answers kept.
    case stored = 5
    /// Answers refused, for every reason.
    case refused = 6
    /// Model calls that were paid for.
    case calls = 7
    /// Prompt tokens charged, cached ones included.
    case chargedPromptTokens = 8
    /// Prompt tokens charged that the provider had cached.
    case chargedCachedTokens = 9
    /// Answer tokens charged, reasoning included.
    case chargedCompletionTokens = 10
    /// Answer tokens charged that went into reasoning.
    case chargedReasoningTokens = 11
    /// Nano-dollars charged.
    case chargedNano = 12
    /// Calls without a known price.
    case chargedUnpriced = 13
    /// Calls whose tokens were estimated.
    case chargedEstimated = 14
    /// Prompt tokens avoided, cached ones included.
    case avoidedPromptTokens = 15
    /// Prompt tokens avoided that the provider would have had cached.
    case avoidedCachedTokens = 16
    /// Answer tokens avoided, reasoning included.
    case avoidedCompletionTokens = 17
    /// Answer tokens avoided that would have gone into reasoning.
    case avoidedReasoningTokens = 18
    /// Nano-dollars avoided.
    case avoidedNano = 19
    /// Hits without a known price.
    case avoidedUnpriced = 20
    /// Hits whose tokens were estimated.
    case avoidedEstimated = 21
    /// Nanoseconds that lookups took.
    case cacheNanoseconds = 22
    /// Microseconds of model latency that hits avoided.
    case avoidedModelMicroseconds = 23
    /// Microseconds that model calls took.
    case modelMicroseconds = 24
    /// Events whose tokens or cost made no sense and were left out.
    case implausible = 25
    /// Answers that feedback called right.
    case feedbackRight = 26
    /// Answers that feedback called wrong.
    case feedbackWrong = 27
    /// Hits that a namespace in shadow would have had.
    case shadowHits = 28
    /// Tokens that those would have avoided.
    case shadowTokens = 29
    /// Nano-dollars that those would have avoided.
    case shadowNano = 30

    /// The name in reports and in Redis.
    public var name: String { "\(self)" }
}

/// Sums of the ledger's counters, and of misses and refusals by reason.
public struct LedgerCounts: Sendable, Equatable {
    /// The counters by `LedgerCounter`. One vector, so that adding rows is adding vectors.
    public var values = SIMD32<Int64>()
    /// `miss:unsure`, `refused:no_store`, …
    public var reasons: [String: Int64] = [:]

    /// Nothing counted.
    public init() {}

    /// One counter.
    public subscript(counter: LedgerCounter) -> Int64 {
        get { values[counter.rawValue] }
        set { values[counter.rawValue] = newValue }
    }

    /// Adds another row's counts. What one event may add is bounded (`LedgerEvent`), so sums stay far from overflow.
    public static func += (sum: inout Self, other: Self) {
        sum.values &+= other.values
        for (reason, count) in other.reasons { sum.reasons[reason, default: 0] += count }
    }

    /// Hits of all kinds.
    public var hits: Int64 { self[.exactHits] + self[.semanticHits] + self[.staleHits] }
    /// Lookups of all outcomes.
    public var lookups: Int64 { hits + self[.misses] + self[.bypasses] }
    /// Wrong hits among those that feedback spoke about.
    public var falseHits: Proportion {
        Proportion(Int(self[.feedbackWrong]), of: Int(self[.feedbackWrong] + self[.feedbackRight]))
    }
    /// hits / lookups; zero without lookups.
    public var hitRate: Double { lookups == 0 ? 0 : Double(hits) / Double(lookups) }
    /// What the model calls cost.
    public var charged: NanoDollars { NanoDollars(self[.chargedNano]) }
    /// What the hits would have cost.
    public var avoided: NanoDollars { NanoDollars(self[.avoidedNano]) }
}
