/// A lookup that an entry answered, or came near to answering: what feedback on it is tied to.
///
/// It names the prompt by its digest only.
public struct AnsweredLookup: Sendable, Equatable {
    /// The lookup's name, as its reply gave it.
    public var id: EntryID
    /// The entry that answered.
    public var entry: EntryReference
    /// Whose data it is.
    public var tenant: String?
    /// Which tier answered.
    public var hitType: LookupReply.HitType
    /// The folded key of the prompt that was looked up.
    public var query: Digest256
    /// The probability that the entry's answer serves the prompt.
    public var probability: Double
    /// The cosine similarity of the two prompts.
    public var similarity: Double

    /// A lookup.
    public init(
        id: EntryID, entry: EntryReference, tenant: String? = nil, hitType: LookupReply.HitType, query: Digest256,
        probability: Double, similarity: Double
    ) {
        self.id = id
        self.entry = entry
        self.tenant = tenant
        self.hitType = hitType
        self.query = query
        self.probability = probability
        self.similarity = similarity
    }
}
