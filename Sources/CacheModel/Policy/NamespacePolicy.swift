/// How one namespace is cached. Every value has a default that favours trust.
public struct NamespacePolicy: Sendable, Equatable {
    /// How far matching goes.
    public var match = MatchMode.semantic
    /// How long an entry lives, seconds; `nil` for no end.
    public var ttl: Double? = 86_400
    /// The longest life that a request may ask for, seconds.
    public var maximumTTL: Double = 30 * 86_400
    /// What of the earlier turns must be equal.
    public var context = ContextPolicy.strict
    /// Whether users of a tenant share answers.
    public var sharing = SharingPolicy.tenant
    /// Which models may answer for each other.
    public var modelMatch = ModelMatchPolicy.exact
    /// The share of hits that may be wrong.
    public var maximumFalseHitRate = 0.01
    /// The least cosine similarity of a semantic hit, whatever the judge says.
    public var minimumSimilarity = 0.0
    /// Whether evidence moves what scopes and entries demand.
    public var isAdaptive = true
    /// The share of would-be semantic hits that are let through as misses, to learn whether they would have been right.
    public var shadowShare = 0.0
    /// Whether the cache only watches: nothing is served, everything is counted.
    public var isShadow = false
    /// The arm that decides beside the judge in force, in shadow; `nil` for none.
    public var shadowArm: String?
    /// Whether the verifier, where there is one, reads candidates that the judge is unsure of.
    public var verify = true
    /// The largest prompt that is kept, bytes.
    public var maximumPromptBytes = 256 * 1024
    /// The largest answer that is kept, bytes.
    public var maximumResponseBytes = 4 * 1024 * 1024
    /// What becomes of answers that age at once ("is there an outage right now?").
    public var volatility = VolatilityPolicy.short
    /// How long such an answer lives under `VolatilityPolicy.short`, seconds.
    public var volatileTTL: Double = 60
    /// How long the answer to a prompt about something that changes by the day (a price, a score) lives at most, under
    /// `VolatilityPolicy.short` and `.skip`, seconds.
    public var agingTTL: Double = 3600
    /// Whether `ttl` is shaped by what is known of a request and its answer (see `LifetimeShape`).
    public var shapesTTL = true
    /// How long after its life an answer is served while one caller fetches a fresh one, seconds.
    public var staleTTL: Double = 0
    /// How long after its life an answer is served while the model fails, seconds.
    public var staleIfErrorTTL: Double = 0
    /// How long an answer lives that nobody asks for, seconds; `nil` for as long as any other.
    public var idleTTL: Double?
    /// The last share of a life in which a popular answer is listed to be refreshed; 0 for never.
    public var refreshAhead = 0.1
    /// How often an answer must have been served to be listed.
    public var refreshHits = 3
    /// What becomes of prompts and answers that hold keys, passwords or card numbers.
    public var secrets = SensitiveTextPolicy.skip
    /// What becomes of those that hold e-mail addresses, telephone or account numbers.
    public var personalData = SensitiveTextPolicy.allow
    /// The least confidence of a gateway at which an answer is kept.
    public var minimumConfidence = 0.0
    /// How long a conversation lives after its last append, seconds; `nil` for twice `ttl`.
    public var conversationTTL: Double?
    /// How much of a conversation is kept.
    public var conversationLimits = ConversationLimits()

    /// Whether one caller at a time asks the model for the same answer.
    public var singleFlight = SingleFlightPolicy.exact
    /// How long a lease lasts, seconds: longer than a model takes.
    public var leaseTTL: Double = 30
    /// Whether lists and reports may show prompts; otherwise they show digests.
    public var showsText = false
    /// What all users together may spend on model calls.
    public var budgets: [SpendLimit] = []
    /// What each user may.
    public var userBudgets: [SpendLimit] = []
    /// Whether misses are answered `over_budget` once a budget is spent; otherwise it is only said.
    public var enforcesBudgets = false

    /// The defaults.
    public init() {}

    /// A prompt as lists and events may show it: not at all, or without what is not to be kept or is to be redacted. A
    /// prompt that was not kept because of a key in it is still looked up, and would be listed with it.
    public func shown(_ prompt: String) -> String? {
        guard showsText else { return nil }
        return SensitiveScan.redacted(
            prompt, of: sensitiveKinds(under: .redact).union(sensitiveKinds(under: .skip)))
    }

    /// The first kind of sensitive text in a prompt or its answer that keeps both out of the cache; `nil` for none.
    public func unwantedKind(prompt: String, response: RawJSON) -> SensitiveKind? {
        let unwanted = sensitiveKinds(under: .skip)
        return SensitiveScan.first(in: prompt, of: unwanted) ?? SensitiveScan.first(in: response, of: unwanted)
    }

    /// The kinds of sensitive text that a policy is set for.
    public func sensitiveKinds(under policy: SensitiveTextPolicy) -> SensitiveKinds {
        var kinds: SensitiveKinds = []
        if secrets == policy { kinds.formUnion(.secrets) }
        if personalData == policy { kinds.formUnion(.personal) }
        return kinds
    }
}

/// Whether concurrent misses give one lease, to callers that ask for it (`lease`, `wait_ms`).
public enum SingleFlightPolicy: String, Sendable, CaseIterable {
    /// Never.
    case off
    /// For the same text, after folding.
    case exact
    /// For prompts that the judge calls the same, too.
    case semantic
}

/// What becomes of answers to prompts that ask for something of the moment.
public enum VolatilityPolicy: String, Sendable, CaseIterable {
    /// They are not kept.
    case skip
    /// They live for a short time only.
    case short
    /// They are kept like any other.
    case allow
}

/// What of a request's earlier turns must equal the entry's.
public enum ContextPolicy: Sendable, Equatable {
    /// All earlier turns.
    case strict
    /// The last so many earlier turns.
    case window(Int)
    /// None: the last user text stands for itself.
    case none
}

/// Who shares answers.
public enum SharingPolicy: String, Sendable, CaseIterable {
    /// All users of a tenant.
    case tenant
    /// Nobody: each user has a scope of their own.
    case user
}

/// Which models may answer for each other.
public enum ModelMatchPolicy: String, Sendable, CaseIterable {
    /// The model of the very name.
    case exact
    /// Models whose names differ in version suffixes only (`gpt-4o-2024-08-06` and `gpt-4o`).
    case family
    /// Any model.
    case any
}
