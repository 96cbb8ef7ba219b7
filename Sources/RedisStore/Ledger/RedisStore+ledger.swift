import CacheModel

/// The ledger: a hash for each namespace and day, a sorted set that names them.
///
/// A field is an hour's row and one counter (`hour|provider|model|user|tags|counter`), added to with HINCRBY, which is
/// exact in 64 bits. Which parts of which batches are in a hash lies beside it, in the same slot, written in the same
/// step. Several nodes add to the same rows.
extension RedisStore: LedgerStore {
    /// How many fields one script adds to: the server serves nobody else meanwhile.
    private static let fieldsPerScript = 2000
    /// How long a day is kept: 400 days, seconds.
    private static let ledgerLife = 400.0 * 86_400

    /// Parts that were added before an error stay, and are known when the batch comes again.
    public func add(_ batch: LedgerBatch) throws(StoreError) {
        var days: [LedgerDay: [(field: String, amount: Int64)]] = [:]
        for row in batch.rows {
            let name = Self.field(row.key)
            for counter in LedgerCounter.allCases where row.counts[counter] != 0 {
                days[LedgerDay(row.key), default: []].append(("\(name)|\(counter.name)", row.counts[counter]))
            }
            for (reason, count) in row.counts.reasons {
                days[LedgerDay(row.key), default: []].append(("\(name)|:\(RedisKeys.escaped(reason))", count))
            }
        }
        try add(subjects: batch.subjects, of: batch.id)
        if days.isEmpty { return }
        let order = days.keys.sorted { ($0.day, $0.namespace) < ($1.day, $1.namespace) }
        try noteDays(order)
        let expiry = ledgerExpiry
        var calls: [ScriptArguments] = []
        for day in order {
            // In an order that follows from the batch alone: a part must hold the same when it comes again.
            let fields = days[day]!.sorted { $0.field < $1.field }
            for start in stride(from: 0, to: fields.count, by: Self.fieldsPerScript) {
                var call = ScriptArguments()
                call.keys = [keys.ledger(day), keys.ledger(day) + ":b"]
                call.values.append("\(Hexadecimal.encode(batch.id))/\(start)")
                call.values.append(expiry)
                for (field, amount) in fields[start..<min(start + Self.fieldsPerScript, fields.count)] {
                    call.values.append(field)
                    call.values.append(amount)
                }
                calls.append(call)
            }
        }
        for reply in try run(.ledgerAdd, calls, mayRepeat: true) { _ = try checked(reply) }
    }

    /// When what is added now for a day expires.
    var ledgerExpiry: Int64 { clock.now().adding(seconds: Self.ledgerLife).milliseconds }

    public func ledger(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] {
        var rows: [LedgerKey: LedgerCounts] = [:]
        for day in try days(query.since / 24 - 1...query.until / 24 + 1, namespace: query.namespace) {
            let name = keys.ledger(day)
            for (field, text) in try fields(of: name) {
                guard let amount = Int64(text) else { throw errors.corrupt(key: name, "a field of the ledger") }
                guard let (key, counter) = Self.parsed(field, namespace: day.namespace), key.hour >= query.since,
                    key.hour < query.until
                else { continue }
                var counts = LedgerCounts()
                switch counter {
                case .counter(let counter): counts[counter] = amount
                case .reason(let reason): counts.reasons[reason] = amount
                }
                rows[query.reduced(key), default: LedgerCounts()] += counts
            }
        }
        return rows.map { LedgerRow(key: $0.key, counts: $0.value) }
    }

    /// Forgets the names of days whose hashes have expired, and the light subjects of days just over. Rows keep their
    /// hours.
    public func compactLedger(now: Int64, retention: LedgerRetention) throws(StoreError) {
        // What was added late, for a day long past, lives as long as anything else.
        let last = now / 24 - 2 * Int64(Self.ledgerLife / 86_400) - 1
        let command = RESPCommand("ZREMRANGEBYSCORE", keys.ledgerDays, "-inf", String(last))
        _ = try checked(try servers.exchange([command], mayRepeat: true)[0])
        try compactSubjects(today: now / 24)
    }

    func noteDays(_ days: [LedgerDay]) throws(StoreError) {
        var command = RESPCommand("ZADD", keys.ledgerDays)
        for day in days {
            command.append(day.day)
            command.append("\(day.day)|\(RedisKeys.escaped(day.namespace))")
        }
        let commands = [command, RESPCommand("PEXPIREAT", keys.ledgerDays, String(ledgerExpiry))]
        for reply in try servers.exchange(commands, mayRepeat: true) { _ = try checked(reply) }
    }

    /// The days that there are rows or subjects of.
    func days(_ range: ClosedRange<Int64>, namespace: String? = nil) throws(StoreError) -> [LedgerDay] {
        let command = RESPCommand(
            "ZRANGEBYSCORE", keys.ledgerDays, String(range.lowerBound), String(range.upperBound))
        let reply = try checked(try servers.exchange([command], mayRepeat: true)[0], key: keys.ledgerDays)
        return (reply.elements ?? []).compactMap(\.text).compactMap { member in
            let pieces = member.split(separator: "|", omittingEmptySubsequences: false)
            guard pieces.count == 2, let day = Int64(pieces[0]), let name = RedisKeys.unescaped(pieces[1]),
                namespace == nil || namespace == name
            else { return nil }
            return LedgerDay(day: day, namespace: name)
        }
    }

    /// The fields of a hash and their values, read in pieces.
    func fields(of key: String) throws(StoreError) -> [String: String] {
        // HSCAN repeats fields while the hash changes size; the last value seen is the newest.
        var seen: [String: String] = [:]
        var cursor = "0"
        repeat {
            let command = RESPCommand("HSCAN", key, cursor, "COUNT", "5000")
            let reply = try checked(try servers.exchange([command], mayRepeat: true)[0], key: key)
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].text, let found = parts[1].elements
            else { throw errors.unexpected("HSCAN") }
            cursor = next
            for index in stride(from: 0, to: found.count - 1, by: 2) {
                guard let field = found[index].text, let text = found[index + 1].text else {
                    throw errors.corrupt(key: key, "a field of the ledger")
                }
                seen[field] = text
            }
        } while cursor != "0"
        return seen
    }

    // MARK: Fields

    private enum Counted {
        case counter(LedgerCounter)
        case reason(String)
    }

    private static let countersByName = Dictionary(
        uniqueKeysWithValues: LedgerCounter.allCases.map { ($0.name, $0) })

    private static func field(_ key: LedgerKey) -> String {
        func name(_ text: String?) -> String { text.map { "=" + RedisKeys.escaped($0) } ?? "" }
        let tags = key.tags.map { RedisKeys.escaped($0) + "," }.joined()
        return "\(key.hour)|\(name(key.provider))|\(name(key.model))|\(name(key.user))|\(tags)"
    }

    private static func parsed(_ field: String, namespace: String) -> (LedgerKey, Counted)? {
        let pieces = field.split(separator: "|", omittingEmptySubsequences: false)
        guard pieces.count == 6, let hour = Int64(pieces[0]) else { return nil }
        func name(_ text: Substring) -> String? {
            text.isEmpty ? nil : RedisKeys.unescaped(text.dropFirst())
        }
        let tags = pieces[4].split(separator: ",", omittingEmptySubsequences: false).dropLast()
        let key = LedgerKey(
            hour: hour, namespace: namespace, provider: name(pieces[1]), model: name(pieces[2]),
            user: name(pieces[3]), tags: tags.compactMap { RedisKeys.unescaped($0) })
        if pieces[5].hasPrefix(":") {
            return RedisKeys.unescaped(pieces[5].dropFirst()).map { (key, .reason($0)) }
        }
        return countersByName[String(pieces[5])].map { (key, .counter($0)) }
    }
}

/// A day of a namespace.
struct LedgerDay: Hashable {
    var day: Int64
    var namespace: String

    init(day: Int64, namespace: String) {
        self.day = day
        self.namespace = namespace
    }

    init(_ key: LedgerKey) {
        day = (key.hour - ((key.hour % 24) + 24) % 24) / 24
        namespace = key.namespace
    }
}

extension RedisKeys {
    /// `deja:{ns/u/DAY}`: a day of a namespace's ledger; DAY counts from 1970.
    func ledger(_ day: LedgerDay) -> String { "\(prefix):{\(Self.escaped(day.namespace))/u/\(day.day)}" }

    /// Names the days that there are.
    var ledgerDays: String { "\(prefix):ledger" }
}

extension RedisScript {
    /// KEYS: the day, its batches. ARGV: the part's name, expiry, then fields and amounts. Returns 1, or 0 when the part
    /// is there already. The part's name is written first: when Redis is out of memory it refuses that, and nothing is
    /// written.
    static let ledgerAdd = RedisScript(
        """
        if redis.call('HSETNX', KEYS[2], ARGV[1], 1) == 0 then return 0 end
        for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
        redis.call('PEXPIREAT', KEYS[1], ARGV[2])
        redis.call('PEXPIREAT', KEYS[2], ARGV[2])
        return 1
        """)
}
