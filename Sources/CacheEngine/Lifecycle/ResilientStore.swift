import CacheModel

/// A store whose outages cost hits at most: nobody waits for it, no write is lost within bounds, and nothing that was
/// removed comes back.
///
/// While the breaker is open, reads fail at once and writes wait in memory; `tend` probes the store and, when it
/// answers, writes them in order. What waits is already true for readers: a waiting entry is found, a waiting removal
/// hides its entry.
final class ResilientStore: EntryStore {
    let location: String
    let isShared: Bool
    let pending: PendingWrites

    private let inner: any EntryStore
    private let breaker: CircuitBreaker
    private let outcome = Locked(Outcome())
    private let isTending = Locked(false)
    private let onFailure: @Sendable (StoreError) -> Void
    /// The engine's part.
    private let recheck = Locked<Recheck?>(nil)

    /// What becomes of entries that are too old to be written as they are.
    struct Recheck: Sendable {
        /// Says which of them no invalidation has passed by, and by when that was known.
        var check: @Sendable ([CacheEntry]) throws(StoreError) -> (entries: [CacheEntry], checked: Timestamp)
        /// Is told of those for which the store has a later answer.
        var supersede: @Sendable ([EntryID]) -> Void
    }

    private struct Outcome {
        var failures = 0
        var detail: String?
    }

    /// A store around `inner`; `onFailure` is told of every call that fails.
    init(
        _ inner: any EntryStore, breaker: CircuitBreaker, pending: PendingWrites,
        onFailure: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) {
        (self.inner, self.breaker, self.pending, self.onFailure) = (inner, breaker, pending, onFailure)
        (location, isShared) = (inner.location, inner.isShared)
    }

    /// Sets what a store that finds entries too old is answered with.
    func setRecheck(_ recheck: Recheck) { self.recheck.withLock { $0 = recheck } }

    /// What the breaker does with calls now.
    var phase: BreakerState { breaker.phase }
    /// Whether calls reach the store.
    var isAnswering: Bool { breaker.phase == .closed }
    /// Calls that failed since the start, and what the last one said if no call has succeeded after it.
    var failures: (count: Int, detail: String?) { outcome.withLock { ($0.failures, $0.detail) } }

    // MARK: Writing

    func put(_ entry: CacheEntry) throws(StoreError) { try put([entry]) }

    /// Returns when the entries are in the store or wait for it.
    ///
    /// - Throws: `StoreError` when the store refuses them for good, or when the queue is full.
    func put(_ entries: [CacheEntry]) throws(StoreError) {
        // Behind what waits, so that the order is kept.
        if pending.isEmpty && isAnswering {
            do throws(StoreError) {
                try call { (store) throws(StoreError) in try put(entries, to: store) }
                return pending.noteWritten(entries)
            } catch {
                guard error.isWorthRepeating else { throw error }
            }
        }
        guard pending.enqueue(entries) else {
            throw StoreError(.full, "\(location) does not take writes, and no more can wait for it")
        }
    }

    /// Writes entries, those that are too old only when no invalidation has passed them by.
    private func put(_ entries: [CacheEntry], to store: any EntryStore) throws(StoreError) {
        do throws(StoreError) {
            if entries.count == 1 { try store.put(entries[0]) } else { try store.put(entries) }
        } catch {
            guard error.code == .late else { throw error }
            try putLate(entries, to: store)
        }
    }

    /// Writes entries that have waited: others may have removed or replaced them meanwhile, if they were written at all.
    private func putLate(_ entries: [CacheEntry], to store: any EntryStore) throws(StoreError) {
        guard let recheck = recheck.withLock({ $0 }) else { return try store.put(entries) }
        let (kept, checked) = try recheck.check(entries)
        if kept.count < entries.count {
            let names = Set(kept.map(\.header.id))
            try removeReplaced(by: entries.filter { !names.contains($0.header.id) }, from: store)
        }
        if kept.isEmpty { return }
        let superseded = try store.put(kept, checked: checked)
        if !superseded.isEmpty { recheck.supersede(superseded) }
    }

    /// Removes what entries that are not written any more would have replaced: they did for whoever was told that they are
    /// stored, so it must not be served again.
    private func removeReplaced(by entries: [CacheEntry], from store: any EntryStore) throws(StoreError) {
        var replaced: [EntryReference] = []
        for header in entries.map(\.header) {
            let former = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
            if let former, former.header.created <= header.created { replaced.append(former.header.reference) }
        }
        if !replaced.isEmpty { try store.remove(replaced) }
    }

    /// Returns how many the store has removed. Those that wait are hidden from now on and count for nothing yet.
    @discardableResult
    func remove(_ references: [EntryReference]) throws(StoreError) -> Int {
        if pending.isEmpty && isAnswering {
            do throws(StoreError) {
                let count = try call { (store) throws(StoreError) in try store.remove(references) }
                pending.noteRemoved(references)
                return count
            } catch {
                guard error.isWorthRepeatingRemoval else { throw error }
            }
        }
        pending.enqueue(removals: references)
        return 0
    }

    @discardableResult
    func removeExpired(now: Timestamp) throws(StoreError) -> Int {
        try call { (store) throws(StoreError) in try store.removeExpired(now: now) }
    }

    // MARK: Reading

    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? {
        if let waiting = pending.entry(reference.id) { return waiting }
        if pending.isRemoved(reference.id) { return nil }
        return try call { (store) throws(StoreError) in try store.entry(reference) }
    }

    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        if let waiting = pending.entry(exactKey: exactKey), waiting.header.scope == scope { return waiting }
        let entry = try call { (store) throws(StoreError) in
            try store.entry(exactKey: exactKey, scope: scope, namespace: namespace)
        }
        guard let entry, !pending.isRemoved(entry.header.id) else { return nil }
        return entry
    }

    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        try call { (store) throws(StoreError) in
            try store.scanHeaders(batchSize: batchSize) { headers in
                body(headers.filter { !pending.isRemoved($0.id) })
            }
        }
    }

    func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError) {
        try call { (store) throws(StoreError) in
            try store.scanHeaders(
                batchSize: batchSize, where: { !pending.isRemoved($0) && isWanted($0) }, body)
        }
    }

    func statistics() throws(StoreError) -> StoreStatistics {
        try call { (store) throws(StoreError) in try store.statistics() }
    }

    func check() throws(StoreError) { try call { (store) throws(StoreError) in try store.check() } }

    func close() { inner.close() }

    // MARK: Coming back

    /// Probes the store if that is due, and writes what waits. Called several times a second; costs nothing when there
    /// is nothing to do. Returns whether the store answers and nothing waits for it.
    @discardableResult
    func tend() -> Bool {
        let isAlone = isTending.withLock { isTending in
            defer { isTending = true }
            return !isTending
        }
        guard isAlone else { return false }
        defer { isTending.withLock { $0 = false } }
        if breaker.beginProbe() { probe() }
        while isAnswering, let batch = pending.next(limit: 256) {
            guard write(batch) else { return false }
        }
        return isAnswering && pending.isEmpty
    }

    private func probe() {
        do throws(StoreError) {
            try inner.check()
            breaker.endProbe(succeeded: true)
            note(nil)
        } catch {
            // A store that answers but takes no writes can be read, and so can the other nodes of a cluster.
            let answers = [.full, .readOnly, .partlyUnavailable].contains(error.code)
            breaker.endProbe(succeeded: answers)
            note(error)
        }
    }

    /// Writes a batch; `false` when it must be tried again.
    private func write(_ batch: PendingWrites.Batch) -> Bool {
        do throws(StoreError) {
            try write(batch.operations)
            pending.done(batch)
            return true
        } catch {
            if error.isWorthRepeating { return false }
        }
        // One that the store never takes must not hold up the others.
        var lost = 0
        for operation in batch.operations {
            do throws(StoreError) {
                try write([operation])
            } catch {
                if operation.isPut ? error.isWorthRepeating : error.isWorthRepeatingRemoval { return false }
                lost += 1
            }
        }
        pending.done(batch, lost: lost)
        return true
    }

    private func write(_ operations: [PendingWrites.Operation]) throws(StoreError) {
        var entries: [CacheEntry] = []
        var references: [EntryReference] = []
        for operation in operations {
            switch operation {
            case .put(let entry): entries.append(entry)
            case .remove(let reference): references.append(reference)
            }
        }
        try call { (store) throws(StoreError) in
            if !entries.isEmpty { try putLate(entries, to: store) }
            if !references.isEmpty { try store.remove(references) }
        }
    }

    // MARK: Calls

    /// Calls the store unless the breaker is open, and tells the breaker what came of it.
    private func call<Result>(_ operation: (any EntryStore) throws(StoreError) -> Result) throws(StoreError) -> Result {
        guard isAnswering else {
            throw StoreError(
                .unavailable, "\(location) has failed several times in a row and is left alone for a while")
        }
        do throws(StoreError) {
            let result = try operation(inner)
            report(nil)
            return result
        } catch {
            report(error)
            throw error
        }
    }

    /// A call on the same server, through here or not, has succeeded (`nil`) or failed.
    func report(_ error: StoreError?) {
        if let error {
            if error.isOutage { breaker.failed() }
        } else {
            breaker.succeeded()
        }
        note(error)
    }

    private func note(_ error: StoreError?) {
        outcome.withLock { outcome in
            if error != nil { outcome.failures += 1 }
            outcome.detail = error?.message
        }
        if let error { onFailure(error) }
    }
}

extension StoreError {
    /// Whether the store itself is in trouble, for reads too.
    fileprivate var isOutage: Bool {
        switch code {
        case .unavailable, .timeout, .denied, .failed: true
        case .partlyUnavailable, .corrupt, .newerVersion, .full, .readOnly, .late, .closed: false
        }
    }

    /// Whether a write that failed so may succeed later.
    fileprivate var isWorthRepeating: Bool {
        switch code {
        case .unavailable, .partlyUnavailable, .timeout, .denied, .full, .readOnly: true
        // A clock that is far off: it will not be right in a moment.
        case .corrupt, .newerVersion, .late, .closed, .failed: false
        }
    }

    /// The same of a removal: a store that cannot say what is wrong with it is asked again, because what was removed must
    /// not come back.
    fileprivate var isWorthRepeatingRemoval: Bool { isWorthRepeating || code == .failed }
}
