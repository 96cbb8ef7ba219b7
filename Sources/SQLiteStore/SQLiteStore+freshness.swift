import CacheModel

/// Epochs in table `epoch`; the clock is the row of kind `clock`.
extension SQLiteStore: EpochStore {
    public func advanceEpoch(of subject: EpochSubject?, to proposal: Int64) throws(StoreError) -> Int64 {
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                let clock = try connection.integer("SELECT value FROM epoch WHERE kind = 'clock'") ?? 0
                let value = max(clock &+ 1, proposal)
                try Self.raise("clock", "", "", to: value, connection)
                if let subject {
                    try Self.raise(subject.kind.rawValue, subject.namespace, subject.name, to: value, connection)
                }
                return value
            }
        }
    }

    public func mergeEpochs(_ table: EpochTable) throws(StoreError) {
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                try Self.raise("clock", "", "", to: table.clock, connection)
                for (subject, value) in table.values {
                    try Self.raise(subject.kind.rawValue, subject.namespace, subject.name, to: value, connection)
                }
            }
        }
    }

    public func epochs() throws(StoreError) -> EpochTable {
        try withReader { connection throws(StoreError) in
            var table = EpochTable()
            try connection.query("SELECT kind, namespace, name, value FROM epoch") { row throws(StoreError) in
                let kind = row.text(0) ?? ""
                if kind == "clock" {
                    table.clock = row.integer(3)
                } else if let kind = EpochSubject.Kind(rawValue: kind), let namespace = row.text(1),
                    let name = row.text(2)
                {
                    table.values[EpochSubject(kind: kind, name: name, namespace: namespace)] = row.integer(3)
                } else {
                    throw errors.corrupt("has a damaged row in table epoch")
                }
                return true
            }
            return table
        }
    }

    private static func raise(
        _ kind: String, _ namespace: String, _ name: String, to value: Int64, _ connection: SQLiteConnection
    ) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO epoch VALUES (?, ?, ?, ?) \
            ON CONFLICT (kind, namespace, name) DO UPDATE SET value = max(value, excluded.value)
            """
        ) { statement in
            statement.bind(1, kind)
            statement.bind(2, namespace)
            statement.bind(3, name)
            statement.bind(4, value)
        }
    }
}

/// Scheduled invalidations in table `scheduled_invalidation`.
extension SQLiteStore: ScheduleStore {
    public func schedule(_ item: ScheduledInvalidation) throws(StoreError) {
        try withWriter { connection throws(StoreError) in
            _ = try connection.run("INSERT OR REPLACE INTO scheduled_invalidation VALUES (?, ?, ?)") { statement in
                statement.bind(1, blob: SQLiteEntryCoding.bytes(of: item.id))
                statement.bind(2, item.at.milliseconds)
                statement.bind(3, RawJSON(item.request.stored).text)
            }
        }
    }

    public func scheduledInvalidations() throws(StoreError) -> [ScheduledInvalidation] {
        var damaged: [StoreError] = []
        let items = try withReader { connection throws(StoreError) in
            var items: [ScheduledInvalidation] = []
            try connection.query("SELECT 0, id, at, request FROM scheduled_invalidation ORDER BY at, id") {
                row throws(StoreError) in
                if let id = coding.name(row, 1), let text = row.text(3), let value = try? JSONValue(parsing: text),
                    let request = InvalidationRequest(stored: value)
                {
                    items.append(
                        ScheduledInvalidation(
                            id: id, at: Timestamp(milliseconds: row.integer(2)), request: request))
                } else {
                    damaged.append(errors.corrupt("has a damaged row in table scheduled_invalidation"))
                }
                return true
            }
            return items
        }
        damaged.forEach(report)
        return items
    }

    public func cancelInvalidation(_ id: EntryID) throws(StoreError) -> Bool {
        try withWriter { connection throws(StoreError) in
            try connection.run("DELETE FROM scheduled_invalidation WHERE id = ?") {
                $0.bind(1, blob: SQLiteEntryCoding.bytes(of: id))
            } > 0
        }
    }
}
