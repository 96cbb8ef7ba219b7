/// Where answered lookups wait for feedback, and where evidence is kept. Calls block, come from worker threads, and end
/// by the store's deadline.
///
/// Conforming types pass `EvidenceStoreConformance` in the tests.
public protocol EvidenceStore: Sendable {
    /// Remembers lookups, each for `EvidenceRetention.lookups`, the newest of them at least.
    func remember(_ lookups: [AnsweredLookup]) throws(StoreError)
    /// The lookup of this name, if it is remembered.
    func answeredLookup(_ id: EntryID) throws(StoreError) -> AnsweredLookup?
    /// Keeps evidence behind all that is there. What is kept twice is read twice.
    func add(_ evidence: [Evidence]) throws(StoreError)
    /// At most `limit` pieces of evidence in their order, after `position` (`nil`: from the first), each with its own
    /// position. Damaged ones are passed over.
    func evidence(after position: String?, limit: Int) throws(StoreError) -> [(position: String, evidence: Evidence)]
    /// Removes what is older than `EvidenceRetention` allows.
    func removeOldEvidence(now: Timestamp) throws(StoreError)
}

/// How long evidence is kept, and how much of it.
public enum EvidenceRetention {
    /// How long a lookup waits for feedback, seconds: a week.
    public static let lookups = 7.0 * 86_400
    /// The most lookups that wait in one store.
    public static let lookupCount = 200_000
    /// How long evidence lives, seconds: 90 days.
    public static let evidence = 90.0 * 86_400
    /// The most pieces of evidence in one store.
    public static let evidenceCount = 200_000
}
