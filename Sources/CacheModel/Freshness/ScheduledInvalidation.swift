/// An invalidation that is yet to come.
public struct ScheduledInvalidation: Sendable, Equatable {
    /// Its name.
    public var id: EntryID
    /// When it is carried out: `request.at`, never `nil`.
    public var at: Timestamp
    /// What it means.
    public var request: InvalidationRequest

    /// An invalidation for a moment.
    public init(id: EntryID, at: Timestamp, request: InvalidationRequest) {
        (self.id, self.at, self.request) = (id, at, request)
    }
}

/// Where scheduled invalidations are kept until their moment. Calls block; they come from worker threads.
///
/// Conforming types pass `FreshnessStoreConformance` in the tests.
public protocol ScheduleStore: Sendable {
    /// Keeps one, in place of any of the same name.
    func schedule(_ item: ScheduledInvalidation) throws(StoreError)
    /// All of them, soonest first; one that cannot be read is left out.
    func scheduledInvalidations() throws(StoreError) -> [ScheduledInvalidation]
    /// Forgets one; returns whether it was there.
    func cancelInvalidation(_ id: EntryID) throws(StoreError) -> Bool
}
