import CacheModel

/// Writes that wait for the store to come back, in their order.
///
/// Entries are bounded in number and bytes. Removals are not: one that was forgotten would bring back what was deleted.
/// Each names an entry that this process knew, so the index bounds them. All calls O(1) but `next`.
final class PendingWrites: Sendable {
    /// One write.
    enum Operation: Sendable {
        case put(CacheEntry)
        case remove(EntryReference)
    }

    /// A run of writes of one kind, from the front.
    struct Batch: Sendable {
        /// The writes, oldest first; only of one kind.
        var operations: [Operation]
        /// Their places, for `done`.
        fileprivate var places: [UInt64]
    }

    /// What waits and what was lost.
    struct Counts: Sendable, Equatable {
        var operations = 0
        var bytes = 0
        /// Entries that found no room or that the store refused for good.
        var lost = 0
    }

    fileprivate struct State {
        /// Operations by place; a place whose operation was superseded is gone from here only.
        var operations: [UInt64: Operation] = [:]
        var order: [UInt64] = []
        var head = 0
        var next: UInt64 = 0
        var puts: [EntryID: UInt64] = [:]
        var keys: [Digest256: EntryID] = [:]
        var removals: [EntryID: UInt64] = [:]
        var bytes = 0
        var lost = 0
    }

    /// What an entry costs beside its texts and its vector.
    fileprivate static let overheadBytes = 512

    private let state = Locked(State())
    private let maximumCount: Int
    private let maximumBytes: Int
    private let journal: WriteJournal?

    /// An empty queue for so many entries and bytes of them; what waits is written to `journal` too.
    init(maximumCount: Int, maximumBytes: Int, journal: WriteJournal? = nil) {
        (self.maximumCount, self.maximumBytes, self.journal) = (maximumCount, maximumBytes, journal)
    }

    /// How full it is.
    var counts: Counts {
        state.withLock { Counts(operations: $0.operations.count, bytes: $0.bytes, lost: $0.lost) }
    }

    /// Whether nothing waits.
    var isEmpty: Bool { state.withLock { $0.operations.isEmpty } }

    /// Queues all of `entries` or, without room, none, which are counted as lost. An entry takes the place of one that
    /// waits under the same exact key.
    func enqueue(_ entries: [CacheEntry]) -> Bool {
        let isTaken = take(entries)
        if isTaken, let journal { for entry in entries { journal.append(.put(entry)) } }
        return isTaken
    }

    /// Entries were written without waiting. While the journal still holds what has waited it must hold them too, or the
    /// next process would take what they have replaced for true.
    func noteWritten(_ entries: [CacheEntry]) {
        if let journal, !journal.isEmpty { for entry in entries { journal.append(.put(entry)) } }
    }

    /// The same of entries that were removed.
    func noteRemoved(_ references: [EntryReference]) {
        if let journal, !journal.isEmpty { for reference in references { journal.append(.remove(reference)) } }
    }

    /// Queues what a process that is gone has left, oldest first; it is in the journal already.
    func restore(_ operations: [Operation]) {
        for operation in operations {
            switch operation {
            case .put(let entry): _ = take([entry])
            case .remove(let reference): take(removals: [reference])
            }
        }
    }

    private func take(_ entries: [CacheEntry]) -> Bool {
        let size = entries.reduce(0) { $0 + Self.bytes(of: $1) }
        return state.withLock { state in
            guard state.puts.count + entries.count <= maximumCount, state.bytes + size <= maximumBytes else {
                state.lost += entries.count
                return false
            }
            for entry in entries {
                if let former = state.keys[entry.header.exactKey] { state.dropPut(former) }
                state.keys[entry.header.exactKey] = entry.header.id
                state.bytes += Self.bytes(of: entry)
                state.puts[entry.header.id] = state.append(.put(entry))
            }
            return true
        }
    }

    /// Queues a removal. Until it is done `isRemoved` says so.
    func enqueue(removals: [EntryReference]) {
        take(removals: removals)
        if let journal { for reference in removals { journal.append(.remove(reference)) } }
    }

    private func take(removals: [EntryReference]) {
        state.withLock { state in
            for reference in removals {
                // The store may hold it all the same, from a write whose answer was lost. What waits is still written
                // first: it takes the place of an older entry of its exact key, which nobody may be served again.
                state.hidePut(reference.id)
                state.removals[reference.id] = state.append(.remove(reference))
            }
        }
    }

    /// The entry of this name, if it waits.
    func entry(_ id: EntryID) -> CacheEntry? { state.withLock { $0.put(id) } }

    /// The entry of this exact key, if it waits.
    func entry(exactKey: Digest256) -> CacheEntry? {
        state.withLock { state in state.keys[exactKey].flatMap { state.put($0) } }
    }

    /// Whether the entry's removal waits: whatever the store says of it, it is gone.
    func isRemoved(_ id: EntryID) -> Bool { state.withLock { $0.removals[id] != nil } }

    /// At most `limit` writes of one kind from the front; they stay queued until `done`.
    func next(limit: Int) -> Batch? {
        state.withLock { state in
            var batch = Batch(operations: [], places: [])
            var index = state.head
            while index < state.order.count, batch.operations.count < limit {
                let place = state.order[index]
                index += 1
                guard let operation = state.operations[place] else { continue }
                if let first = batch.operations.first, first.isPut != operation.isPut { break }
                batch.operations.append(operation)
                batch.places.append(place)
            }
            return batch.operations.isEmpty ? nil : batch
        }
    }

    /// The writes of `batch` are over; `lost` of them for good.
    func done(_ batch: Batch, lost: Int = 0) {
        state.withLock { state in
            for (place, operation) in zip(batch.places, batch.operations) { state.finish(place, operation) }
            state.lost += lost
            while state.head < state.order.count, state.operations[state.order[state.head]] == nil { state.head += 1 }
            if state.head == state.order.count || state.head > 4096 {
                state.order.removeFirst(state.head)
                state.head = 0
            }
        }
    }

    /// Roughly what an entry takes.
    fileprivate static func bytes(of entry: CacheEntry) -> Int {
        overheadBytes + entry.header.prompt.utf8.count + entry.body.response.bytes.count
            + (entry.header.vector?.components.count ?? 0)
    }
}

extension PendingWrites.Operation {
    var isPut: Bool { if case .put = self { true } else { false } }
}

extension PendingWrites.State {
    fileprivate mutating func append(_ operation: PendingWrites.Operation) -> UInt64 {
        next += 1
        operations[next] = operation
        order.append(next)
        return next
    }

    fileprivate func put(_ id: EntryID) -> CacheEntry? {
        guard let place = puts[id], case .put(let entry) = operations[place] else { return nil }
        return entry
    }

    /// Takes a waiting entry out.
    fileprivate mutating func dropPut(_ id: EntryID) {
        guard let entry = put(id), let place = puts.removeValue(forKey: id) else { return }
        operations[place] = nil
        bytes -= PendingWrites.bytes(of: entry)
        if keys[entry.header.exactKey] == id { keys[entry.header.exactKey] = nil }
    }

    /// Takes a waiting entry out of readers' sight; it is written all the same.
    fileprivate mutating func hidePut(_ id: EntryID) {
        guard let entry = put(id) else { return }
        puts[id] = nil
        if keys[entry.header.exactKey] == id { keys[entry.header.exactKey] = nil }
    }

    /// Takes a write out that is done, unless it was superseded meanwhile.
    fileprivate mutating func finish(_ place: UInt64, _ operation: PendingWrites.Operation) {
        switch operation {
        case .put(let entry):
            guard operations.removeValue(forKey: place) != nil else { return }
            bytes -= PendingWrites.bytes(of: entry)
            if puts[entry.header.id] == place { puts[entry.header.id] = nil }
            if keys[entry.header.exactKey] == entry.header.id { keys[entry.header.exactKey] = nil }
        case .remove(let reference):
            operations[place] = nil
            if removals[reference.id] == place { removals[reference.id] = nil }
        }
    }
}
