/// The cache's answer to a store.
public enum StoreReply: Sendable, Equatable {
    /// The answer is kept under this name.
    case stored(EntryID)
    /// The answer is not kept, and why.
    case refused(RefusalReason)
}

/// Why an answer is not kept. The raw values are the wire's.
public struct RefusalReason: RawRepresentable, Hashable, Sendable {
    /// The word on the wire.
    public let rawValue: String
    /// A reason by its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The request said `no-store`.
    public static let noStore = RefusalReason(rawValue: "no_store")
    /// The policy switches the cache off here.
    public static let off = RefusalReason(rawValue: "off")
    /// The model answered with an error status.
    public static let errorStatus = RefusalReason(rawValue: "error_status")
    /// The answer did not arrive whole.
    public static let incomplete = RefusalReason(rawValue: "incomplete")
    /// The answer was cut off or filtered.
    public static let finishReason = RefusalReason(rawValue: "finish_reason")
    /// There is nothing to match by.
    public static let emptyPrompt = RefusalReason(rawValue: "empty_prompt")
    /// There is nothing to answer with.
    public static let emptyResponse = RefusalReason(rawValue: "empty_response")
    /// The prompt is larger than the policy allows.
    public static let promptTooLarge = RefusalReason(rawValue: "prompt_too_large")
    /// The answer is larger than the policy allows.
    public static let responseTooLarge = RefusalReason(rawValue: "response_too_large")
    /// The gateway's confidence is below the policy's.
    public static let lowConfidence = RefusalReason(rawValue: "low_confidence")
    /// The answer ages at once, and the policy keeps no such answers.
    public static let volatile = RefusalReason(rawValue: "volatile")
    /// The prompt or the answer holds something that is not to be kept.
    public static func sensitive(_ kind: SensitiveKind) -> RefusalReason {
        RefusalReason(rawValue: "sensitive:\(kind.rawValue)")
    }
    /// The answer would be dead on arrival.
    public static let expired = RefusalReason(rawValue: "expired")
    /// The answer was asked for before an invalidation or a bump that it would have fallen under.
    public static let epoch = RefusalReason(rawValue: "epoch")
    /// An entry that the answer rests on is gone.
    public static let dependency = RefusalReason(rawValue: "dependency")
    /// The store does not answer.
    public static let degraded = RefusalReason(rawValue: "degraded")
}

/// The cache's answer to an invalidation.
public struct InvalidationReply: Sendable, Equatable {
    /// How many entries the conditions meet.
    public var matched: Int
    /// How many were removed: none on a dry run.
    public var removed: Int
    /// A few of the names.
    public var sample: [EntryID]
    /// How many values of the key–value namespaces went; `nil` where they were not meant.
    public var values: Int?
    /// The name and the moment of an invalidation that is yet to come.
    public var scheduled: ScheduledInvalidation?

    /// Counts and a sample.
    public init(matched: Int, removed: Int, sample: [EntryID]) {
        self.matched = matched
        self.removed = removed
        self.sample = sample
    }

    /// Whether `request` was for later and is not kept: the store did not take it.
    public func isUnkept(_ request: InvalidationRequest) -> Bool {
        request.at != nil && !request.dryRun && scheduled == nil
    }
}
