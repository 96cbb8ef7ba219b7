import CacheModel
import Platform

/// Values, each a hash whose tags' sets lie in its slot: `deja:{ns/k/S}:v:NAME` with S a shard taken from the name.
/// Writes of several names are pipelined and are no single step.
extension RedisStore: KeyValueStore {
    public var sharesValues: Bool { true }

    public func values(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        if names.isEmpty { return [] }
        let found = names.map { valueKey($0, space.namespace) }
        let commands = found.map { RESPCommand("HMGET", $0, "n", "x", "E", "k", "t", "e", "b") }
        let now = clock.now()
        var values: [KeptValue?] = []
        for (key, reply) in zip(found, try servers.exchange(commands, mayRepeat: true)) {
            let value = try value(try checked(reply, key: key), key: key)
            values.append(value.flatMap { $0.isLive(at: now, epoch: space.epoch) ? $0 : nil })
        }
        return values
    }

    public func put(_ writes: [ValueWrite], in space: ValueSpace) throws(StoreError) -> [ValueOutcome] {
        if writes.isEmpty { return [] }
        try noteNamespace(space.namespace)
        let least = KeptValue.version(at: clock.now())
        let calls = writes.map { write in
            let content = StoredResponse(compressing: write.content)
            var arguments = valueArguments(write.name, space)
            arguments.values.append(write.condition.word)
            arguments.values.append(least)
            arguments.values.append(write.keepsExpiry ? "1" : "0")
            arguments.values.append(write.expires.milliseconds)
            arguments.values.append(write.kind.rawValue)
            arguments.values.append(RedisEntryCoding.joined(write.tags))
            arguments.values.append(write.epoch)
            arguments.values.append(content.encoding.rawValue)
            arguments.values.append(content.bytes)
            return arguments
        }
        // A conditional write that is repeated would refuse what its first try has written.
        let isPlain = writes.allSatisfy { $0.condition == .always }
        let replies = try run(.putValue, calls, mayRepeat: isPlain)
        var outcomes: [ValueOutcome] = []
        for (index, reply) in replies.enumerated() {
            outcomes.append(try outcome(try checked(reply), writes[index], key: calls[index].keys[0]))
        }
        return outcomes
    }

    public func removeValues(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        let calls = names.map { valueArguments($0, space) }
        // Not repeated: what a lost reply had removed would not be counted.
        var removed: [KeptValue?] = []
        for (index, reply) in try run(.removeValue, calls, mayRepeat: false).enumerated() {
            removed.append(try value(try checked(reply), key: calls[index].keys[0]))
        }
        return removed
    }

    public func add(
        _ delta: Int64, to name: [UInt8], expires: Timestamp, epoch: Int64, in space: ValueSpace
    ) throws(StoreError) -> ValueSum {
        try noteNamespace(space.namespace)
        var arguments = valueArguments(name, space)
        arguments.values.append(delta)
        arguments.values.append(KeptValue.version(at: clock.now()))
        arguments.values.append(expires.milliseconds)
        arguments.values.append(epoch)
        // Not repeated: after a lost reply nobody knows whether it was added.
        let reply = try checked(try run(.addToValue, [arguments], mayRepeat: false)[0])
        guard let parts = reply.elements, let code = parts.first?.integer else { throw errors.unexpected("addToValue") }
        switch code {
        case 2: return .notInteger
        case 3: return .overflow
        default:
            guard parts.count == 2, let value = try value(parts[1], key: arguments.keys[0]), let sum = value.integer
            else { throw errors.unexpected("addToValue") }
            return .sum(sum, value)
        }
    }

    public func setExpiry(_ name: [UInt8], to expires: Timestamp, in space: ValueSpace) throws(StoreError)
        -> KeptValue?
    {
        var arguments = valueArguments(name, space)
        arguments.values.append(expires.milliseconds)
        let reply = try checked(try run(.expireValue, [arguments], mayRepeat: true)[0])
        return try value(reply, key: arguments.keys[0])
    }

    public func removeValues(
        tags: [String], namespace: String?, sparing spared: [[UInt8]]
    ) throws(StoreError) -> [ValueKey] {
        var removed: [ValueKey] = []
        let namespaces = if let namespace { [namespace] } else { try valueNamespaces() }
        for namespace in namespaces {
            let calls = tags.flatMap { tag in
                (0..<keys.shardCount).map { shard in
                    let base = valueBase(namespace, shard: shard)
                    var arguments = ScriptArguments()
                    arguments.keys = ["\(base)t:\(RedisKeys.escaped(tag))"]
                    arguments.values.append(base)
                    arguments.values.append(RedisKeys.escaped(tag))
                    for name in spared { arguments.values.append(RedisKeys.escaped(name)) }
                    return arguments
                }
            }
            for reply in try run(.removeTaggedValues, calls, mayRepeat: false) {
                for name in try checked(reply).elements ?? [] {
                    guard let name = name.text.flatMap({ RedisKeys.unescapedBytes($0) }) else { continue }
                    removed.append(ValueKey(namespace: namespace, name: name))
                }
            }
        }
        return removed
    }

    /// Does nothing: Redis expires keys by itself.
    @discardableResult
    public func removeExpiredValues(now: Timestamp) throws(StoreError) -> Int { 0 }
}

extension RedisStore {
    private func valueBase(_ namespace: String, shard: Int) -> String {
        "\(keys.prefix):{\(RedisKeys.escaped(namespace))/k/\(shard)}:"
    }

    /// FNV-1a over the name, so that it is the same in every process.
    private func valueBase(_ name: [UInt8], _ namespace: String) -> String {
        let hash = name.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return valueBase(namespace, shard: Int(hash % UInt64(keys.shardCount)))
    }

    private func valueKey(_ name: [UInt8], _ namespace: String) -> String {
        "\(valueBase(name, namespace))v:\(RedisKeys.escaped(name))"
    }

    private func valueArguments(_ name: [UInt8], _ space: ValueSpace) -> ScriptArguments {
        var arguments = ScriptArguments()
        let base = valueBase(name, space.namespace)
        let escaped = RedisKeys.escaped(name)
        arguments.keys = ["\(base)v:\(escaped)"]
        arguments.values.append(base)
        arguments.values.append(escaped)
        arguments.values.append(clock.now().milliseconds)
        arguments.values.append(space.epoch)
        return arguments
    }

    /// `deja:values`: the namespaces that have, or had, values. Each process says so once for each.
    private func noteNamespace(_ namespace: String) throws(StoreError) {
        if notedNamespaces.withLock({ $0.contains(namespace) }) { return }
        _ = try exchange([RESPCommand("SADD", namespacesKey, namespace)])
        _ = notedNamespaces.withLock { $0.insert(namespace) }
    }

    private func valueNamespaces() throws(StoreError) -> [String] {
        try exchange([RESPCommand("SMEMBERS", namespacesKey)])[0].elements?.compactMap(\.text) ?? []
    }

    private var namespacesKey: String { "\(keys.prefix):values" }

    private func outcome(_ reply: RESPReply, _ write: ValueWrite, key: String) throws(StoreError) -> ValueOutcome {
        guard let parts = reply.elements, let code = parts.first?.integer, parts.count > 1 else {
            throw errors.unexpected("putValue")
        }
        let version = parts[1].text.flatMap { Int64($0) }
        if code == 0 { return .refused(version: version) }
        guard parts.count == 5, let version, let expires = parts[2].text.flatMap({ Int64($0) }),
            let tags = parts[3].text.flatMap(RedisEntryCoding.names)
        else { throw errors.unexpected("putValue") }
        let value = KeptValue(
            kind: write.kind, content: write.content, version: version, expires: Timestamp(milliseconds: expires),
            tags: tags, epoch: write.epoch)
        return .written(value, former: try self.value(parts[4], key: key))
    }

    /// A value from its fields `n x E k t e b`; `nil` when there is none.
    private func value(_ reply: RESPReply, key: String) throws(StoreError) -> KeptValue? {
        guard let fields = reply.elements, !fields.isEmpty, fields.contains(where: { $0 != .null }) else { return nil }
        func integer(_ index: Int) -> Int64? { fields[index].text.flatMap { Int64($0) } }
        guard fields.count == 7, let version = integer(0), let expires = integer(1), let epoch = integer(2),
            let kind = integer(3).flatMap(KeptValue.Kind.init),
            let tags = fields[4].text.flatMap(RedisEntryCoding.names),
            let encoding = integer(5).flatMap(StoredResponse.Encoding.init), let bytes = fields[6].bytes,
            let content = StoredResponse(encoding: encoding, bytes: bytes).content
        else { throw errors.corrupt(key: key, "a value") }
        return KeptValue(
            kind: kind, content: content, version: version, expires: Timestamp(milliseconds: expires), tags: tags,
            epoch: epoch)
    }
}

extension ValueWrite.Condition {
    /// The condition as scripts read it.
    fileprivate var word: String {
        switch self {
        case .always: "a"
        case .absent: "n"
        case .present: "x"
        case .version(let version): String(version)
        }
    }
}
