import CSQLite
import CacheModel

/// One connection to the database: its prepared statements, its transactions. Used by one caller at a time.
final class SQLiteConnection {
    private var database: OpaquePointer?
    private var statements: [String: OpaquePointer] = [:]
    private let errors: SQLiteErrors

    /// Opens `path` (`:memory:` for memory); locks are waited for `timeout` seconds.
    init(path: String, isReadOnly: Bool, timeout: Double, errors: SQLiteErrors) throws(StoreError) {
        self.errors = errors
        let flags = (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX
        var database: OpaquePointer?
        let code = sqlite3_open_v2(path, &database, flags, nil)
        guard code == SQLITE_OK else {
            let error = errors.error(code, database)
            sqlite3_close_v2(database)
            throw error
        }
        self.database = database
        sqlite3_extended_result_codes(database, 1)
        sqlite3_busy_timeout(database, Int32(clamping: Int(max(0, timeout) * 1000)))
        // A damaged or hostile file cannot make SQLite run what its schema says.
        try execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON")
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(database)
    }

    /// Runs statements without parameters or rows of interest; not cached.
    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw errors.error(code, database) }
    }

    /// Runs one statement to its end and returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ bind: (SQLiteStatement) -> Void = { _ in }) throws(StoreError) -> Int {
        try query(sql, bind) { _ throws(StoreError) in true }
        return Int(sqlite3_changes64(database))
    }

    /// Runs one statement and calls `row` for each of its rows until it returns `false`.
    func query(
        _ sql: String, _ bind: (SQLiteStatement) -> Void = { _ in },
        _ row: (SQLiteStatement) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let statement = SQLiteStatement(handle: try prepared(sql))
        defer {
            sqlite3_reset(statement.handle)
            sqlite3_clear_bindings(statement.handle)
        }
        bind(statement)
        while true {
            let code = sqlite3_step(statement.handle)
            switch code {
            case SQLITE_ROW: if try !row(statement) { return }
            case SQLITE_DONE: return
            default: throw errors.error(code, database)
            }
        }
    }

    /// The one integer that `sql` yields; `nil` when it yields no row.
    func integer(_ sql: String) throws(StoreError) -> Int64? {
        var result: Int64?
        try query(sql) { row throws(StoreError) in
            result = row.integer(0)
            return false
        }
        return result
    }

    /// Runs `body` in one writing transaction: all of it happens, or nothing.
    func transaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(StoreError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // Some errors (a full disk, say) have already ended the transaction.
            if sqlite3_get_autocommit(database) == 0 { sqlite3_exec(database, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw errors.error(code, database) }
        statements[sql] = statement
        return statement
    }
}
