import CacheModel

extension SQLiteStore {
    /// Names come from the index of names, which is a small part of the file: a million in some tenths of a second. Then
    /// the headers of those wanted are read one by one, in the order of writing.
    ///
    /// No lock is held while `isWanted` and `body` run. Expired entries that were not swept yet count as live for
    /// `isWanted`; their headers are not given.
    public func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError) {
        var rows: [Int64] = []
        var last: [UInt8] = []
        while true {
            let names = try names(after: last)
            guard let end = names.last else { break }
            for name in names where isWanted(name.id) { rows.append(name.row) }
            last = SQLiteEntryCoding.bytes(of: end.id)
        }
        rows.sort()
        for start in stride(from: 0, to: rows.count, by: max(1, batchSize)) {
            let headers = try headers(of: rows[start..<min(start + max(1, batchSize), rows.count)])
            if !headers.isEmpty && !body(headers) { return }
        }
    }

    /// The next ten thousand names after `last`, in order.
    private func names(after last: [UInt8]) throws(StoreError) -> [(id: EntryID, row: Int64)] {
        var names: [(id: EntryID, row: Int64)] = []
        try withReader { connection throws(StoreError) in
            try connection.query(
                "SELECT row, id FROM entry WHERE id > ? ORDER BY id LIMIT 10000", { $0.bind(1, blob: last) }
            ) { row throws(StoreError) in
                // A damaged row is reported when its header is read.
                if let id = coding.name(row, 1) { names.append((id, row.integer(0))) }
                return true
            }
        }
        return names
    }

    private func headers(of rows: ArraySlice<Int64>) throws(StoreError) -> [EntryHeader] {
        let now = clock.now().milliseconds
        var headers: [EntryHeader] = []
        var damaged: [StoreError] = []
        let sql = """
            SELECT \(SQLiteEntryCoding.headerColumns) FROM entry WHERE row = ? AND (expires IS NULL OR expires > ?)
            """
        try withReader { connection throws(StoreError) in
            for number in rows {
                try connection.query(
                    sql,
                    { statement in
                        statement.bind(1, number)
                        statement.bind(2, now)
                    }
                ) { row throws(StoreError) in
                    do throws(StoreError) { headers.append(try coding.header(row)) } catch { damaged.append(error) }
                    return false
                }
            }
        }
        damaged.forEach(report)
        return headers
    }
}
