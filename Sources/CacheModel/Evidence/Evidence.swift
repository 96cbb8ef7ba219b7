/// Whether an answer was the one that the prompt needed. The raw values are the wire's.
public enum Verdict: String, Sendable, CaseIterable { case right, wrong }

/// What is known of one lookup's answer, and from where. Of several on one lookup the last one holds.
public struct Evidence: Sendable, Equatable {
    /// Where a verdict comes from. The raw values are kept by stores.
    public enum Source: String, Sendable, CaseIterable {
        /// Somebody said so: about a hit of their choice.
        case feedback
        /// A would-be hit was let through as a miss, and the model's answer was compared.
        case exploration
        /// A candidate was not sure enough, and the model's answer was compared.
        case nearMiss = "near_miss"
    }

    /// The lookup.
    public var lookup: AnsweredLookup
    /// What came of it.
    public var verdict: Verdict
    /// Where that comes from.
    public var source: Source
    /// Semantic hits of the scope at this probability or above since its last feedback: what a complaint is one of.
    public var servedByScope: Int
    /// Those of them that the same entry answered.
    public var servedByEntry: Int
    /// When the verdict came.
    public var at: Timestamp
    /// What the sender of feedback wrote with it.
    public var note: String?

    /// Evidence.
    public init(
        lookup: AnsweredLookup, verdict: Verdict, source: Source, servedByScope: Int = 0,
        servedByEntry: Int = 0, at: Timestamp, note: String? = nil
    ) {
        self.lookup = lookup
        self.verdict = verdict
        self.source = source
        self.servedByScope = servedByScope
        self.servedByEntry = servedByEntry
        self.at = at
        self.note = note
    }
}
