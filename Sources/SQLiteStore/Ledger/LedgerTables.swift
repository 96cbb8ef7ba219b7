import CacheModel

/// The ledger's statements.
///
/// Rows of hours that are still being added to lie in `ledger` and `ledger_reason`; closed hours, days and months in
/// `ledger_chunk`, a blob each. Names lie in `ledger_key`: an absent one as empty text, a present one behind `=`, so that
/// keys can be unique.
struct LedgerTables {
    let connection: SQLiteConnection

    private static let columns = (0..<32).map { "c\($0)" }

    private static let insertRow = """
        INSERT INTO ledger VALUES (0, ?, ?, \(columns.map { _ in "?" }.joined(separator: ", "))) \
        ON CONFLICT DO UPDATE SET \(columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
        """
    private static let insertReason = """
        INSERT INTO ledger_reason VALUES (0, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count
        """

    // MARK: Adding

    /// Adds a row to its open hour.
    func add(_ row: LedgerRow) throws(StoreError) {
        let key = try number(of: row.key)
        try connection.run(Self.insertRow) { statement in
            statement.bind(1, row.key.hour)
            statement.bind(2, key)
            for index in 0..<32 { statement.bind(Int32(3 + index), row.counts.values[index]) }
        }
        for (reason, count) in row.counts.reasons {
            try connection.run(Self.insertReason) { statement in
                statement.bind(1, row.key.hour)
                statement.bind(2, key)
                statement.bind(3, reason)
                statement.bind(4, count)
            }
        }
    }

    private func number(of key: LedgerKey) throws(StoreError) -> Int64 {
        func bind(_ statement: SQLiteStatement) {
            statement.bind(1, key.namespace)
            statement.bind(2, Self.optional(key.model))
            statement.bind(3, Self.optional(key.user))
            statement.bind(4, Self.optional(key.provider))
            statement.bind(5, Self.tags(key.tags))
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

    // MARK: Reading

    /// The sums that `query` asks for. The caller holds a transaction, so that all is of one moment.
    func rows(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] {
        var sums = LedgerSums(query)
        try connection.query("SELECT id, namespace, provider, model, user, tags FROM ledger_key") {
            row throws(StoreError) in
            sums.name(
                row.integer(0),
                LedgerKey(
                    hour: 0, namespace: row.text(1) ?? "", provider: Self.present(row.text(2)),
                    model: Self.present(row.text(3)), user: Self.present(row.text(4)),
                    tags: Self.tags(row.text(5) ?? "")))
            return true
        }
        try addOpenHours(query, to: &sums)
        try connection.query(
            "SELECT start, rows FROM ledger_chunk WHERE start >= ? AND start < ?",
            { statement in
                statement.bind(1, query.since)
                statement.bind(2, query.until)
            }
        ) { row throws(StoreError) in
            let numbers: [Int]
            var counted: [(number: Int, count: Int64)] = []
            var isWhole = false
            // Reasons have numbers of the whole query's; a chunk has places of its own.
            let bytes = row.bytes(1)
            guard let names = LedgerChunk.reasons(bytes) else { throw Self.damaged(row.integer(0)) }
            numbers = sums.numbers(of: names)
            sums.add(hour: row.integer(0)) { add in
                isWhole = LedgerChunk.read(bytes) { row in
                    counted.removeAll(keepingCapacity: true)
                    for (place, count) in row.reasons { counted.append((numbers[place], count)) }
                    add(row.key, row.values, counted)
                }
            }
            guard isWhole else { throw Self.damaged(row.integer(0)) }
            return true
        }
        return sums.rows
    }

    private func addOpenHours(_ query: LedgerQuery, to sums: inout LedgerSums) throws(StoreError) {
        let bind = { (statement: SQLiteStatement) in
            statement.bind(1, query.since)
            statement.bind(2, query.until)
        }
        try connection.query("SELECT * FROM ledger WHERE start >= ? AND start < ?", bind) { row throws(StoreError) in
            sums.add(hour: row.integer(1)) { $0(row.integer(2), Self.values(row), []) }
            return true
        }
        try connection.query(
            "SELECT start, key, reason, count FROM ledger_reason WHERE start >= ? AND start < ?", bind
        ) { row throws(StoreError) in
            let number = sums.numbers(of: [row.text(2) ?? ""])[0]
            sums.add(hour: row.integer(0)) { $0(row.integer(1), SIMD32<Int64>(), [(number, row.integer(3))]) }
            return true
        }
    }

    private static func values(_ row: SQLiteStatement) -> SIMD32<Int64> {
        var values = SIMD32<Int64>()
        for index in 0..<32 { values[index] = row.integer(Int32(3 + index)) }
        return values
    }

    // MARK: Rolling up

    /// The hours before `hour` that rows lie in, oldest first.
    func closedHours(before hour: Int64) throws(StoreError) -> [Int64] {
        var hours: [Int64] = []
        try connection.query(
            "SELECT DISTINCT start FROM ledger WHERE start < ? ORDER BY start", { $0.bind(1, hour) }
        ) { row throws(StoreError) in
            hours.append(row.integer(0))
            return true
        }
        return hours
    }

    /// Puts the rows of an hour into a chunk.
    func close(hour: Int64) throws(StoreError) {
        var rows: [Int64: LedgerCounts] = [:]
        let bind = { (statement: SQLiteStatement) in statement.bind(1, hour) }
        try connection.query("SELECT * FROM ledger WHERE start = ?", bind) { row throws(StoreError) in
            rows[row.integer(2), default: LedgerCounts()].values &+= Self.values(row)
            return true
        }
        try connection.query("SELECT key, reason, count FROM ledger_reason WHERE start = ?", bind) {
            row throws(StoreError) in
            rows[row.integer(0), default: LedgerCounts()].reasons[row.text(1) ?? "", default: 0] += row.integer(2)
            return true
        }
        try merge(rows, into: .hour, start: hour)
        for table in ["ledger", "ledger_reason"] { try connection.run("DELETE FROM \(table) WHERE start = ?", bind) }
    }

    /// How long a chunk's time is; the raw values are what the table says.
    enum Span: Int64 { case hour = 0, day, month }

    /// When the chunks of `span` begin that begin before `hour`, oldest first.
    func chunks(of span: Span, before hour: Int64) throws(StoreError) -> [Int64] {
        var starts: [Int64] = []
        try connection.query(
            "SELECT start FROM ledger_chunk WHERE span = ? AND start < ? ORDER BY start",
            { statement in
                statement.bind(1, span.rawValue)
                statement.bind(2, hour)
            }
        ) { row throws(StoreError) in
            starts.append(row.integer(0))
            return true
        }
        return starts
    }

    /// Adds chunks to one of a longer span, in whose place they go.
    func rollUp(_ starts: [Int64], of span: Span, into longer: Span, start: Int64) throws(StoreError) {
        var rows: [Int64: LedgerCounts] = [:]
        for start in starts {
            try read(span, start, adding: &rows)
            try remove(span, start)
        }
        try merge(rows, into: longer, start: start)
    }

    /// Drops the months before `hour`.
    func dropMonths(before hour: Int64) throws(StoreError) {
        for start in try chunks(of: .month, before: hour) { try remove(.month, start) }
    }

    private func merge(_ rows: [Int64: LedgerCounts], into span: Span, start: Int64) throws(StoreError) {
        var rows = rows
        try read(span, start, adding: &rows)
        let bytes = LedgerChunk.encode(rows)
        try connection.run("INSERT OR REPLACE INTO ledger_chunk VALUES (?, ?, ?)") { statement in
            statement.bind(1, span.rawValue)
            statement.bind(2, start)
            statement.bind(3, blob: bytes)
        }
    }

    private func read(_ span: Span, _ start: Int64, adding rows: inout [Int64: LedgerCounts]) throws(StoreError) {
        var isWhole = true
        try connection.query(
            "SELECT rows FROM ledger_chunk WHERE span = ? AND start = ?",
            { statement in
                statement.bind(1, span.rawValue)
                statement.bind(2, start)
            }
        ) { row throws(StoreError) in
            let bytes = row.bytes(0)
            let names = LedgerChunk.reasons(bytes) ?? []
            isWhole = LedgerChunk.read(bytes) { row in
                rows[row.key, default: LedgerCounts()].values &+= row.values
                for (place, count) in row.reasons { rows[row.key]!.reasons[names[place], default: 0] += count }
            }
            return false
        }
        guard isWhole else { throw Self.damaged(start) }
    }

    private func remove(_ span: Span, _ start: Int64) throws(StoreError) {
        try connection.run("DELETE FROM ledger_chunk WHERE span = ? AND start = ?") { statement in
            statement.bind(1, span.rawValue)
            statement.bind(2, start)
        }
    }

    private static func damaged(_ start: Int64) -> StoreError {
        StoreError(.corrupt, "the ledger's rows of hour \(start) are damaged")
    }

    // MARK: Names

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
