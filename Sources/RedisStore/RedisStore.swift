import CacheModel
import Platform

/// Entries in a Redis that several Deja nodes share.
///
/// Each entry is a hash; its exact key leads to it; both expire by themselves and may be evicted at any time, which is a
/// miss. Calls end by `RedisConfiguration.timeout`; those that send much (`put` of many, scans) do so for each round
/// trip of at most 1 MiB or one batch.
public final class RedisStore: EntryStore {
    public let location: String
    public var isShared: Bool { true }

    let configuration: RedisConfiguration
    let clock: any WallClock
    let errors: RedisErrors
    let keys: RedisKeys
    private let coding: RedisEntryCoding
    let servers: any RedisServers
    let report: @Sendable (StoreError) -> Void
    /// The key–value namespaces that this process has named in `deja:values`.
    let notedNamespaces = Locked<Set<String>>([])
    /// The namespaces that this process has named in `deja:namespaces`, and when.
    let entryNamespaces = Locked<[String: UInt64]>([:])
    let listener: ChangeListener
    /// How often keys had changed servers when changes were last read.
    let seenTopology = Locked(0)
    private let checkToken = Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: 0...255) })

    /// How much one pipeline carries.
    private static let pipelineBytes = 1 << 20
    private static let pipelineCommands = 256
    /// How often a scan begins anew because keys have moved.
    private static let scanRounds = 3

    /// A store over `configuration`. Connects when it is first used; `check` tells whether it can be.
    ///
    /// - Parameter report: is told of each damaged entry that a scan passes over.
    public convenience init(
        _ configuration: RedisConfiguration, clock: any WallClock = SystemClock(),
        report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) { self.init(configuration, servers: configuration.makeServers(), clock: clock, report: report) }

    /// A store over `servers`, whichever `configuration` names.
    init(
        _ configuration: RedisConfiguration, servers: any RedisServers, clock: any WallClock = SystemClock(),
        report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.clock = clock
        self.report = report
        location = configuration.location
        errors = RedisErrors(location: configuration.location)
        keys = RedisKeys(prefix: configuration.prefix, shardCount: max(1, configuration.shardCount))
        coding = RedisEntryCoding(errors: errors)
        self.servers = servers
        listener = ChangeListener(servers: servers, channel: keys.channel, timeout: configuration.timeout)
    }

    deinit { close() }

    // MARK: Writing

    public func put(_ entry: CacheEntry) throws(StoreError) { try put([entry]) }

    public func put(_ entries: [CacheEntry]) throws(StoreError) { _ = try put(entries, checked: nil) }

    /// Pipelined. Each entry is written whole or not at all; when one fails the others are tried all the same and the
    /// first error is thrown.
    @discardableResult
    public func put(_ entries: [CacheEntry], checked: Timestamp?) throws(StoreError) -> [EntryID] {
        try noteNamespaces(of: entries)
        var failure: StoreError?
        let calls = entries.lazy.map { [self] in putArguments($0, checked: checked) }
        var superseded: [EntryID] = []
        for (entry, reply) in zip(entries, try run(.put, calls, mayRepeat: true)) {
            if reply.integer == 3 { superseded.append(entry.header.id) }
            if case .error(let text) = reply, failure == nil { failure = errors.error(reply: text) }
            if reply.integer == 2, failure == nil {
                failure = StoreError(.late, "\(location) wants to know what was invalidated since the entry was made")
            }
        }
        if let failure { throw failure }
        return superseded
    }

    @discardableResult
    public func remove(_ references: [EntryReference]) throws(StoreError) -> Int {
        // Not repeated: what a lost reply had removed would not be counted.
        let replies = try run(
            .remove,
            references.lazy.map { [keys] reference in
                var command = ScriptArguments()
                command.keys.append(keys.entry(reference))
                command.keys.append(
                    keys.log(shard: keys.shardName(namespace: reference.namespace, scope: reference.scope)))
                command.values.append(keys.base(namespace: reference.namespace, scope: reference.scope))
                command.values.append(reference.id.description)
                command.values.append(reference.scope.bytes)
                return command
            }, mayRepeat: false)
        var removed = 0
        for reply in replies { removed += Int(try checked(reply).integer ?? 0) }
        return removed
    }

    /// Does nothing: Redis expires keys by itself.
    @discardableResult
    public func removeExpired(now: Timestamp) throws(StoreError) -> Int { 0 }

    public func check() throws(StoreError) {
        let key = keys.check(checkToken)
        let replies = try servers.exchange(
            [RESPCommand("SET", key, checkToken, "PX", "10000"), RESPCommand("GET", key)], mayRepeat: true)
        _ = try checked(replies[0])
        guard try checked(replies[1]).text == checkToken else { throw errors.unexpected("GET") }
    }

    // MARK: Reading

    public func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? {
        let key = keys.entry(reference)
        let command = hashCommand(key, RedisEntryCoding.headerFields + RedisEntryCoding.bodyFields)
        let reply = try checked(try servers.exchange([command], mayRepeat: true)[0], key: key)
        guard let values = reply.elements else { throw errors.unexpected("HMGET") }
        guard let entry = live(try coding.entry(values, key: key)) else { return nil }
        return entry.header.reference == reference ? entry : nil
    }

    public func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        let base = keys.base(namespace: namespace, scope: scope)
        var arguments = ScriptArguments()
        arguments.keys.append("\(base)x:\(keys.exactName(exactKey, scope: scope))")
        arguments.values.append(base)
        for field in RedisEntryCoding.headerFields + RedisEntryCoding.bodyFields { arguments.values.append(field) }
        let reply = try checked(try run(.find, [arguments], mayRepeat: true)[0], key: arguments.keys[0])
        if reply == .null { return nil }
        guard let parts = reply.elements, let id = parts.first?.text else {
            throw errors.corrupt(key: arguments.keys[0], "no entry's name")
        }
        guard parts.count == 2, let values = parts[1].elements else {
            // The entry has moved ahead of its exact key.
            guard let name = EntryID(id) else { throw errors.corrupt(key: arguments.keys[0], "no entry's name") }
            return try entry(EntryReference(id: name, namespace: namespace, scope: scope))
        }
        guard let entry = live(try coding.entry(values, key: "\(base)e:\(id)")) else { return nil }
        guard entry.header.scope == scope, entry.header.exactKey == exactKey, entry.header.namespace == namespace
        else { throw errors.corrupt(key: arguments.keys[0], "it leads to another entry") }
        return entry
    }

    /// By SCAN, never KEYS, so the server serves others in between; no connection is held while `body` runs. An entry
    /// that is there all the while is seen once; one put meanwhile may be seen. Damaged entries are passed over and
    /// reported.
    public func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        let size = min(max(batchSize, 1), 1000)
        try scanKeys(count: size) { found throws(StoreError) in
            var rest = found[...]
            while !rest.isEmpty {
                let headers = try readHeaders(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                if !headers.isEmpty && !body(headers) { return false }
            }
            return true
        }
    }

    /// Counts entries only where the database has few keys; sizes are the server's affair.
    public func statistics() throws(StoreError) -> StoreStatistics {
        var keyCount: Int64 = 0
        for keeper in try servers.keepers() {
            let reply = try checked(try keeper.exchange([RESPCommand("DBSIZE")], mayRepeat: true)[0])
            guard let count = reply.integer else { throw errors.unexpected("DBSIZE") }
            keyCount += count
        }
        guard keyCount <= 10_000 else { return StoreStatistics(entries: nil, bytes: nil) }
        var entries = 0
        try scanKeys(count: 1000) { found throws(StoreError) in
            entries += found.count
            return true
        }
        return StoreStatistics(entries: entries, bytes: nil)
    }

    public func close() {
        servers.close()
        listener.close()
    }

    // MARK: Parts

    private func putArguments(_ entry: CacheEntry, checked: Timestamp?) -> ScriptArguments {
        let header = entry.header
        let base = keys.base(namespace: header.namespace, scope: header.scope)
        let exactName = keys.exactName(header.exactKey, scope: header.scope)
        let now = clock.now()
        let bound = now.adding(seconds: configuration.maximumLife)
        let expiry = min(header.expires ?? bound, bound)
        var arguments = ScriptArguments()
        arguments.keys = ["\(base)e:\(header.id)", "\(base)x:\(exactName)", "\(base)log"]
        arguments.values.append(base)
        arguments.values.append(header.id.description)
        // A key that never ends in Redis's arithmetic would be refused; one in the past ends at once.
        arguments.values.append(max(1, expiry.milliseconds))
        arguments.values.append(max(0, Int64(expiry.seconds(since: now) * 1000)))
        arguments.values.append(RedisEntryCoding.joined(header.tags))
        arguments.values.append((checked ?? header.created).milliseconds)
        arguments.values.append(checked == nil ? "0" : "1")
        RedisEntryCoding.append(entry, exactName: exactName, to: &arguments.values)
        return arguments
    }

    private func live(_ entry: CacheEntry?) -> CacheEntry? {
        guard let expires = entry?.header.expires else { return entry }
        return expires <= clock.now() ? nil : entry
    }

    private func hashCommand(_ key: String, _ fields: [String]) -> RESPCommand {
        var command = RESPCommand("HMGET", key)
        for field in fields { command.append(field) }
        return command
    }

    /// Calls `body` with all entries' keys as SCAN finds them, each once, until it returns `false`.
    func scanKeys(count: Int, _ body: ([String]) throws(StoreError) -> Bool) throws(StoreError) {
        // SCAN repeats keys while the server's table changes size. Entries' names are random in their last word.
        var seen: Set<EntryID> = []
        try scanKeys(
            like: keys.entryPattern, count: count,
            where: { key in RedisKeys.entryID(inKey: key).map { seen.insert($0).inserted } ?? false }, body)
    }

    /// Calls `body` with the wanted ones of the keys that fit a pattern, until it returns `false`. When keys have moved
    /// between servers meanwhile, those that were passed by are looked for again.
    func scanKeys(
        like pattern: String, count: Int, where isWanted: (String) -> Bool,
        _ body: ([String]) throws(StoreError) -> Bool
    ) throws(StoreError) {
        for _ in 0..<Self.scanRounds {
            let changes = servers.topologyChanges
            for keeper in try servers.keepers() {
                guard try scanKeys(of: keeper, like: pattern, count: count, where: isWanted, body) else { return }
            }
            if servers.topologyChanges == changes { return }
        }
    }

    /// Scans one server; returns whether `body` wants more.
    private func scanKeys(
        of keeper: RedisPool, like pattern: String, count: Int, where isWanted: (String) -> Bool,
        _ body: ([String]) throws(StoreError) -> Bool
    ) throws(StoreError) -> Bool {
        var cursor = "0"
        repeat {
            let command = RESPCommand("SCAN", cursor, "MATCH", pattern, "COUNT", String(count))
            let reply = try checked(try keeper.exchange([command], mayRepeat: true)[0])
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].text, let found = parts[1].elements
            else { throw errors.unexpected("SCAN") }
            cursor = next
            let wanted = found.compactMap(\.text).filter(isWanted)
            if !wanted.isEmpty, try !body(wanted) { return false }
        } while cursor != "0"
        return true
    }

    func readHeaders(_ found: [String]) throws(StoreError) -> [EntryHeader] {
        let commands = found.map { hashCommand($0, RedisEntryCoding.headerFields) }
        let now = clock.now()
        var headers: [EntryHeader] = []
        for (key, reply) in zip(found, try servers.exchange(commands, mayRepeat: true)) {
            do throws(StoreError) {
                let values = try checked(reply, key: key).elements ?? []
                guard let header = try coding.header(values, key: key) else { continue }
                if let expires = header.expires, expires <= now { continue }
                guard keys.entry(header.reference) == key else {
                    throw errors.corrupt(key: key, "its namespace or scope belongs to another key")
                }
                headers.append(header)
            } catch {
                guard [.corrupt, .newerVersion].contains(error.code) else { throw error }
                report(error)
            }
        }
        return headers
    }

    /// Sends commands that do the same when they are done twice; an error reply is thrown.
    func exchange(_ commands: [RESPCommand]) throws(StoreError) -> [RESPReply] {
        let replies = try servers.exchange(commands, mayRepeat: true)
        for reply in replies { _ = try checked(reply) }
        return replies
    }

    /// `deja:{ns/S}:l:DIGEST`: who holds a lease.
    func leaseName(_ key: LeaseKey) -> String {
        "\(keys.base(namespace: key.namespace, scope: key.scope))l:\(keys.exactName(key.text, scope: key.scope))"
    }

    func checked(_ reply: RESPReply, key: String? = nil) throws(StoreError) -> RESPReply {
        guard case .error(let text) = reply else { return reply }
        let error = errors.error(reply: text)
        if let key, error.code == .corrupt { throw errors.corrupt(key: key, "another kind of value") }
        throw error
    }

    // MARK: Scripts

    /// Runs `script` once for each of `calls`, pipelined; the replies come in their order.
    func run(_ script: RedisScript, _ calls: some Sequence<ScriptArguments>, mayRepeat: Bool)
        throws(StoreError) -> [RESPReply]
    {
        var replies: [RESPReply] = []
        var pipeline: [ScriptArguments] = []
        var bytes = 0
        for call in calls {
            pipeline.append(call)
            bytes += call.values.byteCount
            if bytes >= Self.pipelineBytes || pipeline.count >= Self.pipelineCommands {
                replies += try runPipeline(script, pipeline, mayRepeat: mayRepeat)
                (pipeline, bytes) = ([], 0)
            }
        }
        if !pipeline.isEmpty { replies += try runPipeline(script, pipeline, mayRepeat: mayRepeat) }
        return replies
    }

    private func runPipeline(_ script: RedisScript, _ calls: [ScriptArguments], mayRepeat: Bool) throws(StoreError)
        -> [RESPReply]
    {
        var replies = try servers.exchange(calls.map { $0.command("EVALSHA", script.digest) }, mayRepeat: mayRepeat)
        // A restarted server has forgotten its scripts; EVAL does the call and teaches it anew.
        let forgotten = replies.indices.filter { replies[$0].isError("NOSCRIPT") }
        if forgotten.isEmpty { return replies }
        let again = try servers.exchange(
            forgotten.map { calls[$0].command("EVAL", script.text) }, mayRepeat: mayRepeat)
        for (index, reply) in zip(forgotten, again) { replies[index] = reply }
        return replies
    }
}

/// The keys and values of one call of a script.
struct ScriptArguments {
    var keys: [String] = []
    var values = RESPCommand()

    func command(_ verb: String, _ script: String) -> RESPCommand {
        var command = RESPCommand(verb, script, String(keys.count))
        for key in keys { command.append(key) }
        command.append(contentsOf: values)
        return command
    }
}

extension RESPReply {
    /// Whether it is an error that starts with `word`.
    fileprivate func isError(_ word: String) -> Bool {
        if case .error(let text) = self { text.hasPrefix(word) } else { false }
    }
}
