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
        let records = matchingRecords(request)
        let sample = Array(records.prefix(10).map(\.id))
        if request.dryRun { return InvalidationReply(matched: records.count, removed: 0, sample: sample) }
        directory.remove(records.map(\.id))
        for record in records { memory.remove(record.id) }
        var removed = 0
        for batch in records.map(\.reference).chunked(by: 512) {
            removed += (try? accessStore { (store) throws(StoreError) in try store.remove(batch) }) ?? 0
        }
        return InvalidationReply(matched: records.count, removed: removed, sample: sample)
    }

    private func matchingRecords(_ request: InvalidationRequest) -> [EntryRecord] {
        let now = parts.clock.now()
        let folded = request.prompt.map(parts.normalizer.fold)
        func isMeant(_ record: EntryRecord) -> Bool {
            let textName = folded.map { _ in
                keyMaker.textName(ofPrompt: request.prompt!, namespace: record.namespace, tenant: record.tenant)
            }
            return record.matches(request, textName: textName, now: now)
        }
        guard parts.store.isShared else { return directory.records(where: isMeant) }
        // Other processes may have stored entries that this one has not seen.
        var records: [EntryID: EntryRecord] = [:]
        for record in directory.records(where: isMeant) { records[record.id] = record }
        try? accessStore { (store) throws(StoreError) in
            try store.scanHeaders(batchSize: 512) { headers in
                for header in headers where records[header.id] == nil {
                    let record = self.record(of: header)
                    if isMeant(record) { records[header.id] = record }
                }
                return true
            }
        }
        return records.values.sorted { $0.id < $1.id }
    }
}

extension Array {
    /// The elements in runs of at most `size`.
    func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
