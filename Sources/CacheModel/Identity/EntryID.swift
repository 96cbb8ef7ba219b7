/// The name of one cache entry: 48 bits of creation time (ms), 16 bits of its scope's digest (the Redis shard is taken
/// from them), 64 random bits. Written as 26 characters of Crockford's base 32, so names sort by age (as ULIDs do).
public struct EntryID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Time and shard bits.
    public let high: UInt64
    /// Random bits.
    public let low: UInt64

    /// A name from its two words.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh name; `random` is the caller's, so that tests can repeat it.
    public init(created: Timestamp, scope: Digest256, random: UInt64) {
        let milliseconds = UInt64(clamping: created.milliseconds) & 0xFFFF_FFFF_FFFF
        self.init(high: milliseconds << 16 | scope.w0 >> 48, low: random)
    }

    /// When the name was made.
    public var created: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    /// The 16 bits taken from the scope's digest.
    public var shardBits: UInt16 { UInt16(truncatingIfNeeded: high) }

    /// A digit of Crockford's base 32: the letters I, L, O and U are left out.
    @inline(__always)
    private static func character(_ digit: UInt8) -> UInt8 {
        if digit < 10 { return 0x30 + digit }
        let letter = 0x41 + digit - 10
        return letter + (digit > 17 ? 1 : 0) + (digit > 19 ? 1 : 0) + (digit > 21 ? 1 : 0) + (digit > 26 ? 1 : 0)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A name from its 26 characters, either case; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 26 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (position, character) in text.utf8.enumerated() {
            let upper = character >= 0x61 ? character - 32 : character
            guard let digit = Self.alphabet.firstIndex(of: upper) else { return nil }
            // 130 bits of text for 128 of name: the first character may use three bits only.
            if position == 0 && digit > 7 { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    /// The 26 characters.
    public var description: String {
        var text = [UInt8](repeating: 0, count: 26)
        var (high, low) = (high, low)
        for position in stride(from: 25, through: 0, by: -1) {
            text[position] = Self.alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the 26 characters to `bytes`.
    public func append(to bytes: inout [UInt8]) {
        // Five bits a character from the end on, in one piece: this is written twice for each hit.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 26) { text in
            var (high, low, place) = (high, low, 26)
            while place > 0 {
                place -= 1
                text[place] = Self.character(UInt8(truncatingIfNeeded: low & 31))
                low = low >> 5 | high << 59
                high >>= 5
            }
            bytes.append(contentsOf: UnsafeBufferPointer(text))
        }
    }

    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
