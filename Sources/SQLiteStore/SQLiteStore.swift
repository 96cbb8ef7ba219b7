import CacheModel
import Foundation
import Platform

/// Entries in one SQLite file: the default, which needs no set-up.
///
/// One connection writes, a few read beside it (write-ahead log), each used by one caller at a time. A power cut may
/// lose the last moments' entries, never the file (`synchronous = NORMAL`). The medium is assumed to be a local file
/// system: SQLite's locks do not work over most network ones.
public final class SQLiteStore: EntryStore {
    public let location: String
    public var isShared: Bool { false }

    private let path: String
    private let options: SQLiteOptions
    let clock: any WallClock
    let errors: SQLiteErrors
    let coding: SQLiteEntryCoding
    let report: @Sendable (StoreError) -> Void
    private let writers = CheckoutPool<SQLiteConnection>(capacity: 1)
    /// `nil` in memory, where the writing connection is the only one that sees the database.
    private let readers: CheckoutPool<SQLiteConnection>?

    /// Opens the store, makes the file if there is none, and brings an older one to this version's format.
    ///
    /// - Parameter report: is told of each damaged row that a scan passes over.
    /// - Throws: `.readOnly` or `.unavailable` when the file or its folder cannot be made or opened, `.corrupt` when it
    ///   is damaged or no SQLite database, `.failed` when it is another program's, `.newerVersion`, `.timeout` when
    ///   another process holds its lock.
    public init(
        _ location: SQLiteLocation, options: SQLiteOptions = SQLiteOptions(), clock: any WallClock = SystemClock(),
        report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws(StoreError) {
        self.location = location.description
        self.options = options
        self.clock = clock
        self.report = report
        errors = SQLiteErrors(location: location.description)
        coding = SQLiteEntryCoding(errors: errors)
        switch location {
        case .file(let path):
            self.path = path
            readers = CheckoutPool(capacity: max(1, options.readers))
            try SQLiteFile.prepare(path, errors: errors)
        case .memory:
            path = ":memory:"
            readers = nil
        }
        let writer = try connect(isReadOnly: false)
        try SQLiteSchema.prepare(writer, errors: errors)
        if let bytes = options.maximumBytes {
            let pageBytes = Int(try writer.integer("PRAGMA page_size") ?? 4096)
            try writer.execute("PRAGMA max_page_count = \(max(1, bytes / pageBytes))")
        }
        // The one permission is spent on the connection that just proved itself.
        _ = writers.checkOut(by: Deadline(seconds: 0))
        _ = writers.giveBack(writer)
    }

    deinit { close() }

    // MARK: Writing

    public func put(_ entry: CacheEntry) throws(StoreError) { try put([entry]) }

    /// One transaction: all of `entries` are written, or none.
    public func put(_ entries: [CacheEntry]) throws(StoreError) {
        // Compression takes the time; it needs no connection.
        let responses = entries.map { StoredResponse($0.body.response) }
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                for (entry, response) in zip(entries, responses) {
                    try connection.run(SQLiteEntryCoding.insert) { statement in
                        SQLiteEntryCoding.bind(entry, response: response, to: statement)
                    }
                }
            }
        }
    }

    @discardableResult
    public func remove(_ references: [EntryReference]) throws(StoreError) -> Int {
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                var removed = 0
                for reference in references {
                    removed += try connection.run(
                        "DELETE FROM entry WHERE id = ? AND scope = ? AND namespace = ?"
                    ) { statement in
                        statement.bind(1, blob: SQLiteEntryCoding.bytes(of: reference.id))
                        statement.bind(2, blob: reference.scope.bytes)
                        statement.bind(3, reference.namespace)
                    }
                }
                return removed
            }
        }
    }

    /// Removes in small transactions, so that others write in between; then gives free pages back to the file system.
    @discardableResult
    public func removeExpired(now: Timestamp) throws(StoreError) -> Int {
        let chunk = 500
        var total = 0
        while true {
            let removed = try withWriter { connection throws(StoreError) in
                try connection.run(
                    "DELETE FROM entry WHERE row IN (SELECT row FROM entry WHERE expires <= ? LIMIT \(chunk))"
                ) { $0.bind(1, now.milliseconds) }
            }
            total += removed
            if removed < chunk { break }
        }
        if total > 0 {
            try withWriter { connection throws(StoreError) in
                try connection.query("PRAGMA incremental_vacuum(1000)") { _ throws(StoreError) in true }
            }
        }
        return total
    }

    public func check() throws(StoreError) {
        let now = clock.now().milliseconds
        let found = try withWriter { connection throws(StoreError) in
            try connection.run("INSERT OR REPLACE INTO health VALUES (1, ?)") { $0.bind(1, now) }
            return try connection.integer("SELECT checked FROM health")
        }
        if found != now { throw errors.corrupt("does not return what was written") }
    }

    // MARK: Reading

    public func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? {
        try entry(where: "id = ? AND scope = ? AND namespace = ?") { statement in
            statement.bind(1, blob: SQLiteEntryCoding.bytes(of: reference.id))
            statement.bind(2, blob: reference.scope.bytes)
            statement.bind(3, reference.namespace)
        }
    }

    public func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        try entry(where: "scope = ? AND exact_key = ? AND namespace = ?") { statement in
            statement.bind(1, blob: scope.bytes)
            statement.bind(2, blob: exactKey.bytes)
            statement.bind(3, namespace)
        }
    }

    /// Batches are read one by one in the order of writing and no lock is held while `body` runs, so `body` may use the
    /// store. An entry that is there all the while is seen once; one put meanwhile may be seen. Damaged rows are passed
    /// over and reported.
    public func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        var last = Int64.min
        while true {
            var headers: [EntryHeader] = []
            var damaged: [StoreError] = []
            let start = last
            try withReader { connection throws(StoreError) in
                try readBatch(connection, after: start, limit: batchSize) { row throws(StoreError) in
                    last = row.integer(0)
                    do throws(StoreError) { headers.append(try coding.header(row)) } catch { damaged.append(error) }
                    return true
                }
            }
            damaged.forEach(report)
            if last == start { return }
            if !headers.isEmpty && !body(headers) { return }
        }
    }

    /// Counts by walking an index: some milliseconds for 100,000 entries.
    public func statistics() throws(StoreError) -> StoreStatistics {
        let now = clock.now().milliseconds
        return try withReader { connection throws(StoreError) in
            let all = try connection.integer("SELECT count(*) FROM entry") ?? 0
            var expired: Int64 = 0
            try connection.query("SELECT count(*) FROM entry WHERE expires <= ?", { $0.bind(1, now) }) {
                row throws(StoreError) in
                expired = row.integer(0)
                return false
            }
            let pages = try connection.integer("PRAGMA page_count") ?? 0
            let pageBytes = try connection.integer("PRAGMA page_size") ?? 0
            return StoreStatistics(entries: Int(all - expired), bytes: Int(pages * pageBytes))
        }
    }

    // MARK: Life

    public func close() {
        // Connections close as the last reference goes; the last one writes the journal back into the file.
        _ = readers?.close()
        _ = writers.close()
    }

    private func connect(isReadOnly: Bool) throws(StoreError) -> SQLiteConnection {
        try SQLiteConnection(path: path, isReadOnly: isReadOnly, timeout: options.timeout, errors: errors)
    }

    private func entry(where condition: String, _ bind: (SQLiteStatement) -> Void) throws(StoreError) -> CacheEntry? {
        let now = clock.now()
        let sql = "SELECT \(SQLiteEntryCoding.headerColumns), \(SQLiteEntryCoding.bodyColumns) FROM entry WHERE "
        return try withReader { connection throws(StoreError) in
            var entry: CacheEntry?
            try connection.query(sql + condition, bind) { row throws(StoreError) in
                if let expires = row.optionalInteger(7), expires <= now.milliseconds { return false }
                entry = CacheEntry(header: try coding.header(row), body: try coding.body(row))
                return false
            }
            return entry
        }
    }

    private func readBatch(
        _ connection: SQLiteConnection, after row: Int64, limit: Int,
        _ body: (SQLiteStatement) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let now = clock.now().milliseconds
        let sql = """
            SELECT \(SQLiteEntryCoding.headerColumns) FROM entry \
            WHERE row > ? AND (expires IS NULL OR expires > ?) ORDER BY row LIMIT ?
            """
        try connection.query(
            sql,
            { statement in
                statement.bind(1, row)
                statement.bind(2, now)
                statement.bind(3, Int64(min(max(1, limit), 10_000)))
            }, body)
    }

    func withWriter<Result>(_ body: (SQLiteConnection) throws(StoreError) -> Result) throws(StoreError)
        -> Result
    { try with(writers, isReadOnly: false, body) }

    func withReader<Result>(_ body: (SQLiteConnection) throws(StoreError) -> Result) throws(StoreError)
        -> Result
    { try with(readers ?? writers, isReadOnly: readers != nil, body) }

    private func with<Result>(
        _ pool: CheckoutPool<SQLiteConnection>, isReadOnly: Bool,
        _ body: (SQLiteConnection) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let connection = try checkOut(pool, isReadOnly: isReadOnly)
        defer { _ = pool.giveBack(connection) }
        return try body(connection)
    }

    private func checkOut(_ pool: CheckoutPool<SQLiteConnection>, isReadOnly: Bool) throws(StoreError)
        -> SQLiteConnection
    {
        switch pool.checkOut(by: Deadline(seconds: options.timeout)) {
        case .element(let idle): return idle
        case .permission:
            do throws(StoreError) {
                return try connect(isReadOnly: isReadOnly)
            } catch {
                pool.discard()
                throw error
            }
        case .timeout:
            throw StoreError(.timeout, "\(location): no connection became free in \(options.timeout) s")
        case .closed: throw StoreError(.closed, "\(location) is closed")
        }
    }
}
