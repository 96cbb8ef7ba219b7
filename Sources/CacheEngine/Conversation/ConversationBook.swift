import CacheModel

/// What the service asks about conversations.
public protocol ConversationServing: Sendable {
    /// The conversation, or `nil`.
    func conversation(_ key: ConversationKey) -> Step<Result<Conversation?, RequestProblem>>
    /// Appends turns; `user` leads a conversation that begins with them.
    func append(_ messages: [ChatMessage], to key: ConversationKey, user: String?)
        -> Step<Result<Conversation?, RequestProblem>>
    /// Keeps the newest turns only, system turns among them as long as there is room.
    func trim(_ key: ConversationKey, keeping count: Int) -> Step<Result<Conversation?, RequestProblem>>
    /// Removes a conversation; returns whether it was there.
    func remove(_ key: ConversationKey) -> Step<Result<Bool, RequestProblem>>
    /// The conversations that a user leads, the one appended to last first.
    func list(user: String, namespace: String, tenant: String?, limit: Int)
        -> Step<Result<[ConversationSummary], RequestProblem>>
}

/// The conversations of a store, with recent ones in memory.
///
/// Memory answers only where this process is the store's only writer: a history that another process has gone on with
/// would give the wrong scope.
final class ConversationBook: ConversationServing {
    private let store: any ConversationStore
    private let policies: PolicyTable
    private let clock: any WallClock
    /// Is told how each operation of the store ended.
    private let report: @Sendable (StoreError?) -> Void
    private let recent = RecentConversations(byteCapacity: 32 << 20)

    init(
        store: any ConversationStore, policies: PolicyTable, clock: any WallClock,
        report: @escaping @Sendable (StoreError?) -> Void
    ) {
        self.store = store
        self.policies = policies
        self.clock = clock
        self.report = report
    }

    // MARK: For lookups and stores

    /// What memory knows of the history: the turns, none for a conversation that has not begun; `nil` when the store
    /// must be asked.
    func knownTurns(_ key: ConversationKey) -> [ChatMessage]? {
        store.sharesConversations ? nil : recent.turns(of: key, now: clock.now())
    }

    /// The history from the store. Blocks.
    func loadTurns(_ key: ConversationKey) throws(StoreError) -> [ChatMessage] {
        let ticket = recent.ticket(for: key)
        let found = try access { (store) throws(StoreError) in try store.conversation(key) }
        keep(found, key, ticket)
        return found?.turns.map(\.message) ?? []
    }

    /// Appends turns. Blocks.
    @discardableResult
    func appendNow(_ messages: [ChatMessage], to key: ConversationKey, user: String?) throws(StoreError)
        -> Conversation?
    {
        let policy = policies.policy(of: key.namespace)
        let now = clock.now()
        let append = ConversationAppend(
            key: key, user: user, turns: messages.map { ConversationTurn(message: $0, at: now) },
            limits: policy.conversationLimits, now: now,
            expires: policy.conversationLifetime.map { now.adding(seconds: $0) })
        return try change(key) { (store) throws(StoreError) in try store.append(append) }
    }

    /// Removes what has expired. Blocks.
    func removeExpired() {
        _ = try? access { (store) throws(StoreError) in try store.removeExpiredConversations(now: clock.now()) }
    }

    // MARK: For the service

    func conversation(_ key: ConversationKey) -> Step<Result<Conversation?, RequestProblem>> {
        blocking { book throws(StoreError) in
            try book.access { (store) throws(StoreError) in try store.conversation(key) }
        }
    }

    func append(_ messages: [ChatMessage], to key: ConversationKey, user: String?)
        -> Step<Result<Conversation?, RequestProblem>>
    {
        let limits = policies.policy(of: key.namespace).conversationLimits
        let bytes = messages.reduce(0) { $0 + $1.stored.bytes.count }
        guard messages.count <= limits.messages, bytes <= limits.bytes else {
            let problem = RequestProblem(
                .tooLarge, field: "messages",
                "must stay below this namespace's limits of \(limits.messages) messages and \(limits.bytes) bytes")
            return .done(.failure(problem))
        }
        return blocking { book throws(StoreError) in try book.appendNow(messages, to: key, user: user) }
    }

    func trim(_ key: ConversationKey, keeping count: Int) -> Step<Result<Conversation?, RequestProblem>> {
        blocking { book throws(StoreError) in
            var limits = book.policies.policy(of: key.namespace).conversationLimits
            limits.messages = max(1, count)
            let append = ConversationAppend(
                key: key, turns: [], limits: limits, now: book.clock.now(), expires: nil)
            return try book.change(key) { (store) throws(StoreError) in try store.append(append) }
        }
    }

    func remove(_ key: ConversationKey) -> Step<Result<Bool, RequestProblem>> {
        blocking { book throws(StoreError) in
            book.recent.forget(key)
            defer { book.recent.forget(key) }
            return try book.access { (store) throws(StoreError) in try store.removeConversation(key) }
        }
    }

    func list(user: String, namespace: String, tenant: String?, limit: Int)
        -> Step<Result<[ConversationSummary], RequestProblem>>
    {
        blocking { book throws(StoreError) in
            try book.access { (store) throws(StoreError) in
                try store.conversations(ofUser: user, namespace: namespace, tenant: tenant, limit: limit)
            }
        }
    }

    // MARK: Parts

    /// Changes a conversation: what memory knows of it is forgotten first, and known anew afterwards.
    private func change(
        _ key: ConversationKey, _ operation: (any ConversationStore) throws(StoreError) -> Conversation?
    ) throws(StoreError) -> Conversation? {
        recent.forget(key)
        let ticket = recent.ticket(for: key)
        let changed: Conversation?
        do throws(StoreError) { changed = try access(operation) } catch {
            recent.forget(key)
            throw error
        }
        // Which of two changes at once came last, the store alone knows: then neither is remembered.
        if changed == nil || !keep(changed, key, ticket) { recent.forget(key) }
        return changed
    }

    @discardableResult
    private func keep(_ conversation: Conversation?, _ key: ConversationKey, _ ticket: UInt64) -> Bool {
        !store.sharesConversations && recent.keep(conversation, key, ticket)
    }

    private func access<Value>(
        _ operation: (any ConversationStore) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        do throws(StoreError) {
            let value = try operation(store)
            report(nil)
            return value
        } catch {
            report(error)
            throw error
        }
    }

    private func blocking<Value: Sendable>(
        _ work: @escaping @Sendable (ConversationBook) throws(StoreError) -> Value
    ) -> Step<Result<Value, RequestProblem>> {
        .blocking { [self] in
            do throws(StoreError) {
                return .done(.success(try work(self)))
            } catch {
                return .done(.failure(RequestProblem(.unavailable, field: "", error.message)))
            }
        }
    }
}

extension NamespacePolicy {
    /// How long a conversation lives after its last append, seconds: twice an answer's life unless set.
    var conversationLifetime: Double? { conversationTTL ?? ttl.map { 2 * min($0, maximumTTL) } }
}
