import CacheModel
import Platform

/// Values in tables `value` and `value_tag`. A call is one transaction.
extension SQLiteStore: KeyValueStore {
    public var sharesValues: Bool { isShared }

    public func values(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        let now = clock.now()
        return try withReader { connection throws(StoreError) in
            var found: [KeptValue?] = []
            for name in names { found.append(try ValueRow.find(name, space, connection, errors, now: now)?.value) }
            return found
        }
    }

    public func put(_ writes: [ValueWrite], in space: ValueSpace) throws(StoreError) -> [ValueOutcome] {
        // Compression takes the time; it needs no connection.
        let contents = writes.map { StoredResponse(compressing: $0.content) }
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                var outcomes: [ValueOutcome] = []
                for (write, content) in zip(writes, contents) {
                    let row = try ValueRow.find(write.name, space, connection, errors, now: now)
                    guard write.condition.holds(for: row?.value) else {
                        outcomes.append(.refused(version: row?.value.version))
                        continue
                    }
                    var value = KeptValue(write, above: row?.value.version, now: now)
                    if write.keepsExpiry, let former = row?.value {
                        (value.expires, value.tags) = (former.expires, former.tags)
                    }
                    try ValueRow.insert(value, content: content, name: write.name, space, connection)
                    outcomes.append(.written(value, former: row?.value))
                }
                return outcomes
            }
        }
    }

    public func removeValues(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                var removed: [KeptValue?] = []
                for name in names {
                    let row = try ValueRow.find(name, space, connection, errors, now: now)
                    if let row { try connection.run("DELETE FROM value WHERE row = ?") { $0.bind(1, row.number) } }
                    removed.append(row?.value)
                }
                return removed
            }
        }
    }

    public func add(
        _ delta: Int64, to name: [UInt8], expires: Timestamp, epoch: Int64, in space: ValueSpace
    ) throws(StoreError) -> ValueSum {
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                let row = try ValueRow.find(name, space, connection, errors, now: now)
                guard let former = row == nil ? 0 : row?.value.integer else { return .notInteger }
                let (sum, overflows) = former.addingReportingOverflow(delta)
                if overflows { return .overflow }
                let text = Array(String(sum).utf8)
                var write = ValueWrite(name: name, kind: .json, content: text, expires: expires, epoch: epoch)
                if let row { (write.expires, write.tags) = (row.value.expires, row.value.tags) }
                let value = KeptValue(write, above: row?.value.version, now: now)
                let content = StoredResponse(compressing: text)
                try ValueRow.insert(value, content: content, name: name, space, connection)
                return .sum(sum, value)
            }
        }
    }

    public func setExpiry(_ name: [UInt8], to expires: Timestamp, in space: ValueSpace) throws(StoreError)
        -> KeptValue?
    {
        let now = clock.now()
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                guard var row = try ValueRow.find(name, space, connection, errors, now: now) else { return nil }
                row.value.expires = expires
                try connection.run("UPDATE value SET expires = ? WHERE row = ?") { statement in
                    statement.bind(1, expires.milliseconds)
                    statement.bind(2, row.number)
                }
                return row.value
            }
        }
    }

    public func removeValues(
        tags: [String], namespace: String?, sparing spared: [[UInt8]]
    ) throws(StoreError) -> [ValueKey] {
        let spared = Set(spared)
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                var rows: [Int64: ValueKey] = [:]
                for tag in tags {
                    try connection.query(
                        """
                        SELECT value.row, value.namespace, value.name FROM value_tag JOIN value ON value.row = value_tag.value \
                        WHERE tag = ?1 AND (?2 IS NULL OR value_tag.namespace = ?2)
                        """,
                        { statement in
                            statement.bind(1, tag)
                            statement.bind(2, namespace)
                        }
                    ) { row throws(StoreError) in
                        let name = Array(row.bytes(2))
                        if !spared.contains(name) {
                            let namespace = String(decoding: row.bytes(1), as: UTF8.self)
                            rows[row.integer(0)] = ValueKey(namespace: namespace, name: name)
                        }
                        return true
                    }
                }
                for row in rows.keys { try connection.run("DELETE FROM value WHERE row = ?") { $0.bind(1, row) } }
                return Array(rows.values)
            }
        }
    }

    /// In small transactions, as `removeExpired`.
    @discardableResult
    public func removeExpiredValues(now: Timestamp) throws(StoreError) -> Int {
        let chunk = 500
        var total = 0
        while true {
            let removed = try withWriter { connection throws(StoreError) in
                try connection.run(
                    "DELETE FROM value WHERE row IN (SELECT row FROM value WHERE expires <= ? LIMIT \(chunk))"
                ) { $0.bind(1, now.milliseconds) }
            }
            total += removed
            if removed < chunk { return total }
        }
    }
}

/// A row of table `value`.
private struct ValueRow {
    let number: Int64
    var value: KeptValue

    private static let columns = "row, version, expires, epoch, kind, tags, encoding, content"

    /// The live value of a name. A damaged row is passed over as `.corrupt` naming it.
    static func find(
        _ name: [UInt8], _ space: ValueSpace, _ connection: SQLiteConnection, _ errors: SQLiteErrors, now: Timestamp
    ) throws(StoreError) -> ValueRow? {
        var found: ValueRow?
        try connection.query(
            "SELECT \(columns) FROM value WHERE namespace = ? AND name = ?",
            { statement in
                statement.bind(1, space.namespace)
                statement.bind(2, blob: name)
            }
        ) { row throws(StoreError) in
            guard row.integer(2) > now.milliseconds, row.integer(3) >= space.epoch else { return false }
            guard let kind = KeptValue.Kind(rawValue: row.integer(4)),
                let tags = row.text(5).flatMap({ try? JSONValue(parsing: $0).array })?.compactMap(\.string),
                let encoding = StoredResponse.Encoding(rawValue: row.integer(6)),
                let content = StoredResponse(encoding: encoding, bytes: Array(row.bytes(7))).content
            else { throw errors.corrupt(row: row.integer(0), "a value", table: "value") }
            found = ValueRow(
                number: row.integer(0),
                value: KeptValue(
                    kind: kind, content: content, version: row.integer(1),
                    expires: Timestamp(milliseconds: row.integer(2)), tags: tags, epoch: row.integer(3)))
            return false
        }
        return found
    }

    /// Writes a value in place of any of its name.
    static func insert(
        _ value: KeptValue, content: StoredResponse, name: [UInt8], _ space: ValueSpace, _ connection: SQLiteConnection
    ) throws(StoreError) {
        try connection.run("DELETE FROM value WHERE namespace = ? AND name = ?") { statement in
            statement.bind(1, space.namespace)
            statement.bind(2, blob: name)
        }
        try connection.run(
            """
            INSERT INTO value (namespace, name, version, expires, epoch, kind, tags, encoding, content) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ) { statement in
            statement.bind(1, space.namespace)
            statement.bind(2, blob: name)
            statement.bind(3, value.version)
            statement.bind(4, value.expires.milliseconds)
            statement.bind(5, value.epoch)
            statement.bind(6, value.kind.rawValue)
            statement.bind(7, RawJSON(.array(value.tags.map { .string($0) })).text)
            statement.bind(8, content.encoding.rawValue)
            statement.bind(9, blob: content.bytes)
        }
        if value.tags.isEmpty { return }
        let row = try connection.integer("SELECT last_insert_rowid()") ?? 0
        for tag in Set(value.tags) {
            try connection.run("INSERT INTO value_tag VALUES (?, ?, ?)") { statement in
                statement.bind(1, tag)
                statement.bind(2, space.namespace)
                statement.bind(3, row)
            }
        }
    }
}
