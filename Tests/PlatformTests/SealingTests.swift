import CShims
import CacheModel
import TestSupport
import Testing

@testable import Platform

/// Known answers, and what becomes of sealed bytes that somebody has changed, moved or sealed under another key.
struct SealingTests {
    private static func bytes(_ hex: String) -> [UInt8] { Hexadecimal.decode(hex.utf8)! }

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 14 and 16.
    @Test(arguments: [
        (
            String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", String(repeating: "0", count: 32),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ])
    func theCipherGivesTheKnownAnswer(
        _ key: String, _ nonce: String, _ context: String, _ plain: String, _ sealed: String
    ) {
        let (key, nonce, context) = (Self.bytes(key), Self.bytes(nonce), Self.bytes(context))
        let (plain, sealed) = (Self.bytes(plain), Self.bytes(sealed))
        var out = [UInt8](repeating: 0, count: plain.count + 16)
        #expect(deja_gcm_seal(key, nonce, context, context.count, plain, plain.count, &out) == 1)
        #expect(out == sealed)
        var back = [UInt8](repeating: 0, count: plain.count)
        #expect(deja_gcm_open(key, nonce, context, context.count, sealed, sealed.count, &back) == 1)
        #expect(back == plain)
    }

    /// RFC 4231, test case 2: its key of four bytes counts as one of 32 with zeros behind it.
    @Test func theKeyedDigestGivesTheKnownAnswer() {
        let key = Array("Jefe".utf8) + [UInt8](repeating: 0, count: 28)
        let data = Array("what do ya want for nothing?".utf8)
        var out = [UInt8](repeating: 0, count: 32)
        #expect(deja_hmac_sha256(key, data, data.count, &out) == 1)
        #expect(Hexadecimal.encode(out) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    /// The format on the medium: a change of it makes everything that is stored unreadable.
    @Test func sealedBytesStayReadableForEver() {
        let keys = SealingKeys(text: String(repeating: "0f", count: 32))!
        let cipher = AESCipher(keys)
        let sealed = cipher.seal(
            Array("the answer".utf8), for: SealPlace("golden"), nonce: [UInt8](repeating: 7, count: 12))
        #expect(Hexadecimal.encode(sealed) == Self.golden, "\(Hexadecimal.encode(sealed))")
        #expect(cipher.open(Self.bytes(Self.golden), for: SealPlace("golden")) == Array("the answer".utf8))
    }

    private static let golden =
        "de0189f190b2070707070707070707070707813cd82f7452e32abad71af6475770d5cc6eaf607032bb15fd24d7"

    @Test(arguments: [0, 1, 100, 5_000])
    func whatWasChangedDoesNotOpen(_ size: Int) {
        let cipher = AESCipher(.random())
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0 % 7) }
        let sealed = cipher.seal(plain, for: SealPlace("a"))
        #expect(cipher.open(sealed, for: SealPlace("a")) == plain)
        #expect(cipher.open(sealed, for: SealPlace("b")) == nil, "moved")
        #expect(AESCipher(.random()).open(sealed, for: SealPlace("a")) == nil, "another key")
        for index in stride(from: 0, to: sealed.count, by: max(1, sealed.count / 60)) {
            var changed = sealed
            changed[index] ^= 1
            #expect(cipher.open(changed, for: SealPlace("a")) == nil, "byte \(index)")
            #expect(cipher.open(Array(sealed[..<index]), for: SealPlace("a")) == nil, "cut at \(index)")
        }
        #expect(cipher.seal(plain, for: SealPlace("a")) != sealed, "each seal has its own nonce")
    }

    @Test func aRotatedKeyStillOpensAndARetiredOneDoesNot() {
        let (old, new) = (SealingKey.random(), SealingKey.random())
        let digests = SealingKey.random()
        let before = SealingKeys(digests: digests, keys: [old])!
        let both = SealingKeys(digests: digests, keys: [new, old])!
        let sealed = AESCipher(before).seal([1, 2, 3], for: SealPlace("a"))
        #expect(AESCipher(both).open(sealed, for: SealPlace("a")) == [1, 2, 3])
        #expect(AESCipher(SealingKeys(digests: digests, keys: [new])!).open(sealed, for: SealPlace("a")) == nil)
        let digest = Digest256(1, 2, 3, 4)
        #expect(AESCipher(before).keyed(digest) == AESCipher(both).keyed(digest), "entries are still found")
        #expect(AESCipher(before).keyed(digest) != digest)
    }

    /// A node that meets what a newer key has sealed reads the keys again, once a second at most.
    @Test func aRunningNodeTakesAKeyThatAnotherOneHasMade() {
        let clock = TestClock()
        let first = SealingKeys.random()
        let newer = SealingKeys(digests: first.digests, keys: [.random()] + first.keys)!
        let asked = Locked(0)
        let node = AESCipher(first, clock: clock) {
            asked.withLock { $0 += 1 }
            return newer
        }
        let sealed = AESCipher(newer).seal([9], for: SealPlace("a"))
        let foreign = AESCipher(.random()).seal([9], for: SealPlace("a"))
        #expect(node.open(sealed, for: SealPlace("a")) == [9])
        for _ in 0..<10 { #expect(node.open(foreign, for: SealPlace("a")) == nil) }
        #expect(asked.withLock { $0 } <= 2)
        clock.advance(seconds: 2)
        #expect(node.open(foreign, for: SealPlace("a")) == nil)
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func keysThatAreNoneAreRefused() {
        for text in [
            "", "00", String(repeating: "0", count: 63), String(repeating: "g", count: 64),
            "0,\(String(repeating: "0", count: 64))",
        ] {
            #expect(SealingKeys(text: text) == nil, "\(text)")
        }
        #expect(SealingKeys(digests: .random(), keys: []) == nil)
    }
}
