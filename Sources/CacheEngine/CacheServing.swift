import CacheModel

/// Work that may have to block before it has its reply.
///
/// The event loop runs the first step itself; only when memory cannot answer does it hand `blocking` to a worker
/// thread, so that a slow store never delays another connection and a hit in memory never changes threads.
public enum Step<Reply: Sendable>: Sendable {
    /// The reply is there.
    case done(Reply)
    /// The reply needs a worker: run this on a thread that may block.
    case blocking(@Sendable () -> Step<Reply>)

    /// Runs to the end on the calling thread.
    public func finish() -> Reply {
        var step = self
        while true {
            switch step {
            case .done(let reply): return reply
            case .blocking(let work): step = work()
            }
        }
    }

    /// This step and then the one that `next` makes of its reply.
    public func then<Other: Sendable>(_ next: @escaping @Sendable (Reply) -> Step<Other>) -> Step<Other> {
        switch self {
        case .done(let reply): next(reply)
        case .blocking(let work): .blocking { work().then(next) }
        }
    }

    /// The step whose reply is `transform` of this one's.
    public func map<Other: Sendable>(_ transform: @escaping @Sendable (Reply) -> Other) -> Step<Other> {
        switch self {
        case .done(let reply): .done(transform(reply))
        case .blocking(let work): .blocking { work().map(transform) }
        }
    }
}

/// What the service asks of the cache.
public protocol CacheServing: Sendable {
    /// Asks for an answer.
    func lookup(_ request: CacheRequest) -> Step<LookupReply>
    /// Asks for many, each answered for itself, in order; prompts are embedded together.
    func lookup(batch requests: [CacheRequest]) -> Step<[LookupReply]>
    /// Keeps an answer.
    func store(_ request: StoreRequest) -> Step<StoreReply>
    /// Keeps many, each answered for itself, in order.
    func store(batch requests: [StoreRequest]) -> Step<[StoreReply]>
    /// The entry of a name, or `nil`.
    func entry(_ id: EntryID) -> Step<CacheEntry?>
    /// Removes an entry; returns whether it was there.
    func delete(_ id: EntryID) -> Step<Bool>
    /// Removes (or counts) the entries that meet the conditions.
    func invalidate(_ request: InvalidationRequest) -> Step<InvalidationReply>
    /// Counters since the start.
    func statistics() -> EngineStatistics
    /// Whether the index is built and the store answers.
    func readiness() -> Readiness
    /// The conversations, where they are kept.
    var conversations: (any ConversationServing)? { get }
    /// Reports on the ledger, where one is kept.
    var reports: (any ReportServing)? { get }
}

extension CacheServing {
    public var conversations: (any ConversationServing)? { nil }
    public var reports: (any ReportServing)? { nil }
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
    /// What the store is.
    public var storeLocation = ""
    /// Store operations that failed.
    public var storeErrors = 0

    /// Nothing counted yet.
    public init() {}

    /// Hits of both kinds.
    public var hits: Int { exactHits + semanticHits }
    /// hits / lookups; zero before the first lookup.
    public var hitRate: Double { lookups == 0 ? 0 : Double(hits) / Double(lookups) }
}

/// Whether the cache can serve.
public struct Readiness: Sendable, Equatable {
    /// Whether the index has been rebuilt from the store.
    public var isIndexBuilt: Bool
    /// Whether the store answered its last call.
    public var isStoreReachable: Bool
    /// What is wrong, in words.
    public var detail: String?

    /// A state.
    public init(isIndexBuilt: Bool, isStoreReachable: Bool, detail: String? = nil) {
        self.isIndexBuilt = isIndexBuilt
        self.isStoreReachable = isStoreReachable
        self.detail = detail
    }
}
