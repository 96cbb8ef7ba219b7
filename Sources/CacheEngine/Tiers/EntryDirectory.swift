import CacheModel

/// Every live entry that this process knows: found by name, by exact key, and by nearness within its scope.
///
/// Many lookups read at once; a change is alone. No I/O happens inside. Slots number the records densely, so that the
/// vector indexes and the key maps hold four bytes an entry.
final class EntryDirectory: Sendable {
    private let state: ReadWriteLocked<State>
    private let indexes: any VectorIndexFactory
    private let dimension: Int

    /// An empty directory for vectors of `dimension` components.
    init(indexes: any VectorIndexFactory, dimension: Int) {
        self.indexes = indexes
        self.dimension = dimension
        state = ReadWriteLocked(State())
    }

    /// A neighbour with its record.
    struct Candidate {
        let record: EntryRecord
        let similarity: Float
    }

    /// How full the directory is.
    struct Counts {
        var entries = 0
        var scopes = 0
        var bytes = 0
    }

    // MARK: Reading

    /// The record of a name.
    func record(_ id: EntryID) -> EntryRecord? { state.read { $0.record(id) } }

    /// The record of the text as given.
    func record(exactKey: Digest256) -> EntryRecord? { state.read { $0.record(exactKey: exactKey) } }

    /// The record of the folded text.
    func record(foldedKey: Digest256) -> EntryRecord? { state.read { $0.record(foldedKey: foldedKey) } }

    /// The nearest records of a scope, best first, and how many the scope holds.
    func search(
        scope: Digest256, query: [Float], limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> (candidates: [Candidate], count: Int) {
        state.read { state in
            guard let index = state.partitions[scope] else { return ([], 0) }
            let neighbors = query.withUnsafeBufferPointer {
                index.search($0, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
            }
            let candidates = neighbors.compactMap { neighbor in
                state.records[Int(neighbor.slot)].map { Candidate(record: $0, similarity: neighbor.similarity) }
            }
            return (candidates, index.count)
        }
    }

    /// How many vectors a scope holds: what tells the caller whether a search is short.
    func count(scope: Digest256) -> Int { state.read { $0.partitions[scope]?.count ?? 0 } }

    /// Whether a text of this name is held in any scope.
    func knows(textName: UInt64) -> Bool { state.read { $0.textNames[textName] != nil } }

    /// The records for which `isWanted` holds. O(entries).
    func records(where isWanted: (EntryRecord) -> Bool) -> [EntryRecord] {
        state.read { state in state.records.compactMap { record in record.flatMap { isWanted($0) ? $0 : nil } } }
    }

    /// At most `count` records from `slot` on, and the slot to go on with; `nil` after the last.
    func records(from slot: Int, count: Int) -> (records: [EntryRecord], next: Int?) {
        state.read { state in
            let end = min(state.records.count, slot + count)
            guard slot < end else { return ([], nil) }
            return (state.records[slot..<end].compactMap(\.self), end < state.records.count ? end : nil)
        }
    }

    /// How full the directory is. O(scopes).
    var counts: Counts {
        state.read { state in
            var counts = Counts(entries: state.slots.count, scopes: state.partitions.count, bytes: 0)
            for index in state.partitions.values { counts.bytes += index.memoryBytes }
            counts.bytes += state.records.count * State.bytesPerRecord
            return counts
        }
    }

    // MARK: Changing

    /// Adds an entry, in place of any of the same exact key; returns the record that it replaced.
    @discardableResult
    func insert(_ record: EntryRecord, vector: [Float]?) -> EntryRecord? {
        state.write { state in
            let replaced = state.record(exactKey: record.exactKey) ?? state.record(record.id)
            if let replaced { state.remove(replaced.id) }
            let slot = state.add(record)
            if let vector {
                if state.partitions[record.scope] == nil {
                    state.partitions[record.scope] = indexes.makeIndex(dimension: dimension)
                }
                vector.withUnsafeBufferPointer { state.partitions[record.scope]!.insert($0, slot: slot) }
            }
            return replaced
        }
    }

    /// Forgets entries; returns how many were known.
    @discardableResult
    func remove(_ ids: [EntryID]) -> Int {
        state.write { state in ids.reduce(0) { $0 + (state.remove($1) ? 1 : 0) } }
    }
}

extension EntryDirectory {
    /// The tables behind the lock.
    fileprivate struct State {
        /// A record with its strings' heads and its share of the four tables, beside its text: measured by `deja bench`.
        static let bytesPerRecord = 420

        var records: [EntryRecord?] = []
        var freeSlots: [UInt32] = []
        /// Names to slots.
        var slots: [EntryID: UInt32] = [:]
        /// The first words of exact keys to slots. A word names a key but for chance, or for 2³² tries by an attacker;
        /// the record's whole key is compared, so that a clash is a miss and never a wrong hit.
        var byExactKey: [UInt64: UInt32] = [:]
        var byFoldedKey: [UInt64: UInt32] = [:]
        var textNames: [UInt64: UInt32] = [:]
        var partitions: [Digest256: any VectorIndex] = [:]

        func record(_ id: EntryID) -> EntryRecord? { slots[id].flatMap { records[Int($0)] } }

        func record(exactKey key: Digest256) -> EntryRecord? {
            guard let slot = byExactKey[key.w0], let record = records[Int(slot)], record.exactKey == key else {
                return nil
            }
            return record
        }

        func record(foldedKey key: Digest256) -> EntryRecord? {
            guard let slot = byFoldedKey[key.w0], let record = records[Int(slot)], record.foldedKey == key else {
                return nil
            }
            return record
        }

        mutating func add(_ record: EntryRecord) -> UInt32 {
            let slot: UInt32
            if let free = freeSlots.popLast() {
                slot = free
                records[Int(slot)] = record
            } else {
                slot = UInt32(records.count)
                records.append(record)
            }
            slots[record.id] = slot
            byExactKey[record.exactKey.w0] = slot
            byFoldedKey[record.foldedKey.w0] = slot
            textNames[record.textName, default: 0] += 1
            return slot
        }

        @discardableResult
        mutating func remove(_ id: EntryID) -> Bool {
            guard let slot = slots.removeValue(forKey: id), let record = records[Int(slot)] else { return false }
            records[Int(slot)] = nil
            freeSlots.append(slot)
            if byExactKey[record.exactKey.w0] == slot { byExactKey[record.exactKey.w0] = nil }
            if byFoldedKey[record.foldedKey.w0] == slot { byFoldedKey[record.foldedKey.w0] = nil }
            if let count = textNames[record.textName] {
                textNames[record.textName] = count > 1 ? count - 1 : nil
            }
            if let index = partitions[record.scope] {
                index.remove(slot: slot)
                if index.count == 0 { partitions[record.scope] = nil }
            }
            return true
        }
    }
}
