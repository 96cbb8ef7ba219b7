import CacheModel

extension SQLiteStore: StoreInventory {
    public func scanValues(_ body: ([ValueKey]) throws(StoreError) -> Void) throws(StoreError) {
        let sql = "SELECT row, namespace, name FROM value WHERE row > ? ORDER BY row LIMIT 500"
        try scan(
            sql,
            { row in
                ValueKey(namespace: String(decoding: row.bytes(1), as: UTF8.self), name: Array(row.bytes(2)))
            }, body)
    }

    public func scanConversations(_ body: ([ConversationKey]) throws(StoreError) -> Void) throws(StoreError) {
        let sql = "SELECT row, namespace, tenant, name FROM conversation WHERE row > ? ORDER BY row LIMIT 500"
        try scan(
            sql,
            { row in
                ConversationKey(
                    namespace: String(decoding: row.bytes(1), as: UTF8.self), tenant: row.text(2),
                    name: String(decoding: row.bytes(3), as: UTF8.self))
            }, body)
    }

    /// Pages are read one by one in the order of rows; what is written again meanwhile has a later row and comes again.
    private func scan<Name>(
        _ sql: String, _ name: (SQLiteStatement) -> Name, _ body: ([Name]) throws(StoreError) -> Void
    ) throws(StoreError) {
        var last = Int64.min
        while true {
            var found: [Name] = []
            let start = last
            try withReader { connection throws(StoreError) in
                try connection.query(sql, { $0.bind(1, start) }) { row throws(StoreError) in
                    last = row.integer(0)
                    found.append(name(row))
                    return true
                }
            }
            if found.isEmpty { return }
            try body(found)
        }
    }
}
