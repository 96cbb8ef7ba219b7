extension TextScanner {
    /// What a word with one of two opposed prefixes is called by: the stem behind it and the pair of prefixes, the side in
    /// the lowest bit. 0 without one, or if less than three letters are left.
    func facing(_ from: Int, _ count: Int) -> UInt64 {
        guard count >= 5 else { return 0 }
        let first = analysis.folded[from]
        guard first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z"),
            FacingPrefixes.initials & 1 << UInt32(first - UInt8(ascii: "a")) != 0
        else { return 0 }
        return analysis.folded.withUnsafeBufferPointer { folded in
            let word = UnsafeBufferPointer(rebasing: folded[from..<from + count])
            for entry in FacingPrefixes.all where entry.bytes.count + 3 <= count && word.starts(with: entry.bytes) {
                let rest = Stemmer.stem(UnsafeBufferPointer(rebasing: word[entry.bytes.count...]))
                return (rest &+ entry.pair &* 0x9E37_79B9_7F4A_7C15) & ~1 | entry.side
            }
            return 0
        }
    }
}

/// Prefixes that turn one word into opposites: hyperthyroidism and hypothyroidism, upload and download.
private enum FacingPrefixes {
    static let all: [(bytes: [UInt8], pair: UInt64, side: UInt64)] = """
        hyper hypo | macro micro | inter intra | over under | pre post | tachy brady | endo exo | super sub | up down
        in out | homo hetero | maxi mini | mono poly | anti pro
        """.split(whereSeparator: { $0 == "|" || $0 == "\n" }).enumerated().flatMap { pair, words in
            words.split(separator: " ").enumerated().map { side, word in
                (Array(word.utf8), UInt64(pair + 1), UInt64(side))
            }
        }

    /// A bit for each letter that one of them begins with.
    static let initials: UInt32 = all.reduce(0) { $0 | 1 << UInt32($1.bytes[0] - UInt8(ascii: "a")) }
}
