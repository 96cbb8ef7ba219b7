import CacheModel

/// Names are in the keys, so that a scan of the keys tells them.
extension RedisStore: StoreInventory {
    public func scanValues(_ body: ([ValueKey]) throws(StoreError) -> Void) throws(StoreError) {
        try scanKeys(like: "\(keys.prefix):{*/k/*}:v:*", count: 500, where: { _ in true }) { found throws(StoreError) in
            try body(found.compactMap(keys.valueKey))
            return true
        }
    }

    public func scanConversations(_ body: ([ConversationKey]) throws(StoreError) -> Void) throws(StoreError) {
        try scanKeys(like: "\(keys.prefix):{*/c/*}:h", count: 500, where: { _ in true }) { found throws(StoreError) in
            try body(found.compactMap(keys.conversationKey))
            return true
        }
    }

    public func rewrite(_ conversation: Conversation) throws(StoreError) -> Bool {
        var arguments = ScriptArguments()
        arguments.keys = keys.conversation(conversation.key)
        arguments.values.append(conversation.sequence)
        for turn in conversation.turns {
            let content = turn.message.stored.bytes
            arguments.values.append(turn.isSystem ? "1" : "0")
            arguments.values.append(content.count)
            arguments.values.append(turn.estimatedTokens)
            arguments.values.append(content)
        }
        let reply = try run(.conversationRewrite, [arguments], mayRepeat: true)[0]
        return try checked(reply, key: arguments.keys[0]).integer == 1
    }
}

extension RedisKeys {
    /// Whose value's key it is, `deja:{ns/k/S}:v:NAME`; `nil` for a key of another shape.
    func valueKey(_ key: String) -> ValueKey? {
        guard let (tag, rest) = parts(of: key), tag.count == 3, tag[1] == "k", rest.hasPrefix(":v:"),
            let namespace = Self.unescaped(tag[0]), let name = Self.unescapedBytes(rest.dropFirst(3))
        else { return nil }
        return ValueKey(namespace: namespace, name: name)
    }

    /// Which conversation's hash it is, `deja:{ns/c/TENANT/CONV}:h`; `nil` for a key of another shape.
    func conversationKey(_ key: String) -> ConversationKey? {
        guard let (tag, rest) = parts(of: key), tag.count == 4, tag[1] == "c", rest == ":h",
            let namespace = Self.unescaped(tag[0]), let name = Self.unescaped(tag[3])
        else { return nil }
        if tag[2].isEmpty { return ConversationKey(namespace: namespace, name: name) }
        guard tag[2].hasPrefix("="), let tenant = Self.unescaped(tag[2].dropFirst()) else { return nil }
        return ConversationKey(namespace: namespace, tenant: tenant, name: name)
    }

    /// What stands between the slashes of a key's hash tag, and what stands behind the tag.
    private func parts(of key: String) -> (tag: [Substring], rest: Substring)? {
        let start = "\(prefix):{"
        guard key.hasPrefix(start), let end = key.firstIndex(of: "}") else { return nil }
        let tag = key[..<end].dropFirst(start.count).split(separator: "/", omittingEmptySubsequences: false)
        return (tag, key[key.index(after: end)...])
    }
}
