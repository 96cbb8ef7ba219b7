import CacheModel

extension CacheEngine {
    /// How many records are looked at under one lock.
    private static let page = 4096

    /// Looks now and then who was served, and shortly before an hour begins reads into memory what it is likely to ask for;
    /// after a start, what the hour that runs is. Reads `budget` answers at most; returns whether more wait to be read.
    ///
    /// An engine that is told not to, or whose index is not complete yet, does nothing. A store that does not answer ends
    /// it until the next call. O(entries) every five minutes, O(history of one hour of the week) once an hour.
    @discardableResult
    public func tendWarming(budget: Int = 64) -> Bool {
        guard parts.limits.readsAhead, readiness().isIndexBuilt else { return false }
        let now = parts.clock.now()
        if warming.withLock({ $0.isSweepDue(at: now) }) { sweep(now) }
        if let hour = warming.withLock({ $0.wanted(at: now) }) { plan(hour) }
        return readAhead(budget: budget, at: now)
    }

    /// Takes over the access history that an earlier run left; returns whether there was one.
    ///
    /// - Throws: `SnapshotProblem` that says why it is of no use; a new history begins then.
    @discardableResult
    public func loadAccessHistory() throws(SnapshotProblem) -> Bool {
        guard parts.limits.readsAhead, let medium = parts.accessHistory else { return false }
        let now = parts.clock.now()
        let state = try medium.load { (parts) throws(SnapshotProblem) in
            guard parts.count == 1 else { throw .damaged }
            return try WarmingState(parts[0], at: now)
        }
        guard let state else { return false }
        warming.withLock { $0 = state }
        return true
    }

    /// Writes the access history down, so that the next run knows the weeks before it.
    ///
    /// - Throws: `SnapshotProblem` when it cannot be written; the old one stays.
    public func saveAccessHistory() throws(SnapshotProblem) {
        guard parts.limits.readsAhead, let medium = parts.accessHistory else { return }
        let now = parts.clock.now()
        if readiness().isIndexBuilt { sweep(now) }
        let bytes = warming.withLock { state in
            state.isUnsaved = false
            return state.encoded(at: now)
        }
        try medium.save([bytes])
    }

    /// Whether an hour has ended since the access history was last written down.
    public var wantsAccessHistorySaved: Bool {
        parts.accessHistory != nil && warming.withLock { $0.isUnsaved }
    }

    /// Notes which entries were served, or stored, since the last time.
    private func sweep(_ now: Timestamp) {
        let last = warming.withLock { $0.lastSweep }
        var names: Set<UInt64> = []
        var next: Int? = 0
        while let start = next {
            let page = directory.records(from: start, count: Self.page)
            for record in page.records {
                let isNew = last.map { record.created >= $0 } ?? false
                if record.use.isNews() || isNew { names.insert(record.exactKey.w0) }
            }
            next = page.next
        }
        warming.withLock { $0.add(names, at: now) }
    }

    private func plan(_ hour: Int) {
        let made = warming.withLock { $0.history.forecast(of: HourOfWeek(hour: hour)) }
        var known: [Forecast] = []
        for chunk in made.chunked(by: Self.page) {
            let records = directory.records(exactWords: chunk.map(\.name))
            for (forecast, record) in zip(chunk, records) where record != nil { known.append(forecast) }
        }
        warming.withLock { $0.plan(known, for: hour, capacity: memory.capacity) }
    }

    private func readAhead(budget: Int, at now: Timestamp) -> Bool {
        for _ in 0..<budget {
            guard let name = warming.withLock({ $0.plan?.names.last }) else { return false }
            var bytes = 0
            if let record = directory.records(exactWords: [name])[0], !record.isExpired(at: now), !isOver(record) {
                if let held = memory.expect(record.id) {
                    bytes = held
                } else {
                    do throws(StoreError) {
                        guard store.isAnswering else { return false }
                        if let entry = try fetch(record.reference) {
                            memory.insert(entry.body, id: record.id, isExpected: true)
                            bytes = entry.body.contentBytes + MemoryTier.overheadBytes
                        }
                    } catch { return false }
                }
            }
            warming.withLock { $0.plan?.take(name, bytes: bytes) }
        }
        return warming.withLock { $0.plan?.names.isEmpty == false }
    }
}
