/// Hashes that are the same in every process, for ever: they are part of the model files.
enum StableHash {
    /// FNV-1a's offset basis and prime, 64 bits (Fowler, Noll and Vo).
    static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    static let prime: UInt64 = 0x0000_0100_0000_01B3

    /// One byte more.
    @inline(__always)
    static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* prime }

    /// Spreads FNV's result over all bits, so that the low ones can index a table.
    @inline(__always)
    static func finish(_ hash: UInt64) -> UInt64 {
        let mixed = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed >> 29
    }

    /// The hash of `bytes`.
    @inline(__always)
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = basis
        for byte in bytes { hash = step(hash, byte) }
        return finish(hash)
    }

    /// The key of a bigram from the keys of its words; the order counts.
    @inline(__always)
    static func pair(_ left: UInt64, _ right: UInt64) -> UInt64 {
        finish(((left << 21 | left >> 43) &+ right) &* 0xFF51_AFD7_ED55_8CCD)
    }

    /// Calls `body` with the hash of each n-gram of code points of `<word>`, n = 3, 4, 5, by start and then by n.
    static func forEachGram(_ word: UnsafeBufferPointer<UInt8>, _ body: (UInt64) -> Void) {
        let length = word.count + 2
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { padded in
            padded[0] = UInt8(ascii: "<")
            for i in 0..<word.count { padded[i + 1] = word[i] }
            padded[length - 1] = UInt8(ascii: ">")
            var start = 0
            while start < length {
                var hash = basis
                var end = start
                var size = 0
                while size < 5, end < length {
                    repeat {
                        hash = step(hash, padded[end])
                        end += 1
                    } while end < length && padded[end] & 0xC0 == 0x80
                    size += 1
                    if size >= 3 { body(finish(hash)) }
                }
                if size < 3 { return }
                repeat { start += 1 } while start < length && padded[start] & 0xC0 == 0x80
            }
        }
    }
}
