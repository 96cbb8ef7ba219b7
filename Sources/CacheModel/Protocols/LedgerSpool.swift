/// Where ledger events lie until the store has them: what is here outlives the process.
public protocol LedgerSpool: Sendable {
    /// A fresh, empty segment that belongs to this process.
    func makeSegment() throws(StoreError) -> any LedgerSegment
    /// The segments of processes that are gone; from now on they belong to this one.
    func abandonedSegments() throws(StoreError) -> [any LedgerSegment]
}

/// A bounded run of records with a name of its own. Used by one caller at a time.
public protocol LedgerSegment: AnyObject, Sendable {
    /// 16 random bytes: the name of the batch that the records become.
    var id: [UInt8] { get }
    /// Appends a record; `false` when there is no room for it. What returned `true` outlives the process.
    func append(_ record: [UInt8]) -> Bool
    /// All records, oldest first.
    func records() -> [[UInt8]]
    /// Waits until the medium has everything: what outlives a power cut too.
    func synchronize()
    /// Removes the segment for good.
    func remove()
}
