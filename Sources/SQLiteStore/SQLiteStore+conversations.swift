import CacheModel

/// Conversations in tables `conversation` and `turn`.
extension SQLiteStore: ConversationStore {
    public var sharesConversations: Bool { isShared }

    public func append(_ append: ConversationAppend) throws(StoreError) -> Conversation? {
        let encoded = append.turns.map { $0.message.stored.bytes }
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                var book = try ConversationRow.find(append.key, connection, now: append.now)
                if book == nil {
                    if append.turns.isEmpty { return nil }
                    try remove(append.key, connection)
                    book = try ConversationRow.insert(append, connection)
                }
                guard var row = book else { return nil }
                for (turn, bytes) in zip(append.turns, encoded) { try row.add(turn, bytes, connection) }
                try row.trim(to: append.limits, connection)
                if !append.turns.isEmpty { (row.updated, row.expires) = (append.now, append.expires) }
                try row.write(connection)
                return try read(row, append.key, connection)
            }
        }
    }

    public func conversation(_ key: ConversationKey) throws(StoreError) -> Conversation? {
        let now = clock.now()
        return try withReader { connection throws(StoreError) in
            // One transaction, so that the turns are those of the row.
            try connection.execute("BEGIN")
            defer { try? connection.execute("COMMIT") }
            guard let row = try ConversationRow.find(key, connection, now: now) else { return nil }
            return try read(row, key, connection)
        }
    }

    public func removeConversation(_ key: ConversationKey) throws(StoreError) -> Bool {
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                let isThere = try ConversationRow.find(key, connection, now: now) != nil
                try remove(key, connection)
                return isThere
            }
        }
    }

    public func conversations(ofUser user: String, namespace: String, tenant: String?, limit: Int) throws(StoreError)
        -> [ConversationSummary]
    {
        let now = clock.now().milliseconds
        let sql = """
            SELECT name, messages, updated FROM conversation \
            WHERE user = ? AND namespace = ? AND tenant IS ? AND (expires IS NULL OR expires > ?) \
            ORDER BY updated DESC, row DESC LIMIT ?
            """
        return try withReader { connection throws(StoreError) in
            var found: [ConversationSummary] = []
            try connection.query(
                sql,
                { statement in
                    statement.bind(1, user)
                    statement.bind(2, namespace)
                    statement.bind(3, tenant)
                    statement.bind(4, now)
                    statement.bind(5, Int64(max(0, limit)))
                }
            ) { row throws(StoreError) in
                found.append(
                    ConversationSummary(
                        name: row.text(0) ?? "", messages: Int(row.integer(1)),
                        updated: Timestamp(milliseconds: row.integer(2))))
                return true
            }
            return found
        }
    }

    @discardableResult
    public func removeExpiredConversations(now: Timestamp) throws(StoreError) -> Int {
        try withWriter { connection throws(StoreError) in
            try connection.run("DELETE FROM conversation WHERE expires <= ?") { $0.bind(1, now.milliseconds) }
        }
    }

    public func rewrite(_ conversation: Conversation) throws(StoreError) -> Bool {
        let encoded = conversation.turns.map { $0.message.stored.bytes }
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                guard var row = try ConversationRow.find(conversation.key, connection, now: now),
                    row.sequence == conversation.sequence, row.messages == Int64(encoded.count)
                else { return false }
                try row.rewrite(conversation.turns, encoded, connection)
                try row.write(connection)
                return true
            }
        }
    }

    private func remove(_ key: ConversationKey, _ connection: SQLiteConnection) throws(StoreError) {
        try connection.run("DELETE FROM conversation WHERE name = ? AND namespace = ? AND tenant IS ?") { statement in
            statement.bind(1, key.name)
            statement.bind(2, key.namespace)
            statement.bind(3, key.tenant)
        }
    }

    private func read(_ row: ConversationRow, _ key: ConversationKey, _ connection: SQLiteConnection)
        throws(StoreError) -> Conversation
    {
        var turns: [ConversationTurn] = []
        try connection.query(
            "SELECT at, content FROM turn WHERE conversation = ? ORDER BY sequence", { $0.bind(1, row.row) }
        ) { found throws(StoreError) in
            guard let message = ChatMessage(stored: found.bytes(1)) else {
                throw errors.corrupt(row: row.row, "a turn of this conversation")
            }
            turns.append(ConversationTurn(message: message, at: Timestamp(milliseconds: found.integer(0))))
            return true
        }
        return Conversation(
            key: key, user: row.user, turns: turns, sequence: row.sequence, created: row.created,
            updated: row.updated, expires: row.expires)
    }
}

/// A row of table `conversation`, with the sums over its turns that the limits are checked by.
private struct ConversationRow {
    var row: Int64
    var user: String?
    var sequence: Int64
    var messages: Int64
    var bytes: Int64
    var tokens: Int64
    var created: Timestamp
    var updated: Timestamp
    var expires: Timestamp?

    /// The live conversation of a key.
    static func find(_ key: ConversationKey, _ connection: SQLiteConnection, now: Timestamp) throws(StoreError) -> Self?
    {
        let sql = """
            SELECT row, user, sequence, messages, bytes, tokens, created, updated, expires FROM conversation \
            WHERE name = ? AND namespace = ? AND tenant IS ? AND (expires IS NULL OR expires > ?)
            """
        var found: Self?
        try connection.query(
            sql,
            { statement in
                statement.bind(1, key.name)
                statement.bind(2, key.namespace)
                statement.bind(3, key.tenant)
                statement.bind(4, now.milliseconds)
            }
        ) { row throws(StoreError) in
            found = Self(
                row: row.integer(0), user: row.text(1), sequence: row.integer(2), messages: row.integer(3),
                bytes: row.integer(4), tokens: row.integer(5), created: Timestamp(milliseconds: row.integer(6)),
                updated: Timestamp(milliseconds: row.integer(7)),
                expires: row.optionalInteger(8).map { Timestamp(milliseconds: $0) })
            return false
        }
        return found
    }

    /// A fresh conversation without turns.
    static func insert(_ append: ConversationAppend, _ connection: SQLiteConnection) throws(StoreError) -> Self? {
        try connection.run("INSERT INTO conversation VALUES (NULL, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?)") { statement in
            statement.bind(1, append.key.namespace)
            statement.bind(2, append.key.tenant)
            statement.bind(3, append.key.name)
            statement.bind(4, append.user)
            statement.bind(5, append.now.milliseconds)
            statement.bind(6, append.now.milliseconds)
            statement.bind(7, append.expires?.milliseconds)
        }
        guard let row = try connection.integer("SELECT last_insert_rowid()") else { return nil }
        return Self(
            row: row, user: append.user, sequence: 0, messages: 0, bytes: 0, tokens: 0, created: append.now,
            updated: append.now, expires: append.expires)
    }

    mutating func add(_ turn: ConversationTurn, _ content: [UInt8], _ connection: SQLiteConnection) throws(StoreError) {
        sequence += 1
        messages += 1
        bytes += Int64(content.count)
        tokens += Int64(turn.estimatedTokens)
        let (row, sequence) = (row, sequence)
        try connection.run("INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?)") { statement in
            statement.bind(1, row)
            statement.bind(2, sequence)
            statement.bind(3, turn.at.milliseconds)
            statement.bind(4, Int64(turn.isSystem ? 1 : 0))
            statement.bind(5, Int64(content.count))
            statement.bind(6, Int64(turn.estimatedTokens))
            statement.bind(7, blob: content)
        }
    }

    /// Puts other messages in place of the turns', oldest first.
    mutating func rewrite(_ turns: [ConversationTurn], _ contents: [[UInt8]], _ connection: SQLiteConnection)
        throws(StoreError)
    {
        let row = row
        var sequences: [Int64] = []
        try connection.query(
            "SELECT sequence FROM turn WHERE conversation = ? ORDER BY sequence", { $0.bind(1, row) }
        ) { found throws(StoreError) in
            sequences.append(found.integer(0))
            return true
        }
        (bytes, tokens) = (0, 0)
        for (index, sequence) in sequences.enumerated() where index < turns.count {
            let (turn, content) = (turns[index], contents[index])
            bytes += Int64(content.count)
            tokens += Int64(turn.estimatedTokens)
            try connection.run(
                "UPDATE turn SET bytes = ?, tokens = ?, content = ? WHERE conversation = ? AND sequence = ?"
            ) { statement in
                statement.bind(1, Int64(content.count))
                statement.bind(2, Int64(turn.estimatedTokens))
                statement.bind(3, blob: content)
                statement.bind(4, row)
                statement.bind(5, sequence)
            }
        }
    }

    /// Removes the oldest turns until the limits hold; system turns last, the newest turn never.
    mutating func trim(to limits: ConversationLimits, _ connection: SQLiteConnection) throws(StoreError) {
        while messages > 1, messages > limits.messages || bytes > limits.bytes || tokens > limits.tokens {
            var oldest: (sequence: Int64, bytes: Int64, tokens: Int64)?
            let (row, newest) = (row, sequence)
            try connection.query(
                """
                SELECT sequence, bytes, tokens FROM turn WHERE conversation = ? AND sequence < ? \
                ORDER BY is_system, sequence LIMIT 1
                """,
                { statement in
                    statement.bind(1, row)
                    statement.bind(2, newest)
                }
            ) { found throws(StoreError) in
                oldest = (found.integer(0), found.integer(1), found.integer(2))
                return false
            }
            guard let oldest else { return }
            try connection.run("DELETE FROM turn WHERE conversation = ? AND sequence = ?") { statement in
                statement.bind(1, row)
                statement.bind(2, oldest.sequence)
            }
            messages -= 1
            bytes -= oldest.bytes
            tokens -= oldest.tokens
        }
    }

    func write(_ connection: SQLiteConnection) throws(StoreError) {
        try connection.run(
            """
            UPDATE conversation SET sequence = ?, messages = ?, bytes = ?, tokens = ?, updated = ?, expires = ? \
            WHERE row = ?
            """
        ) { statement in
            statement.bind(1, sequence)
            statement.bind(2, messages)
            statement.bind(3, bytes)
            statement.bind(4, tokens)
            statement.bind(5, updated.milliseconds)
            statement.bind(6, expires?.milliseconds)
            statement.bind(7, row)
        }
    }
}
