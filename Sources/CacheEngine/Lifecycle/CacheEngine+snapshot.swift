import CacheModel

extension CacheEngine {
    /// Fills the directory from the snapshot, if there is one of this store and this embedder; returns how many entries
    /// it held. To be called before any lookup; `rebuild` then asks the store which of them it still holds, and reads
    /// those alone that the snapshot lacks.
    ///
    /// - Throws: `SnapshotProblem` that says why it is of no use; nothing was read then, and `rebuild` reads all.
    @discardableResult
    public func loadSnapshot() throws(SnapshotProblem) -> Int {
        guard let medium = parts.snapshot, let origin = snapshotOrigin else { return 0 }
        let snapshot = try medium.load { (cursors) throws(SnapshotProblem) in
            try DirectorySnapshot(cursors, origin: origin, indexes: parts.indexes, now: parts.clock.now())
        }
        guard let snapshot else { return 0 }
        return try directory.restore(snapshot)
    }

    /// Writes the directory down for the next start. Changes wait while the indexes are copied: some tenths of a second
    /// for a million entries; the file is written after that. Returns whether there was anything to do: a snapshot that
    /// nothing has changed since, or an index that is not complete yet, is left as it is.
    ///
    /// - Throws: `SnapshotProblem` when it cannot be written; the old snapshot stays.
    @discardableResult
    public func saveSnapshot() throws(SnapshotProblem) -> Bool {
        guard let medium = parts.snapshot, let origin = snapshotOrigin, readiness().isIndexBuilt,
            directory.extent.changes != savedChanges.withLock({ $0 })
        else { return false }
        let (records, indexes, changes) = directory.copyForSnapshot()
        try medium.save(DirectorySnapshot.parts(origin: origin, records: records, indexes: indexes))
        savedChanges.withLock { $0 = changes }
        return true
    }

    /// Whether so much has changed since the last snapshot that another start from it would read much from the store: an
    /// eighth of the entries, and a thousand at least, so that writing costs little for each change.
    public var wantsSnapshot: Bool {
        guard parts.snapshot != nil, snapshotOrigin != nil, readiness().isIndexBuilt else { return false }
        let (entries, changes) = directory.extent
        return changes - savedChanges.withLock { $0 } >= max(1000, entries / 8)
    }

    private var snapshotOrigin: DirectorySnapshot.Origin? {
        parts.indexes.snapshotFormat.map {
            DirectorySnapshot.Origin(
                store: parts.store.location, embedder: parts.embedder.identifier, dimension: parts.embedder.dimension,
                indexFormat: $0)
        }
    }
}

/// The records that came from a snapshot, until the store has confirmed them.
struct UnconfirmedRecords {
    private let records: [EntryRecord?]
    private var isConfirmed: [Bool]

    init(_ records: [EntryRecord?]) {
        self.records = records
        isConfirmed = Array(repeating: false, count: records.count)
    }

    /// Whether no snapshot was read.
    var isEmpty: Bool { records.isEmpty }

    /// Whether a snapshot brought what lies in `slot` under `id`, and the store has not confirmed it.
    func holds(_ id: EntryID, slot: Int) -> Bool {
        slot < records.count && records[slot]?.id == id && !isConfirmed[slot]
    }

    /// The store holds `id`, which lies in `slot`.
    mutating func confirm(_ id: EntryID, slot: Int) {
        if holds(id, slot: slot) { isConfirmed[slot] = true }
    }

    /// Those that the store has not confirmed.
    var rest: [EntryID] { zip(records, isConfirmed).compactMap { record, isKnown in isKnown ? nil : record?.id } }
}
