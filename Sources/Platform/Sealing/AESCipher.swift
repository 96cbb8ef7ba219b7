import CShims
import CacheModel

/// AES-256-GCM through OpenSSL.
///
/// Sealed bytes: `DE 01`, the key's tag (4 bytes), the nonce (12, random), the ciphertext, its tag (16). The plaintext
/// is one byte that says how it is kept (0 as it is, 1 one zstd frame) and the rest. With random nonces a key is good
/// for 2^32 seals (NIST SP 800-38D, 8.3).
public final class AESCipher: EntryCipher {
    private struct State {
        var keys: SealingKeys
        /// When the source was last asked for keys, nanoseconds of the monotonic clock.
        var asked: UInt64 = 0
    }

    private let state: Locked<State>
    /// Reads the keys again: another process may have added one.
    private let source: @Sendable () -> SealingKeys?
    private let clock: any WallClock

    private static let magic: [UInt8] = [0xDE, 0x01]
    private static let head = 2 + 4 + 12

    /// A cipher with `keys`. When something turns up that none of them has sealed, `source` is asked for newer keys, once
    /// a second at most.
    public init(
        _ keys: SealingKeys, clock: any WallClock = SystemClock(),
        source: @escaping @Sendable () -> SealingKeys? = { nil }
    ) {
        state = Locked(State(keys: keys))
        self.source = source
        self.clock = clock
    }

    public var currentKey: String { state.withLock { $0.keys.keys[0].name } }

    /// Takes other keys, at once.
    public func replace(_ keys: SealingKeys) { state.withLock { $0.keys = keys } }

    public func keyed(_ digest: Digest256) -> Digest256 {
        let key = state.withLock { $0.keys.digests }
        var out = [UInt8](repeating: 0, count: 32)
        let bytes = digest.bytes
        precondition(deja_hmac_sha256(key.bytes, bytes, bytes.count, &out) == 1, "libcrypto refused to compute HMAC")
        return Digest256(bytes: out)!
    }

    public func seal(_ bytes: [UInt8], for place: SealPlace) -> [UInt8] {
        seal(bytes, for: place, nonce: SealingKey.randomBytes(12))
    }

    /// Seals with a nonce that must never come twice: for known-answer tests.
    func seal(_ bytes: [UInt8], for place: SealPlace, nonce: [UInt8]) -> [UInt8] {
        let key = state.withLock { $0.keys.keys[0] }
        let frame = bytes.count >= ZstdCodec.threshold ? ZstdCodec.compress(bytes) : nil
        let plain = frame.map { [1] + $0 } ?? [0] + bytes
        var sealed = Self.magic + key.tag + nonce
        sealed += [UInt8](unsafeUninitializedCapacity: plain.count + 16) { buffer, count in
            let isSealed = deja_gcm_seal(
                key.bytes, nonce, place.bytes, place.bytes.count, plain, plain.count, buffer.baseAddress)
            precondition(isSealed == 1, "libcrypto refused to encrypt")
            count = plain.count + 16
        }
        return sealed
    }

    public func open(_ sealed: [UInt8], for place: SealPlace) -> [UInt8]? {
        guard sealed.count > Self.head + 16, let tag = Self.keyTag(of: sealed), let key = key(tag) else { return nil }
        let nonce = Array(sealed[6..<Self.head])
        var isOpen = false
        let plain = [UInt8](unsafeUninitializedCapacity: sealed.count - Self.head - 16) { buffer, count in
            isOpen = sealed.withUnsafeBufferPointer { all in
                deja_gcm_open(
                    key.bytes, nonce, place.bytes, place.bytes.count, all.baseAddress! + Self.head,
                    all.count - Self.head, buffer.baseAddress) == 1
            }
            count = isOpen ? sealed.count - Self.head - 16 : 0
        }
        guard isOpen, let kind = plain.first else { return nil }
        switch kind {
        case 0: return Array(plain.dropFirst())
        case 1: return ZstdCodec.decompress(Array(plain.dropFirst()))
        default: return nil
        }
    }

    /// The tag of the key that sealed bytes; `nil` for bytes that are not sealed.
    static func keyTag(of bytes: [UInt8]) -> [UInt8]? {
        bytes.count >= 6 && Array(bytes[0..<2]) == magic ? Array(bytes[2..<6]) : nil
    }

    /// What the key is called that sealed bytes; `nil` for bytes that are not sealed.
    static func keyName(of bytes: [UInt8]) -> String? { keyTag(of: bytes).map { Hexadecimal.encode($0) } }

    private func key(_ tag: [UInt8]) -> SealingKey? {
        let now = clock.monotonicNanoseconds()
        let (known, mayAsk) = state.withLock { state -> (SealingKey?, Bool) in
            if let key = state.keys.keys.first(where: { $0.tag == tag }) { return (key, false) }
            guard state.asked == 0 || now &- state.asked > 1_000_000_000 else { return (nil, false) }
            state.asked = max(1, now)
            return (nil, true)
        }
        guard known == nil, mayAsk, let newer = source() else { return known }
        replace(newer)
        return newer.keys.first { $0.tag == tag }
    }
}

/// Digests under the cipher's key: what exact keys and scopes are named by where entries are sealed.
public struct KeyedHasher: ContentHasher {
    private let plain = OpenSSLHasher()
    private let cipher: any EntryCipher

    /// A hasher under the key of `cipher`.
    public init(_ cipher: any EntryCipher) { self.cipher = cipher }

    public func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest256 { cipher.keyed(plain.digest(bytes)) }
}
