/// A map of 32-bit keys to one byte each: an open-addressing table of about eight bytes an entry, read-only.
struct ByteTable: Sendable {
    private let keys: [UInt32]
    private let values: [UInt8]
    private let mask: Int
    /// How many entries the table holds.
    let count: Int

    /// A table of these entries. A key of zero is kept as one. O(n).
    init(_ entries: [(key: UInt32, value: UInt8)]) {
        var capacity = 16
        while capacity < entries.count * 3 / 2 + 1 { capacity *= 2 }
        var keys = [UInt32](repeating: 0, count: capacity)
        var values = [UInt8](repeating: 0, count: capacity)
        for entry in entries {
            let key = max(1, entry.key)
            var slot = Int(key) & (capacity - 1)
            while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & (capacity - 1) }
            keys[slot] = key
            values[slot] = entry.value
        }
        (self.keys, self.values, mask, count) = (keys, values, capacity - 1, entries.count)
    }

    /// The byte of a key, given any 64-bit hash whose low half it is.
    @inline(__always)
    subscript(hash: UInt64) -> UInt8? {
        let key = max(1, UInt32(truncatingIfNeeded: hash))
        var slot = Int(key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }
}

/// How rare words are: stem hash → inverse document frequency, as counted on the training prompts.
public struct Vocabulary: Sendable {
    private let table: ByteTable
    /// The rarity of a word that is not in the table, nats.
    public let unknownRarity: Float
    /// How many words the table holds.
    public var count: Int { table.count }

    /// Nats a level: 255 levels reach 17 nats, one occurrence in 24 million prompts.
    public static let step: Float = 1.0 / 15

    /// A vocabulary without words: everything is equally rare.
    public init() { self.init(entries: [], unknownRarity: 8) }

    /// A vocabulary from the low 32 bits of stem hashes, each with its rarity in units of `step`.
    public init(entries: [(key: UInt32, level: UInt8)], unknownRarity: Float) {
        table = ByteTable(entries.map { ($0.key, $0.level) })
        self.unknownRarity = unknownRarity
    }

    /// The rarity of the word with this stem, nats; `nil` for a word that is not in the table.
    @inline(__always)
    func rarity(_ stem: UInt64) -> Float? { table[stem].map { Float($0) * Self.step } }
}

/// What the training pairs say of a word that only one side has, and of two words that stand for each other: the
/// log-odds that one answer still serves both.
public struct Evidence: Sendable {
    private let table: ByteTable
    /// How many words and word pairs the table holds.
    public var count: Int { table.count }

    /// Log-odds a level; level 128 is none.
    public static let step: Float = 1.0 / 24

    /// No evidence.
    public init() { self.init(entries: []) }

    /// Evidence from the low 32 bits of `key(_:_:)`, each with its level.
    public init(entries: [(key: UInt32, level: UInt8)]) { table = ByteTable(entries.map { ($0.key, $0.level) }) }

    /// The key of two words that stand for each other, in either order; of one word that the other side lacks, with 0.
    static func key(_ a: UInt64, _ b: UInt64) -> UInt64 { WordHash.pair(min(a, b), max(a, b)) }

    /// The log-odds for a key; `nil` where training has not seen it often enough.
    @inline(__always)
    func odds(_ key: UInt64) -> Float? { table[key].map { (Float($0) - 128) * Self.step } }
}
