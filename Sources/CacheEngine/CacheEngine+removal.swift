import CacheModel

extension CacheEngine {
    public func entry(_ id: EntryID) -> Step<CacheEntry?> {
        guard let record = directory.record(id), !record.isExpired(at: parts.clock.now()) else { return .done(nil) }
        return .blocking { [self] in
            let entry = try? accessStore { (store) throws(StoreError) in try store.entry(record.reference) }
            return .done(entry ?? nil)
        }
    }

    public func delete(_ id: EntryID) -> Step<Bool> {
        var request = InvalidationRequest()
        request.id = id
        return invalidate(request).map { $0.matched > 0 }
    }

    public func invalidate(_ request: InvalidationRequest) -> Step<InvalidationReply> {
        .blocking { [self] in .done(invalidateBlocking(request)) }
    }

    /// The entries go from memory at once, so that nothing that was invalidated is served again, and then from the store.
    /// `removed` counts what the store has removed: fewer than `matched` means that it must be asked again.
    private func invalidateBlocking(_ request: InvalidationRequest) -> InvalidationReply {
        let now = parts.clock.now()
        let item = request.dryRun ? nil : invalidations.begin(request, at: now)
        let name = item.flatMap { announce($0) }
        let (records, isComplete) = matchingRecords(request, now: now)
        let sample = Array(records.prefix(10).map(\.id))
        if request.dryRun { return InvalidationReply(matched: records.count, removed: 0, sample: sample) }
        directory.remove(records.map(\.id))
        memory.remove(records.map(\.id))
        tell(.delete, records)
        var removed = 0
        for batch in records.map(\.reference).chunked(by: 512) {
            removed += (try? accessStore { (store) throws(StoreError) in try store.remove(batch) }) ?? 0
        }
        let isTold = name != nil || parts.changes == nil
        if isComplete, isTold, let item {
            settle(item, name: name)
        } else if let item {
            journal?.append(.invalidate(item.request, item.moment))
        }
        return InvalidationReply(matched: records.count, removed: removed, sample: sample)
    }

    /// The records that meet `request`, and whether all entries there are have been looked at.
    private func matchingRecords(
        _ request: InvalidationRequest, now: Timestamp
    ) -> (records: [EntryRecord], isComplete: Bool) {
        let here = directory.records { meets(request, $0, now: now) }
        if let id = request.id, here.contains(where: { $0.id == id }) { return (here, true) }
        guard store.isShared else { return (here, indexState.withLock { $0 == .built }) }
        // Other processes may have stored entries that this one has not seen.
        var records: [EntryID: EntryRecord] = [:]
        for record in here { records[record.id] = record }
        let scan: Void? = try? scanRecords { record in
            if records[record.id] == nil, meets(request, record, now: now) { records[record.id] = record }
        }
        return (records.values.sorted { $0.id < $1.id }, scan != nil)
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
            let name = try changes.announce(item.request, at: item.moment)
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

    func meets(_ request: InvalidationRequest, _ record: EntryRecord, now: Timestamp) -> Bool {
        let textName = request.prompt.map {
            keyMaker.textName(ofPrompt: $0, namespace: record.namespace, tenant: record.tenant)
        }
        return record.matches(request, textName: textName, now: now)
    }

    /// Whether an entry that the store still holds was invalidated.
    func isInvalidated(_ record: EntryRecord) -> Bool {
        !invalidations.isEmpty
            && invalidations.forbids(created: record.created) { meets($0.request, record, now: $0.moment) }
    }

    /// Searches the store for what was invalidated while it could not be searched, here or by a process that is gone.
    func settleInvalidations() {
        let now = parts.clock.now()
        // Another process is left half a minute to search for its own.
        let items = invalidations.unsettled.filter { !$0.isAnothers || now.seconds(since: $0.moment) > 30 }
        guard !items.isEmpty else { return }
        let names = items.map { announce($0) }
        guard parts.changes == nil || names.allSatisfy({ $0 != nil }) else { return }
        var doomed: [EntryReference] = []
        let scan: Void? = try? scanRecords { record in
            let isDoomed = items.contains {
                record.created <= $0.moment && meets($0.request, record, now: $0.moment)
            }
            if isDoomed { doomed.append(record.reference) }
        }
        guard scan != nil else { return }
        directory.remove(doomed.map(\.id))
        for batch in doomed.chunked(by: 512) {
            memory.remove(batch.map(\.id))
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
