/// What a gateway asks the cache about: one model call, before it is made.
public struct CacheRequest: Sendable, Equatable {
    /// The partition of the cache that policies are set for.
    public var namespace: String
    /// Whose data it is; never crossed.
    public var tenant: String?
    /// Who asks; part of the scope where the policy says so.
    public var user: String?
    /// The stored conversation that holds the earlier turns.
    public var conversation: String?
    /// Whether the exchange is appended to that conversation: by a lookup when it hits, by a store whenever the call
    /// went well.
    public var appendsToConversation = false
    /// Who runs the model (`openai`, `anthropic`, …).
    public var provider: String?
    /// The model's name as the gateway calls it.
    public var model: String?
    /// The prompt template that the prompt was made with: what an epoch can be bumped for.
    public var template: String?
    /// The template's version; answers of one version never serve another.
    public var templateVersion: String?
    /// The prompt or the turns.
    public var input: PromptInput
    /// Whatever else changes the answer: sampling parameters, tools, response format.
    public var params: [JSONMember]
    /// How this request wants to be cached.
    public var controls: CacheControls
    /// How long a miss may wait for another caller's answer to the same prompt, in milliseconds.
    public var waitMilliseconds: Int
    /// Whether a miss may hand out a lease; so it may when `waitMilliseconds` is above zero.
    public var wantsLease: Bool
    /// Whether the reply explains itself.
    public var explain: Bool
    /// Whether its stages are timed, for a trace.
    public var isTimed = false
    /// Fields of the request that Deja does not know: accepted, and named in `explain`.
    public var unknownFields: [String]

    /// A request with everything but the input at its default.
    public init(namespace: String = CacheRequest.defaultNamespace, input: PromptInput) {
        self.namespace = namespace
        self.input = input
        params = []
        controls = CacheControls()
        waitMilliseconds = 0
        wantsLease = false
        explain = false
        unknownFields = []
    }

    /// A bare prompt in the default namespace.
    public init(prompt: String) { self.init(input: .prompt(prompt)) }

    /// The namespace of requests that name none.
    public static let defaultNamespace = "default"
}

/// The text side of a request.
public enum PromptInput: Sendable, Equatable {
    /// A bare prompt, without earlier turns.
    case prompt(String)
    /// The turns of a chat, oldest first; `system` holds Anthropic's top-level system prompt.
    case messages([ChatMessage], system: [ContentPart] = [])
}

extension CacheRequest {
    /// Parameters of a model call that say how the answer travels, is billed or is attributed, and never what it is: they
    /// are part of no key, whether they stand at the top of a body or in `params`.
    public static let deliveryParameters: Set<String> = [
        "betas", "cache_control", "container", "inference_geo", "keep_alive", "metadata", "prompt_cache_key",
        "prompt_cache_retention", "safety_identifier", "service_tier", "store", "stream", "stream_options", "user",
    ]
}

/// The `cache` object of a request (after HTTP's Cache-Control, RFC 9111).
public struct CacheControls: Sendable, Equatable {
    /// How far matching may go for this request; `nil` leaves it to the policy.
    public var mode: MatchMode?
    /// Do not answer from the cache.
    public var noCache = false
    /// Do not keep the answer.
    public var noStore = false
    /// How long the stored answer may live, seconds.
    public var ttl: Double?
    /// The oldest answer that is acceptable, seconds.
    public var maximumAge: Double?
    /// How long after its end an answer is still acceptable, seconds, within what the policy allows.
    public var maximumStaleness: Double?
    /// The share of hits that may be wrong.
    public var maximumFalseHitRate: Double?
    /// The least cosine similarity of a semantic hit.
    public var minimumSimilarity: Double?
    /// Search exactly, whatever the index would do.
    public var exhaustive = false

    /// No wishes.
    public init() {}
}

/// How far matching may go.
public enum MatchMode: String, Sendable, CaseIterable {
    /// No lookups at all.
    case off
    /// The same text only (after folding).
    case exact
    /// The same meaning too.
    case semantic
}

/// What a gateway tells the cache after a model call.
public struct StoreRequest: Sendable, Equatable {
    /// The request that was answered.
    public var request: CacheRequest
    /// The answer, kept byte for byte.
    public var response: RawJSON
    /// The tokens that the call used.
    public var usage: TokenUsage?
    /// How long the model took, milliseconds.
    public var latencyMilliseconds: Double?
    /// The HTTP status of the model's answer.
    public var statusCode: Int?
    /// Why the model stopped (`stop`, `length`, `content_filter`, …).
    public var finishReason: String?
    /// Whether the answer arrived whole.
    public var complete: Bool?
    /// The gateway's own confidence in the answer, 0 to 1.
    public var confidence: Double?
    /// What the call cost; otherwise the price table says.
    public var cost: NanoDollars?
    /// Names under which the entry can be invalidated.
    public var tags: [String]
    /// Names of entries and tags that the answer rests on: it goes when they go.
    public var dependsOn: [String]
    /// The lease that a missed lookup handed out.
    public var lease: String?
    /// Whether the ledger counts the model call: not when it was counted before, as on warming up from a log.
    public var isCounted = true
    /// The epoch that the missed lookup named: what was invalidated since then is refused.
    public var epoch: Int64?

    /// An answer with nothing else known about it.
    public init(request: CacheRequest, response: RawJSON) {
        self.request = request
        self.response = response
        (tags, dependsOn) = ([], [])
    }
}

/// Which entries an invalidation means; the given conditions must all hold.
public struct InvalidationRequest: Sendable, Equatable {
    /// Entries of this namespace.
    public var namespace: String?
    /// Entries of this model.
    public var model: String?
    /// Entries stored for this user.
    public var user: String?
    /// Entries of this tenant.
    public var tenant: String?
    /// Entries of this prompt template.
    public var template: String?
    /// Entries that carry any of these tags.
    public var tags: [String] = []
    /// Entries with this prompt (after folding).
    public var prompt: String?
    /// Entries older than this, seconds.
    public var olderThan: Double?
    /// The one entry of this name.
    public var id: EntryID?
    /// Only count.
    public var dryRun = false
    /// Entries stored no later than this: what an invalidation that was scheduled for this moment means.
    public var createdUntil: Timestamp?
    /// Whether values of the key–value namespaces with the tags go too.
    public var includesValues = false
    /// When to carry it out; `nil` for now.
    public var at: Timestamp?

    /// No condition yet.
    public init() {}

    /// Whether nothing restricts the invalidation: it would empty the cache.
    public var isUnrestricted: Bool {
        namespace == nil && model == nil && user == nil && tenant == nil && template == nil && tags.isEmpty
            && prompt == nil && olderThan == nil && id == nil
    }
}
