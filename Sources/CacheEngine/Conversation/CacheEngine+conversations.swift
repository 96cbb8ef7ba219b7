import CacheModel

extension CacheEngine {
    public var conversations: (any ConversationServing)? { book }

    /// A request whose history is known.
    struct Continued: Sendable {
        /// The request with the stored turns in front of its own, and no longer part of a conversation.
        var request: CacheRequest
        /// The conversation to append to, with the turns that the request adds; `nil` where it does not ask for that.
        var addition: (key: ConversationKey, turns: [ChatMessage])?
    }

    /// The conversation that a request is part of; `nil` without one, or where none are kept: then the conversation's
    /// name itself is part of the scope of a bare prompt (see `KeyMaker`).
    private func conversationKey(of request: CacheRequest) -> ConversationKey? {
        guard book != nil, let name = request.conversation else { return nil }
        return ConversationKey(namespace: request.namespace, tenant: request.tenant, name: name)
    }

    /// The request with its history, from memory; `nil` when the store must be asked.
    func continuedFromMemory(_ request: CacheRequest) -> Continued? {
        guard let key = conversationKey(of: request) else { return Continued(request: request) }
        return book?.knownTurns(key).map { continued(request, key, $0) }
    }

    /// The request with its history. Blocks.
    func continuedFromStore(_ request: CacheRequest) throws(StoreError) -> Continued {
        guard let key = conversationKey(of: request), let book else { return Continued(request: request) }
        return continued(request, key, try book.loadTurns(key))
    }

    private func continued(_ request: CacheRequest, _ key: ConversationKey, _ turns: [ChatMessage]) -> Continued {
        var whole = request
        whole.input = request.input.continuing(turns)
        whole.conversation = nil
        let addition = request.appendsToConversation ? (key, request.input.newTurns(after: turns)) : nil
        return Continued(request: whole, addition: addition)
    }

    /// Appends an exchange. Blocks. Returns whether the store took it.
    func append(_ continued: Continued, answer: RawJSON) -> Bool {
        guard let book, let addition = continued.addition else { return false }
        let turns = addition.turns + [AnswerTurn.message(answer)]
        return (try? book.appendNow(turns, to: addition.key, user: continued.request.user)) != nil
    }
}
