import CacheModel

/// What a missed lookup would have served, to be compared with the answer that the model gives instead.
struct AwaitedAnswer: Sendable {
    /// Why it was not served.
    enum Kind: Sendable {
        /// It was not sure enough.
        case nearMiss
        /// It was let through to see whether it would have been right.
        case exploration
        /// The namespace only watches.
        case shadow
    }

    /// The candidate of the judge in force.
    var candidate: AnsweredLookup?
    var kind: Kind
    /// The entry that the arm in shadow would have served.
    var armCandidate: EntryReference?

    /// What the verdict of a comparison counts as.
    var source: Evidence.Source { kind == .nearMiss ? .nearMiss : .exploration }
}

/// An awaited answer with the answers that it is to be compared with.
struct ReadyComparison: Sendable {
    var awaited: AwaitedAnswer
    var candidate: RawJSON?
    var armCandidate: RawJSON?
}
