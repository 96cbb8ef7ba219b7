import CacheModel

/// The sums of a replay.
public struct ReplayTally: Sendable {
    /// Requests sent.
    public private(set) var lookups = 0
    /// Hits by exact key.
    public private(set) var exactHits = 0
    /// Hits by meaning.
    public private(set) var semanticHits = 0
    /// Hits that served an answer that the request did not need.
    public private(set) var wrongHits: [TrafficReplay.Outcome] = []
    /// Hits whose request and source both carry a label.
    public private(set) var judgedHits = 0
    /// Requests for which a right answer had been stored before.
    public private(set) var answerable = 0
    /// Misses by reason.
    public private(set) var misses: [String: Int] = [:]
    /// Answers that the cache kept, and that it refused to keep.
    public private(set) var stored = 0
    /// Refused stores by reason.
    public private(set) var refused: [String: Int] = [:]
    /// Tokens that hits avoided.
    public private(set) var avoided = TokenUsage()
    /// Money that hits avoided, nano-dollars, where the price is known.
    public private(set) var avoidedCost = NanoDollars(0)
    /// Model latency that nobody waited for, milliseconds.
    public private(set) var avoidedLatency = 0.0
    /// Microseconds of each lookup, as the client saw it.
    public private(set) var lookupMicroseconds: [Double] = []

    /// Nothing yet.
    public init() {}

    /// Hits of both kinds.
    public var hits: Int { exactHits + semanticHits }
    /// hits / lookups.
    public var hitRate: Proportion { Proportion(hits, of: lookups) }
    /// Wrong hits / hits that can be judged.
    public var falseHitRate: Proportion { Proportion(wrongHits.count, of: judgedHits) }
    /// Right hits / answerable requests.
    public var recall: Proportion { Proportion(judgedHits - wrongHits.count, of: answerable) }

    /// Adds one request.
    public mutating func add(_ outcome: TrafficReplay.Outcome) {
        lookups += 1
        lookupMicroseconds.append(Double(outcome.nanoseconds) / 1000)
        if outcome.wasAnswerable == true { answerable += 1 }
        if outcome.isHit {
            addHit(outcome)
        } else {
            misses[outcome.reply["reason"]?.string ?? outcome.status, default: 0] += 1
            switch outcome.stored?["status"]?.string {
            case "stored": stored += 1
            case "refused": refused[outcome.stored?["reason"]?.string ?? "?", default: 0] += 1
            default: break
            }
        }
    }

    private mutating func addHit(_ outcome: TrafficReplay.Outcome) {
        if outcome.reply["hit_type"]?.string == "exact" { exactHits += 1 } else { semanticHits += 1 }
        if let isWrong = outcome.isWrongHit {
            judgedHits += 1
            if isWrong { wrongHits.append(outcome) }
        }
        guard let saved = outcome.reply["avoided"] else { return }
        avoided.promptTokens += Int(saved["prompt_tokens"]?.integer ?? 0)
        avoided.completionTokens += Int(saved["completion_tokens"]?.integer ?? 0)
        avoidedCost = avoidedCost + outcome.avoidedCost
        avoidedLatency += saved["latency_ms"]?.double ?? 0
    }
}
