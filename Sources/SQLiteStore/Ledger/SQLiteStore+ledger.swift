import CacheModel

/// The ledger: `LedgerTables` holds its rows, `LedgerSubjectTable` its subjects, `ledger_batch` the names of what was
/// added.
extension SQLiteStore: LedgerStore {
    /// Hours that are not closed yet: the present one and the one before, which late batches still add to.
    private static let openHours: Int64 = 1

    public func add(_ batch: LedgerBatch) throws(StoreError) {
        let now = clock.now().milliseconds
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                let isNew = try connection.run("INSERT OR IGNORE INTO ledger_batch VALUES (?, ?)") { statement in
                    statement.bind(1, blob: batch.id)
                    statement.bind(2, now)
                }
                if isNew == 0 { return }
                let tables = LedgerTables(connection: connection)
                for row in batch.rows { try tables.add(row) }
                let subjects = LedgerSubjectTable(connection: connection)
                for row in batch.subjects { try subjects.add(row) }
            }
        }
    }

    public func ledger(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] {
        try reading { connection throws(StoreError) in try LedgerTables(connection: connection).rows(query) }
    }

    public func subjects(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow] {
        try withReader { connection throws(StoreError) in
            try LedgerSubjectTable(connection: connection).rows(query)
        }
    }

    /// In small transactions, so that others write in between.
    public func compactLedger(now: Int64, retention: LedgerRetention) throws(StoreError) {
        func inTransaction(_ body: (LedgerTables) throws(StoreError) -> Void) throws(StoreError) {
            try withWriter { connection throws(StoreError) in
                try connection.transaction { () throws(StoreError) in try body(LedgerTables(connection: connection)) }
            }
        }
        func read(_ body: (LedgerTables) throws(StoreError) -> [Int64]) throws(StoreError) -> [Int64] {
            try withReader { connection throws(StoreError) in try body(LedgerTables(connection: connection)) }
        }
        for hour in try read({ tables throws(StoreError) in try tables.closedHours(before: now - Self.openHours) }) {
            try inTransaction { tables throws(StoreError) in try tables.close(hour: hour) }
        }
        let steps: [(from: LedgerTables.Span, to: LedgerTables.Span, period: SpendLimit.Period, before: Int64)] = [
            (.hour, .day, .day, now - retention.hourly), (.day, .month, .month, now - retention.daily),
        ]
        for step in steps {
            let before = SpendLimit.Period.day.hours(around: step.before).lowerBound
            let starts = try read { tables throws(StoreError) in try tables.chunks(of: step.from, before: before) }
            let groups = Dictionary(grouping: starts) { step.period.hours(around: $0).lowerBound }
            for (start, members) in groups.sorted(by: { $0.key < $1.key }) {
                try inTransaction { tables throws(StoreError) in
                    try tables.rollUp(members, of: step.from, into: step.to, start: start)
                }
            }
        }
        try inTransaction { tables throws(StoreError) in
            try tables.dropMonths(before: now - retention.monthly)
            try LedgerSubjectTable(connection: tables.connection).compact(today: now / 24, retention: retention)
            // A batch is tried again for as long as its spool file lies there: months, at worst.
            try tables.connection.run("DELETE FROM ledger_batch WHERE at < ?") {
                $0.bind(1, (now - 366 * 24) * 3_600_000)
            }
        }
    }

    /// Runs `body` on one moment's state of the tables.
    private func reading<Result>(
        _ body: (SQLiteConnection) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try withReader { connection throws(StoreError) in
            try connection.execute("BEGIN")
            defer { try? connection.execute("COMMIT") }
            return try body(connection)
        }
    }
}
