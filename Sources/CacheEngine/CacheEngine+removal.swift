import CacheModel

extension CacheEngine {
    /// The entry to be looked at: what the policy wants redacted is.
    public func entry(_ id: EntryID) -> Step<Result<CacheEntry?, RequestProblem>> {
        guard let record = directory.record(id), !record.isExpired(at: parts.clock.now()), !isOver(record) else {
            return .done(.success(nil))
        }
        return .blocking { [self] in
            do throws(StoreError) {
                return .done(.success(try fetch(record.reference).map(redacted)))
            } catch {
                let message = error.code == .corrupt ? "the entry is damaged" : "the store does not answer"
                return .done(.failure(RequestProblem(.unavailable, field: "", message)))
            }
        }
    }

    private func redacted(_ entry: CacheEntry) -> CacheEntry {
        let kinds = parts.policies.policy(of: entry.header.namespace).sensitiveKinds(under: .redact)
        var shown = entry
        shown.header.prompt = SensitiveScan.redacted(entry.header.prompt, of: kinds)
        shown.body.response = SensitiveScan.redacted(entry.body.response, of: kinds)
        return shown
    }

    public func delete(_ id: EntryID) -> Step<Result<Bool, RequestProblem>> {
        var request = InvalidationRequest()
        request.id = id
        return invalidate(request).map { .success($0.matched > 0) }
    }

    public func invalidate(_ request: InvalidationRequest) -> Step<InvalidationReply> {
        .blocking { [self] in
            guard let at = request.at, !request.dryRun else { return .done(invalidateBlocking(request).reply) }
            return .done(schedule(request, at: at))
        }
    }

    /// Keeps an invalidation for later; one that cannot be kept is not scheduled, which the reply says.
    private func schedule(_ request: InvalidationRequest, at: Timestamp) -> InvalidationReply {
        var reply = InvalidationReply(matched: 0, removed: 0, sample: [])
        guard let schedule else { return reply }
        var request = request
        request.at = nil
        let id = EntryID(created: parts.clock.now(), scope: Digest256(0, 0, 0, 0), random: parts.random())
        let item = ScheduledInvalidation(id: id, at: at, request: request)
        do throws(StoreError) {
            try schedule.add(item)
            reply.scheduled = item
        } catch { store.report(error) }
        return reply
    }

    /// The entries go from memory at once, so that nothing that was invalidated is served again, and then from the store.
    /// `removed` counts what the store has removed: fewer than `matched` means that it must be asked again.
    func invalidateBlocking(_ request: InvalidationRequest) -> (reply: InvalidationReply, isComplete: Bool) {
        let now = parts.clock.now()
        let item = request.dryRun ? nil : beginInvalidation(request, at: request.createdUntil ?? now)
        defer { if let item { invalidations.leave(item) } }
        let name = item.flatMap { announce($0) }
        let (records, isComplete) = matchingRecords(request, now: now)
        let sample = Array(records.prefix(10).map(\.id))
        if request.dryRun { return (InvalidationReply(matched: records.count, removed: 0, sample: sample), true) }
        forget(records.map(\.id), forGood: true)
        tell(.delete, records)
        var removed = 0
        for batch in records.map(\.reference).chunked(by: 512) {
            removed += (try? accessStore { (store) throws(StoreError) in try store.remove(batch) }) ?? 0
        }
        let isTold = name != nil || parts.changes == nil
        if isComplete, isTold, let item {
            settle(item, name: name)
        } else if let item, request.createdUntil == nil {
            // An appointment stays in the store's book until it has been carried out.
            journal?.append(.invalidate(item.request, item.moment, epoch: item.epoch))
        }
        var reply = InvalidationReply(matched: records.count, removed: removed, sample: sample)
        if request.includesValues { reply.values = invalidateValues(request) }
        return (reply, isComplete && isTold)
    }

    /// From now on nothing is stored that was asked for before. The clock of epochs goes on, so that a store that names the
    /// epoch of its lookup is told apart. An appointment goes on to mean what was stored until its moment, here and wherever
    /// it is announced: what came between that and now is of an earlier epoch, too, and must not be taken for late.
    private func beginInvalidation(_ request: InvalidationRequest, at moment: Timestamp) -> UnsettledInvalidations.Item
    {
        // An appointment that is carried out again is what it was.
        if request.createdUntil != nil, let known = invalidations.item(of: request, at: moment) { return known }
        return invalidations.begin(request, at: moment, epoch: epochs.raise(nil), isUnderWay: true)
    }

    private func invalidateValues(_ request: InvalidationRequest) -> Int {
        let place = request.namespace.map { ValuePlace(namespace: $0, tenant: request.tenant) }
        return (try? keyValues?.invalidate(tags: request.tags, in: place).finish().get()) ?? 0
    }

    /// The records that meet `request`, and whether all entries there are have been looked at.
    private func matchingRecords(
        _ request: InvalidationRequest, now: Timestamp
    ) -> (records: [EntryRecord], isComplete: Bool) {
        var filter = InvalidationFilter(request, now: now, keyMaker: keyMaker)
        let here = withDependents(directory.records { filter.isMet(by: $0) })
        if let id = request.id, here.contains(where: { $0.id == id }) { return (here, true) }
        guard store.isShared else { return (here, indexState.withLock { $0 == .built }) }
        // Other processes may have stored entries that this one has not seen.
        var records: [EntryID: EntryRecord] = [:]
        for record in here { records[record.id] = record }
        var resting: [EntryRecord] = []
        let scan: Void? = try? scanRecords { record in
            if !record.dependsOn.isEmpty { resting.append(record) }
            if records[record.id] == nil, filter.isMet(by: record) { records[record.id] = record }
        }
        let all = withDependents(Array(records.values), among: resting)
        return (all.sorted { $0.id < $1.id }, scan != nil)
    }

    /// `records` and all that rest on them, and on those, within the same walls. Each is visited once, whatever loops there
    /// are: O(records and what rests on them).
    func withDependents(_ records: [EntryRecord], among others: [EntryRecord] = []) -> [EntryRecord] {
        var all = records
        var known = Set(records.map(\.id))
        var byName: [String: [EntryRecord]] = [:]
        for record in others { for name in record.dependsOn { byName[name, default: []].append(record) } }
        var next = 0
        while next < all.count {
            let record = all[next]
            next += 1
            let name = record.id.description
            for dependent in directory.dependents(of: CollectionOfOne(name)) + (byName[name] ?? [])
            where dependent.namespace == record.namespace && dependent.tenant == record.tenant {
                if known.insert(dependent.id).inserted { all.append(dependent) }
            }
        }
        return all
    }

    /// Removes what rests on `record`, which another answer has replaced.
    func removeDependents(of record: EntryRecord) {
        let dependents = withDependents([record]).dropFirst()
        if dependents.isEmpty { return }
        forget(dependents.map(\.id), forGood: true)
        tell(.delete, Array(dependents))
        _ = try? accessStore { (store) throws(StoreError) in try store.remove(dependents.map(\.reference)) }
    }

    private func scanRecords(_ body: (EntryRecord) -> Void) throws(StoreError) {
        try accessStore { (store) throws(StoreError) in
            try store.scanHeaders(batchSize: 512) { headers in
                for header in headers { body(record(of: header)) }
                return true
            }
        }
    }

    /// Tells the other processes of an invalidation, before the store is searched: what is stored meanwhile must be held
    /// against it. Returns its name; `nil` when they could not be told.
    private func announce(_ item: UnsettledInvalidations.Item) -> String? {
        if let name = item.name { return name }
        guard let changes = parts.changes, store.isAnswering else { return nil }
        do throws(StoreError) {
            let name = try changes.announce(item.request, at: item.moment, epoch: item.epoch)
            invalidations.name(item, name)
            return name
        } catch {
            store.report(error)
            return nil
        }
    }

    private func settle(_ item: UnsettledInvalidations.Item, name: String?) {
        invalidations.settle(item)
        if let name { try? parts.changes?.finish(name) }
    }

    /// Whether one record meets `request`; many are held against it by an `InvalidationFilter`.
    func meets(_ request: InvalidationRequest, _ record: EntryRecord, now: Timestamp) -> Bool {
        // Folding and hashing a prompt costs more than all other conditions.
        guard record.matches(request, now: now) else { return false }
        guard let prompt = request.prompt else { return true }
        return record.textName
            == keyMaker.textName(ofPrompt: prompt, namespace: record.namespace, tenant: record.tenant)
    }

    /// Whether an entry that the store still holds was invalidated.
    func isInvalidated(_ record: EntryRecord) -> Bool {
        !invalidations.isEmpty
            && invalidations.forbids(record, now: parts.clock.now()) { meets($0.request, record, now: $0.moment) }
    }

    /// Searches the store for what was invalidated while it could not be searched, here or by a process that is gone.
    func settleInvalidations() {
        let now = parts.clock.now()
        // Another thread is left alone with its own, another process for half a minute.
        let items = invalidations.unsettled.filter {
            !$0.isUnderWay && (!$0.isAnothers || now.seconds(since: $0.moment) > 30)
        }
        guard !items.isEmpty else { return }
        let names = items.map { announce($0) }
        guard parts.changes == nil || names.allSatisfy({ $0 != nil }) else { return }
        var (found, resting): ([EntryRecord], [EntryRecord]) = ([], [])
        var filters = items.map { InvalidationFilter($0.request, now: $0.moment, keyMaker: keyMaker) }
        let scan: Void? = try? scanRecords { record in
            if !record.dependsOn.isEmpty { resting.append(record) }
            let isDoomed = items.indices.contains {
                items[$0].covers(record, now: now) && filters[$0].isMet(by: record)
            }
            if isDoomed { found.append(record) }
        }
        guard scan != nil else { return }
        let doomed = withDependents(found, among: resting).map(\.reference)
        forget(doomed.map(\.id), forGood: true)
        for batch in doomed.chunked(by: 512) {
            _ = try? accessStore { (store) throws(StoreError) in try store.remove(batch) }
        }
        for (item, name) in zip(items, names) { settle(item, name: name) }
    }
}

extension Array {
    /// The elements in runs of at most `size`.
    func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
