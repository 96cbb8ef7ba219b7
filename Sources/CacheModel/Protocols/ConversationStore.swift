/// Where conversations are kept. Calls block, come from worker threads, and end by the store's deadline.
///
/// Conforming types pass `ConversationStoreConformance` in the tests.
public protocol ConversationStore: Sendable {
    /// Whether other processes may append too: what memory knows of a conversation may then be old.
    var sharesConversations: Bool { get }
    /// Appends turns and applies the limits in one step: appends of others come before or after all of it, and none is
    /// lost. Returns the conversation as it is then; `nil` when there is none and no turns were given.
    func append(_ append: ConversationAppend) throws(StoreError) -> Conversation?
    /// The conversation; `nil` when there is none or its life is over.
    func conversation(_ key: ConversationKey) throws(StoreError) -> Conversation?
    /// Removes a conversation; returns whether it was there.
    func removeConversation(_ key: ConversationKey) throws(StoreError) -> Bool
    /// The conversations that `user` leads in a namespace and tenant, the one appended to last first.
    func conversations(ofUser user: String, namespace: String, tenant: String?, limit: Int) throws(StoreError)
        -> [ConversationSummary]
    /// Removes what has expired by `now`; returns how many. A store that expires by itself does nothing.
    @discardableResult func removeExpiredConversations(now: Timestamp) throws(StoreError) -> Int
}
