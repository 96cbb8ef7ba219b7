/// What has changed in a store that several processes share, as each of them can follow it.
///
/// Every shard of the store has a log of its own, in the order of its changes; invalidations have one for all. Logs are
/// bounded: who was away for longer than they reach is told of a gap and has to look through the store. Calls block, and
/// end by the store's deadline beside the time that they are told to wait.
public protocol ChangeLog: Sendable {
    /// The store's clock, which all processes can agree on.
    func time() throws(StoreError) -> Timestamp
    /// Where all logs end now.
    func end() throws(StoreError) -> LogPosition
    /// The changes behind `position`, which moves on; waits up to `seconds` for the first. Used by one thread.
    ///
    /// Headers are read of those entries alone that `isKnown` says no to. After an error `position` has moved as far as
    /// changes were read, or not at all.
    func changes(
        after position: inout LogPosition, waiting seconds: Double, isKnown: (EntryID) -> Bool
    ) throws(StoreError) -> [StoreChange]
    /// Tells everybody of an invalidation before the store is searched for what meets it; returns its name. `epoch` is the
    /// clock of epochs that it raised: answers asked for at a lower one are late.
    func announce(_ request: InvalidationRequest, at moment: Timestamp, epoch: Int64) throws(StoreError) -> String
    /// The whole store has been searched for an announced invalidation.
    func finish(_ name: String) throws(StoreError)
    /// The invalidations announced since `moment`, as far as the log reaches back, oldest first; `nil` for all.
    func announcements(since moment: Timestamp?) throws(StoreError) -> Announcements
}

/// How far the logs have been read: for each, the last change's name and number.
public struct LogPosition: Sendable, Equatable {
    /// A place in one log.
    public struct Place: Sendable, Equatable {
        /// The store's own name of the change.
        public var name: String
        /// Changes are numbered without gaps from 1 on.
        public var number: Int64

        /// A place.
        public init(name: String, number: Int64) { (self.name, self.number) = (name, number) }
    }

    /// The places by log; a log that is not here has not been read.
    public var places: [String: Place] = [:]

    /// The beginning of all logs.
    public init() {}
}

/// One change.
public enum StoreChange: Sendable {
    /// An entry has come.
    case stored(EntryHeader)
    /// An entry was removed or replaced.
    case removed(EntryID)
    /// Entries created until a moment that meet a request are gone.
    case invalidated(AnnouncedInvalidation)
    /// The whole store has been searched for an invalidation.
    case finished(String)
    /// Changes were missed: the store has to be looked through.
    case gap
}

/// An invalidation that everybody is told of.
public struct AnnouncedInvalidation: Sendable, Equatable {
    /// Its name in the log.
    public var name: String
    /// What it means.
    public var request: InvalidationRequest
    /// Entries created until then.
    public var moment: Timestamp
    /// And later ones whose answers were asked for at a lower value of the clock of epochs, unless `request.createdUntil`
    /// spares them.
    public var epoch: Int64

    /// An invalidation.
    public init(name: String, request: InvalidationRequest, moment: Timestamp, epoch: Int64) {
        (self.name, self.request, self.moment, self.epoch) = (name, request, moment, epoch)
    }
}

/// Invalidations as the log has them.
public struct Announcements: Sendable {
    /// Oldest first.
    public var items: [AnnouncedInvalidation]
    /// Names of those that the whole store has been searched for.
    public var finished: Set<String>
    /// When the store was asked, by its own clock.
    public var readAt: Timestamp
    /// Earlier ones may have been forgotten; `nil` when none was.
    public var reachesBackTo: Timestamp?

    /// Invalidations.
    public init(
        items: [AnnouncedInvalidation], finished: Set<String>, readAt: Timestamp, reachesBackTo: Timestamp?
    ) {
        (self.items, self.finished) = (items, finished)
        (self.readAt, self.reachesBackTo) = (readAt, reachesBackTo)
    }
}
