import CacheModel

/// Entries in memory and nowhere else, at most so many bytes of them; the entry used longest ago goes first, as in Redis
/// with `maxmemory-policy allkeys-lru`. What evaluations run the engine over, so that a disk does not disturb them.
public final class VolatileStore: EntryStore {
    /// What an entry takes beside its texts: header, keys, vector.
    static let overheadBytes = 512

    fileprivate struct State {
        var entries: [EntryID: (entry: CacheEntry, use: UInt64)] = [:]
        var byKey: [Digest256: EntryID] = [:]
        /// Uses in the order in which they happened; only the last one of an entry counts.
        var uses: [(id: EntryID, use: UInt64)] = []
        var firstUse = 0
        var clock: UInt64 = 0
        var bytes = 0
        var evictions = 0
    }
    private let state = Locked(State())
    private let capacity: Int

    /// A store of at most `capacity` bytes.
    public init(capacity: Int = .max) { self.capacity = capacity }

    public let location = "memory:"
    public let isShared = false

    /// Entries pushed out for want of room.
    public var evictions: Int { state.withLock { $0.evictions } }

    public func put(_ entry: CacheEntry) { put([entry]) }

    public func put(_ entries: [CacheEntry]) {
        state.withLock { state in
            for entry in entries {
                if let old = state.byKey[entry.header.exactKey] { state.remove(old) }
                state.entries[entry.header.id] = (entry, 0)
                state.byKey[entry.header.exactKey] = entry.header.id
                state.bytes += Self.bytes(entry)
                state.touch(entry.header.id)
                state.evict(capacity)
            }
        }
    }

    public func entry(_ reference: EntryReference) -> CacheEntry? {
        state.withLock { state -> CacheEntry? in
            guard let found = state.entries[reference.id] else { return nil }
            state.touch(reference.id)
            return found.entry
        }
    }

    public func entry(exactKey: Digest256, scope: Digest256, namespace: String) -> CacheEntry? {
        state.withLock { state -> CacheEntry? in
            guard let id = state.byKey[exactKey], let found = state.entries[id] else { return nil }
            state.touch(id)
            return found.entry
        }
    }

    @discardableResult
    public func remove(_ references: [EntryReference]) -> Int {
        state.withLock { state in references.count { state.remove($0.id) } }
    }

    @discardableResult
    public func removeExpired(now: Timestamp) -> Int {
        state.withLock { state in
            let expired = state.entries.values.filter { $0.entry.header.expires.map { $0 <= now } ?? false }
            return expired.count { state.remove($0.entry.header.id) }
        }
    }

    public func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) {
        _ = body(state.withLock { $0.entries.values.map(\.entry.header) })
    }

    public func statistics() -> StoreStatistics {
        state.withLock { StoreStatistics(entries: $0.entries.count, bytes: $0.bytes) }
    }

    public func check() {}
    public func close() {}

    fileprivate static func bytes(_ entry: CacheEntry) -> Int {
        entry.header.prompt.utf8.count + entry.body.response.bytes.count + overheadBytes
    }
}

extension VolatileStore.State {
    /// Notes that an entry was used now.
    fileprivate mutating func touch(_ id: EntryID) {
        clock += 1
        entries[id]!.use = clock
        uses.append((id, clock))
        if uses.count - firstUse > 4 * entries.count + 1024 {
            uses = uses[firstUse...].filter { entries[$0.id]?.use == $0.use }
            firstUse = 0
        }
    }

    @discardableResult
    fileprivate mutating func remove(_ id: EntryID) -> Bool {
        guard let (entry, _) = entries.removeValue(forKey: id) else { return false }
        bytes -= VolatileStore.bytes(entry)
        if byKey[entry.header.exactKey] == id { byKey[entry.header.exactKey] = nil }
        return true
    }

    /// Makes room, the entry used longest ago first.
    fileprivate mutating func evict(_ capacity: Int) {
        while bytes > capacity, firstUse < uses.count {
            let (id, use) = uses[firstUse]
            firstUse += 1
            guard entries[id]?.use == use else { continue }
            remove(id)
            evictions += 1
        }
    }
}
