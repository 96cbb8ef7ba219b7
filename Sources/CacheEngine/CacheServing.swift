import CacheModel

/// What the service asks of the cache.
public protocol CacheServing: Sendable {
    /// Asks for an answer.
    func lookup(_ request: CacheRequest) -> Step<LookupReply>
    /// Asks for many, each answered for itself, in order; prompts are embedded together. Those that stand behind
    /// answers of `ReplyLimit.contentBytes` are not looked up and have no reply.
    func lookup(batch requests: [CacheRequest]) -> Step<[LookupReply]>
    /// Keeps an answer.
    func store(_ request: StoreRequest) -> Step<StoreReply>
    /// Keeps many, each answered for itself, in order.
    func store(batch requests: [StoreRequest]) -> Step<[StoreReply]>
    /// The entry of a name, or `nil`; a problem where the store does not say.
    func entry(_ id: EntryID) -> Step<Result<CacheEntry?, RequestProblem>>
    /// Removes an entry; returns whether it was there, or a problem where that cannot be told.
    func delete(_ id: EntryID) -> Step<Result<Bool, RequestProblem>>
    /// Removes (or counts) the entries that meet the conditions.
    func invalidate(_ request: InvalidationRequest) -> Step<InvalidationReply>
    /// Gives a lease back without an answer; returns whether it was held.
    func release(lease token: String) -> Step<Bool>
    /// The same, and says that the model has failed: an answer past its life may be served for a while.
    func release(failedLease token: String) -> Step<Bool>
    /// Takes in what somebody says about a hit.
    func feedback(_ request: FeedbackRequest) -> Step<Result<FeedbackReply, RequestProblem>>
    /// Counters since the start.
    func statistics() -> EngineStatistics
    /// Whether the index is built and the store answers.
    func readiness() -> Readiness
    /// The conversations, where they are kept.
    var conversations: (any ConversationServing)? { get }
    /// Reports on the ledger, where one is kept.
    var reports: (any ReportServing)? { get }
    /// What can be looked at, where something keeps it.
    var insight: (any InsightServing)? { get }
    /// Whether a call may go on under a rate limit.
    func limitRate(_ request: RateLimitRequest) -> Step<RateLimitOutcome>
    /// The values, where they are kept.
    var values: (any KeyValueServing)? { get }
    /// Versions, appointments and answers to be refreshed.
    var freshness: (any FreshnessServing)? { get }
    /// What happens, for whoever listens.
    var events: EventHub? { get }
    /// Entries on their way to another cache or from one, where they can be moved.
    var moving: (any EntryMoving)? { get }
}

extension CacheServing {
    public func release(failedLease token: String) -> Step<Bool> { release(lease: token) }
    public func feedback(_ request: FeedbackRequest) -> Step<Result<FeedbackReply, RequestProblem>> {
        .done(.failure(RequestProblem(.notFound, field: "lookup_id", "names no hit: this cache remembers none")))
    }
    public var insight: (any InsightServing)? { nil }
    public var conversations: (any ConversationServing)? { nil }
    public var reports: (any ReportServing)? { nil }
    public var values: (any KeyValueServing)? { nil }
    public var events: EventHub? { nil }
    public var moving: (any EntryMoving)? { nil }
    public var freshness: (any FreshnessServing)? { nil }
}

/// Counters of an engine since its start.
public struct EngineStatistics: Sendable {
    /// Lookups answered.
    public var lookups = 0
    /// Hits by exact key.
    public var exactHits = 0
    /// Hits by meaning.
    public var semanticHits = 0
    /// Lookups that the policy or the request kept from the cache.
    public var bypasses = 0
    /// Misses by reason.
    public var misses: [MissReason: Int] = [:]
    /// Answers kept.
    public var stored = 0
    /// Answers refused, by reason.
    public var refused: [RefusalReason: Int] = [:]
    /// What the hits saved.
    public var avoided = TokenUsage()
    /// What the hits saved in money, where the price is known.
    public var avoidedCost = NanoDollars(0)
    /// Hits whose model has no known price.
    public var unpricedHits = 0
    /// How long lookups took, by outcome: `exact`, `semantic`, `miss`, `bypass`.
    public var latencies: [String: LatencyHistogram] = [:]
    /// How long the stages of lookups took, by stage; of one lookup in sixteen.
    public var stages: [String: LatencyHistogram] = [:]
    /// The values, where they are kept.
    public var values: ValueStatistics?
    /// Live entries that the index knows.
    public var entries = 0
    /// Scopes with at least one entry.
    public var scopes = 0
    /// Bytes of memory of headers and vectors.
    public var indexBytes = 0
    /// Bytes of the memory tier and its limit.
    public var memoryTierBytes = 0
    /// The memory tier's limit.
    public var memoryTierLimit = 0
    /// Answers that left the memory tier for others.
    public var memoryTierEvictions = 0
    /// Answers that were read into memory because the hour was expected to ask for them.
    public var readAhead = 0
    /// Those of them that were asked for while they were there.
    public var readAheadUsed = 0
    /// Entries whose life was over.
    public var expiredEntries = 0
    /// Entries that the store had lost when they were wanted: evicted there, or removed by another process.
    public var vanishedEntries = 0
    /// Budgets that something was spent of in the present period, the fullest first.
    public var budgets: [BudgetState] = []
    /// What the store is.
    public var storeLocation = ""
    /// Store operations that failed.
    public var storeErrors = 0
    /// What the breaker before the store does with calls.
    public var breaker = BreakerState.closed
    /// Writes that wait for the store to come back.
    public var pendingWrites = 0
    /// Bytes of the entries among them.
    public var pendingWriteBytes = 0
    /// Entries that found no room to wait, or that the store refused for good.
    public var lostWrites = 0
    /// What is known of the answers, by namespace: of all the time that evidence is kept.
    public var evidence: [String: NamespaceEvidence] = [:]
    /// What namespaces in shadow would have done, since the start.
    public var shadows: [String: ShadowTally] = [:]
    /// How arms in shadow decided, by namespace, since the start.
    public var arms: [String: ArmTally] = [:]

    /// Nothing counted yet.
    public init() {}

    /// Hits of both kinds.
    public var hits: Int { exactHits + semanticHits }
    /// hits / lookups; zero before the first lookup.
    public var hitRate: Double { lookups == 0 ? 0 : Double(hits) / Double(lookups) }
}

/// What a circuit breaker does with calls. The raw values are the wire's.
public enum BreakerState: String, Sendable, CaseIterable {
    /// They pass.
    case closed
    /// A probe is under way; calls are refused.
    case halfOpen = "half_open"
    /// They are refused.
    case open
}

/// Whether the cache can serve.
public struct Readiness: Sendable, Equatable {
    /// Whether the index has been rebuilt from the store.
    public var isIndexBuilt: Bool
    /// Whether the store answered its last call.
    public var isStoreReachable: Bool
    /// What the breaker before the store does with calls.
    public var breaker: BreakerState
    /// What is wrong, in words.
    public var detail: String?

    /// A state.
    public init(
        isIndexBuilt: Bool, isStoreReachable: Bool, breaker: BreakerState = .closed, detail: String? = nil
    ) {
        self.isIndexBuilt = isIndexBuilt
        self.isStoreReachable = isStoreReachable
        self.breaker = breaker
        self.detail = detail
    }
}
