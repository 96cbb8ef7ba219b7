/// Keeps values by name: whatever a gateway caches beside answers.
///
/// Calls block; they come from worker threads, several at once, and end by the store's deadline. Each write of one name
/// is one step; writes of several names are one step only where a store says so. Conforming types pass
/// `KeyValueStoreConformance` in the tests.
public protocol KeyValueStore: Sendable {
    /// Whether other processes may change values: nothing may be served from memory then without asking.
    var sharesValues: Bool { get }
    /// The values of names, `nil` for what is not there.
    func values(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?]
    /// Writes values; each is written whole or not at all, with a version above the former's.
    func put(_ writes: [ValueWrite], in space: ValueSpace) throws(StoreError) -> [ValueOutcome]
    /// Removes values; returns those that were there.
    func removeValues(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?]
    /// Adds to a whole number, which is 0 where there is none; a new one ends at `expires`, one that is there keeps its
    /// end.
    func add(
        _ delta: Int64, to name: [UInt8], expires: Timestamp, epoch: Int64, in space: ValueSpace
    ) throws(StoreError) -> ValueSum
    /// Changes the end of a value; returns the value as it is then, `nil` when it is not there.
    func setExpiry(_ name: [UInt8], to expires: Timestamp, in space: ValueSpace) throws(StoreError) -> KeptValue?
    /// Removes the values with any of `tags`, of one namespace or (with `nil`) of all, but those named in `spared`;
    /// returns their names.
    func removeValues(tags: [String], namespace: String?, sparing spared: [[UInt8]]) throws(StoreError) -> [ValueKey]
    /// Removes what has expired by `now`; returns how many. A store that expires by itself does nothing.
    @discardableResult func removeExpiredValues(now: Timestamp) throws(StoreError) -> Int
}
