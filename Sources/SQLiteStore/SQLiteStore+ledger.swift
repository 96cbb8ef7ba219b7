import CacheModel

/// The ledger in tables `ledger` (a row a time span and key), `ledger_reason`, `ledger_key` and `ledger_batch`.
extension SQLiteStore: LedgerStore {
    public func add(_ batch: LedgerBatch) throws(StoreError) {
        let now = clock.now().milliseconds
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                let isNew = try connection.run("INSERT OR IGNORE INTO ledger_batch VALUES (?, ?)") { statement in
                    statement.bind(1, blob: batch.id)
                    statement.bind(2, now)
                }
                if isNew == 0 { return }
                for row in batch.rows { try LedgerSQL.add(row, connection) }
            }
        }
    }

    /// Sums in SQL; what is left to do here is a row a group.
    public func ledger(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] {
        try withReader { connection throws(StoreError) in
            // One transaction, so that counts and reasons are of one moment.
            try connection.execute("BEGIN")
            defer { try? connection.execute("COMMIT") }
            return try LedgerSQL.rows(query, connection)
        }
    }

    public func compactLedger(now: Int64, retention: LedgerRetention) throws(StoreError) {
        let day = now - retention.hourly
        let month = now - retention.daily
        let steps: [(from: Int, start: String, before: Int64)] = [
            (0, "start - start % 24", day - day % 24),
            (1, "strftime('%s', start * 3600, 'unixepoch', 'start of month') / 3600", month - month % 24),
        ]
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                for step in steps {
                    try LedgerSQL.rollUp(step.from, start: step.start, before: step.before, connection)
                }
                for table in ["ledger", "ledger_reason"] {
                    try connection.run("DELETE FROM \(table) WHERE span = 2 AND start < ?") {
                        $0.bind(1, now - retention.monthly)
                    }
                }
                // A batch is tried again for as long as its spool file lies there: months, at worst.
                try connection.run("DELETE FROM ledger_batch WHERE at < ?") {
                    $0.bind(1, (now - 366 * 24) * 3_600_000)
                }
            }
        }
    }
}

/// The ledger's statements. An absent name is kept as empty text, a present one behind `=`, so that keys can be unique.
private enum LedgerSQL {
    static let columns = (0..<32).map { "c\($0)" }
    private static let names = columns.joined(separator: ", ")

    private static let insertRow = """
        INSERT INTO ledger VALUES (0, ?, ?, \(columns.map { _ in "?" }.joined(separator: ", "))) \
        ON CONFLICT DO UPDATE SET \(columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
        """
    private static let insertReason = """
        INSERT INTO ledger_reason VALUES (0, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count
        """

    static func add(_ row: LedgerRow, _ connection: SQLiteConnection) throws(StoreError) {
        let key = try self.key(row.key, connection)
        try connection.run(insertRow) { statement in
            statement.bind(1, row.key.hour)
            statement.bind(2, key)
            for index in 0..<32 { statement.bind(Int32(3 + index), row.counts.values[index]) }
        }
        for (reason, count) in row.counts.reasons {
            try connection.run(insertReason) { statement in
                statement.bind(1, row.key.hour)
                statement.bind(2, key)
                statement.bind(3, reason)
                statement.bind(4, count)
            }
        }
    }

    private static func key(_ key: LedgerKey, _ connection: SQLiteConnection) throws(StoreError) -> Int64 {
        func bind(_ statement: SQLiteStatement) {
            statement.bind(1, key.namespace)
            statement.bind(2, optional(key.model))
            statement.bind(3, optional(key.user))
            statement.bind(4, optional(key.provider))
            statement.bind(5, tags(key.tags))
        }
        for _ in 0..<2 {
            var found: Int64?
            try connection.query(
                """
                SELECT id FROM ledger_key \
                WHERE namespace = ? AND model = ? AND user = ? AND provider = ? AND tags = ?
                """, bind
            ) { row throws(StoreError) in
                found = row.integer(0)
                return false
            }
            if let found { return found }
            try connection.run(
                "INSERT INTO ledger_key (namespace, model, user, provider, tags) VALUES (?, ?, ?, ?, ?)", bind)
        }
        throw StoreError(.failed, "a row of the ledger could not be named")
    }

    static func rows(_ query: LedgerQuery, _ connection: SQLiteConnection) throws(StoreError) -> [LedgerRow] {
        let groups = self.groups(query)
        // Joined to their names only once they are few: first summed up by key.
        let inner = { (table: String, sums: String, more: String) in
            """
            SELECT \(groups.time) AS time, key\(more), \(sums) FROM \(table) WHERE span IN (0, 1, 2) \
            AND start >= ? AND start < ? GROUP BY 1, 2\(more.isEmpty ? "" : ", 3")
            """
        }
        let sums = columns.map { "sum(\($0)) AS \($0)" }.joined(separator: ", ")
        let filter = query.namespace == nil ? "" : "WHERE namespace = ?"
        let outer = "time, \(groups.names.joined(separator: ", "))"
        let bind = { (statement: SQLiteStatement) in
            statement.bind(1, query.since)
            statement.bind(2, query.until)
            if let namespace = query.namespace { statement.bind(3, namespace) }
        }
        var rows: [LedgerKey: LedgerCounts] = [:]
        try connection.query(
            """
            SELECT \(outer), \(sums) FROM (\(inner("ledger", sums, ""))) \
            JOIN ledger_key ON ledger_key.id = key \(filter) GROUP BY 1, 2, 3, 4, 5, 6
            """, bind
        ) { row throws(StoreError) in
            var counts = LedgerCounts()
            for index in 0..<32 { counts.values[index] = row.integer(Int32(6 + index)) }
            rows[key(row)] = counts
            return true
        }
        try connection.query(
            """
            SELECT \(outer), reason, sum(count) FROM (\(inner("ledger_reason", "sum(count) AS count", ", reason"))) \
            JOIN ledger_key ON ledger_key.id = key \(filter) GROUP BY 1, 2, 3, 4, 5, 6, 7
            """, bind
        ) { row throws(StoreError) in
            rows[key(row)]?.reasons[row.text(6) ?? "", default: 0] += row.integer(7)
            return true
        }
        return rows.map { LedgerRow(key: $0.key, counts: $0.value) }
    }

    private static func groups(_ query: LedgerQuery) -> (time: String, names: [String]) {
        let wanted = query.dimensions
        let time =
            wanted.contains(.hour)
            ? "start" : wanted.contains(.day) || wanted.contains(.month) ? "start - start % 24" : "0"
        let names: [(LedgerDimension, String)] = [
            (.namespace, "namespace"), (.provider, "provider"), (.model, "model"), (.user, "user"), (.tag, "tags"),
        ]
        return (time, names.map { wanted.contains($0.0) ? $0.1 : "''" })
    }

    private static func key(_ row: SQLiteStatement) -> LedgerKey {
        LedgerKey(
            hour: row.integer(0), namespace: row.text(1) ?? "", provider: present(row.text(2)),
            model: present(row.text(3)), user: present(row.text(4)), tags: tags(row.text(5) ?? ""))
    }

    /// Adds rows of one span to those of the next.
    static func rollUp(
        _ span: Int, start: String, before: Int64, _ connection: SQLiteConnection
    ) throws(StoreError) {
        let updates = columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        try connection.run(
            """
            INSERT INTO ledger SELECT \(span + 1), \(start), key, \(columns.map { "sum(\($0))" }.joined(separator: ", ")) \
            FROM ledger WHERE span = \(span) AND start < ? GROUP BY 2, 3 ON CONFLICT DO UPDATE SET \(updates)
            """
        ) { $0.bind(1, before) }
        try connection.run(
            """
            INSERT INTO ledger_reason SELECT \(span + 1), \(start), key, reason, sum(count) FROM ledger_reason \
            WHERE span = \(span) AND start < ? GROUP BY 2, 3, 4 ON CONFLICT DO UPDATE SET count = count + excluded.count
            """
        ) { $0.bind(1, before) }
        for table in ["ledger", "ledger_reason"] {
            try connection.run("DELETE FROM \(table) WHERE span = \(span) AND start < ?") { $0.bind(1, before) }
        }
    }

    private static func optional(_ name: String?) -> String { name.map { "=" + $0 } ?? "" }
    private static func present(_ text: String?) -> String? {
        guard let text, text.hasPrefix("=") else { return nil }
        return String(text.dropFirst())
    }

    /// A JSON array, or nothing.
    private static func tags(_ tags: [String]) -> String {
        tags.isEmpty ? "" : RawJSON(.array(tags.map { .string($0) })).text
    }
    private static func tags(_ text: String) -> [String] {
        text.isEmpty ? [] : (try? JSONValue(parsing: text).array?.compactMap(\.string)) ?? []
    }
}
