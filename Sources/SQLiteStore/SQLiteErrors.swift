import CSQLite
import CacheModel
import Foundation

/// Says in the store's words what went wrong in SQLite or with its file.
struct SQLiteErrors: Sendable {
    /// The store's location, named in every message.
    let location: String

    /// The error for the result `code` of a call on `database` (`nil` when it could not even be opened).
    func error(_ code: Int32, _ database: OpaquePointer?) -> StoreError {
        let cause = "SQLite \(code): \(String(cString: sqlite3_errstr(code)))"
        let systemError = database.map { sqlite3_system_errno($0) } ?? 0
        switch code & 0xFF {
        case SQLITE_FULL: return full(cause)
        // EFBIG: a limit on the size of files (RLIMIT_FSIZE).
        case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError): return full(cause)
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StoreError(.timeout, "\(location): another process holds the file's lock", cause: cause)
        case SQLITE_READONLY: return readOnly(cause)
        case SQLITE_CANTOPEN where [EACCES, EPERM, EROFS].contains(systemError): return readOnly(cause)
        case SQLITE_CANTOPEN:
            return StoreError(
                .unavailable, "\(location) cannot be opened; check that its folder exists and may be used",
                cause: cause)
        case SQLITE_CORRUPT: return corrupt("is damaged", cause: cause)
        case SQLITE_NOTADB: return corrupt("is not an SQLite database, or its start is damaged", cause: cause)
        default: return StoreError(.failed, "\(location): SQLite failed", cause: cause)
        }
    }

    /// The error for a failed system call on the file or its folder.
    func error(systemError: Int32, _ action: String) -> StoreError {
        let cause = "\(action): \(String(cString: strerror(systemError)))"
        switch systemError {
        case EACCES, EPERM, EROFS: return readOnly(cause)
        case ENOSPC, EDQUOT, EFBIG: return full(cause)
        default: return StoreError(.unavailable, "\(location) cannot be made", cause: cause)
        }
    }

    /// The file as a whole is damaged or not ours.
    func corrupt(_ what: String, cause: String? = nil) -> StoreError {
        StoreError(
            .corrupt, "\(location) \(what); move it away and Deja starts with an empty cache, or name another path",
            cause: cause)
    }

    /// One row is damaged.
    func corrupt(row: Int64, _ what: String, table: String = "entry") -> StoreError {
        StoreError(.corrupt, "\(location): row \(row) of table \(table) is damaged: \(what)")
    }

    private func full(_ cause: String) -> StoreError {
        StoreError(
            .full, "\(location): no room is left; free some on its file system or raise the store's size limit",
            cause: cause)
    }

    private func readOnly(_ cause: String) -> StoreError {
        StoreError(
            .readOnly, "\(location) may not be written; give this user the right to write the file and its folder",
            cause: cause)
    }
}
