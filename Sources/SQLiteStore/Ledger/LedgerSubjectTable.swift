import CacheModel

/// The prompts that the ledger keeps sums of: `ledger_subject`, a row a day, namespace, kind and digest.
struct LedgerSubjectTable {
    let connection: SQLiteConnection

    /// How many of a day's subjects of one namespace and kind are kept once the day is over.
    private static let keptPerDay = 200

    /// Adds a row.
    func add(_ row: LedgerSubjectRow) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO ledger_subject VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \
            entry = max(entry, excluded.entry), count = count + excluded.count, nano = nano + excluded.nano
            """
        ) { statement in
            statement.bind(1, row.day)
            statement.bind(2, Int64(row.subject.kind.rawValue))
            statement.bind(3, row.namespace)
            statement.bind(4, Int64(bitPattern: row.subject.digest))
            statement.bind(5, blob: Self.bytes(row.subject.entry))
            statement.bind(6, row.count)
            statement.bind(7, row.nano)
        }
    }

    /// The weightiest sums over the days of `query`.
    func rows(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow] {
        let filter = query.namespace == nil ? "" : "AND namespace = ?5"
        var rows: [LedgerSubjectRow] = []
        try connection.query(
            """
            SELECT namespace, digest, max(entry), sum(count), sum(nano) FROM ledger_subject \
            WHERE kind = ?1 AND day >= ?2 AND day < ?3 \(filter) GROUP BY 1, 2 \
            ORDER BY 5 DESC, 4 DESC, 2 LIMIT ?4
            """,
            { statement in
                statement.bind(1, Int64(query.kind.rawValue))
                statement.bind(2, query.days.lowerBound)
                statement.bind(3, query.days.upperBound)
                statement.bind(4, Int64(query.limit))
                if let namespace = query.namespace { statement.bind(5, namespace) }
            }
        ) { row throws(StoreError) in
            guard let entry = Self.entry(row.bytes(2)) else { return true }
            rows.append(
                LedgerSubjectRow(
                    day: query.days.lowerBound, namespace: row.text(0) ?? "",
                    subject: LedgerSubject(
                        kind: query.kind, digest: UInt64(bitPattern: row.integer(1)), entry: entry),
                    count: row.integer(3), nano: row.integer(4)))
            return true
        }
        return rows
    }

    /// Of days that are over only the weightiest stay; days as old as months of rows go.
    func compact(today: Int64, retention: LedgerRetention) throws(StoreError) {
        try connection.run("DELETE FROM ledger_subject WHERE day < ?") { $0.bind(1, today - retention.daily / 24) }
        try connection.run(
            """
            DELETE FROM ledger_subject WHERE (day, kind, namespace, digest) IN (\
            SELECT day, kind, namespace, digest FROM (SELECT day, kind, namespace, digest, row_number() OVER (\
            PARTITION BY day, kind, namespace ORDER BY nano DESC, count DESC, digest) AS place \
            FROM ledger_subject WHERE day < ?1 AND day >= ?1 - 2) WHERE place > \(Self.keptPerDay))
            """
        ) { $0.bind(1, today) }
    }

    private static func bytes(_ id: EntryID) -> [UInt8] {
        [id.high, id.low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    private static func entry(_ bytes: UnsafeRawBufferPointer) -> EntryID? {
        guard bytes.count == 16 else { return nil }
        func word(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return EntryID(high: word(0), low: word(8))
    }
}
