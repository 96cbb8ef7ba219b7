import CacheModel

/// Conversations: three keys of one slot each (see `RedisScript.conversationAppend`), and a sorted set of each user's
/// conversations in a slot of its own, which is looked after after the fact and may name some that are gone.
extension RedisStore: ConversationStore {
    public var sharesConversations: Bool { true }

    public func append(_ append: ConversationAppend) throws(StoreError) -> Conversation? {
        let bound = append.now.adding(seconds: configuration.maximumLife)
        let expiry = max(1, min(append.expires ?? bound, bound).milliseconds)
        var arguments = ScriptArguments()
        arguments.keys = keys.conversation(append.key)
        arguments.values.append(append.now.milliseconds)
        arguments.values.append(expiry)
        arguments.values.append(append.expires.map { String($0.milliseconds) } ?? "")
        arguments.values.append(append.user ?? "")
        arguments.values.append(append.user == nil ? "0" : "1")
        arguments.values.append(append.limits.messages)
        arguments.values.append(append.limits.bytes)
        arguments.values.append(append.limits.tokens)
        for turn in append.turns {
            let content = turn.message.stored.bytes
            arguments.values.append(turn.isSystem ? "1" : "0")
            arguments.values.append(content.count)
            arguments.values.append(turn.estimatedTokens)
            arguments.values.append(turn.at.milliseconds)
            arguments.values.append(content)
        }
        // Not repeated: after a lost reply nobody knows whether the turns are there already.
        let reply = try checked(
            try run(.conversationAppend, [arguments], mayRepeat: false)[0], key: arguments.keys[0])
        let conversation = try read(reply, append.key)
        if let user = conversation?.user, !append.turns.isEmpty {
            try note(append, user: user, expiry: expiry)
        }
        return conversation
    }

    public func conversation(_ key: ConversationKey) throws(StoreError) -> Conversation? {
        var arguments = ScriptArguments()
        arguments.keys = keys.conversation(key)
        let found = try read(
            try checked(try run(.conversationRead, [arguments], mayRepeat: true)[0], key: arguments.keys[0]), key)
        if let expires = found?.expires, expires <= clock.now() { return nil }
        return found
    }

    public func removeConversation(_ key: ConversationKey) throws(StoreError) -> Bool {
        let isThere = try conversation(key) != nil
        var command = RESPCommand("DEL")
        for key in keys.conversation(key) { command.append(key) }
        _ = try checked(try servers.exchange([command], mayRepeat: true)[0])
        return isThere
    }

    /// The names come from the user's sorted set, the rest from each conversation's hash.
    public func conversations(ofUser user: String, namespace: String, tenant: String?, limit: Int) throws(StoreError)
        -> [ConversationSummary]
    {
        if limit <= 0 { return [] }
        let index = keys.conversations(ofUser: user, namespace: namespace, tenant: tenant)
        // Some of the names may be gone; those behind them are asked for too.
        let range = RESPCommand("ZREVRANGE", index, "0", String(min(limit, 10_000) * 2))
        let reply = try checked(try servers.exchange([range], mayRepeat: true)[0], key: index)
        let names = (reply.elements ?? []).compactMap(\.text)
        if names.isEmpty { return [] }
        let now = clock.now().milliseconds
        let commands = names.map { name in
            RESPCommand(
                "HMGET", keys.conversation(ConversationKey(namespace: namespace, tenant: tenant, name: name))[0],
                "messages", "updated", "expires")
        }
        var found: [ConversationSummary] = []
        for (name, reply) in zip(names, try servers.exchange(commands, mayRepeat: true)) {
            guard let fields = try checked(reply).elements, fields.count == 3,
                let messages = fields[0].text.flatMap({ Int($0) }), let updated = fields[1].text.flatMap({ Int64($0) })
            else { continue }
            if let expires = fields[2].text.flatMap({ Int64($0) }), expires <= now { continue }
            found.append(
                ConversationSummary(name: name, messages: messages, updated: Timestamp(milliseconds: updated)))
        }
        return Array(found.prefix(limit))
    }

    /// Does nothing: Redis expires keys by itself.
    @discardableResult
    public func removeExpiredConversations(now: Timestamp) throws(StoreError) -> Int { 0 }

    private func note(_ append: ConversationAppend, user: String, expiry: Int64) throws(StoreError) {
        let index = keys.conversations(
            ofUser: user, namespace: append.key.namespace, tenant: append.key.tenant)
        var commands = [
            RESPCommand("ZADD", index, String(append.now.milliseconds), append.key.name),
            // A set of names, not a history: the oldest go.
            RESPCommand("ZREMRANGEBYRANK", index, "0", "-10001"),
        ]
        commands.append(RESPCommand("PEXPIREAT", index, String(expiry)))
        // The turns are kept already: an index that could not be written must not make the gateway append them again.
        _ = try? servers.exchange(commands, mayRepeat: true)
    }

    private func read(_ reply: RESPReply, _ key: ConversationKey) throws(StoreError) -> Conversation? {
        if reply == .null { return nil }
        let name = keys.conversation(key)[0]
        guard let parts = reply.elements, parts.count == 3, let head = parts[0].elements, head.count == 5,
            let sequence = head[1].text.flatMap({ Int64($0) }), let created = head[2].text.flatMap({ Int64($0) }),
            let updated = head[3].text.flatMap({ Int64($0) }), let plain = parts[1].elements,
            let system = parts[2].elements
        else { throw errors.corrupt(key: name, "no conversation") }
        var turns: [(sequence: Int64, turn: ConversationTurn)] = []
        for element in plain + system {
            guard let turn = element.bytes.flatMap(Self.turn) else { throw errors.corrupt(key: name, "a turn") }
            turns.append(turn)
        }
        return Conversation(
            key: key, user: head[0].text, turns: turns.sorted { $0.sequence < $1.sequence }.map(\.turn),
            sequence: sequence, created: Timestamp(milliseconds: created), updated: Timestamp(milliseconds: updated),
            expires: head[4].text.flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) })
    }

    /// `sequence,bytes,tokens,at,JSON`.
    private static func turn(_ bytes: [UInt8]) -> (sequence: Int64, turn: ConversationTurn)? {
        let pieces = bytes.split(separator: UInt8(ascii: ","), maxSplits: 4, omittingEmptySubsequences: false)
        guard pieces.count == 5, let sequence = Int64(String(decoding: pieces[0], as: UTF8.self)),
            let at = Int64(String(decoding: pieces[3], as: UTF8.self)), let message = ChatMessage(stored: pieces[4])
        else { return nil }
        return (sequence, ConversationTurn(message: message, at: Timestamp(milliseconds: at)))
    }
}

extension RedisKeys {
    /// `deja:{ns/c/TENANT/CONV}:h`, `:m` and `:s`: a conversation's hash, its turns, its system turns.
    func conversation(_ key: ConversationKey) -> [String] {
        let base = "\(prefix):{\(Self.escaped(key.namespace))/c/\(Self.owner(key.tenant))/\(Self.escaped(key.name))}:"
        return [base + "h", base + "m", base + "s"]
    }

    /// `deja:{ns/cu/TENANT/USER}`: the names of a user's conversations by the time of the last append.
    func conversations(ofUser user: String, namespace: String, tenant: String?) -> String {
        "\(prefix):{\(Self.escaped(namespace))/cu/\(Self.owner(tenant))/\(Self.escaped(user))}"
    }

    /// Nothing for no tenant, `=` and the name for one.
    private static func owner(_ tenant: String?) -> String { tenant.map { "=" + escaped($0) } ?? "" }
}
