/// Keeps entries: the truth that the index is rebuilt from.
///
/// Calls block; they come from worker threads, several at once. Every call ends by its deadline (the store's own
/// setting) with an error rather than hang. Conforming types pass `EntryStoreConformance` in the tests.
public protocol EntryStore: Sendable {
    /// What the store is, without secrets: `sqlite:/path`, `redis://host:6379/0`.
    var location: String { get }
    /// Whether other processes may add entries: an exact key that memory does not know is then asked of the store.
    var isShared: Bool { get }
    /// Keeps `entry`, in place of any entry of the same scope and exact key; both keys agree or nothing is written.
    func put(_ entry: CacheEntry) throws(StoreError)
    /// Keeps many entries, faster than one by one; each is written whole or not at all.
    func put(_ entries: [CacheEntry]) throws(StoreError)
    /// Keeps entries that were held against every invalidation announced until `checked`, by the store's clock.
    ///
    /// A store that announces invalidations (`ChangeLog`) refuses entries that were created, and checked, too long ago:
    /// they would come back after an invalidation that has passed them by. With `checked` an entry of the same exact key
    /// that was created later stays; the names of those that were not kept for it are returned.
    /// - Throws: `.late` then; nothing was written of those that were.
    @discardableResult func put(_ entries: [CacheEntry], checked: Timestamp?) throws(StoreError) -> [EntryID]
    /// The entry, or `nil` when it is gone (deleted, expired or evicted).
    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry?
    /// The entry of an exact key within a scope, or `nil`.
    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry?
    /// Removes entries; returns how many were there.
    @discardableResult func remove(_ references: [EntryReference]) throws(StoreError) -> Int
    /// Removes what has expired by `now`; returns how many. A store that expires by itself does nothing.
    @discardableResult func removeExpired(now: Timestamp) throws(StoreError) -> Int
    /// Calls `body` with the headers of all live entries, in batches and in no order, until it returns `false`.
    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError)
    /// `scanHeaders` for those entries alone whose names `isWanted` says yes to. It is asked once about every live entry;
    /// a store that can tell names faster than headers does.
    func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError)
    /// Counts and sizes.
    func statistics() throws(StoreError) -> StoreStatistics
    /// Writes and reads something small; throws when the store cannot be used.
    func check() throws(StoreError)
    /// Ends all use; calls after it throw `.closed`.
    func close()
}

extension EntryStore {
    /// Keeps entries, however old.
    public func put(_ entries: [CacheEntry], checked: Timestamp?) throws(StoreError) -> [EntryID] {
        try put(entries)
        return []
    }

    /// Reads all headers.
    public func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError) {
        try scanHeaders(batchSize: batchSize) { headers in
            let wanted = headers.filter { isWanted($0.id) }
            return wanted.isEmpty || body(wanted)
        }
    }
}

/// Counts and sizes of a store.
public struct StoreStatistics: Sendable, Equatable {
    /// Live entries; `nil` where counting would take too long.
    public var entries: Int?
    /// Bytes on the medium; `nil` where unknown.
    public var bytes: Int?

    /// Counts and sizes.
    public init(entries: Int?, bytes: Int?) {
        self.entries = entries
        self.bytes = bytes
    }
}
