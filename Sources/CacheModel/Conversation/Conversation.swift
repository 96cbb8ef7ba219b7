/// Where a conversation is: a gateway's name for it within a namespace and a tenant, neither of which is ever crossed.
public struct ConversationKey: Hashable, Sendable {
    /// The namespace.
    public var namespace: String
    /// Whose data it is.
    public var tenant: String?
    /// The gateway's name for it.
    public var name: String

    /// A key.
    public init(namespace: String, tenant: String? = nil, name: String) {
        self.namespace = namespace
        self.tenant = tenant
        self.name = name
    }
}

/// One turn of a stored conversation.
public struct ConversationTurn: Sendable, Equatable {
    /// What was said.
    public var message: ChatMessage
    /// When it was appended.
    public var at: Timestamp

    /// A turn.
    public init(message: ChatMessage, at: Timestamp) {
        self.message = message
        self.at = at
    }

    /// Whether it instructs the model: kept when older turns go.
    public var isSystem: Bool { message.role == "system" || message.role == "developer" }

    /// Estimated tokens, of four bytes each (OpenAI's rule of thumb: help.openai.com, "What are tokens and how to count
    /// them?").
    public var estimatedTokens: Int { (message.text.utf8.count + 3) / 4 }
}

/// A stored conversation.
public struct Conversation: Sendable, Equatable {
    /// Where it is.
    public var key: ConversationKey
    /// Who leads it, as the first append said.
    public var user: String?
    /// The turns, oldest first.
    public var turns: [ConversationTurn]
    /// How many turns were ever appended: rises with each.
    public var sequence: Int64
    /// When it began.
    public var created: Timestamp
    /// When it was last appended to.
    public var updated: Timestamp
    /// When it ends unless appended to; `nil` for never (the store then applies its own bound).
    public var expires: Timestamp?

    /// A conversation.
    public init(
        key: ConversationKey, user: String?, turns: [ConversationTurn], sequence: Int64, created: Timestamp,
        updated: Timestamp, expires: Timestamp?
    ) {
        self.key = key
        self.user = user
        self.turns = turns
        self.sequence = sequence
        self.created = created
        self.updated = updated
        self.expires = expires
    }
}

/// A conversation without its turns.
public struct ConversationSummary: Sendable, Equatable {
    /// The gateway's name for it.
    public var name: String
    /// How many turns are kept.
    public var messages: Int
    /// When it was last appended to.
    public var updated: Timestamp

    /// A summary.
    public init(name: String, messages: Int, updated: Timestamp) {
        self.name = name
        self.messages = messages
        self.updated = updated
    }
}

/// How much of a conversation is kept. What is over goes oldest first; system turns go only when nothing else is left
/// to go, and the newest turn stays.
public struct ConversationLimits: Sendable, Equatable {
    /// The most turns.
    public var messages: Int
    /// The most bytes of turns as stored.
    public var bytes: Int
    /// The most estimated tokens.
    public var tokens: Int

    /// Limits.
    public init(messages: Int = 1000, bytes: Int = 1 << 20, tokens: Int = 200_000) {
        self.messages = messages
        self.bytes = bytes
        self.tokens = tokens
    }
}

/// What an append adds, and for how long.
public struct ConversationAppend: Sendable, Equatable {
    /// Where to.
    public var key: ConversationKey
    /// Who leads the conversation; only the first append's counts.
    public var user: String?
    /// The new turns, oldest first. None only applies the limits.
    public var turns: [ConversationTurn]
    /// What is kept.
    public var limits: ConversationLimits
    /// The moment.
    public var now: Timestamp
    /// When the conversation ends unless appended to; `nil` for never.
    public var expires: Timestamp?

    /// An append.
    public init(
        key: ConversationKey, user: String? = nil, turns: [ConversationTurn],
        limits: ConversationLimits = ConversationLimits(), now: Timestamp, expires: Timestamp?
    ) {
        self.key = key
        self.user = user
        self.turns = turns
        self.limits = limits
        self.now = now
        self.expires = expires
    }
}
