import LinearAlgebra

/// Signed feature hashing of word 1–2-grams and character 3–5-grams.
///
/// Weinberger et al., "Feature hashing for large scale multitask learning" (2009): a feature's hash gives its place and
/// its sign, so that features that share a place cancel on average. A word weighs 1, a bigram 0.5, and the n-grams of
/// a word 1 together; each is multiplied by the IDF of its class of features.
struct HashedFeatures: Sendable {
    /// Classes of features with an IDF of their own; finer than the places, so that a rare word keeps its weight.
    static let idfClasses = 1 << 16
    private static let bigramWeight: Float = 0.5

    /// F, the number of places.
    let places: Int
    /// The IDF of each class, `idfClasses` of them; `nil`: all 1.
    let idf: [Float]?

    /// Adds a text's features to `out` (F floats, zeroed by the caller). Returns false when the text has none.
    func add(_ tokens: Tokens, into out: UnsafeMutablePointer<Float>) -> Bool {
        Self.forEachFeature(of: tokens) { key, weight in
            let scaled = idf.map { weight * $0[Self.idfClass(key)] } ?? weight
            let place = Int(truncatingIfNeeded: (key & 0xFFFF_FFFF) % UInt64(places))
            out[place] += key >> 63 == 0 ? scaled : -scaled
        }
        return tokens.count > 0
    }

    static func idfClass(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 40) & (idfClasses - 1) }

    /// Calls `body` with the hash and the weight of each feature.
    static func forEachFeature(of tokens: Tokens, _ body: (UInt64, Float) -> Void) {
        tokens.bytes.withUnsafeBufferPointer { bytes in
            var previous: UInt64 = 0
            for (i, token) in tokens.all.enumerated() {
                let word = UnsafeBufferPointer(rebasing: bytes[token.folded])
                let key = StableHash.hash(word)
                body(key, 1)
                if i > 0 { body(StableHash.pair(previous, key), bigramWeight) }
                previous = key
                var grams = 0
                StableHash.forEachGram(word) { _ in grams += 1 }
                let share = 1 / Float(max(1, grams)).squareRoot()
                // Another hash than a word's of the same letters: <a> is a gram of "a" and could be a word.
                StableHash.forEachGram(word) { body(StableHash.pair(0x6772_616D, $0), share) }
            }
        }
    }
}
