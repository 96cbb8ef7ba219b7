/// One answered prompt: what the store keeps.
public struct CacheEntry: Sendable, Equatable {
    /// Everything that finds and judges the entry.
    public var header: EntryHeader
    /// Everything that is served.
    public var body: EntryBody

    /// An entry from its halves.
    public init(header: EntryHeader, body: EntryBody) {
        self.header = header
        self.body = body
    }
}

/// What finds and judges an entry; held in memory for every live entry and read back from the store at start.
public struct EntryHeader: Sendable, Equatable {
    /// The name.
    public var id: EntryID
    /// The namespace.
    public var namespace: String
    /// The digest of all that must be equal.
    public var scope: Digest256
    /// The exact key of the text as given.
    public var exactKey: Digest256
    /// The exact key of the folded text.
    public var foldedKey: Digest256
    /// The last user text, as given.
    public var prompt: String
    /// Whether the entry may be matched by meaning.
    public var isSemantic: Bool
    /// The prompt's embedding; `nil` when the entry matches exactly only.
    public var vector: StoredVector?
    /// The model that answered.
    public var model: String?
    /// Who runs it.
    public var provider: String?
    /// Whose data it is.
    public var tenant: String?
    /// Who asked.
    public var user: String?
    /// Names for invalidation.
    public var tags: [String]
    /// When it was stored.
    public var created: Timestamp
    /// When its life ends; `nil` for never (the store then applies its own bound).
    public var expires: Timestamp?
    /// When it becomes stale: from then until `expires` it is served only while a fresh answer is fetched, or while none
    /// can be had. `nil` when it is fresh to its end.
    public var staleAt: Timestamp?
    /// The epoch that was known when the answer was asked for: an entry older than an epoch that it belongs to is gone.
    public var epoch: Int64 = 0
    /// The prompt template that the prompt was made with.
    public var template: String?
    /// Names of entries and tags that the answer rests on: it goes when they go.
    public var dependsOn: [String] = []

    /// A header.
    public init(
        id: EntryID, namespace: String, scope: Digest256, exactKey: Digest256, foldedKey: Digest256, prompt: String,
        isSemantic: Bool, vector: StoredVector?, model: String?, provider: String?, tenant: String?, user: String?,
        tags: [String], created: Timestamp, expires: Timestamp?
    ) {
        self.id = id
        self.namespace = namespace
        self.scope = scope
        self.exactKey = exactKey
        self.foldedKey = foldedKey
        self.prompt = prompt
        self.isSemantic = isSemantic
        self.vector = vector
        self.model = model
        self.provider = provider
        self.tenant = tenant
        self.user = user
        self.tags = tags
        self.created = created
        self.expires = expires
    }

    /// Where the store finds the entry.
    public var reference: EntryReference { EntryReference(id: id, namespace: namespace, scope: scope) }
}

/// Where a store finds an entry: its name, and what its shard is taken from.
public struct EntryReference: Hashable, Sendable {
    /// The entry's name.
    public var id: EntryID
    /// The entry's namespace.
    public var namespace: String
    /// The entry's scope.
    public var scope: Digest256

    /// A reference.
    public init(id: EntryID, namespace: String, scope: Digest256) {
        self.id = id
        self.namespace = namespace
        self.scope = scope
    }
}

/// What an entry serves.
public struct EntryBody: Sendable, Equatable {
    /// The answer, byte for byte.
    public var response: RawJSON
    /// The tokens that the call used.
    public var usage: TokenUsage?
    /// Whether `usage` was estimated because the gateway sent none.
    public var isUsageEstimated: Bool
    /// What the call cost, where known.
    public var cost: NanoDollars?
    /// How long the model took, milliseconds.
    public var latencyMilliseconds: Double?

    /// A body.
    public init(
        response: RawJSON, usage: TokenUsage? = nil, isUsageEstimated: Bool = false, cost: NanoDollars? = nil,
        latencyMilliseconds: Double? = nil
    ) {
        self.response = response
        self.usage = usage
        self.isUsageEstimated = isUsageEstimated
        self.cost = cost
        self.latencyMilliseconds = latencyMilliseconds
    }
}

/// An embedding as it is stored: 8-bit components with one scale, so that component i is `scale * components[i]`.
public struct StoredVector: Sendable, Equatable {
    /// The embedder that made it; vectors of different embedders are never compared.
    public var embedder: String
    /// The scale of the components.
    public var scale: Float
    /// d components.
    public var components: [Int8]

    /// A stored embedding.
    public init(embedder: String, scale: Float, components: [Int8]) {
        self.embedder = embedder
        self.scale = scale
        self.components = components
    }

    /// Quantises `vector` (d floats): the largest component becomes ±127. The cosine with the original is above
    /// 0.9999 at d = 128 and above.
    public init(embedder: String, quantizing vector: UnsafeBufferPointer<Float>) {
        let largest = vector.reduce(Float(0)) { max($0, abs($1)) }
        let scale = largest > 0 ? largest / 127 : 1
        self.init(
            embedder: embedder, scale: scale,
            components: vector.map { Int8(max(-127, min(127, ($0 / scale).rounded()))) })
    }

    /// The d floats that the components stand for.
    public var floats: [Float] { components.map { Float($0) * scale } }
}
