import CacheEngine
import CacheModel

/// The cache as one caller may use it: what handlers of routes and commands are given.
///
/// This is the one place where a token's tenant and namespaces are held against what a request names. A handler cannot
/// get past it, and a question that `CacheServing` learns is out of its reach until it is written down here, with its
/// bounds.
struct CallerCache: Sendable {
    private let base: any CacheServing
    private let caller: Caller

    init(_ base: any CacheServing, for caller: Caller) { (self.base, self.caller) = (base, caller) }

    // MARK: Answers

    func lookup(_ request: CacheRequest) throws(RequestProblem) -> Step<LookupReply> {
        base.lookup(try admitted(request))
    }

    /// One request that is not the caller's to make refuses the whole batch.
    func lookup(batch requests: [CacheRequest]) throws(RequestProblem) -> Step<[LookupReply]> {
        guard caller != .owner else { return base.lookup(batch: requests) }
        var all: [CacheRequest] = []
        for request in requests { all.append(try admitted(request)) }
        return base.lookup(batch: all)
    }

    func store(_ request: StoreRequest) throws(RequestProblem) -> Step<StoreReply> {
        base.store(try admitted(request))
    }

    /// One request that is not the caller's to make refuses the whole batch.
    func store(batch requests: [StoreRequest]) throws(RequestProblem) -> Step<[StoreReply]> {
        guard caller != .owner else { return base.store(batch: requests) }
        var all: [StoreRequest] = []
        for request in requests { all.append(try admitted(request)) }
        return base.store(batch: all)
    }

    private func admitted(_ request: CacheRequest) throws(RequestProblem) -> CacheRequest {
        if request.appendsToConversation { try caller.require(.write, for: "append") }
        guard caller.isBound else { return request }
        var request = request
        try caller.admit(namespace: request.namespace)
        request.tenant = try caller.admitted(tenant: request.tenant)
        return request
    }

    private func admitted(_ request: StoreRequest) throws(RequestProblem) -> StoreRequest {
        guard caller.isBound else { return request }
        var request = request
        request.request = try admitted(request.request)
        return request
    }

    /// A lease is known by its token, which only who was given it can name.
    func release(lease token: String, hasFailed: Bool = false) -> Step<Bool> {
        hasFailed ? base.release(failedLease: token) : base.release(lease: token)
    }

    /// What is another's does not exist.
    func feedback(_ request: FeedbackRequest) -> Step<Result<FeedbackReply, RequestProblem>> {
        var request = request
        (request.tenant, request.namespaces) = (caller.tenant, caller.namespaces)
        return base.feedback(request)
    }

    // MARK: Entries

    /// What is another's does not exist: whether it does is no business of the caller's.
    func entry(_ id: EntryID) -> Step<Result<CacheEntry?, RequestProblem>> {
        guard caller.isBound else { return base.entry(id) }
        return base.entry(id).map { [caller] found in
            found.map { entry in entry.flatMap { caller.maySee($0.header) ? $0 : nil } }
        }
    }

    func delete(_ id: EntryID) -> Step<Result<Bool, RequestProblem>> {
        guard caller.isBound else { return base.delete(id) }
        return entry(id).then { [base] found in
            switch found {
            case .success(nil): .done(.success(false))
            case .success: base.delete(id)
            case .failure(let problem): .done(.failure(problem))
            }
        }
    }

    func invalidate(_ request: InvalidationRequest) throws(RequestProblem) -> Step<InvalidationReply> {
        guard caller.isBound else { return base.invalidate(request) }
        var request = request
        request.tenant = try caller.admitted(tenant: request.tenant)
        request.namespace = try caller.admitted(namespace: request.namespace)
        if request.includesValues && request.namespace == nil {
            throw RequestProblem(.missingField, field: "namespace", "is missing: kv with a tenant needs it")
        }
        return base.invalidate(request)
    }

    // MARK: The whole

    /// Counters over all tenants: for endpoints that need `Requirement.whole`, or show no caller's doings.
    func statistics() -> EngineStatistics { base.statistics() }
    func readiness() -> Readiness { base.readiness() }

    /// Lists and pictures over all tenants, likewise.
    var insight: (any InsightServing)? { caller.isBound ? nil : base.insight }

    /// A tenant's keys are its own: another's of the same name count apart.
    func limitRate(_ request: RateLimitRequest) -> Step<RateLimitOutcome> {
        guard let tenant = caller.tenant else { return base.limitRate(request) }
        var request = request
        // No name holds a control character, so that none meets another tenant's.
        request.key = "\(tenant)\u{1}\(request.key)"
        return base.limitRate(request)
    }

    // MARK: Parts

    /// Readers are bound by their filter: see `EventRoutes`.
    var events: EventHub? { base.events }
    /// For endpoints that need `Requirement.whole`.
    var moving: (any EntryMoving)? { caller.isBound ? nil : base.moving }

    var conversations: (any ConversationServing)? {
        guard caller.isBound else { return base.conversations }
        return base.conversations.map { CallerConversations(base: $0, caller: caller) }
    }

    var freshness: (any FreshnessServing)? {
        guard caller.isBound else { return base.freshness }
        return base.freshness.map { CallerFreshness(base: $0, caller: caller) }
    }

    var values: (any KeyValueServing)? {
        guard caller.isBound else { return base.values }
        return base.values.map { CallerValues(base: $0, caller: caller) }
    }

    var reports: (any ReportServing)? {
        guard caller.isBound else { return base.reports }
        return base.reports.map { CallerReports(base: $0, caller: caller) }
    }
}

/// The values as a bound caller may use them: a tenant's are within walls of their own.
private struct CallerValues: KeyValueServing {
    let base: any KeyValueServing
    let caller: Caller

    var clock: any WallClock { base.clock }

    private func within<Value: Sendable>(
        _ place: ValuePlace, _ ask: (ValuePlace) -> Step<Result<Value, RequestProblem>>
    ) -> Step<Result<Value, RequestProblem>> {
        var place = place
        do throws(RequestProblem) {
            try caller.admit(namespace: place.namespace)
            place.tenant = try caller.admitted(tenant: place.tenant)
        } catch { return .done(.failure(error)) }
        return ask(place)
    }

    func get(_ request: ValueRequest) -> Step<Result<ValueReply, RequestProblem>> {
        within(request.place) { place in
            var request = request
            request.place = place
            return base.get(request)
        }
    }

    func get(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>> {
        within(place) { base.get(names, in: $0) }
    }

    func put(_ writes: [ValuePut], in place: ValuePlace) -> Step<Result<[ValueOutcome], RequestProblem>> {
        within(place) { base.put(writes, in: $0) }
    }

    func remove(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>> {
        within(place) { base.remove(names, in: $0) }
    }

    func add(_ delta: Int64, to name: [UInt8], life: ValueLife, in place: ValuePlace)
        -> Step<Result<ValueSum, RequestProblem>>
    {
        within(place) { base.add(delta, to: name, life: life, in: $0) }
    }

    func expire(_ name: [UInt8], life: ValueLife, in place: ValuePlace) -> Step<Result<KeptValue?, RequestProblem>> {
        within(place) { base.expire(name, life: life, in: $0) }
    }

    func invalidate(tags: [String], in place: ValuePlace?) -> Step<Result<Int, RequestProblem>> {
        within(place ?? ValuePlace()) { base.invalidate(tags: tags, in: $0) }
    }
}

/// The conversations as a bound caller may use them.
private struct CallerConversations: ConversationServing {
    let base: any ConversationServing
    let caller: Caller

    private func within<Value: Sendable>(
        _ key: ConversationKey, _ ask: (ConversationKey) -> Step<Result<Value, RequestProblem>>
    ) -> Step<Result<Value, RequestProblem>> {
        var key = key
        do throws(RequestProblem) {
            try caller.admit(namespace: key.namespace)
            key.tenant = try caller.admitted(tenant: key.tenant)
        } catch { return .done(.failure(error)) }
        return ask(key)
    }

    func conversation(_ key: ConversationKey) -> Step<Result<Conversation?, RequestProblem>> {
        within(key) { base.conversation($0) }
    }

    func append(_ messages: [ChatMessage], to key: ConversationKey, user: String?)
        -> Step<Result<Conversation?, RequestProblem>>
    {
        within(key) { base.append(messages, to: $0, user: user) }
    }

    func trim(_ key: ConversationKey, keeping count: Int) -> Step<Result<Conversation?, RequestProblem>> {
        within(key) { base.trim($0, keeping: count) }
    }

    func remove(_ key: ConversationKey) -> Step<Result<Bool, RequestProblem>> { within(key) { base.remove($0) } }

    func list(user: String, namespace: String, tenant: String?, limit: Int)
        -> Step<Result<[ConversationSummary], RequestProblem>>
    {
        within(ConversationKey(namespace: namespace, tenant: tenant, name: "")) {
            base.list(user: user, namespace: $0.namespace, tenant: $0.tenant, limit: limit)
        }
    }
}

/// Reports as a bound caller may ask for them: the ledger is kept by namespace and not by tenant, so that a caller who is
/// bound to a tenant gets none, and one who is bound to namespaces those of them.
private struct CallerReports: ReportServing {
    let base: any ReportServing
    let caller: Caller

    func report(_ request: ReportRequest) -> Step<Result<Report, RequestProblem>> {
        var request = request
        do throws(RequestProblem) {
            if caller.tenant != nil {
                throw RequestProblem(
                    .denied, field: "",
                    "the ledger is not kept by tenant, and the token '\(caller.name)' is bound to one")
            }
            request.namespace = try caller.admitted(namespace: request.namespace)
        } catch { return .done(.failure(error)) }
        return base.report(request)
    }
}
