import CacheModel

/// The cache: a pipeline of small stages over an in-memory directory of all live entries, with a store behind it.
///
/// `lookup`: policy → keys → exact tier → embed → search in the scope → judge → fetch → count. Memory answers on the
/// calling thread; only the store's answers need a worker (`Step.blocking`). Any number of threads may call at once; no
/// lock is held across I/O.
public final class CacheEngine: CacheServing {
    let parts: Parts
    let keyMaker: KeyMaker
    let directory: EntryDirectory
    let memory: MemoryTier
    let admission = AdmissionPolicy()
    let counters = EngineCounters()
    let embeddings = RecentEmbeddings(capacity: 1024)
    let verdicts = RecentVerdicts(capacity: 16_384)
    let awaited = Locked(BoundedTable<Digest256, AwaitedAnswer>(capacity: 8192))
    let shadow = ShadowCounters()
    let templates = ScopeTemplates()
    let store: ResilientStore
    let flights = FlightTable()
    let singleFlight: SingleFlight
    let epochs: EpochBook
    let schedule: ScheduleBook?
    let failures = ModelFailures()
    let refreshes = RefreshBook()
    let invalidations = UnsettledInvalidations()
    let indexState = Locked(IndexState.empty)
    let book: ConversationBook?
    let answered: AnsweredLookups
    let evidence: EvidenceLog
    let activity: ActivityLog
    let nearMisses = NearMisses(capacity: 4096)
    let localRates = LocalRateLimits()
    let budgets: BudgetBook
    let hasBudgets: Bool
    let alertBook = AlertBook()
    let keyValues: KeyValueCache?
    let hub: EventHub
    let isReadingStore = Locked(false)
    let follower = ChangeFollower()
    let journal: WriteJournal?
    /// How many changes of the directory the last snapshot holds.
    let savedChanges = Locked(0)
    let warming = Locked(WarmingState())

    /// What an engine is made of: the one place that knows the concrete types fills this in.
    public struct Parts: Sendable {
        /// Where entries are kept.
        public var store: any EntryStore
        /// What other processes change in the store, and are told of; `nil` when there is only this one.
        public var changes: (any ChangeLog)?
        /// Where processes agree on leases; `nil` when there is only this one.
        public var leases: (any LeaseStore)?
        /// Where conversations are kept; `nil` for nowhere.
        public var conversations: (any ConversationStore)?
        /// Where evidence is kept, and lookups that wait for feedback; `nil` for memory only.
        public var evidence: (any EvidenceStore)?
        /// Where processes agree on epochs; `nil` when there is only this one, and its epochs end with it.
        public var epochs: (any EpochStore)?
        /// Where invalidations for later are kept; `nil` for nowhere.
        public var schedule: (any ScheduleStore)?
        /// Where values are kept; `nil` for nowhere.
        public var values: (any KeyValueStore)?
        /// Where writes that wait for the store lie, so that they outlive the process; `nil` for memory only. Its records
        /// hold prompts and answers: a spool that seals them is put around the one that keeps them.
        public var writeSpool: (any LedgerSpool)?
        /// Who is told of every answer; `nil` for nobody.
        public var accounting: (any AccountingSink)?
        /// The ledger, to count in and to report from; `nil` for none.
        public var ledger: Ledger?
        /// Where processes count rate limits together; `nil` when each counts for itself.
        public var rateLimits: (any RateLimitStore)?
        /// Makes vectors of prompts.
        public var embedder: any Embedder
        /// Makes the index of a scope.
        public var indexes: any VectorIndexFactory
        /// Decides about candidates.
        public var judge: any MatchJudging
        /// Folds texts for the second exact key.
        public var normalizer: any TextNormalizer
        /// SHA-256.
        public var hasher: any ContentHasher
        /// List prices.
        public var pricing: any Pricing
        /// The time.
        public var clock: any WallClock
        /// Random words for names.
        public var random: @Sendable () -> UInt64
        /// How key–value namespaces are kept.
        public var valuePolicies = KeyValuePolicies()
        /// How namespaces are cached; `policy(of:)` is total.
        public var policies: PolicyTable
        /// Bounds.
        public var limits: Limits
        /// Ways to decide that may run in shadow, by the text of the policy's `shadowArm`.
        public var shadowArms: [String: ShadowArm] = [:]
        /// Where the directory is written down for the next start; `nil` for nowhere.
        public var snapshot: (any SnapshotMedium)?
        /// Where the access history is written down for the next start; `nil` for nowhere.
        public var accessHistory: (any SnapshotMedium)?

        /// Everything an engine needs.
        public init(
            store: any EntryStore, embedder: any Embedder, indexes: any VectorIndexFactory, judge: any MatchJudging,
            normalizer: any TextNormalizer, hasher: any ContentHasher, pricing: any Pricing,
            clock: any WallClock = SystemClock(),
            random: @escaping @Sendable () -> UInt64 = RandomWords().next,
            policies: PolicyTable = PolicyTable(), limits: Limits = Limits()
        ) {
            self.store = store
            self.embedder = embedder
            self.indexes = indexes
            self.judge = judge
            self.normalizer = normalizer
            self.hasher = hasher
            self.pricing = pricing
            self.clock = clock
            self.random = random
            self.policies = policies
            self.limits = limits
        }
    }

    /// Bounds of an engine.
    public struct Limits: Sendable {
        /// Bytes of answers in memory.
        public var memoryTierBytes = 256 << 20
        /// Whether answers that the coming hour is likely to ask for are read into memory before it begins.
        public var readsAhead = true
        /// Bytes of values in memory, where no other process writes them.
        public var valueMemoryBytes = 64 << 20
        /// Events that are remembered for who listens.
        public var events = 8192
        /// How many candidates of a search are judged.
        public var candidates = 8
        /// Prompts less similar than this are no candidates at all.
        public var candidateSimilarity: Float = 0.2
        /// Scopes with more vectors than this are searched by a worker, so that a long search never delays other
        /// connections, and many lookups in a large scope share the cores.
        public var inlineSearchVectors = 20_000
        /// Entries that may wait for a store that does not answer.
        public var pendingWrites = 10_000
        /// Bytes of them.
        public var pendingWriteBytes = 64 << 20
        /// Whether prompts made from a template are found by what they carry.
        public var learnsTemplates = true
        /// Hits that are remembered in memory for feedback.
        public var answeredLookups = 65_536
        /// How many of the latest lookups are kept to look at.
        public var recentLookups = 4096

        /// The defaults.
        public init() {}
    }

    /// An engine over an empty directory; `rebuild` fills it from the store.
    public init(_ parts: Parts) {
        var parts = parts
        hub = EventHub(capacity: parts.limits.events, clock: parts.clock)
        journal = parts.writeSpool.map { WriteJournal(spool: $0, clock: parts.clock) }
        store = ResilientStore(
            parts.store, breaker: CircuitBreaker(clock: parts.clock, random: parts.random),
            pending: PendingWrites(
                maximumCount: parts.limits.pendingWrites, maximumBytes: parts.limits.pendingWriteBytes,
                journal: journal)
        ) { [hub] error in hub.post(CacheEvent(.error, detail: error.code.rawValue)) }
        parts.store = store
        self.parts = parts
        epochs = EpochBook(store: parts.epochs, clock: parts.clock)
        schedule = parts.schedule.map { ScheduleBook(store: $0, clock: parts.clock) }
        singleFlight = SingleFlight(
            flights: flights, leases: parts.leases, clock: parts.clock, random: parts.random,
            isAnswering: { [store] in store.isAnswering }, epoch: { [epochs] in epochs.clock })
        keyMaker = KeyMaker(hasher: parts.hasher, normalizer: parts.normalizer)
        directory = EntryDirectory(indexes: parts.indexes, dimension: parts.embedder.dimension)
        memory = MemoryTier(capacity: parts.limits.memoryTierBytes)
        answered = AnsweredLookups(capacity: parts.limits.answeredLookups)
        evidence = EvidenceLog(store: parts.evidence)
        activity = ActivityLog(capacity: parts.limits.recentLookups)
        budgets = BudgetBook(policies: parts.policies, clock: parts.clock)
        hasBudgets = budgets.isNeeded
        keyValues = parts.values.map { [store, epochs, singleFlight, hub] values in
            KeyValueCache(
                store: values, policies: parts.valuePolicies, parts: parts, epochs: epochs, singleFlight: singleFlight,
                hub: hub
            ) { store.report($0) }
        }
        book = parts.conversations.map { [store] conversations in
            ConversationBook(store: conversations, policies: parts.policies, clock: parts.clock) { store.report($0) }
        }
        if parts.changes != nil {
            store.setRecheck(
                ResilientStore.Recheck(
                    check: { [unowned self] (entries) throws(StoreError) in try stillValid(entries) },
                    supersede: { [unowned self] in forget($0, forGood: true) }))
        }
    }

    public func statistics() -> EngineStatistics {
        var statistics = counters.snapshot
        let counts = directory.counts
        statistics.entries = counts.entries
        statistics.scopes = counts.scopes
        statistics.indexBytes = counts.bytes
        statistics.memoryTierBytes = memory.bytes
        statistics.memoryTierLimit = memory.capacity
        statistics.memoryTierEvictions = memory.evictions
        (statistics.readAhead, statistics.readAheadUsed) = memory.expected
        statistics.values = keyValues?.statistics
        statistics.storeLocation = store.location
        statistics.storeErrors = store.failures.count
        statistics.breaker = store.phase
        let waiting = store.pending.counts
        statistics.pendingWrites = waiting.operations
        statistics.pendingWriteBytes = waiting.bytes
        statistics.lostWrites = waiting.lost
        statistics.evidence = evidence.book.namespaces
        if hasBudgets { statistics.budgets = budgets.all(at: parts.clock.now()) }
        statistics.shadows = shadow.shadows
        statistics.arms = shadow.arms
        return statistics
    }

    public var values: (any KeyValueServing)? { keyValues }

    public func readiness() -> Readiness {
        let (phase, detail) = (store.phase, store.failures.detail)
        return Readiness(
            isIndexBuilt: indexState.withLock { $0 == .built }, isStoreReachable: phase == .closed && detail == nil,
            breaker: phase, detail: detail)
    }

    /// An entry of the directory; `nil` when the store has it no longer.
    func fetch(_ reference: EntryReference) throws(StoreError) -> CacheEntry? {
        // What waits for the store was stored by us, and is not asked for there.
        if let waiting = store.pending.entry(reference.id) { return waiting }
        return try readStore { (store) throws(StoreError) in try store.entry(reference) }
    }

    /// Reads entries behind the breaker. Before the epochs are known nothing is read: what is over would be served.
    func readStore<Result>(_ operation: (any EntryStore) throws(StoreError) -> Result) throws(StoreError) -> Result {
        guard epochs.isKnown || saveEpochs() else {
            throw StoreError(.unavailable, "\(store.location) has not said yet which epochs are over")
        }
        return try operation(store)
    }

    /// Runs a store operation behind the breaker.
    func accessStore<Result>(_ operation: (any EntryStore) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try operation(store)
    }
}

/// How namespaces are cached.
public struct PolicyTable: Sendable, Equatable {
    /// What holds for namespaces that are not named.
    public var fallback: NamespacePolicy
    /// What holds for named ones.
    public var named: [String: NamespacePolicy]

    /// A table.
    public init(fallback: NamespacePolicy = NamespacePolicy(), named: [String: NamespacePolicy] = [:]) {
        self.fallback = fallback
        self.named = named
    }

    /// The policy of a namespace.
    public func policy(of namespace: String) -> NamespacePolicy { named[namespace] ?? fallback }
}
