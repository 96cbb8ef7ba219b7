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
            guard let sealed = SealedText.decode(message.text), let turn = opened(message, sealed, conversation.key)
            else { return nil }
            out.turns[index].message = turn
        }
        return out
    }

    private func opened(_ message: ChatMessage, _ sealed: [UInt8], _ key: ConversationKey) -> ChatMessage? {
        cipher.open(sealed, for: place(key, role: message.role)).flatMap { ChatMessage(stored: $0) }
    }

    private func place(_ key: ConversationKey, role: String) -> SealPlace {
        var place = SealPlace("turn")
        for text in [key.namespace, key.tenant ?? "", key.tenant == nil ? "" : "t", key.name, role] {
            place.append(Array(text.utf8))
        }
        return place
    }

    // MARK: Keys

    /// How many conversations of `inventory`, the same store, hold turns that the key of this name has sealed.
    public func count(sealedBy key: String, in inventory: any StoreInventory) throws(StoreError) -> Int {
        var count = 0
        try forEach(of: inventory) { conversation throws(StoreError) in
            if conversation.turns.contains(where: { SealedText.keyName(of: $0.message.text) == key }) { count += 1 }
        }
        return count
    }

    /// Seals again what an older key has sealed or what is in the clear, and returns in how many conversations. One of
    /// which a turn does not open is left as it is. Nothing else may write meanwhile.
    public func reseal(
        in inventory: any StoreInventory, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> Int {
        var count = 0
        try forEach(of: inventory) { conversation throws(StoreError) in
            guard let fresh = resealed(conversation), try inventory.rewrite(fresh) else { return }
            count += 1
            progress(count)
        }
        return count
    }

    /// A conversation under the key that seals now; `nil` when it is, or when a turn does not open.
    private func resealed(_ conversation: Conversation) -> Conversation? {
        var fresh = conversation
        var isFresh = true
        for index in conversation.turns.indices {
            var message = conversation.turns[index].message
            if let sealed = SealedText.decode(message.text) {
                if AESCipher.keyName(of: sealed) == cipher.currentKey { continue }
                guard let open = opened(message, sealed, conversation.key) else { return nil }
                message = open
            }
            fresh.turns[index].message = self.sealed(message, conversation.key)
            isFresh = false
        }
        return isFresh ? nil : fresh
    }

    /// All conversations as the store keeps them. One that is damaged is passed over.
    private func forEach(
        of inventory: any StoreInventory, _ body: (Conversation) throws(StoreError) -> Void
    ) throws(StoreError) {
        try inventory.scanConversations { keys throws(StoreError) in
            for key in keys {
                guard let conversation = try intact(key) else { continue }
                try body(conversation)
            }
        }
    }

    private func intact(_ key: ConversationKey) throws(StoreError) -> Conversation? {
        do throws(StoreError) {
            return try inner.conversation(key)
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }
}
