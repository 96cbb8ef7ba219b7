import CacheModel

/// The prompts that the ledger keeps sums of: a hash for each namespace and day beside that of its rows.
///
/// A subject has three fields, `KIND|DIGEST|` and `n` (how often), `d` (nano-dollars) or `e` (the entry).
extension RedisStore {
    /// A day of a namespace begins no more subjects than this: what a hash may grow to.
    private static let mostPerDay = 20_000
    /// How many of a day's subjects of one kind are kept once the day is over.
    private static let keptPerDay = 200

    /// Adds the subjects of a batch, once.
    func add(subjects: [LedgerSubjectRow], of batch: [UInt8]) throws(StoreError) {
        if subjects.isEmpty { return }
        let days = Dictionary(grouping: subjects) { LedgerDay(day: $0.day, namespace: $0.namespace) }
        let order = days.keys.sorted { ($0.day, $0.namespace) < ($1.day, $1.namespace) }
        try noteDays(order)
        var calls: [ScriptArguments] = []
        for day in order {
            var call = ScriptArguments()
            call.keys = [keys.ledgerSubjects(day), keys.ledger(day) + ":b"]
            call.values.append("\(Hexadecimal.encode(batch))/subjects")
            call.values.append(ledgerExpiry)
            call.values.append(Int64(3 * Self.mostPerDay))
            for row in days[day]! {
                call.values.append("\(row.subject.kind.word)|\(Self.hexadecimal(row.subject.digest))|")
                call.values.append(row.count)
                call.values.append(row.nano)
                call.values.append(row.subject.entry.description)
            }
            calls.append(call)
        }
        for reply in try run(.ledgerAddSubjects, calls, mayRepeat: true) { _ = try checked(reply) }
    }

    public func subjects(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow] {
        struct Name: Hashable {
            var namespace: String
            var digest: UInt64
        }
        var sums: [Name: LedgerSubjectRow] = [:]
        guard !query.days.isEmpty else { return [] }
        for day in try days(query.days.lowerBound...query.days.upperBound - 1, namespace: query.namespace) {
            for row in try subjects(of: day) where row.subject.kind == query.kind {
                let name = Name(namespace: row.namespace, digest: row.subject.digest)
                guard var sum = sums[name] else {
                    sums[name] = row
                    sums[name]!.day = query.days.lowerBound
                    continue
                }
                sum.count += row.count
                sum.nano = sum.nano.adding(saturating: row.nano)
                sum.subject.entry = max(sum.subject.entry, row.subject.entry)
                sums[name] = sum
            }
        }
        return Array(sums.values.sorted(by: LedgerSubjectRow.weightier).prefix(query.limit))
    }

    /// Drops the light subjects of the two days before `today`: those before them have been seen to.
    func compactSubjects(today: Int64) throws(StoreError) {
        for day in try days(today - 2...today - 1) {
            let byKind = Dictionary(grouping: try subjects(of: day), by: \.subject.kind)
            var command = RESPCommand("HDEL", keys.ledgerSubjects(day))
            var isNeeded = false
            for (kind, rows) in byKind {
                for row in rows.sorted(by: LedgerSubjectRow.weightier).dropFirst(Self.keptPerDay) {
                    isNeeded = true
                    for field in ["n", "d", "e"] {
                        command.append("\(kind.word)|\(Self.hexadecimal(row.subject.digest))|\(field)")
                    }
                }
            }
            if isNeeded { _ = try checked(try servers.exchange([command], mayRepeat: true)[0]) }
        }
    }

    private func subjects(of day: LedgerDay) throws(StoreError) -> [LedgerSubjectRow] {
        let kinds = Dictionary(uniqueKeysWithValues: LedgerSubject.Kind.allCases.map { ($0.word, $0) })
        let fields = try fields(of: keys.ledgerSubjects(day))
        return fields.compactMap { field, text in
            let pieces = field.split(separator: "|", omittingEmptySubsequences: false)
            guard pieces.count == 3, pieces[2] == "n", let kind = kinds[String(pieces[0])],
                let digest = UInt64(pieces[1], radix: 16), let count = Int64(text),
                let nano = fields["\(pieces[0])|\(pieces[1])|d"].flatMap({ Int64($0) }),
                let entry = fields["\(pieces[0])|\(pieces[1])|e"].flatMap({ EntryID($0) })
            else { return nil }
            return LedgerSubjectRow(
                day: day.day, namespace: day.namespace,
                subject: LedgerSubject(kind: kind, digest: digest, entry: entry), count: count, nano: nano)
        }
    }

    private static func hexadecimal(_ digest: UInt64) -> String { String(digest, radix: 16) }
}

extension RedisKeys {
    /// `deja:{ns/u/DAY}:s`: the subjects of a day.
    func ledgerSubjects(_ day: LedgerDay) -> String { ledger(day) + ":s" }
}

extension RedisScript {
    /// KEYS: the day's subjects, its batches. ARGV: the part's name, expiry, the most fields, then of each subject the
    /// beginning of its fields, how often, nano-dollars and the entry. Returns 1, or 0 when the part is there already.
    static let ledgerAddSubjects = RedisScript(
        """
        if redis.call('HSETNX', KEYS[2], ARGV[1], 1) == 0 then return 0 end
        local most = tonumber(ARGV[3])
        for i = 4, #ARGV, 4 do
            local name = ARGV[i]
            if redis.call('HEXISTS', KEYS[1], name .. 'n') == 1 or redis.call('HLEN', KEYS[1]) < most then
                redis.call('HINCRBY', KEYS[1], name .. 'n', ARGV[i + 1])
                redis.call('HINCRBY', KEYS[1], name .. 'd', ARGV[i + 2])
                local entry = redis.call('HGET', KEYS[1], name .. 'e')
                if not entry or entry < ARGV[i + 3] then redis.call('HSET', KEYS[1], name .. 'e', ARGV[i + 3]) end
            end
        end
        redis.call('PEXPIREAT', KEYS[1], ARGV[2])
        redis.call('PEXPIREAT', KEYS[2], ARGV[2])
        return 1
        """)
}
