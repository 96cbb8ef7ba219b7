/// Where the ledger is kept. Calls block, come from worker threads, and end by the store's deadline.
///
/// Conforming types pass `LedgerStoreConformance` in the tests.
public protocol LedgerStore: Sendable {
    /// Adds a batch, once: one of a name that was added before changes nothing. After an error it is the caller's to add
    /// it again, whatever became of it.
    func add(_ batch: LedgerBatch) throws(StoreError)
    /// The sums that `query` asks for, in no order. Rows that were rolled up count by their first hour.
    func ledger(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow]
    /// Sums by subject over the days of `query`, the weightiest first. Of days long past only the weightiest are kept.
    func subjects(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow]
    /// Rolls up and drops what is older than `retention` says at the hour `now`.
    func compactLedger(now: Int64, retention: LedgerRetention) throws(StoreError)
}
