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

    /// The records whose exact keys begin with these words, as far as there are any, at the places of the words.
    func records(exactWords words: [UInt64]) -> [EntryRecord?] {
        state.read { state in words.map { word in state.byExactKey[word].flatMap { state.records[Int($0)] } } }
    }

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

    /// The records that rest on any of `names`.
    func dependents(of names: some Sequence<String>) -> [EntryRecord] {
        state.read { state in
            if state.dependents.isEmpty { return [] }
            let slots = names.reduce(into: Set<UInt32>()) { $0.formUnion(state.dependents[$1] ?? []) }
            return slots.compactMap { state.records[Int($0)] }
        }
    }

    /// The slot of a name: its place in the records of a snapshot.
    func slot(_ id: EntryID) -> Int? { state.read { $0.slot(id) } }

    /// How many entries there are, and how many were ever added or removed.
    var extent: (entries: Int, changes: Int) { state.read { ($0.names.count, $0.changes) } }

    /// The records by slot and the indexes written down, of one moment, and the number of changes until then.
    func copyForSnapshot() -> (records: [EntryRecord?], indexes: SnapshotBytes, changes: Int) {
        state.read { state in
            var bytes = SnapshotBytes()
            bytes.reserve(state.partitions.values.reduce(64) { $0 + $1.memoryBytes })
            DirectorySnapshot.encode(state.partitions, into: &bytes)
            return (state.records, bytes, state.changes)
        }
    }

    /// How full the directory is. O(scopes).
    var counts: Counts {
        state.read { state in
            var counts = Counts(entries: state.names.count, scopes: state.partitions.count, bytes: 0)
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

    /// Puts another vector in the place of an entry's; does nothing for one that has none.
    func replaceVector(of id: EntryID, by vector: [Float]) {
        state.write { state in
            guard let place = state.slot(id), let record = state.records[place],
                let index = state.partitions[record.scope], index.remove(slot: UInt32(place))
            else { return }
            state.changes += 1
            vector.withUnsafeBufferPointer { index.insert($0, slot: UInt32(place)) }
        }
    }

    /// Lets indexes do up to `budget` pieces of the work that they have put off; returns whether there is more.
    func maintain(budget: Int) -> Bool {
        state.write { state in
            var hasMore = false
            for index in state.partitions.values where index.count > State.leastMaintained {
                hasMore = index.maintain(budget: budget) || hasMore
            }
            return hasMore
        }
    }

    /// Takes over a snapshot's records and indexes; returns how many entries.
    ///
    /// - Throws: `SnapshotProblem` when the directory is in use already, or when records and indexes do not match.
    func restore(_ snapshot: DirectorySnapshot) throws(SnapshotProblem) -> Int {
        try state.write { (state) throws(SnapshotProblem) in
            guard state.records.isEmpty else { throw SnapshotProblem("comes too late: there are entries already") }
            var fresh = State()
            try fresh.adopt(snapshot)
            state = fresh
            return fresh.names.count
        }
    }

    /// The records that are here only because a snapshot held them.
    var unconfirmed: UnconfirmedRecords { state.read { UnconfirmedRecords($0.restored) } }

    /// All records, of which the store is yet to say that it still has them.
    var allUnconfirmed: UnconfirmedRecords { state.read { UnconfirmedRecords($0.records) } }

    /// Forgets what a snapshot held: the store has been asked.
    func settleSnapshot() { state.write { $0.restored = [] } }

    /// Forgets entries; returns how many were known.
    @discardableResult
    func remove(_ ids: [EntryID]) -> Int {
        state.write { state in ids.reduce(0) { $0 + (state.remove($1) ? 1 : 0) } }
    }
}

extension EntryDirectory {
    /// The tables behind the lock.
    fileprivate struct State {
        /// What a record takes beside its text and its vector: 220 bytes of the object, and about 100 of its places in the
        /// four tables at their usual load.
        static let bytesPerRecord = 320
        /// Partitions of fewer vectors put no work off: thousands of them need not be asked.
        static let leastMaintained = 4096

        var records: [EntryRecord?] = []
        var freeSlots: [UInt32] = []
        /// Words of names, and the first words of exact keys, to slots. A word tells one from another but for chance, or
        /// for 2³² tries by an attacker; the record's whole name or key is compared, so that a clash is a miss and never a
        /// wrong hit.
        var names = WordTable()
        var byExactKey = WordTable()
        var byFoldedKey = WordTable()
        /// How many records have a text of each name.
        var textNames = WordTable()
        /// What entries rest on, to their slots: few do.
        var dependents: [String: Set<UInt32>] = [:]
        var partitions: [Digest256: any VectorIndex] = [:]
        /// Additions and removals so far.
        var changes = 0
        /// What a snapshot held, by slot, until the store has been asked.
        var restored: [EntryRecord?] = []

        func slot(_ id: EntryID) -> Int? {
            guard let slot = names[Self.word(id)].map(Int.init), records[slot]?.id == id else { return nil }
            return slot
        }

        func record(_ id: EntryID) -> EntryRecord? { slot(id).flatMap { records[$0] } }

        /// A name as one word: its random half, and its time for names whose randomness is not.
        private static func word(_ id: EntryID) -> UInt64 { id.low ^ (id.high &* 0x9E37_79B9_7F4A_7C15) }

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
            changes += 1
            names[Self.word(record.id)] = slot
            byExactKey[record.exactKey.w0] = slot
            byFoldedKey[record.foldedKey.w0] = slot
            textNames[record.textName] = (textNames[record.textName] ?? 0) + 1
            for name in record.dependsOn { dependents[name, default: []].insert(slot) }
            return slot
        }

        @discardableResult
        mutating func remove(_ id: EntryID) -> Bool {
            guard let place = slot(id), let record = records[place] else { return false }
            let slot = UInt32(place)
            names[Self.word(id)] = nil
            changes += 1
            records[place] = nil
            freeSlots.append(slot)
            if byExactKey[record.exactKey.w0] == slot { byExactKey[record.exactKey.w0] = nil }
            if byFoldedKey[record.foldedKey.w0] == slot { byFoldedKey[record.foldedKey.w0] = nil }
            if let count = textNames[record.textName] {
                textNames[record.textName] = count > 1 ? count - 1 : nil
            }
            for name in record.dependsOn {
                dependents[name]?.remove(slot)
                if dependents[name]?.isEmpty == true { dependents[name] = nil }
            }
            if let index = partitions[record.scope] {
                index.remove(slot: slot)
                if index.count == 0 { partitions[record.scope] = nil }
            }
            return true
        }

        /// Fills an empty state.
        mutating func adopt(_ snapshot: DirectorySnapshot) throws(SnapshotProblem) {
            records = snapshot.records
            restored = snapshot.records
            partitions = snapshot.partitions
            freeSlots = records.indices.lazy.filter { snapshot.records[$0] == nil }.map(UInt32.init)
            let tables = Parallel.map(4) { Self.table($0, of: snapshot.records) }
            (names, byExactKey, byFoldedKey, textNames) = (tables[0], tables[1], tables[2], tables[3])
            guard names.count == records.count - freeSlots.count,
                partitions.values.reduce(0, { $0 + $1.count }) <= names.count
            else { throw .damaged }
            for (slot, record) in records.enumerated() {
                for name in record?.dependsOn ?? [] { dependents[name, default: []].insert(UInt32(slot)) }
            }
        }

        /// One of the four tables of `records`.
        private static func table(_ number: Int, of records: [EntryRecord?]) -> WordTable {
            var table = WordTable()
            table.reserve(records.count)
            for (slot, record) in records.enumerated() {
                guard let record else { continue }
                switch number {
                case 0: table.put(UInt32(slot), for: word(record.id))
                case 1: table.put(UInt32(slot), for: record.exactKey.w0)
                case 2: table.put(UInt32(slot), for: record.foldedKey.w0)
                default: table[record.textName] = (table[record.textName] ?? 0) + 1
                }
            }
            return table
        }
    }
}
