/// What a store holds beside entries, for what has to be done to all of it: to seal it again under another key.
public protocol StoreInventory: Sendable {
    /// Calls `body` with the names of all values, a page at a time. Each comes once at least; what is written meanwhile
    /// may come too. No lock or connection is held while `body` runs.
    func scanValues(_ body: ([ValueKey]) throws(StoreError) -> Void) throws(StoreError)
    /// The same for conversations.
    func scanConversations(_ body: ([ConversationKey]) throws(StoreError) -> Void) throws(StoreError)
    /// Puts the messages of `conversation` in place of those that are kept, turn by turn and in the same roles; nothing
    /// else of it changes. Returns whether it did: not when turns have come or gone since it was read.
    func rewrite(_ conversation: Conversation) throws(StoreError) -> Bool
}
