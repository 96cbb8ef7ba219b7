/// Edit distance with transpositions of neighbours, bounded by two.
enum EditDistance {
    /// Whether `a` becomes `b` by at most `limit` (1 or 2) insertions, deletions, replacements and swaps of neighbours.
    ///
    /// Follows each possible edit at the first difference (at most 4^limit paths), as the words are nearly equal:
    /// O(length) where they are not.
    static func within(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, _ limit: Int) -> Bool {
        within(a, 0, b, 0, limit)
    }

    private static func within(
        _ a: UnsafeBufferPointer<UInt8>, _ i: Int, _ b: UnsafeBufferPointer<UInt8>, _ j: Int, _ limit: Int
    ) -> Bool {
        var (i, j) = (i, j)
        while i < a.count, j < b.count, a[i] == b[j] {
            i += 1
            j += 1
        }
        let (restA, restB) = (a.count - i, b.count - j)
        if restA == 0 || restB == 0 { return restA + restB <= limit }
        if limit == 0 || abs(restA - restB) > limit { return false }
        if within(a, i + 1, b, j + 1, limit - 1) || within(a, i + 1, b, j, limit - 1)
            || within(a, i, b, j + 1, limit - 1)
        {
            return true
        }
        return restA > 1 && restB > 1 && a[i] == b[j + 1] && a[i + 1] == b[j] && within(a, i + 2, b, j + 2, limit - 1)
    }

    /// Whether the digits of the two words differ: such a slip changes what is meant.
    static func differsInDigits(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        digits(a) != digits(b)
    }

    private static func digits(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        for byte in word where byte >= 0x30 && byte <= 0x39 { value = value &* 11 &+ UInt64(byte - 0x2F) }
        return value
    }
}
