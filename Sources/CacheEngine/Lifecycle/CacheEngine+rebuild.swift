import CacheModel

extension CacheEngine {
    /// Fills the directory from the store: headers in batches, prompts whose vectors another embedder made embedded anew.
    ///
    /// Lookups may already run; they find what has been read so far. `progress` gets the number of entries read. After
    /// `loadSnapshot` only the names are read of the entries that the snapshot held, and those go that the store has not.
    /// - Throws: `StoreError`; what was read until then stays.
    public func rebuild(progress: (Int) -> Void = { _ in }) throws(StoreError) {
        // One thread reads it; another that wants it read comes again.
        let isAlone = isReadingStore.withLock { isReading in
            defer { isReading = true }
            return !isReading
        }
        guard isAlone else { throw StoreError(.unavailable, "the store is being read already") }
        defer { isReadingStore.withLock { $0 = false } }
        // One that is complete but for the latest changes serves on as it is.
        indexState.withLock { if $0 != .built { $0 = .building } }
        var count = 0
        let wasBehind = follower.isBehind
        var unconfirmed = wasBehind ? directory.allUnconfirmed : directory.unconfirmed
        func isNew(_ id: EntryID) -> Bool {
            guard let slot = directory.slot(id) else { return true }
            unconfirmed.confirm(id, slot: slot)
            return false
        }
        func isUnconfirmed(_ id: EntryID) -> Bool {
            directory.slot(id).map { unconfirmed.holds(id, slot: $0) } ?? false
        }
        func take(_ headers: [EntryHeader]) -> Bool {
            for header in headers where !isExpired(header) {
                // A lookup or a store may have brought a newer entry of the same key meanwhile.
                if directory.record(header.id) == nil, !follower.hasRemoved(header.id),
                    !isSuperseded(header, isUnconfirmed: isUnconfirmed)
                {
                    index(header)
                }
            }
            count += headers.count
            progress(count)
            return true
        }
        do throws(StoreError) {
            try readStore { (store) throws(StoreError) in
                try beginFollowing()
                if unconfirmed.isEmpty {
                    try store.scanHeaders(batchSize: 1000, take)
                } else {
                    try store.scanHeaders(batchSize: 1000, where: isNew, take)
                }
            }
        } catch {
            if wasBehind { follower.fallBehind() }
            indexState.withLock { if $0 != .built { $0 = .incomplete } }
            throw error
        }
        // What waits to be written is not there yet.
        forget(unconfirmed.rest.filter { store.pending.entry($0) == nil })
        directory.settleSnapshot()
        learnTemplates()
        indexState.withLock { $0 = .built }
    }

    func index(_ header: EntryHeader) {
        let record = self.record(of: header)
        let vector = vector(of: header).map { templatedVector(of: record, whole: $0) }
        if let replaced = directory.insert(record, vector: vector) { memory.remove(replaced.id) }
        if isInvalidated(record) {
            discard(record)
        } else if isOver(record) {
            // Out of sight; what is left of it in the store goes when its life ends.
            directory.remove([record.id])
        }
    }

    /// Brings a store that was away up to date: probes it, writes what waits for it, reads what a rebuild could not, and
    /// carries out invalidations that could not search it. Called several times a second by the service; blocks for as
    /// long as the store takes, and costs nothing while all is well.
    public func tendStore() {
        releaseLeases()
        let isAnswering = store.tend()
        if parts.epochs != nil, store.isShared || epochs.hasUnsaved { saveEpochs() }
        carryOutAppointments()
        guard isAnswering else { return }
        settleInvalidations()
        // What others have begun and not finished is in the store's log, and not in the journal.
        journal?.clearIfIdle { [self] in
            store.pending.isEmpty && invalidations.unsettled.allSatisfy(\.isAnothers)
        }
        if indexState.withLock({ $0 == .incomplete }) { try? rebuild() }
    }

    /// Removes what has expired from memory and the store; returns how many. Called now and then by the service.
    @discardableResult
    public func removeExpired() -> Int {
        let now = parts.clock.now()
        var expired: [EntryRecord] = []
        var slot: Int? = 0
        while let start = slot {
            // In pieces, so that no change waits for a pass over a million records.
            let page = directory.records(from: start, count: 4096)
            expired += page.records.filter { $0.isExpired(at: now) || isIdle($0, at: now) }
            slot = page.next
        }
        // First from the store: a lookup in between finds here that it is idle, and does not take it from there again.
        removeIdle(expired.filter { !$0.isExpired(at: now) })
        counters.count(expired: directory.remove(expired.map(\.id)))
        memory.remove(expired.map(\.id))
        tell(.expire, expired)
        removeOverdue()
        _ = try? accessStore { (store) throws(StoreError) in try store.removeExpired(now: now) }
        book?.removeExpired()
        removeOldEvidence(now: now)
        keyValues?.removeExpired()
        return expired.count
    }

    /// Does some of the work that large indexes put off (moving vectors to a better kind of index after a rebuild, say);
    /// returns whether there is more. Holds the directory for a millisecond or two: callers pause as long in between.
    public func maintainIndexes() -> Bool { directory.maintain(budget: 64) }

    private func isExpired(_ header: EntryHeader) -> Bool { header.expires.map { $0 <= parts.clock.now() } ?? false }

    /// The directory's record of a header.
    func record(of header: EntryHeader) -> EntryRecord {
        EntryRecord(
            header,
            textName: keyMaker.textName(ofPrompt: header.prompt, namespace: header.namespace, tenant: header.tenant),
            at: parts.clock.now())
    }

    /// The vector to index a header by: unit-norm; `nil` when it matches exactly only.
    func vector(of header: EntryHeader) -> [Float]? {
        guard header.isSemantic else { return nil }
        if let stored = header.vector, stored.embedder == parts.embedder.identifier,
            stored.components.count == parts.embedder.dimension
        {
            return stored.floats.normalized()
        }
        let vector = parts.embedder.embed(header.prompt)
        return vector.contains { $0 != 0 } ? vector : nil
    }
}
