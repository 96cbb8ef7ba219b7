import CacheModel

/// Conversations whose turns are sealed on the way in and opened on the way out. A turn keeps its role in the clear:
/// the store trims by it. A conversation of which a turn does not open is not there.
public struct SealedConversations: ConversationStore {
    private let inner: any ConversationStore
    private let cipher: any EntryCipher

    /// Conversations around `inner`.
    public init(_ inner: any ConversationStore, cipher: any EntryCipher) { (self.inner, self.cipher) = (inner, cipher) }

    public var sharesConversations: Bool { inner.sharesConversations }

    public func append(_ append: ConversationAppend) throws(StoreError) -> Conversation? {
        var sealed = append
        sealed.turns = append.turns.map { turn in
            ConversationTurn(message: self.sealed(turn.message, append.key), at: turn.at)
        }
        // Sealed text is longer by a third and 90 bytes; the limits are meant for the text.
        sealed.limits.bytes = append.limits.bytes / 2 * 3
        sealed.limits.tokens = append.limits.tokens / 2 * 3
        return try inner.append(sealed).flatMap(opened)
    }

    public func conversation(_ key: ConversationKey) throws(StoreError) -> Conversation? {
        try inner.conversation(key).flatMap(opened)
    }

    public func removeConversation(_ key: ConversationKey) throws(StoreError) -> Bool {
        try inner.removeConversation(key)
    }

    public func conversations(ofUser user: String, namespace: String, tenant: String?, limit: Int) throws(StoreError)
        -> [ConversationSummary]
    {
        try inner.conversations(ofUser: user, namespace: namespace, tenant: tenant, limit: limit)
    }

    @discardableResult
    public func removeExpiredConversations(now: Timestamp) throws(StoreError) -> Int {
        try inner.removeExpiredConversations(now: now)
    }

    private func sealed(_ message: ChatMessage, _ key: ConversationKey) -> ChatMessage {
        ChatMessage(
            role: message.role,
            text: SealedText.encode(cipher.seal(message.stored.bytes, for: place(key, role: message.role))))
    }

    private func opened(_ conversation: Conversation) -> Conversation? {
        var out = conversation
        for index in conversation.turns.indices {
            let message = conversation.turns[index].message
            guard let sealed = SealedText.decode(message.text),
                let bytes = cipher.open(sealed, for: place(conversation.key, role: message.role)),
                let turn = ChatMessage(stored: bytes)
            else { return nil }
            out.turns[index].message = turn
        }
        return out
    }

    private func place(_ key: ConversationKey, role: String) -> SealPlace {
        var place = SealPlace("turn")
        for text in [key.namespace, key.tenant ?? "", key.tenant == nil ? "" : "t", key.name, role] {
            place.append(Array(text.utf8))
        }
        return place
    }
}
