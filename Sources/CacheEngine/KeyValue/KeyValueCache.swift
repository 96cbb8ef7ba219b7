import CacheModel

/// Values of every kind that a gateway keeps beside answers: a store, a memory in front of it where nobody else writes,
/// and leases for what is missing.
///
/// Every write is in the store before it is acknowledged. A store that does not answer is a problem that is said, never
/// a miss: a session that seems to be gone is worse than an error.
final class KeyValueCache: KeyValueServing {
    let store: any KeyValueStore
    let policies: KeyValuePolicies
    let clock: any WallClock
    let hasher: any ContentHasher
    let epochs: EpochBook
    let singleFlight: SingleFlight
    /// `nil` where other processes write, too.
    let memory: ValueMemory?
    let counters = Locked(ValueStatistics())
    let hub: EventHub
    /// Told of what the store answers: `nil` for success.
    let report: @Sendable (StoreError?) -> Void

    /// The longest name, bytes.
    static let maximumNameBytes = 1024

    init(
        store: any KeyValueStore, policies: KeyValuePolicies, parts: CacheEngine.Parts, epochs: EpochBook,
        singleFlight: SingleFlight, hub: EventHub, report: @escaping @Sendable (StoreError?) -> Void
    ) {
        (self.store, self.policies, self.epochs, self.singleFlight) = (store, policies, epochs, singleFlight)
        (clock, hasher, self.hub, self.report) = (parts.clock, parts.hasher, hub, report)
        memory = store.sharesValues ? nil : ValueMemory(capacity: parts.limits.valueMemoryBytes)
    }

    /// The counters now.
    var statistics: ValueStatistics {
        var all = counters.withLock { $0 }
        (all.memoryBytes, all.memoryLimit) = (memory?.bytes ?? 0, memory?.capacity ?? 0)
        return all
    }

    // MARK: Reading

    func get(_ request: ValueRequest) -> Step<Result<ValueReply, RequestProblem>> {
        do throws(RequestProblem) {
            try check(names: [request.name])
        } catch { return .done(.failure(error)) }
        guard policies.policy(of: request.place.namespace).isOn else { return .done(.success(.miss(nil))) }
        let now = clock.monotonicNanoseconds()
        return find(request, waitUntil: now &+ UInt64(max(0, request.waitMilliseconds)) * 1_000_000)
    }

    private func find(_ request: ValueRequest, waitUntil: UInt64) -> Step<Result<ValueReply, RequestProblem>> {
        let (space, key) = place(request.name, request.place)
        if let value = memory?.value(key, at: clock.now(), epoch: space.epoch) {
            count { $0.hits += 1 }
            tell(.hit, request.place, request.name)
            return .done(.success(.hit(value)))
        }
        return access { [self] () throws(StoreError) in
            try read([request.name], space)[0]
        }.then { [self] result in
            switch result {
            case .failure(let problem): return .done(.failure(problem))
            case .success(let value?):
                count { $0.hits += 1 }
                tell(.hit, request.place, request.name)
                return .done(.success(.hit(value)))
            case .success(nil): return missed(request, waitUntil: waitUntil)
            }
        }
    }

    /// A miss, unless another caller is about to bring the value.
    private func missed(_ request: ValueRequest, waitUntil: UInt64) -> Step<Result<ValueReply, RequestProblem>> {
        let miss = { @Sendable [self] (lease: Lease?) -> Result<ValueReply, RequestProblem> in
            count { $0.misses += 1 }
            tell(.miss, request.place, request.name)
            return .success(.miss(lease))
        }
        guard request.wantsLease || request.waitMilliseconds > 0 else { return .done(miss(nil)) }
        let life = policies.policy(of: request.place.namespace).leaseTTL
        return singleFlight.share(
            leaseKey(request.name, request.place),
            SingleFlight.Caller(
                life: UInt64(life * 1e9), waitUntil: request.waitMilliseconds > 0 ? waitUntil : 0, lead: { miss($0) },
                alone: { miss(nil) }, again: { [self] in find(request, waitUntil: waitUntil) }))
    }

    func get(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>> {
        do throws(RequestProblem) { try check(names: names) } catch { return .done(.failure(error)) }
        guard policies.policy(of: place.namespace).isOn else { return .done(.success(names.map { _ in nil })) }
        let space = space(place)
        let now = clock.now()
        let known = names.map {
            memory?.value(ValueKey(namespace: space.namespace, name: $0), at: now, epoch: space.epoch)
        }
        if known.allSatisfy({ $0 != nil }) {
            count { $0.hits += known.count }
            for name in names { tell(.hit, place, name) }
            return .done(.success(known))
        }
        return access { [self] () throws(StoreError) -> [KeptValue?]? in
            let missing = Set(names.indices.filter { known[$0] == nil }.map { names[$0] })
            guard let read = try readOnce(Array(missing), space) else { return nil }
            let all = names.indices.map { known[$0] ?? read[names[$0]] }
            let found = all.count { $0 != nil }
            count { counts in
                counts.hits += found
                counts.misses += all.count - found
            }
            for (name, value) in zip(names, all) { tell(value == nil ? .miss : .hit, place, name) }
            return all
        }.map { result in
            result.flatMap { all -> Result<[KeptValue?], RequestProblem> in
                if let all { .success(all) } else { .failure(ReplyLimit.tooManyValues) }
            }
        }
    }

    /// The values of different names that are there; `nil` when they are more than one reply may hold: then the rest is
    /// not read.
    private func readOnce(_ names: [[UInt8]], _ space: ValueSpace) throws(StoreError) -> [[UInt8]: KeptValue]? {
        var found: [[UInt8]: KeptValue] = [:]
        var bytes = 0
        for chunk in names.chunked(by: 64) {
            for (name, value) in zip(chunk, try read(chunk, space)) {
                found[name] = value
                bytes += value?.content.count ?? 0
            }
            if bytes > ReplyLimit.contentBytes { return nil }
        }
        return found
    }

    /// Reads from the store and keeps what it has in memory.
    private func read(_ names: [[UInt8]], _ space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        let keys = names.map { ValueKey(namespace: space.namespace, name: $0) }
        let tickets = keys.map { memory?.ticket($0) }
        let values = try store.values(names, in: space)
        for (index, value) in values.enumerated() {
            if let value, let ticket = tickets[index] { memory?.keep(value, keys[index], ticket) }
        }
        return values
    }

    // MARK: Helpers

    /// Tells of one value, or of `count` of them.
    func tell(_ kind: CacheEvent.Kind, _ place: ValuePlace, _ name: [UInt8]? = nil, count: Int? = nil) {
        var event = CacheEvent(kind, namespace: place.namespace)
        (event.tenant, event.isValue, event.count) = (place.tenant, true, count)
        event.key = name.map { leaseKey($0, place).text }
        hub.post(event)
    }

    func count(_ change: (inout ValueStatistics) -> Void) { counters.withLock { change(&$0) } }

    func space(_ place: ValuePlace) -> ValueSpace {
        ValueSpace(place.storedNamespace, epoch: epochs.oldest(namespace: place.namespace))
    }

    func place(_ name: [UInt8], _ place: ValuePlace) -> (space: ValueSpace, key: ValueKey) {
        let space = space(place)
        return (space, ValueKey(namespace: space.namespace, name: name))
    }

    /// What a lease for a value is named by: its name takes the place of a scope, so that leases spread as values do.
    func leaseKey(_ name: [UInt8], _ place: ValuePlace) -> LeaseKey {
        var encoder = CanonicalEncoder(domain: "deja-value-v1")
        encoder.string(place.storedNamespace)
        encoder.count(name.count)
        let digest = hasher.digest(encoder.bytes + name)
        return LeaseKey(namespace: place.namespace, scope: digest, text: digest)
    }

    func check(names: [[UInt8]]) throws(RequestProblem) {
        for name in names where name.count > Self.maximumNameBytes || name.isEmpty {
            throw RequestProblem(
                .invalidValue, field: "key",
                name.isEmpty
                    ? "must not be empty" : "must be at most \(Self.maximumNameBytes) bytes, but has \(name.count)")
        }
    }

    /// Asks the store, on a worker.
    func access<Value: Sendable>(
        _ ask: @escaping @Sendable () throws(StoreError) -> Value
    ) -> Step<Result<Value, RequestProblem>> {
        guard singleFlight.isAnswering() else { return .done(.failure(unavailable)) }
        return .blocking { [self] in
            do throws(StoreError) {
                let value = try ask()
                report(nil)
                return .done(.success(value))
            } catch {
                report(error)
                count { $0.failures += 1 }
                return .done(.failure(error.code == .corrupt ? damaged : unavailable))
            }
        }
    }

    private var unavailable: RequestProblem {
        RequestProblem(.unavailable, field: "", "the store does not answer; values are neither read nor written")
    }

    private var damaged: RequestProblem {
        RequestProblem(.unavailable, field: "", "what is stored there is damaged; write it again or delete it")
    }
}
