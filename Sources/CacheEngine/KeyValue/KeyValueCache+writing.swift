import CacheModel

/// Writes: into the store first, then into memory.
extension KeyValueCache {
    func put(_ writes: [ValuePut], in place: ValuePlace) -> Step<Result<[ValueOutcome], RequestProblem>> {
        let prepared: [ValueWrite]
        do throws(RequestProblem) { prepared = try prepare(writes, place) } catch { return .done(.failure(error)) }
        let space = space(place)
        return access { [self] () throws(StoreError) in
            defer { endFlights(writes, place) }
            let keys = prepared.map { ValueKey(namespace: space.namespace, name: $0.name) }
            let outcomes = try writing(keys) { () throws(StoreError) in
                try store.put(prepared, in: space)
            } leaving: { outcomes in
                outcomes.map { if case .written(let value, _) = $0 { value } else { nil } }
            }
            let written = zip(writes, outcomes).compactMap { if case .written = $1 { $0 } else { nil } }
            for write in written { tell(.store, place, write.name) }
            count { counts in
                counts.stored += written.count
                counts.conflicts += outcomes.count - written.count
            }
            // After the write, so that what is derived from the former value meanwhile goes, too; and not at all for a
            // write whose condition did not hold.
            let invalidated = Set(written.flatMap(\.invalidates))
            if !invalidated.isEmpty {
                try removeTagged(Array(invalidated), namespace: space.namespace, sparing: written.map(\.name))
            }
            return outcomes
        }
    }

    func remove(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>> {
        do throws(RequestProblem) { try check(names: names) } catch { return .done(.failure(error)) }
        let space = space(place)
        return access { [self] () throws(StoreError) in
            let keys = names.map { ValueKey(namespace: space.namespace, name: $0) }
            let removed = try writing(keys) { () throws(StoreError) in
                try store.removeValues(names, in: space)
            } leaving: {
                $0.map { _ in nil }
            }
            for name in names { singleFlight.flights.end(leaseKey(name, place)) }
            count { $0.deleted += removed.count { $0 != nil } }
            for (name, value) in zip(names, removed) where value != nil { tell(.delete, place, name) }
            return removed
        }
    }

    func add(_ delta: Int64, to name: [UInt8], life: ValueLife, in place: ValuePlace)
        -> Step<Result<ValueSum, RequestProblem>>
    {
        let expires: Timestamp
        do throws(RequestProblem) {
            try check(names: [name])
            try requireOn(place)
            expires = try end(of: life, policies.policy(of: place.namespace))
        } catch { return .done(.failure(error)) }
        let (space, key) = self.place(name, place)
        return access { [self] () throws(StoreError) in
            let sum = try writing([key]) { () throws(StoreError) in
                try store.add(delta, to: name, expires: expires, epoch: epochs.clock, in: space)
            } leaving: {
                if case .sum(_, let value) = $0 { [value] } else { [nil] }
            }
            count { $0.additions += 1 }
            tell(.store, place, name)
            return sum
        }
    }

    func expire(_ name: [UInt8], life: ValueLife, in place: ValuePlace) -> Step<Result<KeptValue?, RequestProblem>> {
        let expires: Timestamp
        do throws(RequestProblem) {
            try check(names: [name])
            expires = try end(of: life, policies.policy(of: place.namespace))
        } catch { return .done(.failure(error)) }
        let (space, key) = self.place(name, place)
        return access { [self] () throws(StoreError) in
            return try writing([key]) { () throws(StoreError) in
                try store.setExpiry(name, to: expires, in: space)
            } leaving: {
                [$0]
            }
        }
    }

    func invalidate(tags: [String], in place: ValuePlace?) -> Step<Result<Int, RequestProblem>> {
        let namespace = place?.storedNamespace
        return access { [self] () throws(StoreError) in
            let count = try removeTagged(tags, namespace: namespace)
            if count > 0 { tell(.delete, place ?? ValuePlace(namespace: ""), count: count) }
            return count
        }
    }

    /// Removes what carries any of `tags` but the names in `spared`; returns how many. Blocks.
    @discardableResult
    func removeTagged(
        _ tags: [String], namespace: String?, sparing spared: [[UInt8]] = []
    ) throws(StoreError) -> Int {
        memory?.beginAll()
        let removed = try store.removeValues(tags: tags, namespace: namespace, sparing: spared)
        for key in removed { _ = memory?.begin(key) }
        count { $0.invalidated += removed.count }
        return removed.count
    }

    /// Removes what has expired from the store. Called now and then.
    func removeExpired() {
        guard singleFlight.isAnswering() else { return }
        do throws(StoreError) {
            try store.removeExpiredValues(now: clock.now())
        } catch { report(error) }
    }

    // MARK: Helpers

    /// Writes `keys` to the store; `leaving` says what is there afterwards, where it is known.
    private func writing<Value>(
        _ keys: [ValueKey], _ write: () throws(StoreError) -> Value, leaving: (Value) -> [KeptValue?]
    ) throws(StoreError) -> Value {
        guard let memory else { return try write() }
        let tickets = keys.map { memory.begin($0) }
        var left = [KeptValue?](repeating: nil, count: keys.count)
        defer { for (index, key) in keys.enumerated() { memory.end(key, tickets[index], left[index]) } }
        let value = try write()
        left = leaving(value)
        return value
    }

    private func prepare(_ writes: [ValuePut], _ place: ValuePlace) throws(RequestProblem) -> [ValueWrite] {
        try check(names: writes.map(\.name))
        try requireOn(place)
        let policy = policies.policy(of: place.namespace)
        let epoch = epochs.clock
        var prepared: [ValueWrite] = []
        for write in writes {
            if write.content.count > policy.maximumValueBytes {
                throw RequestProblem(
                    .tooLarge, field: "value",
                    "must be at most \(policy.maximumValueBytes) bytes in this namespace, but has \(write.content.count)"
                )
            }
            var item = ValueWrite(
                name: write.name, kind: write.kind, content: write.content, expires: try end(of: write.life, policy),
                tags: write.tags, epoch: epoch, condition: write.condition)
            item.keepsExpiry = write.life == .kept
            prepared.append(item)
        }
        return prepared
    }

    private func requireOn(_ place: ValuePlace) throws(RequestProblem) {
        if policies.policy(of: place.namespace).isOn { return }
        throw RequestProblem(.denied, field: "namespace", "is switched off: see kv_namespaces in the settings")
    }

    private func end(of life: ValueLife, _ policy: KeyValuePolicy) throws(RequestProblem) -> Timestamp {
        let now = clock.now()
        let latest = now.adding(seconds: policy.maximumTTL)
        switch life {
        case .usual, .kept: return min(latest, now.adding(seconds: policy.ttl))
        case .longest: return latest
        case .until(let moment): return min(latest, moment)
        case .seconds(let seconds):
            guard seconds > 0, seconds.isFinite else {
                throw RequestProblem(.invalidValue, field: "ttl", "must be greater than 0")
            }
            return min(latest, now.adding(seconds: max(seconds, 0.001)))
        }
    }

    private func endFlights(_ writes: [ValuePut], _ place: ValuePlace) {
        guard !singleFlight.flights.isEmpty else { return }
        for write in writes {
            singleFlight.flights.end(leaseKey(write.name, place))
            if let lease = write.lease { singleFlight.flights.end(token: lease) }
        }
        singleFlight.releaseEnded()
    }
}
