/// What somebody says about a hit.
public struct FeedbackRequest: Sendable, Equatable {
    /// The hit's lookup.
    public var lookupID: EntryID
    /// Whether its answer was right.
    public var verdict: Verdict
    /// What the sender adds, at most 1 KiB; kept with the verdict, never logged.
    public var note: String?
    /// Only if the lookup was in one of these namespaces; `nil` for any.
    public var namespaces: Set<String>?
    /// Only if the lookup was this tenant's; `nil` for any.
    public var tenant: String?

    /// Feedback.
    public init(lookupID: EntryID, verdict: Verdict, note: String? = nil) {
        self.lookupID = lookupID
        self.verdict = verdict
        self.note = note
    }

    /// Whether the sender may speak about `lookup`.
    public func mayConcern(_ lookup: AnsweredLookup) -> Bool {
        (namespaces?.contains(lookup.entry.namespace) ?? true) && (tenant == nil || tenant == lookup.tenant)
    }
}

/// What came of feedback.
public struct FeedbackReply: Sendable, Equatable {
    /// What a verdict changes. The raw values are the wire's.
    public enum Effect: String, Sendable {
        /// The entry answers this prompt no more.
        case pairRefused = "pair_refused"
        /// The entry answers this prompt again, as far as the judge lets it.
        case pairRestored = "pair_restored"
        /// The entry is gone.
        case entryRemoved = "entry_removed"
        /// It counts as evidence and changes nothing at once.
        case counted
        /// The same had been said before.
        case unchanged
    }

    /// The lookup.
    public var lookup: AnsweredLookup
    /// What was said.
    public var verdict: Verdict
    /// What it changed.
    public var effect: Effect

    /// A reply.
    public init(lookup: AnsweredLookup, verdict: Verdict, effect: Effect) {
        self.lookup = lookup
        self.verdict = verdict
        self.effect = effect
    }
}
