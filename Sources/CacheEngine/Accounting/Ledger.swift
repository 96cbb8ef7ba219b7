import CacheModel
import Dispatch

/// Who is told of everything that the engine answers.
public protocol AccountingSink: Sendable {
    /// Takes one event. Called on the event loop's thread: must not wait for anything slow.
    func record(_ event: LedgerEvent)
}

/// Counts events in memory, keeps each in the spool before it returns, and hands sums to the store in batches.
///
/// A segment of the spool and the sums over its records belong together: they become one batch, named by the segment. The
/// store adds a batch once, and only then is the segment removed. A process that dies leaves its segments to the next
/// one; a store that is out of reach leaves them where they are. So nothing is counted twice and nothing is lost.
public final class Ledger: AccountingSink {
    private struct Open {
        var segment: (any LedgerSegment)?
        var sums = LedgerAccumulator()
    }

    private struct Sealed {
        let segment: (any LedgerSegment)?
        let batch: LedgerBatch
        var isSynchronized = false
    }

    private struct State {
        var open = Open()
        var sealed: [Sealed] = []
    }

    private let store: any LedgerStore
    private let spool: (any LedgerSpool)?
    private let clock: any WallClock
    private let retention: LedgerRetention
    /// Is told what goes wrong: an event that could only be kept in memory, a batch that the store did not take.
    private let report: @Sendable (StoreError) -> Void
    private let state = Locked(State())
    /// One thread hands batches over at a time; another waits until that is done, or a report would miss what is on its way.
    private let turn = DispatchSemaphore(value: 1)
    /// Said once, not for each event.
    private let isSpoolFailing = Locked(false)
    /// Said once, not every second.
    private let isStoreFailing = Locked(false)
    private let lastCompaction = Locked<Int64?>(nil)

    /// A ledger over `store`; without a `spool` what was not flushed is gone with the process.
    public init(
        store: any LedgerStore, spool: (any LedgerSpool)?, clock: any WallClock = SystemClock(),
        retention: LedgerRetention = LedgerRetention(), report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) {
        self.store = store
        self.spool = spool
        self.clock = clock
        self.retention = retention
        self.report = report
    }

    /// Takes over what processes that are gone have left in the spool; `flush` hands it on.
    public func recover() throws(StoreError) {
        guard let spool else { return }
        for segment in try spool.abandonedSegments() {
            var sums = LedgerAccumulator()
            for event in segment.records().compactMap(LedgerEvent.init(record:)) { sums.add(event) }
            let sealed = Sealed(segment: segment, batch: sums.batch(segment.id))
            state.withLock { $0.sealed.append(sealed) }
        }
    }

    public func record(_ event: LedgerEvent) {
        guard spool != nil else {
            state.withLock { $0.open.sums.add(event) }
            return
        }
        let record = event.record
        while true {
            let full: (any LedgerSegment)?? = state.withLock { state in
                guard let segment = state.open.segment else { return .some(nil) }
                // A record that does not even fit an empty segment is kept in memory only.
                guard segment.append(record) || state.open.sums.isEmpty else { return .some(segment) }
                state.open.sums.add(event)
                return nil
            }
            guard case .some(let full) = full else { return }
            if !replace(full) {
                state.withLock { $0.open.sums.add(event) }
                return
            }
        }
    }

    /// Hands everything counted so far to the store. Blocks. When the store does not take it, it stays in the spool and
    /// the next call tries again.
    /// - Throws: what the store said.
    public func flush() throws(StoreError) {
        turn.wait()
        defer { turn.signal() }
        // What waits goes first: while it cannot, the open segment fills up instead of becoming many small ones.
        try drain()
        let hasRows = state.withLock { !$0.open.sums.isEmpty }
        guard hasRows else { return }
        let current = state.withLock { $0.open.segment }
        if spool == nil || current == nil {
            seal(with: nil)
        } else {
            _ = replace(current)
        }
        try drain()
    }

    /// Flushes, and takes the open segment away when nothing is left in it. Blocks.
    public func close() throws(StoreError) {
        try flush()
        let empty = state.withLock { state in
            guard state.open.sums.isEmpty else { return nil as (any LedgerSegment)? }
            defer { state.open.segment = nil }
            return state.open.segment
        }
        empty?.remove()
    }

    /// Rolls up and drops what is old, once an hour. Blocks.
    public func compact() throws(StoreError) {
        let hour = LedgerEvent.hour(of: clock.now())
        guard lastCompaction.withLock({ $0 != hour }) else { return }
        try store.compactLedger(now: hour, retention: retention)
        lastCompaction.withLock { $0 = hour }
    }

    /// The sums that `query` asks for, up to the last event. Blocks.
    public func rows(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] {
        try flush()
        return try store.ledger(query)
    }

    /// The weightiest subjects that `query` asks for, up to the last event. Blocks.
    public func subjects(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow] {
        try flush()
        return try store.subjects(query)
    }

    /// The first hour that is certain to be told apart from the others of its day.
    var firstHourKept: Int64 { LedgerEvent.hour(of: clock.now()) - retention.hourly }

    /// Puts a fresh segment in the place of `full` (`nil`: of none). Returns whether there is a segment to write to.
    private func replace(_ full: (any LedgerSegment)?) -> Bool {
        let fresh: any LedgerSegment
        do throws(StoreError) {
            guard let spool else { return false }
            fresh = try spool.makeSegment()
        } catch {
            reportOnce(error, isSpoolFailing)
            // What is full goes on its way; what comes until there is room again is kept in memory only.
            if full != nil { seal(with: nil) }
            return false
        }
        isSpoolFailing.withLock { $0 = false }
        let isTaken = state.withLock { state in
            guard state.open.segment === full else { return false }
            Self.seal(&state, with: fresh)
            return true
        }
        // Another thread was faster.
        if !isTaken { fresh.remove() }
        return true
    }

    private func seal(with segment: (any LedgerSegment)?) { state.withLock { Self.seal(&$0, with: segment) } }

    private static func seal(_ state: inout State, with segment: (any LedgerSegment)?) {
        let open = state.open
        state.open = Open(segment: segment)
        if open.sums.isEmpty {
            // Nothing was written to it.
            return
        }
        let id = open.segment?.id ?? (0..<16).map { _ in UInt8.random(in: 0...255) }
        state.sealed.append(Sealed(segment: open.segment, batch: open.sums.batch(id)))
    }

    private func drain() throws(StoreError) {
        while let next = state.withLock({ $0.sealed.first }) {
            do throws(StoreError) {
                try store.add(next.batch)
                isStoreFailing.withLock { $0 = false }
            } catch {
                reportOnce(error, isStoreFailing)
                synchronizeSealed()
                throw error
            }
            next.segment?.remove()
            state.withLock { _ = $0.sealed.removeFirst() }
        }
    }

    /// Reports the first error of a row.
    private func reportOnce(_ error: StoreError, _ isFailing: Locked<Bool>) {
        let wasFailing = isFailing.withLock { failing in
            defer { failing = true }
            return failing
        }
        if !wasFailing { report(error) }
    }

    /// While the store is out of reach the spool is all there is: the medium shall have it.
    private func synchronizeSealed() {
        let waiting = state.withLock { state in
            defer { for index in state.sealed.indices { state.sealed[index].isSynchronized = true } }
            return state.sealed.filter { !$0.isSynchronized }
        }
        for sealed in waiting { sealed.segment?.synchronize() }
    }
}
