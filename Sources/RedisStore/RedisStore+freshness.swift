import CacheModel

/// Epochs in one hash, `deja:epochs`: field `clock`, and a field for each subject. It has no end: what it says must
/// outlive every entry, and it is a few bytes a subject.
extension RedisStore: EpochStore {
    public func advanceEpoch(of subject: EpochSubject?, to proposal: Int64) throws(StoreError) -> Int64 {
        var arguments = ScriptArguments()
        arguments.keys = [epochsKey]
        arguments.values.append(proposal)
        arguments.values.append(subject.map(Self.field) ?? "")
        // A repeated call moves the clock on once more, which costs nothing.
        let reply = try checked(try run(.advanceEpoch, [arguments], mayRepeat: true)[0], key: epochsKey)
        guard let text = reply.text, let value = Int64(text) else { throw errors.unexpected("advanceEpoch") }
        return value
    }

    public func mergeEpochs(_ table: EpochTable) throws(StoreError) {
        var arguments = ScriptArguments()
        arguments.keys = [epochsKey]
        arguments.values.append("clock")
        arguments.values.append(table.clock)
        for (subject, value) in table.values {
            arguments.values.append(Self.field(subject))
            arguments.values.append(value)
        }
        _ = try checked(try run(.mergeEpochs, [arguments], mayRepeat: true)[0], key: epochsKey)
    }

    public func epochs() throws(StoreError) -> EpochTable {
        let reply = try checked(
            try servers.exchange([RESPCommand("HGETALL", epochsKey)], mayRepeat: true)[0], key: epochsKey)
        guard let pairs = reply.elements, pairs.count % 2 == 0 else { throw errors.unexpected("HGETALL") }
        var table = EpochTable()
        for index in stride(from: 0, to: pairs.count, by: 2) {
            guard let field = pairs[index].text, let value = pairs[index + 1].text.flatMap({ Int64($0) }) else {
                throw errors.corrupt(key: epochsKey, "a field")
            }
            if field == "clock" {
                table.clock = value
            } else if let subject = Self.subject(field) {
                table.values[subject] = value
            } else {
                throw errors.corrupt(key: epochsKey, "field \(field)")
            }
        }
        return table
    }

    private var epochsKey: String { "\(keys.prefix):epochs" }

    /// `KIND|NAMESPACE|NAME`, both names escaped.
    private static func field(_ subject: EpochSubject) -> String {
        "\(subject.kind.rawValue)|\(RedisKeys.escaped(subject.namespace))|\(RedisKeys.escaped(subject.name))"
    }

    private static func subject(_ field: String) -> EpochSubject? {
        let pieces = field.split(separator: "|", omittingEmptySubsequences: false)
        guard pieces.count == 3, let kind = EpochSubject.Kind(rawValue: String(pieces[0])),
            let namespace = RedisKeys.unescaped(pieces[1]), let name = RedisKeys.unescaped(pieces[2])
        else { return nil }
        return EpochSubject(kind: kind, name: name, namespace: namespace)
    }
}

/// Scheduled invalidations in one hash, `deja:schedule`: ID to `AT,JSON`. It has no end: an appointment is kept.
extension RedisStore: ScheduleStore {
    public func schedule(_ item: ScheduledInvalidation) throws(StoreError) {
        let text = "\(item.at.milliseconds),\(RawJSON(item.request.stored).text)"
        _ = try exchange([RESPCommand("HSET", scheduleKey, item.id.description, text)])
    }

    public func scheduledInvalidations() throws(StoreError) -> [ScheduledInvalidation] {
        let reply = try exchange([RESPCommand("HGETALL", scheduleKey)])[0]
        guard let pairs = reply.elements, pairs.count % 2 == 0 else { throw errors.unexpected("HGETALL") }
        var items: [ScheduledInvalidation] = []
        for index in stride(from: 0, to: pairs.count, by: 2) {
            if let item = Self.item(pairs[index].text ?? "", pairs[index + 1].text ?? "") {
                items.append(item)
            } else {
                report(errors.corrupt(key: scheduleKey, "an invalidation"))
            }
        }
        return items.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    public func cancelInvalidation(_ id: EntryID) throws(StoreError) -> Bool {
        try exchange([RESPCommand("HDEL", scheduleKey, id.description)])[0].integer == 1
    }

    private var scheduleKey: String { "\(keys.prefix):schedule" }

    private static func item(_ name: String, _ text: String) -> ScheduledInvalidation? {
        guard let id = EntryID(name), let comma = text.firstIndex(of: ","), let at = Int64(text[..<comma]),
            let value = try? JSONValue(parsing: String(text[text.index(after: comma)...])),
            let request = InvalidationRequest(stored: value)
        else { return nil }
        return ScheduledInvalidation(id: id, at: Timestamp(milliseconds: at), request: request)
    }
}
