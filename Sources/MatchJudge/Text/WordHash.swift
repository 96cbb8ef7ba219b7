/// A 64-bit FNV-1a hash with a finishing mix: equal in every process and on every machine, so it may be stored.
///
/// Source: Fowler, Noll, Vo, "FNV hash"; the mix is the last step of MurmurHash3 (public domain).
struct WordHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init() {}

    @inline(__always)
    mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    @inline(__always)
    mutating func add(_ word: UInt64) { state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15 }

    /// The hash of what was added.
    @inline(__always)
    var value: UInt64 { Self.mix(state) }

    @inline(__always)
    static func mix(_ word: UInt64) -> UInt64 {
        var h = word
        h ^= h >> 33
        h = h &* 0xff51_afd7_ed55_8ccd
        h ^= h >> 33
        return h
    }

    /// The hash of `bytes`.
    @inline(__always)
    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = WordHash()
        for byte in bytes { hash.add(byte) }
        return hash.value
    }

    /// The hash of a word's UTF-8.
    static func of(_ word: some StringProtocol) -> UInt64 { of(word.utf8) }

    /// An ordered combination of two hashes.
    @inline(__always)
    static func pair(_ a: UInt64, _ b: UInt64) -> UInt64 {
        mix(a &* 0x9e37_79b9_7f4a_7c15 ^ (b &+ 0x632b_e59b_d9b4_e019))
    }
}
