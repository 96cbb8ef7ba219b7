import CacheModel

/// Answered lookups in hashes by the hour, evidence in one stream that every node follows.
///
/// `deja:{f/HOUR}` holds at most `hourly` lookups of an hour and lives for a day beyond it; `deja:{evidence}` is trimmed to
/// its newest pieces. What Redis evicts is forgotten: then feedback finds no lookup.
extension RedisStore: EvidenceStore {
    /// The most lookups of one hour.
    public static let hourly = EvidenceRetention.lookupCount / 24
    /// How long an hour's lookups live beyond it, seconds.
    private static let lookupLife = 86_400.0

    public func remember(_ lookups: [AnsweredLookup]) throws(StoreError) {
        let hours = Dictionary(grouping: lookups) { LedgerEvent.hour(of: $0.id.created) }
        for (hour, lookups) in hours {
            let key = keys.answered(hour: hour)
            let size = try exchange([RESPCommand("HLEN", key)])[0].integer ?? 0
            let room = Self.hourly - Int(size)
            guard room > 0 else { continue }
            var command = RESPCommand("HSET", key)
            // Semantic hits first: they are the ones that can be wrong.
            for lookup in lookups.sorted(by: { $0.hitType == .semantic && $1.hitType != .semantic }).prefix(room) {
                command.append(lookup.id.description)
                command.append(EvidenceCoding.text(lookup))
            }
            let expiry = (hour + 1) * 3_600_000 + Int64(Self.lookupLife * 1000)
            _ = try exchange([command, RESPCommand("PEXPIREAT", key, String(expiry))])
        }
    }

    public func answeredLookup(_ id: EntryID) throws(StoreError) -> AnsweredLookup? {
        let key = keys.answered(hour: LedgerEvent.hour(of: id.created))
        let reply = try exchange([RESPCommand("HGET", key, id.description)])[0]
        if reply == .null { return nil }
        guard let lookup = reply.text.flatMap(EvidenceCoding.lookup) else {
            throw errors.corrupt(key: key, "field \(id)")
        }
        return lookup
    }

    public func add(_ evidence: [Evidence]) throws(StoreError) {
        let life = String(Int64(EvidenceRetention.evidence * 1000))
        let bound = String(EvidenceRetention.evidenceCount)
        let commands = evidence.map {
            RESPCommand("XADD", keys.evidence, "MAXLEN", "~", bound, "*", "e", EvidenceCoding.text($0))
        }
        for start in stride(from: 0, to: commands.count, by: 500) {
            _ = try exchange(Array(commands[start..<min(start + 500, commands.count)]))
        }
        _ = try exchange([RESPCommand("PEXPIRE", keys.evidence, life)])
    }

    public func evidence(
        after position: String?, limit: Int
    ) throws(StoreError) -> [(position: String, evidence: Evidence)] {
        // Redis 6.0 knows no open intervals: the piece at the position comes again and is passed over.
        let command = RESPCommand("XRANGE", keys.evidence, position ?? "-", "+", "COUNT", String(max(1, limit) + 1))
        let pieces = try exchange([command])[0].elements ?? []
        var found: [(position: String, evidence: Evidence)] = []
        for piece in pieces {
            guard let parts = piece.elements, parts.count == 2, let id = parts[0].text, id != position else { continue }
            guard let item = parts[1].elements?.last?.text.flatMap(EvidenceCoding.evidence) else {
                report(errors.corrupt(key: keys.evidence, "piece \(id)"))
                continue
            }
            found.append((id, item))
        }
        return Array(found.prefix(limit))
    }

    /// Redis does it by itself.
    public func removeOldEvidence(now: Timestamp) throws(StoreError) {}
}

extension RedisKeys {
    /// `deja:{f/HOUR}`: lookups that wait for feedback; HOUR counts from 1970.
    func answered(hour: Int64) -> String { "\(prefix):{f/\(hour)}" }

    /// `deja:{evidence}`: what was learnt of answers.
    var evidence: String { "\(prefix):{evidence}" }
}

/// Evidence as JSON text.
private enum EvidenceCoding {
    static func text(_ lookup: AnsweredLookup) -> String {
        encode { write(lookup, to: &$0) }
    }

    static func text(_ evidence: Evidence) -> String {
        encode { writer in
            write(evidence.lookup, to: &writer)
            member("verdict", evidence.verdict.rawValue, &writer)
            member("source", evidence.source.rawValue, &writer)
            member("served_scope", evidence.servedByScope, &writer)
            member("served_entry", evidence.servedByEntry, &writer)
            member("at", Int(evidence.at.milliseconds), &writer)
            if let note = evidence.note { member("note", note, &writer) }
        }
    }

    static func lookup(_ text: String) -> AnsweredLookup? { (try? JSONValue(parsing: text)).flatMap(lookup) }

    static func evidence(_ text: String) -> Evidence? {
        guard let value = try? JSONValue(parsing: text), let lookup = lookup(value),
            let verdict = value["verdict"]?.string.flatMap(Verdict.init),
            let source = value["source"]?.string.flatMap(Evidence.Source.init), let at = value["at"]?.integer
        else { return nil }
        return Evidence(
            lookup: lookup, verdict: verdict, source: source,
            servedByScope: Int(clamping: value["served_scope"]?.integer ?? 0),
            servedByEntry: Int(clamping: value["served_entry"]?.integer ?? 0), at: Timestamp(milliseconds: at),
            note: value["note"]?.string)
    }

    private static func encode(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(body)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ lookup: AnsweredLookup, to writer: inout JSONWriter) {
        member("id", lookup.id.description, &writer)
        member("entry", lookup.entry.id.description, &writer)
        member("namespace", lookup.entry.namespace, &writer)
        member("scope", lookup.entry.scope.description, &writer)
        if let tenant = lookup.tenant { member("tenant", tenant, &writer) }
        member("type", lookup.hitType.rawValue, &writer)
        member("query", lookup.query.description, &writer)
        writer.name("probability")
        writer.number(lookup.probability)
        writer.name("similarity")
        writer.number(lookup.similarity)
    }

    private static func lookup(_ value: JSONValue) -> AnsweredLookup? {
        guard let id = value["id"]?.string.flatMap(EntryID.init),
            let entry = value["entry"]?.string.flatMap(EntryID.init),
            let namespace = value["namespace"]?.string,
            let scope = value["scope"]?.string.flatMap(Digest256.init(hex:)),
            let type = value["type"]?.string.flatMap(LookupReply.HitType.init),
            let query = value["query"]?.string.flatMap(Digest256.init(hex:)),
            let probability = value["probability"]?.double,
            let similarity = value["similarity"]?.double
        else { return nil }
        return AnsweredLookup(
            id: id, entry: EntryReference(id: entry, namespace: namespace, scope: scope),
            tenant: value["tenant"]?.string, hitType: type, query: query, probability: probability,
            similarity: similarity)
    }

    private static func member(_ name: String, _ value: String, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.string(value)
    }

    private static func member(_ name: String, _ value: Int, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.integer(value)
    }
}
