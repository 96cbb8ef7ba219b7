import CacheModel

/// Answered lookups in table `answered`, evidence in table `evidence`, both in the order of writing.
extension SQLiteStore: EvidenceStore {
    public func remember(_ lookups: [AnsweredLookup]) throws(StoreError) {
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                for lookup in lookups {
                    try connection.run(EvidenceSQL.insertLookup) { EvidenceSQL.bind(lookup, to: $0) }
                }
                // Rows are numbered in their order: what is too much are the lowest numbers.
                let bound = Int64(EvidenceRetention.lookupCount)
                try connection.run("DELETE FROM answered WHERE row <= (SELECT max(row) FROM answered) - ?") {
                    $0.bind(1, bound)
                }
            }
        }
    }

    public func answeredLookup(_ id: EntryID) throws(StoreError) -> AnsweredLookup? {
        let oldest = clock.now().adding(seconds: -EvidenceRetention.lookups)
        if id.created < oldest { return nil }
        return try withReader { connection throws(StoreError) in
            var found: AnsweredLookup?
            try connection.query(
                "SELECT \(EvidenceSQL.lookupColumns) FROM answered WHERE id = ?",
                { $0.bind(1, blob: SQLiteEntryCoding.bytes(of: id)) }
            ) { row throws(StoreError) in
                guard let lookup = EvidenceSQL.lookup(row, coding) else {
                    throw errors.corrupt("has a damaged row in table answered")
                }
                found = lookup
                return false
            }
            return found
        }
    }

    public func add(_ evidence: [Evidence]) throws(StoreError) {
        try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                for item in evidence {
                    try connection.run(EvidenceSQL.insertEvidence) { EvidenceSQL.bind(item, to: $0) }
                }
            }
        }
    }

    public func evidence(
        after position: String?, limit: Int
    ) throws(StoreError) -> [(position: String, evidence: Evidence)] {
        let start = position.flatMap { Int64($0) } ?? Int64.min
        return try withReader { connection throws(StoreError) in
            var found: [(position: String, evidence: Evidence)] = []
            var last: Int64?
            try connection.query(
                "SELECT \(EvidenceSQL.evidenceColumns), row FROM evidence WHERE row > ? ORDER BY row LIMIT ?",
                { statement in
                    statement.bind(1, start)
                    statement.bind(2, Int64(max(1, limit)))
                }
            ) { row throws(StoreError) in
                last = row.integer(15)
                guard let item = EvidenceSQL.evidence(row, coding) else {
                    report(errors.corrupt("has a damaged row \(row.integer(15)) in table evidence"))
                    return true
                }
                found.append((String(row.integer(15)), item))
                return true
            }
            // The position is behind damaged rows too.
            if let last, !found.isEmpty { found[found.count - 1].position = String(last) }
            return found
        }
    }

    /// What says that an entry must not answer a prompt is kept as long as the entry.
    public func removeOldEvidence(now: Timestamp) throws(StoreError) {
        try withWriter { connection throws(StoreError) in
            let oldest = EntryID(
                high: UInt64(max(0, now.adding(seconds: -EvidenceRetention.lookups).milliseconds)) << 16, low: 0)
            try connection.run("DELETE FROM answered WHERE id < ?") {
                $0.bind(1, blob: SQLiteEntryCoding.bytes(of: oldest))
            }
            try connection.run(
                """
                DELETE FROM evidence WHERE (at < ? OR row <= (SELECT max(row) FROM evidence) - ?) \
                AND NOT (source = 'feedback' AND verdict = 'wrong' \
                AND EXISTS (SELECT 1 FROM entry WHERE entry.id = evidence.entry))
                """
            ) { statement in
                statement.bind(1, now.adding(seconds: -EvidenceRetention.evidence).milliseconds)
                statement.bind(2, Int64(EvidenceRetention.evidenceCount))
            }
        }
    }
}

/// The statements and their columns.
private enum EvidenceSQL {
    static let lookupColumns = "id, entry, namespace, scope, tenant, is_semantic, query, probability, similarity"
    static let evidenceColumns = lookupColumns + ", verdict, source, served_scope, served_entry, at, note"
    static let insertLookup = "INSERT OR REPLACE INTO answered (\(lookupColumns)) VALUES (\(places(9)))"
    static let insertEvidence = "INSERT INTO evidence (\(evidenceColumns)) VALUES (\(places(15)))"

    private static func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

    static func bind(_ lookup: AnsweredLookup, to statement: SQLiteStatement) {
        statement.bind(1, blob: SQLiteEntryCoding.bytes(of: lookup.id))
        statement.bind(2, blob: SQLiteEntryCoding.bytes(of: lookup.entry.id))
        statement.bind(3, lookup.entry.namespace)
        statement.bind(4, blob: lookup.entry.scope.bytes)
        statement.bind(5, lookup.tenant)
        statement.bind(6, Int64(lookup.hitType == .semantic ? 1 : 0))
        statement.bind(7, blob: lookup.query.bytes)
        statement.bind(8, lookup.probability)
        statement.bind(9, lookup.similarity)
    }

    static func bind(_ evidence: Evidence, to statement: SQLiteStatement) {
        bind(evidence.lookup, to: statement)
        statement.bind(10, evidence.verdict.rawValue)
        statement.bind(11, evidence.source.rawValue)
        statement.bind(12, Int64(evidence.servedByScope))
        statement.bind(13, Int64(evidence.servedByEntry))
        statement.bind(14, evidence.at.milliseconds)
        statement.bind(15, evidence.note)
    }

    static func lookup(_ row: SQLiteStatement, _ coding: SQLiteEntryCoding) -> AnsweredLookup? {
        guard let id = coding.name(row, 0), let entry = coding.name(row, 1), let namespace = row.text(2),
            let scope = Digest256(bytes: row.bytes(3)), let query = Digest256(bytes: row.bytes(6)),
            let probability = row.optionalDouble(7), let similarity = row.optionalDouble(8)
        else { return nil }
        return AnsweredLookup(
            id: id, entry: EntryReference(id: entry, namespace: namespace, scope: scope), tenant: row.text(4),
            hitType: row.integer(5) != 0 ? .semantic : .exact, query: query, probability: probability,
            similarity: similarity)
    }

    static func evidence(_ row: SQLiteStatement, _ coding: SQLiteEntryCoding) -> Evidence? {
        guard let lookup = lookup(row, coding), let verdict = row.text(9).flatMap(Verdict.init),
            let source = row.text(10).flatMap(Evidence.Source.init)
        else { return nil }
        return Evidence(
            lookup: lookup, verdict: verdict, source: source, servedByScope: Int(clamping: row.integer(11)),
            servedByEntry: Int(clamping: row.integer(12)), at: Timestamp(milliseconds: row.integer(13)),
            note: row.text(14))
    }
}
