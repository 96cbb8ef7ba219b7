import CacheModel
import Platform

/// The names of all keys. What must agree (an entry, its exact key, its tags) has one hash tag `{namespace/shard}` and so
/// lies in one slot of a cluster; the shards spread a namespace over all slots.
struct RedisKeys: Sendable {
    let prefix: String
    let shardCount: Int

    /// `deja:{ns/S}:`, which all keys of a scope start with.
    func base(namespace: String, scope: Digest256) -> String {
        "\(prefix):{\(Self.escaped(namespace))/\(shard(of: scope))}:"
    }

    /// `deja:{ns/S}:log`: what has changed in a shard, which `shard` names `ns/S`.
    func log(shard: String) -> String { "\(prefix):{\(shard)}:log" }

    /// What a shard is called: the inside of its keys' hash tag.
    func shardName(namespace: String, shard: Int) -> String { "\(Self.escaped(namespace))/\(shard)" }

    /// What a scope's shard is called.
    func shardName(namespace: String, scope: Digest256) -> String {
        shardName(namespace: namespace, shard: shard(of: scope))
    }

    /// Where all nodes hear which shards have changed.
    var channel: String { "\(prefix):changes" }
    /// Invalidations, for all shards.
    var invalidations: String { "\(prefix):invalidations" }
    /// The namespaces that have, or had, entries.
    var namespaces: String { "\(prefix):namespaces" }

    /// `deja:{ns/S}:e:ID`: the entry's hash.
    func entry(_ reference: EntryReference) -> String {
        "\(base(namespace: reference.namespace, scope: reference.scope))e:\(reference.id)"
    }

    /// What `x:` keys end with: a digest over scope and exact key.
    func exactName(_ exactKey: Digest256, scope: Digest256) -> String {
        OpenSSLHasher().digest(scope.bytes + exactKey.bytes).description
    }

    /// A key of this process's own to test the server with.
    func check(_ token: String) -> String { "\(prefix):check:\(token)" }

    /// The glob pattern of all entries' keys, for SCAN.
    var entryPattern: String { "\(prefix):{*}:e:*" }

    /// The name in an entry's key; `nil` for a key of another shape.
    static func entryID(inKey key: String) -> EntryID? {
        guard let mark = key.lastIndex(of: ":") else { return nil }
        return EntryID(key[key.index(after: mark)...])
    }

    /// The digest's first 16 bits, which an `EntryID` carries too, reduced to the shards there are.
    private func shard(of scope: Digest256) -> Int { Int(scope.w0 >> 48) % shardCount }

    /// Letters, digits and `. _ -` as they are, every other byte as `%XX`: nothing a caller names can close the hash tag,
    /// add a level or meet another name.
    static func escaped(_ name: String) -> String { name.utf8.allSatisfy(isPlain) ? name : escaped(name.utf8) }

    /// The same for a name of any bytes.
    static func escaped(_ name: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in name {
            if isPlain(byte) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text += Hexadecimal.encode(CollectionOfOne(byte)).utf8
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The name that `escaped` was given; `nil` when that is not what it gave.
    static func unescaped(_ text: some StringProtocol) -> String? {
        unescapedBytes(text).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The same for a name of any bytes.
    static func unescapedBytes(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let pair = Hexadecimal.decode(rest.prefix(2)) else { return nil }
            bytes += pair
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// Whether `prefix` can stand in keys and patterns as it is.
    static func isUsable(prefix: String) -> Bool {
        !prefix.isEmpty && prefix.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ":") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
