import CShims
import CacheModel

/// A key of AES-256-GCM.
public struct SealingKey: Sendable, Equatable {
    /// The 32 bytes. Never shown.
    let bytes: [UInt8]
    /// Four bytes of a digest of the key, which stand in front of everything that it has sealed.
    let tag: [UInt8]

    /// A key of 32 bytes; `nil` for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
        tag = Array(OpenSSLHasher().digest(Array("deja-key-name-v1".utf8) + bytes).bytes.prefix(4))
    }

    /// A key of 64 hexadecimal digits.
    public init?(hex: String) {
        guard let bytes = Hexadecimal.decode(hex.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    /// A fresh random key.
    public static func random() -> SealingKey { SealingKey(bytes: randomBytes(32))! }

    /// What logs and errors call it: eight hexadecimal digits that tell nothing of the key.
    public var name: String { Hexadecimal.encode(tag) }
    /// 64 hexadecimal digits: for the file that keeps it.
    public var hex: String { Hexadecimal.encode(bytes) }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(deja_random_bytes(&bytes, count) == 1, "libcrypto has no random bytes")
        return bytes
    }
}

/// The keys in force: one seals, all open. `digests` keys the digests that entries are found by, and stays when the
/// others change, or nothing would be found any more.
public struct SealingKeys: Sendable, Equatable {
    /// The key that keyed digests are made with.
    public var digests: SealingKey
    /// The key that seals, and then the older ones that still open.
    public var keys: [SealingKey]

    /// Keys, the one that seals first; `nil` when there is none.
    public init?(digests: SealingKey, keys: [SealingKey]) {
        if keys.isEmpty { return nil }
        (self.digests, self.keys) = (digests, keys)
    }

    /// Keys of an environment variable: 64 hexadecimal digits each, the one that seals first, commas between them. The
    /// key of digests is made of the oldest: who drops that one starts with an empty cache.
    public init?(text: String) {
        let keys = text.split(separator: ",").map { SealingKey(hex: $0.trimmingCharacters(in: .whitespaces)) }
        guard let oldest = keys.last ?? nil, !keys.contains(nil) else { return nil }
        var digest = [UInt8](repeating: 0, count: 32)
        let label = Array("deja-digests-v1".utf8)
        precondition(deja_hmac_sha256(oldest.bytes, label, label.count, &digest) == 1, "libcrypto refused")
        self.init(digests: SealingKey(bytes: digest)!, keys: keys.compactMap { $0 })
    }

    /// Fresh random keys.
    public static func random() -> SealingKeys { SealingKeys(digests: .random(), keys: [.random()])! }
}
