/// Which rows of a learned table a text sums, and with what weights.
///
/// Rows are numbered: words, listed bigrams, hashed bigrams, character buckets.
struct RowIndex: Sendable {
    /// Rows and their weights, side by side.
    struct Picked {
        var indices: [UInt32] = []
        var weights: [Float] = []

        @inline(__always)
        mutating func append(_ row: UInt32, _ weight: Float) {
            indices.append(row)
            weights.append(weight)
        }
    }

    private let table: KeyTable
    private let words: UInt32
    private let bigramBase: UInt32
    private let bigramBuckets: UInt64
    private let characterBase: UInt32
    private let characterBuckets: UInt64

    /// `keys`: of the words, then of the listed bigrams.
    init(keys: [UInt64], words: Int, bigrams: Int, bigramBuckets: Int, characterBuckets: Int) {
        table = KeyTable(keys)
        self.words = UInt32(words)
        bigramBase = UInt32(words + bigrams)
        self.bigramBuckets = UInt64(bigramBuckets)
        characterBase = UInt32(words + bigrams + bigramBuckets)
        self.characterBuckets = UInt64(characterBuckets)
    }

    /// The rows of a text: one of each listed word and of each bigram, the n-grams of each unknown word.
    func rows(of tokens: Tokens) -> Picked {
        var picked = Picked()
        picked.indices.reserveCapacity(tokens.count * 3 + 16)
        picked.weights.reserveCapacity(tokens.count * 3 + 16)
        tokens.bytes.withUnsafeBufferPointer { bytes in
            var previous: UInt64 = 0
            for (i, token) in tokens.all.enumerated() {
                let word = UnsafeBufferPointer(rebasing: bytes[token.folded])
                let key = StableHash.hash(word)
                pick(word: word, key: key, into: &picked)
                if i > 0 { picked.append(bigram(StableHash.pair(previous, key)), 1) }
                previous = key
            }
        }
        return picked
    }

    /// The row of a word with the hash `key`, or the rows of its n-grams, which share the weight √n.
    @inline(__always)
    func pick(word: UnsafeBufferPointer<UInt8>, key: UInt64, into picked: inout Picked) {
        if let row = table.row(of: key), row < words {
            picked.append(row, 1)
            return
        }
        let first = picked.indices.count
        StableHash.forEachGram(word) { hash in
            picked.append(characterBase + UInt32(truncatingIfNeeded: hash % characterBuckets), 0)
        }
        let weight = 1 / Float(max(1, picked.indices.count - first)).squareRoot()
        for i in first..<picked.indices.count { picked.weights[i] = weight }
    }

    /// The row of a listed word.
    func wordRow(_ key: UInt64) -> Int? {
        guard let row = table.row(of: key), row < words else { return nil }
        return Int(row)
    }

    @inline(__always)
    private func bigram(_ key: UInt64) -> UInt32 {
        if let row = table.row(of: key), row >= words { return row }
        return bigramBase + UInt32(truncatingIfNeeded: key % bigramBuckets)
    }
}
