import CacheModel
import Platform

/// The change log: a stream for each shard, written in the same step as what it describes, and one for invalidations.
///
/// Each change carries a number, one above that of the change before it. Names are times, so that whoever reads all names
/// behind his own sees everything that came later, even after a failover has lost the last few; the numbers tell him that
/// something is missing. A log that was evicted, expired or trimmed too far shows in the same way.
extension RedisStore: ChangeLog {
    /// How many changes of one shard are read at once.
    private static let batch = 512
    /// How many invalidations are kept.
    private static let announcementCount = 50_000

    public func end() throws(StoreError) -> LogPosition {
        var position = LogPosition()
        let shards = try knownShards()
        let commands = shards.map { RESPCommand("XREVRANGE", logKey($0), "+", "-", "COUNT", "1") }
        for (shard, reply) in zip(shards, try exchange(commands)) {
            if let last = reply.elements?.first.flatMap(LoggedChange.init) { position.places[shard] = last.place }
        }
        return position
    }

    public func changes(
        after position: inout LogPosition, waiting seconds: Double, isKnown: (EntryID) -> Bool
    ) throws(StoreError) -> [StoreChange] {
        let topology = servers.topologyChanges
        var hint = listener.wait(seconds)
        if hint.isDeaf {
            hint.shards.formUnion(try knownShards() + position.places.keys)
            listener.expect(logs: hint.shards.count)
        }
        var changes: [StoreChange] = []
        if seenTopology.withLock({ $0 != topology }) { changes.append(.gap) }
        if !hint.shards.isEmpty { changes += try readLogs(of: hint.shards, after: &position, isKnown: isKnown) }
        // Not before: who is told of an error above has not heard of the gap.
        seenTopology.withLock { $0 = topology }
        return changes
    }

    private func readLogs(
        of shards: Set<String>, after position: inout LogPosition, isKnown: (EntryID) -> Bool
    ) throws(StoreError) -> [StoreChange] {
        // An invalidation comes before what is stored after it.
        let shards = shards.sorted()
        var changes: [StoreChange] = []
        var fresh: [String] = []
        let commands = shards.map { shard in
            RESPCommand("XRANGE", logKey(shard), position.places[shard]?.name ?? "-", "+", "COUNT", String(Self.batch))
        }
        for (shard, reply) in zip(shards, try exchange(commands)) {
            let read = Reading(reply, after: position.places[shard])
            position.places[shard] = read.last
            if read.hasGap { changes.append(.gap) }
            if reply.elements.map({ $0.count >= Self.batch }) == true { listener.hasMore(shard) }
            for change in read.changes { take(change, of: shard, isKnown, &changes, &fresh) }
        }
        for keys in fresh.chunks(of: 256) { changes += try readHeaders(keys).map { .stored($0) } }
        return changes
    }

    /// What one reading of a log has found.
    private struct Reading {
        var changes: [LoggedChange] = []
        var last: LogPosition.Place?
        var hasGap = false

        init(_ reply: RESPReply, after place: LogPosition.Place?) {
            changes = (reply.elements ?? []).compactMap(LoggedChange.init)
            // The one that was read last comes again: it says that nothing before it has been forgotten.
            if let place, changes.first?.place == place { changes.removeFirst() }
            var number = place?.number ?? 0
            if changes.isEmpty && number > 0 && reply.elements?.isEmpty != false {
                // The log is gone, or ends before what was read: from now on from its beginning.
                hasGap = true
                return
            }
            for change in changes {
                hasGap = hasGap || change.place.number != number + 1
                number = change.place.number
            }
            last = changes.last?.place ?? place
        }
    }

    private func take(
        _ change: LoggedChange, of shard: String, _ isKnown: (EntryID) -> Bool, _ changes: inout [StoreChange],
        _ fresh: inout [String]
    ) {
        switch change.kind {
        case "p":
            if let id = EntryID(change.value), !isKnown(id) { fresh.append("\(keys.prefix):{\(shard)}:e:\(id)") }
        case "d":
            if let id = EntryID(change.value) { changes.append(.removed(id)) }
        case "i":
            if let item = Self.invalidation(change) { changes.append(.invalidated(item)) } else { changes.append(.gap) }
        case "f": changes.append(.finished(change.value))
        default: break
        }
    }

    // MARK: Invalidations

    public func announce(
        _ request: InvalidationRequest, at moment: Timestamp, epoch: Int64
    ) throws(StoreError) -> String {
        try append("i", "\(moment.milliseconds),\(epoch),\(RawJSON(request.stored).text)")
    }

    public func finish(_ name: String) throws(StoreError) { _ = try append("f", name) }

    public func announcements(since moment: Timestamp?) throws(StoreError) -> Announcements {
        let time = try time()
        // Clocks may differ a little.
        let start = moment.map { String(max(0, $0.milliseconds - 60_000)) } ?? "-"
        let replies = try exchange([
            RESPCommand("XRANGE", keys.invalidations, "-", "+", "COUNT", "1"),
            RESPCommand("XRANGE", keys.invalidations, start, "+"),
        ])
        let first = replies[0].elements?.first.flatMap(LoggedChange.init)
        let changes = (replies[1].elements ?? []).compactMap(LoggedChange.init)
        return Announcements(
            items: changes.filter { $0.kind == "i" }.compactMap(Self.invalidation),
            finished: Set(changes.filter { $0.kind == "f" }.map(\.value)), readAt: time,
            reachesBackTo: first.flatMap { $0.place.number > 1 ? $0.moment : nil })
    }

    private func append(_ kind: String, _ value: String) throws(StoreError) -> String {
        var arguments = ScriptArguments()
        arguments.keys = [keys.invalidations]
        arguments.values.append(keys.channel)
        arguments.values.append(ChangeListener.invalidations)
        arguments.values.append(Self.announcementCount)
        arguments.values.append(Int64(configuration.maximumLife * 1000))
        arguments.values.append(kind)
        arguments.values.append(value)
        // Told twice is told.
        let reply = try checked(try run(.announce, [arguments], mayRepeat: true)[0], key: keys.invalidations)
        guard let name = reply.text else { throw errors.unexpected("XADD") }
        return name
    }

    public func time() throws(StoreError) -> Timestamp {
        var arguments = ScriptArguments()
        arguments.keys = [keys.invalidations]
        let reply = try checked(try run(.time, [arguments], mayRepeat: true)[0])
        guard let milliseconds = reply.text.flatMap({ Int64($0) }) else { throw errors.unexpected("TIME") }
        return Timestamp(milliseconds: milliseconds)
    }

    private static func invalidation(_ change: LoggedChange) -> AnnouncedInvalidation? {
        let parts = change.value.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let moment = Int64(parts[0]), let epoch = Int64(parts[1]),
            let value = try? JSONValue(parsing: String(parts[2])),
            let request = InvalidationRequest(stored: value)
        else { return nil }
        return AnnouncedInvalidation(
            name: change.place.name, request: request, moment: Timestamp(milliseconds: moment), epoch: epoch)
    }

    // MARK: Shards

    /// Says which namespaces have entries: followers look there without a hint too. Each process says so every ten minutes.
    func noteNamespaces(of entries: [CacheEntry]) throws(StoreError) {
        let now = SystemClock().monotonicNanoseconds()
        let due = entryNamespaces.withLock { noted in
            // Another thread may have noted a later moment meanwhile.
            Set(entries.map(\.header.namespace)).filter { name in
                noted[name].map { now > $0 + 600_000_000_000 } ?? true
            }
        }
        if due.isEmpty { return }
        var command = RESPCommand("ZADD", keys.namespaces)
        for namespace in due {
            command.append(clock.now().milliseconds)
            command.append(namespace)
        }
        _ = try exchange([command, RESPCommand("PEXPIRE", keys.namespaces, "34560000000")])
        entryNamespaces.withLock { noted in for namespace in due { noted[namespace] = now } }
    }

    /// The names of all shards of all namespaces, and of the invalidations.
    private func knownShards() throws(StoreError) -> [String] {
        let reply = try exchange([RESPCommand("ZRANGE", keys.namespaces, "0", "-1")])[0]
        let namespaces = (reply.elements ?? []).compactMap(\.text)
        return [ChangeListener.invalidations]
            + namespaces.flatMap { namespace in
                (0..<keys.shardCount).map { keys.shardName(namespace: namespace, shard: $0) }
            }
    }

    private func logKey(_ shard: String) -> String {
        shard == ChangeListener.invalidations ? keys.invalidations : keys.log(shard: shard)
    }
}

/// One element of a log: its name, its number, what has happened, and to what.
private struct LoggedChange {
    let place: LogPosition.Place
    let kind: String
    let value: String

    /// `[name, ["n", number, kind, value]]`.
    init?(_ reply: RESPReply) {
        guard let parts = reply.elements, parts.count == 2, let name = parts[0].text, let fields = parts[1].elements,
            fields.count == 4, let number = fields[1].text.flatMap({ Int64($0) }), let kind = fields[2].text,
            let value = fields[3].text
        else { return nil }
        place = LogPosition.Place(name: name, number: number)
        (self.kind, self.value) = (kind, value)
    }

    /// When it was written, by the server's clock.
    var moment: Timestamp? {
        Int64(place.name.prefix { $0 != "-" }).map { Timestamp(milliseconds: $0) }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

extension RedisScript {
    /// KEYS: the log of invalidations. ARGV: channel, message, most elements, life (ms), kind, value. Returns the name.
    fileprivate static let announce = RedisScript(
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
        local number = last[1] and tonumber(last[1][2][2]) + 1 or 1
        local name = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'n', number, ARGV[5], ARGV[6])
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        redis.pcall('PUBLISH', ARGV[1], ARGV[2])
        return name
        """)

    /// KEYS: one that says which server is asked. Returns its time in milliseconds.
    fileprivate static let time = RedisScript(
        """
        local time = redis.call('TIME')
        return string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
        """)
}
