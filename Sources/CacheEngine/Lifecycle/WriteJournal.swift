import CacheModel

/// What waits for the store, on a medium that outlives the process: put down when it begins to wait, forgotten when
/// nothing waits any more.
///
/// The spool bounds the size of a segment; the queue bounds what waits. What was written meanwhile stays until all is
/// written, so the files may hold a few times of what waits; beyond `maximumSegments` nothing more is put down, and what
/// comes then waits in memory only.
final class WriteJournal: Sendable {
    /// One thing that waits.
    enum Item: Sendable {
        case put(CacheEntry)
        case remove(EntryReference)
        /// An invalidation that the whole store is yet to be searched for: its moment, and what the clock of epochs was
        /// raised to.
        case invalidate(InvalidationRequest, Timestamp, epoch: Int64)
    }

    private struct State {
        var segments: [any LedgerSegment] = []
        var isOpen = false
        /// Appended so far: who clears must not take what came meanwhile.
        var appended = 0
        var lost = 0
        /// What the last record was stamped with.
        var last: Int64 = .min

        /// Milliseconds, but never less than those of an earlier record: the order must be kept when the wall clock is set
        /// back, here and in the next process.
        mutating func stamp(_ now: Timestamp) -> Int64 {
            last = max(last &+ 1, now.milliseconds)
            return last
        }
    }

    private static let maximumSegments = 64

    private let spool: any LedgerSpool
    private let clock: any WallClock
    private let state = Locked(State())

    init(spool: any LedgerSpool, clock: any WallClock) { (self.spool, self.clock) = (spool, clock) }

    /// Whether there is nothing that a next process would take over.
    var isEmpty: Bool { state.withLock { $0.segments.isEmpty } }

    /// How many items could not be put down.
    var lost: Int { state.withLock { $0.lost } }

    /// Puts an item down. What cannot be (the disk is full, the item larger than a segment) is counted as lost.
    func append(_ item: Item) {
        let body = Self.body(of: item)
        state.withLock { state in
            let record = Self.bytes(of: state.stamp(clock.now())) + body
            state.appended += 1
            if state.isOpen, state.segments.last!.append(record) { return }
            guard state.segments.count < Self.maximumSegments, let segment = try? spool.makeSegment(),
                segment.append(record)
            else {
                state.lost += 1
                return
            }
            state.segments.append(segment)
            state.isOpen = true
        }
    }

    /// What processes that are gone have left, oldest first. It stays until `clearIfIdle`.
    func recover() throws(StoreError) -> [Item] {
        let abandoned = try spool.abandonedSegments()
        var found: [(moment: Int64, item: Item)] = []
        // Within a segment records have their order; segments of one process follow one another in time.
        for segment in abandoned { found += segment.records().compactMap(Self.item) }
        state.withLock { state in
            state.segments.insert(contentsOf: abandoned, at: 0)
            state.appended += found.count
            state.last = max(state.last, found.map(\.moment).max() ?? .min)
        }
        let order = found.indices.sorted { (found[$0].moment, $0) < (found[$1].moment, $1) }
        return order.map { found[$0].item }
    }

    /// Forgets everything if `isIdle` says that nothing waits, and nothing has come since.
    func clearIfIdle(_ isIdle: () -> Bool) {
        let before = state.withLock { $0.segments.isEmpty ? nil : $0.appended }
        guard let before, isIdle() else { return }
        let gone: [any LedgerSegment] = state.withLock { state in
            guard state.appended == before else { return [] }
            defer { (state.segments, state.isOpen) = ([], false) }
            return state.segments
        }
        for segment in gone { segment.remove() }
    }

    // MARK: Records

    // A record is its stamp (8 bytes), the kind (1 byte), and what it says.

    private static func bytes(of stamp: Int64) -> [UInt8] {
        var out = SnapshotBytes()
        out.append(stamp)
        return out.bytes
    }

    private static func body(of item: Item) -> [UInt8] {
        var out = SnapshotBytes()
        switch item {
        case .put(let entry):
            out.append(UInt8(ascii: "p"))
            return out.bytes + entry.record
        case .remove(let reference):
            out.append(UInt8(ascii: "r"))
            out.append(reference.id.high)
            out.append(reference.id.low)
            return out.bytes + reference.scope.bytes + Array(reference.namespace.utf8)
        case .invalidate(let request, let moment, let epoch):
            out.append(UInt8(ascii: "i"))
            out.append(moment.milliseconds)
            out.append(epoch)
            return out.bytes + RawJSON(request.stored).bytes
        }
    }

    private static func item(_ record: [UInt8]) -> (moment: Int64, item: Item)? {
        func integer<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type) -> Value? {
            guard record.count >= offset + MemoryLayout<Value>.size else { return nil }
            return record.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
        guard let moment = integer(0, Int64.self), let kind = integer(8, UInt8.self) else { return nil }
        switch kind {
        case UInt8(ascii: "p"): return CacheEntry(record: record[9...]).map { (moment, .put($0)) }
        case UInt8(ascii: "r"):
            guard record.count >= 57, let high = integer(9, UInt64.self), let low = integer(17, UInt64.self),
                let scope = Digest256(bytes: Array(record[25..<57])),
                let namespace = String(validating: record[57...], as: UTF8.self)
            else { return nil }
            let id = EntryID(high: high, low: low)
            return (moment, .remove(EntryReference(id: id, namespace: namespace, scope: scope)))
        case UInt8(ascii: "i"):
            guard let until = integer(9, Int64.self), let epoch = integer(17, Int64.self),
                let value = try? JSONValue(parsing: String(decoding: record[25...], as: UTF8.self)),
                let request = InvalidationRequest(stored: value)
            else { return nil }
            return (moment, .invalidate(request, Timestamp(milliseconds: until), epoch: epoch))
        default: return nil
        }
    }
}

extension CacheEngine {
    /// Takes over writes and invalidations that waited when another process ended: to be called before any lookup.
    /// Returns how many. They are written when the store answers (`tendStore`); entries that were invalidated meanwhile
    /// are not.
    @discardableResult
    public func recoverWrites() throws(StoreError) -> Int {
        guard let journal else { return 0 }
        let items = try journal.recover()
        var operations: [PendingWrites.Operation] = []
        for item in items {
            switch item {
            case .put(let entry): operations.append(.put(entry))
            case .remove(let reference): operations.append(.remove(reference))
            case .invalidate(let request, let moment, let epoch):
                // Its own epoch: what was stored after it, and waits too, is none of its.
                invalidations.begin(request, at: moment, epoch: epoch)
                _ = epochs.pass(epoch)
            }
        }
        store.pending.restore(operations)
        for case .put(let entry) in operations where store.pending.entry(entry.header.id) != nil { index(entry.header) }
        return items.count
    }
}
