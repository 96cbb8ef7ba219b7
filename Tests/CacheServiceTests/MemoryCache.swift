import CacheModel

@testable import CacheEngine

/// A small real cache: a dictionary by namespace and prompt. `isBlocking` makes every step one for a worker.
final class MemoryCache: CacheServing {
    private struct State {
        var entries: [String: CacheEntry] = [:]
        var order: [EntryID: String] = [:]
        var next: UInt64 = 0
        var waiters: [String: [@Sendable () -> Void]] = [:]
        var statistics = EngineStatistics()
        var lastLookup: CacheRequest?
        var lastStore: StoreRequest?
        var lastInvalidation: InvalidationRequest?
        var windows: [String: SlidingWindow] = [:]
        var readiness = Readiness(isIndexBuilt: true, isStoreReachable: true)
    }

    private let state = Locked(State())
    /// Events, for whoever listens.
    let hub: EventHub
    var events: EventHub? { hub }
    private let isBlocking: Bool
    private let clock: any WallClock
    /// Called by each blocking step before it works: a test holds it up here.
    private let gate: @Sendable () -> Void

    init(isBlocking: Bool = false, clock: any WallClock = SystemClock(), gate: @escaping @Sendable () -> Void = {}) {
        self.isBlocking = isBlocking
        hub = EventHub(capacity: 1000, clock: clock)
        self.clock = clock
        self.gate = gate
    }

    /// The last request of each kind, as the service decoded it.
    var lastLookup: CacheRequest? { state.withLock { $0.lastLookup } }
    var lastStore: StoreRequest? { state.withLock { $0.lastStore } }
    var lastInvalidation: InvalidationRequest? { state.withLock { $0.lastInvalidation } }

    func setReadiness(_ readiness: Readiness) { state.withLock { $0.readiness = readiness } }

    private func step<Reply: Sendable>(_ work: @escaping @Sendable () -> Reply) -> Step<Reply> {
        guard isBlocking else { return .done(work()) }
        return .blocking { [gate] in
            gate()
            return .done(work())
        }
    }

    private static func text(_ request: CacheRequest) -> String {
        switch request.input {
        case .prompt(let prompt): prompt
        case .messages(let messages, _): messages.last?.text ?? ""
        }
    }

    private static func key(_ request: CacheRequest) -> String { "\(request.namespace)\u{0}\(text(request))" }

    func lookup(_ request: CacheRequest) -> Step<LookupReply> {
        if request.waitMilliseconds > 0 { return lookupOnce(request, isFirst: true) }
        return step { self.find(request) }
    }

    /// One caller asks the model, the others wait for its answer.
    private func lookupOnce(_ request: CacheRequest, isFirst: Bool) -> Step<LookupReply> {
        var reply = find(request)
        guard reply.status == .miss, isFirst else { return .done(reply) }
        let key = Self.key(request)
        let leads = state.withLock { state in
            if state.waiters[key] != nil { return false }
            state.waiters[key] = []
            return true
        }
        if leads {
            reply.lease = Lease(token: "held", milliseconds: 30_000)
            return .done(reply)
        }
        let wait = Waiting<LookupReply>(
            nanoseconds: UInt64(request.waitMilliseconds) * 1_000_000,
            subscribe: { wake in self.state.withLock { $0.waiters[key]?.append(wake) } },
            resume: { self.lookupOnce(request, isFirst: false) })
        return isBlocking ? .blocking { .waiting(wait) } : .waiting(wait)
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    /// Finds room for at most so many replies to a batch.
    let batchRoom = Locked(Int.max)

    func lookup(batch requests: [CacheRequest]) -> Step<[LookupReply]> {
        step { requests.prefix(self.batchRoom.withLock { $0 }).map(self.find) }
    }

    private func find(_ request: CacheRequest) -> LookupReply {
        state.withLock { state in
            state.lastLookup = request
            state.statistics.lookups += 1
            state.next += 1
            let id = EntryID(high: 7, low: state.next)
            guard let entry = state.entries[Self.key(request)] else {
                state.statistics.misses[.noCandidate, default: 0] += 1
                var reply = LookupReply(status: .miss, lookupID: id, reason: .noCandidate)
                reply.nearest = NearestCandidate(entryID: id, similarity: 0.25, probability: 0.125)
                if request.explain { reply.explanation = explanation(request) }
                return reply
            }
            state.statistics.exactHits += 1
            var reply = LookupReply(status: .hit, lookupID: id)
            reply.hitType = .exact
            reply.entryID = entry.header.id
            reply.similarity = 1
            reply.probability = 1
            reply.response = entry.body.response
            reply.model = entry.header.model
            reply.age = 12.7
            reply.ttl = 3588.2
            reply.usage = entry.body.usage
            reply.avoided = entry.body.usage.map {
                AvoidedCost(usage: $0, cost: NanoDollars(73_350), latencyMilliseconds: 812)
            }
            return reply
        }
    }

    private func explanation(_ request: CacheRequest) -> Explanation {
        var explanation = Explanation(scope: Digest256(1, 2, 3, 4), exactKey: Digest256(5, 6, 7, 8))
        explanation.foldedLength = 5
        explanation.requiredProbability = 0.99
        explanation.stages = [("normalise", 120), ("embed", 4000)]
        explanation.unknownFields = request.unknownFields
        explanation.candidates = [
            ExplainedCandidate(
                entryID: EntryID(high: 1, low: 2), similarity: 0.82,
                judgement: Judgement(
                    probability: nil, veto: .init(guardName: "negation", detail: "enable / disable"),
                    features: [.init(name: "jaccard", value: 0.5)]))
        ]
        return explanation
    }

    func store(_ request: StoreRequest) -> Step<StoreReply> {
        step {
            defer {
                let wakes = self.state.withLock { $0.waiters.removeValue(forKey: Self.key(request.request)) }
                for wake in wakes ?? [] { wake() }
            }
            return self.keep(request)
        }
    }

    func store(batch requests: [StoreRequest]) -> Step<[StoreReply]> { step { requests.map(self.keep) } }

    private func keep(_ request: StoreRequest) -> StoreReply {
        let now = clock.now()
        return state.withLock { state in
            state.lastStore = request
            if request.request.controls.noStore { return .refused(.noStore) }
            state.next += 1
            let id = EntryID(high: 1, low: state.next)
            let header = EntryHeader(
                id: id, namespace: request.request.namespace, scope: Digest256(1, 2, 3, 4),
                exactKey: Digest256(5, 6, 7, 8), foldedKey: Digest256(5, 6, 7, 8),
                prompt: Self.text(request.request), isSemantic: true, vector: nil, model: request.request.model,
                provider: request.request.provider, tenant: request.request.tenant, user: request.request.user,
                tags: request.tags, created: now, expires: now.adding(seconds: 3600))
            let key = Self.key(request.request)
            state.entries[key] = CacheEntry(
                header: header,
                body: EntryBody(response: request.response, usage: request.usage, cost: request.cost))
            state.order[id] = key
            state.statistics.stored += 1
            state.statistics.entries = state.entries.count
            return .stored(id)
        }
    }

    func entry(_ id: EntryID) -> Step<Result<CacheEntry?, RequestProblem>> {
        step { .success(self.state.withLock { state in state.order[id].flatMap { state.entries[$0] } }) }
    }

    func delete(_ id: EntryID) -> Step<Result<Bool, RequestProblem>> {
        step {
            self.state.withLock { state in
                guard let key = state.order.removeValue(forKey: id) else { return .success(false) }
                return .success(state.entries.removeValue(forKey: key) != nil)
            }
        }
    }

    func invalidate(_ request: InvalidationRequest) -> Step<InvalidationReply> {
        step {
            self.state.withLock { state in
                state.lastInvalidation = request
                let matching = state.entries.filter { _, entry in
                    (request.namespace == nil || entry.header.namespace == request.namespace)
                        && (request.tags.isEmpty || !Set(request.tags).isDisjoint(with: entry.header.tags))
                }
                if !request.dryRun { for key in matching.keys { state.entries[key] = nil } }
                return InvalidationReply(
                    matched: matching.count, removed: request.dryRun ? 0 : matching.count,
                    sample: matching.values.map(\.header.id).sorted())
            }
        }
    }

    func release(lease token: String) -> Step<Bool> { .done(token == "held") }

    func limitRate(_ request: RateLimitRequest) -> Step<RateLimitOutcome> {
        let now = clock.now()
        return step {
            self.state.withLock { state in
                var window = state.windows[request.key] ?? SlidingWindow(window: request.window)
                defer { state.windows[request.key] = window }
                return window.take(request, now: now)
            }
        }
    }

    func statistics() -> EngineStatistics { state.withLock { $0.statistics } }
    func readiness() -> Readiness { state.withLock { $0.readiness } }
}
