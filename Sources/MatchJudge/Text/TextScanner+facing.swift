extension TextScanner {
    /// What a word with one of two opposed prefixes is called by: the stem behind it and the pair of prefixes, the side in
    /// the lowest bit. 0 without one, or if less than three letters are left.
    func facing(_ from: Int, _ count: Int) -> UInt64 {
        guard count >= 5 else { return 0 }
        let initial = Int(analysis.folded[from]) - Int(UInt8(ascii: "a"))
        guard initial >= 0, initial < 26, !FacingPrefix.byInitial[initial].isEmpty else { return 0 }
        return analysis.folded.withUnsafeBufferPointer { folded in
            let word = UnsafeBufferPointer(rebasing: folded[from..<from + count])
            for prefix in FacingPrefix.byInitial[initial] where prefix.opens(word) {
                let rest = Stemmer.stem(UnsafeBufferPointer(rebasing: word[prefix.length...]))
                return (rest &+ prefix.pair &* 0x9E37_79B9_7F4A_7C15) & ~1 | prefix.side
            }
            return 0
        }
    }
}

/// A prefix that turns a word into the opposite of the same word with another: hyper- and hypo-, up- and down-.
private struct FacingPrefix {
    /// Its letters, the first in the lowest byte.
    var letters: UInt64 = 0
    var length = 0
    /// Of which pair it is, and which of the two.
    var pair: UInt64
    var side: UInt64

    init(_ letters: Substring, pair: Int, side: Int) {
        (self.pair, self.side) = (UInt64(pair), UInt64(side))
        for letter in letters.utf8 {
            self.letters |= UInt64(letter) << UInt64(8 * length)
            length += 1
        }
    }

    @inline(__always)
    func opens(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        guard word.count >= length + 3 else { return false }
        var rest = letters
        for index in 0..<length {
            if word[index] != UInt8(truncatingIfNeeded: rest) { return false }
            rest >>= 8
        }
        return true
    }

    /// All of them by their first letter.
    static let byInitial: [[FacingPrefix]] = {
        let pairs = """
            hyper hypo | macro micro | inter intra | over under | pre post | tachy brady | endo exo | super sub
            up down | in out | homo hetero | maxi mini | mono poly | anti pro
            """.split(whereSeparator: { $0 == "|" || $0 == "\n" })
        var table = [[FacingPrefix]](repeating: [], count: 26)
        for (pair, words) in pairs.enumerated() {
            for (side, word) in words.split(separator: " ").enumerated() {
                table[Int(word.utf8.first! - UInt8(ascii: "a"))].append(FacingPrefix(word, pair: pair + 1, side: side))
            }
        }
        return table
    }()
}
