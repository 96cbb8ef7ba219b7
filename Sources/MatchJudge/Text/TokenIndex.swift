/// Finds tokens by stem: an open-addressing table over one analysis, rebuilt in place.
struct TokenIndex {
    private var slots: [Int32] = []
    private var mask = 0
    /// The next token of the same stem, or -1.
    private(set) var next: [Int32] = []

    /// Indexes `tokens`. O(n).
    mutating func build(_ tokens: [Token]) {
        var capacity = 16
        while capacity < tokens.count * 2 { capacity *= 2 }
        if slots.count != capacity {
            slots = [Int32](repeating: -1, count: capacity)
        } else {
            slots.withUnsafeMutableBufferPointer { $0.update(repeating: -1) }
        }
        mask = capacity - 1
        next.removeAll(keepingCapacity: true)
        next.append(contentsOf: repeatElement(-1, count: tokens.count))
        for position in tokens.indices.reversed() {
            var slot = Int(truncatingIfNeeded: tokens[position].stem) & mask
            while slots[slot] >= 0, tokens[Int(slots[slot])].stem != tokens[position].stem { slot = (slot + 1) & mask }
            next[position] = slots[slot]
            slots[slot] = Int32(position)
        }
    }

    /// The first token with this stem, or -1.
    @inline(__always)
    func first(_ stem: UInt64, in tokens: [Token]) -> Int {
        if slots.isEmpty { return -1 }
        var slot = Int(truncatingIfNeeded: stem) & mask
        while slots[slot] >= 0 {
            if tokens[Int(slots[slot])].stem == stem { return Int(slots[slot]) }
            slot = (slot + 1) & mask
        }
        return -1
    }
}
