/// A light stemmer for English: plurals, -ing, -ed, -ly, and the spellings -our/-or, -ise/-ize.
///
/// It follows step 1 of Porter's algorithm ("An algorithm for suffix stripping", 1980) and drops a final e, so that
/// "changing", "changed" and "change" meet. Words of other languages pass mostly unchanged.
enum Stemmer {
    /// The hash of the stem of a folded word. O(length), no allocation.
    @inline(__always)
    static func stem(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var count = word.count
        if count <= 3 || word[0] >= 0x80 { return WordHash.of(word) }
        count = dropPlural(word, count)
        count = dropEnding(word, count)
        if count > 4, ends(word, count, "ly") { count -= 2 }
        if count > 3, word[count - 1] == UInt8(ascii: "e") { count -= 1 }
        return hash(word, count)
    }

    private static func dropPlural(_ word: UnsafeBufferPointer<UInt8>, _ count: Int) -> Int {
        guard word[count - 1] == UInt8(ascii: "s"), count > 3 else { return count }
        if ends(word, count, "sses") || ends(word, count, "xes") || ends(word, count, "ches")
            || ends(word, count, "shes") || ends(word, count, "zes")
        {
            return count - 2
        }
        if ends(word, count, "ies") { return count > 4 ? count - 2 : count - 1 }
        if ends(word, count, "ss") || ends(word, count, "us") || ends(word, count, "is") { return count }
        return count - 1
    }

    private static func dropEnding(_ word: UnsafeBufferPointer<UInt8>, _ count: Int) -> Int {
        var end = count
        if count > 5, ends(word, count, "ing"), hasVowel(word, count - 3) {
            end = count - 3
        } else if count > 4, ends(word, count, "ed"), !ends(word, count, "eed"), hasVowel(word, count - 2) {
            end = count - 2
        } else {
            return count
        }
        // "stopped", "planning": the doubled consonant goes, as it does not in "calling" and "missing".
        let last = word[end - 1]
        if end > 3, last == word[end - 2], !isVowel(last), last != UInt8(ascii: "l"), last != UInt8(ascii: "s"),
            last != UInt8(ascii: "z")
        {
            end -= 1
        }
        return end
    }

    /// Hashes the first `count` bytes with a final y as i, -our as -or and -is as -iz.
    private static func hash(_ word: UnsafeBufferPointer<UInt8>, _ count: Int) -> UInt64 {
        var hash = WordHash()
        let isBritish = count >= 5 && ends(word, count, "our")
        let isWithS = count >= 6 && ends(word, count, "is")
        for index in 0..<count {
            var byte = word[index]
            if index == count - 1 {
                if byte == UInt8(ascii: "y") && !isVowel(word[index - 1]) { byte = UInt8(ascii: "i") }
                if isWithS { byte = UInt8(ascii: "z") }
            }
            if isBritish && index == count - 2 { continue }
            hash.add(byte)
        }
        return hash.value
    }

    /// Whether the first `count` bytes of a word end in this.
    @inline(__always)
    static func ends(_ word: UnsafeBufferPointer<UInt8>, _ count: Int, _ suffix: StaticString) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard count >= length else { return false }
        for offset in 0..<length where word[count - length + offset] != suffix.utf8Start[offset] { return false }
        return true
    }

    private static func hasVowel(_ word: UnsafeBufferPointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where isVowel(word[index]) || word[index] == UInt8(ascii: "y") { return true }
        return false
    }

    @inline(__always)
    private static func isVowel(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "a") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "i") || byte == UInt8(ascii: "o")
            || byte == UInt8(ascii: "u")
    }

    /// The stem of a word given as text.
    static func stem(_ word: some StringProtocol) -> UInt64 {
        Array(word.utf8).withUnsafeBufferPointer { stem($0) }
    }
}
