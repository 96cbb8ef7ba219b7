import CSQLite

/// A prepared statement while it is being used: binds by position from 1, reads by column from 0.
struct SQLiteStatement {
    let handle: OpaquePointer

    /// Tells SQLite to copy what is bound.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ position: Int32, _ value: Int64?) {
        if let value { sqlite3_bind_int64(handle, position, value) } else { sqlite3_bind_null(handle, position) }
    }

    func bind(_ position: Int32, _ value: Double?) {
        if let value { sqlite3_bind_double(handle, position, value) } else { sqlite3_bind_null(handle, position) }
    }

    func bind(_ position: Int32, _ text: String?) {
        guard var text else {
            sqlite3_bind_null(handle, position)
            return
        }
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                // An empty buffer may have no address, which SQLite would take for NULL.
                withUnsafePointer(to: CChar(0)) { empty in
                    _ = sqlite3_bind_text64(
                        handle, position, characters.baseAddress ?? empty, UInt64(characters.count), Self.transient,
                        UInt8(SQLITE_UTF8))
                }
            }
        }
    }

    func bind(_ position: Int32, blob: [UInt8]) {
        blob.withUnsafeBytes { bind(position, blob: $0) }
    }

    func bind(_ position: Int32, blob: UnsafeRawBufferPointer) {
        if blob.isEmpty {
            sqlite3_bind_zeroblob(handle, position, 0)
        } else {
            sqlite3_bind_blob64(handle, position, blob.baseAddress, UInt64(blob.count), Self.transient)
        }
    }

    func bindNull(_ position: Int32) { sqlite3_bind_null(handle, position) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func optionalDouble(_ column: Int32) -> Double? { isNull(column) ? nil : sqlite3_column_double(handle, column) }

    /// The column's bytes, valid until the statement moves on.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    /// The column's text; `nil` when it is NULL or no valid UTF-8.
    func text(_ column: Int32) -> String? {
        guard !isNull(column) else { return nil }
        return String(validating: bytes(column), as: UTF8.self)
    }
}
