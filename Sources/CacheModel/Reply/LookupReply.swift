/// The cache's answer to a lookup.
public struct LookupReply: Sendable {
    /// How a lookup ended.
    public enum Status: String, Sendable { case hit, stale, miss, bypass }
    /// Which tier answered.
    public enum HitType: String, Sendable { case exact, semantic }

    /// How the lookup ended.
    public var status: Status
    /// Which tier answered, on a hit.
    public var hitType: HitType?
    /// The entry that answered.
    public var entryID: EntryID?
    /// The name of this lookup, for `feedback`.
    public var lookupID: EntryID
    /// Cosine similarity of the prompt and the entry's, on a hit.
    public var similarity: Double?
    /// The probability that the entry's answer serves this prompt, on a hit.
    public var probability: Double?
    /// The stored answer, byte for byte.
    public var response: RawJSON?
    /// The model that gave the answer.
    public var model: String?
    /// The entry's age, seconds.
    public var age: Double?
    /// What is left of the entry's life, seconds; `nil` for an entry without an end.
    public var ttl: Double?
    /// The tokens that the stored call used.
    public var usage: TokenUsage?
    /// What this hit saved.
    public var avoided: AvoidedCost?
    /// Whether the exchange was appended to the conversation, where a hit was to be.
    public var isAppended: Bool?
    /// Why there is no hit.
    public var reason: MissReason?
    /// The best candidate that was not good enough.
    public var nearest: NearestCandidate?
    /// The right to ask the model, on a miss whose caller wanted it: others wait for what this one stores.
    public var lease: Lease?
    /// The epoch at which a missed or stale lookup ran: goes back with the store.
    public var epoch: Int64?
    /// The budget with the least left, where one is set.
    public var budget: BudgetState?
    /// Nanoseconds of each stage, where the request is traced.
    public var stages: [(name: String, nanoseconds: UInt64)] = []
    /// How the answer came about, where the request asked.
    public var explanation: Explanation?

    /// A lookup that ended with `status`.
    public init(status: Status, lookupID: EntryID, reason: MissReason? = nil) {
        self.status = status
        self.lookupID = lookupID
        self.reason = reason
    }
}

/// What a hit saved.
public struct AvoidedCost: Sendable, Equatable {
    /// The tokens that were not used.
    public var usage: TokenUsage
    /// The money that was not spent; `nil` when the model has no known price.
    public var cost: NanoDollars?
    /// The model's latency that nobody waited for, milliseconds.
    public var latencyMilliseconds: Double?

    /// Tokens, money and time saved.
    public init(usage: TokenUsage, cost: NanoDollars?, latencyMilliseconds: Double?) {
        self.usage = usage
        self.cost = cost
        self.latencyMilliseconds = latencyMilliseconds
    }
}

/// The best candidate of a lookup that it did not serve.
public struct NearestCandidate: Sendable, Equatable {
    /// The candidate.
    public var entryID: EntryID
    /// Its cosine similarity.
    public var similarity: Double
    /// The probability that its answer would serve; `nil` if it was vetoed before it was judged.
    public var probability: Double?

    /// A candidate with its figures.
    public init(entryID: EntryID, similarity: Double, probability: Double?) {
        self.entryID = entryID
        self.similarity = similarity
        self.probability = probability
    }
}

/// Why a lookup was no hit. The raw values are the wire's.
public struct MissReason: RawRepresentable, Hashable, Sendable {
    /// The word on the wire.
    public let rawValue: String
    /// A reason by its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The cache holds nothing yet in this scope.
    public static let empty = MissReason(rawValue: "empty")
    /// Other scopes hold this very prompt, this one does not.
    public static let scope = MissReason(rawValue: "scope")
    /// Nothing in the scope is similar at all.
    public static let noCandidate = MissReason(rawValue: "no_candidate")
    /// The nearest prompt is less similar than the request demands.
    public static let belowThreshold = MissReason(rawValue: "below_threshold")
    /// The probability that the answer serves is below what the false-hit budget demands.
    public static let unsure = MissReason(rawValue: "unsure")
    /// Feedback said that the candidate's answer is wrong for this prompt.
    public static let feedback = MissReason(rawValue: "feedback")
    /// There was a hit that was let through, to learn whether it would have been right.
    public static let exploring = MissReason(rawValue: "exploring")
    /// There was a hit, but the namespace only watches.
    public static let shadow = MissReason(rawValue: "shadow")
    /// The entry's life is over.
    public static let expired = MissReason(rawValue: "expired")
    /// The entry is of an epoch that is over.
    public static let epoch = MissReason(rawValue: "epoch")
    /// The entry is older than the request accepts.
    public static let tooOld = MissReason(rawValue: "too_old")
    /// The store does not answer; the cache fails open.
    public static let degraded = MissReason(rawValue: "degraded")
    /// The prompt carries no text to match by.
    public static let emptyPrompt = MissReason(rawValue: "empty_prompt")
    /// The prompt only makes sense with its history, so it matches exactly or not at all.
    public static let followUp = MissReason(rawValue: "follow_up")
    /// The prompt holds characters that nobody sees, or that look like others: it matches exactly or not at all.
    public static let concealed = MissReason(rawValue: "concealed")
    /// The policy or the request allows exact matches only.
    public static let exactOnly = MissReason(rawValue: "exact_only")
    /// The request said `no-cache`.
    public static let noCache = MissReason(rawValue: "no_cache")
    /// A budget that is enforced is spent: the model should not be called.
    public static let overBudget = MissReason(rawValue: "over_budget")
    /// The policy switches the cache off here.
    public static let off = MissReason(rawValue: "off")
    /// The prompt holds something that is not to be kept, so that no rephrasing of it is looked for.
    public static func sensitive(_ kind: SensitiveKind) -> MissReason {
        MissReason(rawValue: "sensitive:\(kind.rawValue)")
    }
    /// A guard named `name` refused the candidate.
    public static func guarded(by name: String) -> MissReason { MissReason(rawValue: "guard:\(name)") }
}

/// How an answer came about.
public struct Explanation: Sendable {
    /// The scope's digest.
    public var scope: Digest256
    /// The exact key of the text as given.
    public var exactKey: Digest256
    /// The prompt after folding, in bytes.
    public var foldedLength = 0
    /// How many entries the scope's partition holds.
    public var partitionCount = 0
    /// The least probability that this lookup demanded.
    public var requiredProbability: Double?
    /// The least similarity that this lookup demanded.
    public var requiredSimilarity: Double?
    /// The candidates judged, best first.
    public var candidates: [ExplainedCandidate] = []
    /// Nanoseconds of each stage, in order.
    public var stages: [(name: String, nanoseconds: UInt64)] = []
    /// Fields of the request that were not understood.
    public var unknownFields: [String] = []

    /// An explanation that the stages fill in.
    public init(scope: Digest256, exactKey: Digest256) {
        self.scope = scope
        self.exactKey = exactKey
    }
}

/// A candidate as `explain` shows it.
public struct ExplainedCandidate: Sendable {
    /// The candidate.
    public var entryID: EntryID
    /// Its cosine similarity.
    public var similarity: Double
    /// What the judge made of it.
    public var judgement: Judgement

    /// A candidate with its judgement.
    public init(entryID: EntryID, similarity: Double, judgement: Judgement) {
        self.entryID = entryID
        self.similarity = similarity
        self.judgement = judgement
    }
}
