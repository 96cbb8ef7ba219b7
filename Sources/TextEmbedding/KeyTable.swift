/// Finds the row of a 64-bit key: open addressing at half load, one 8-byte slot a probe.
///
/// A slot holds the key's upper half and its row; the lower half chose the place. An unlisted key is taken for a
/// listed one once in about four billion probes.
struct KeyTable: Sendable {
    private let slots: [UInt64]
    private let mask: Int

    /// The table of `keys`; the row of a key is its place.
    init(_ keys: [UInt64]) {
        var capacity = 16
        while capacity < keys.count * 2 { capacity *= 2 }
        var slots = [UInt64](repeating: 0, count: capacity)
        for (row, key) in keys.enumerated() {
            var place = Int(truncatingIfNeeded: key) & (capacity - 1)
            while slots[place] != 0 { place = (place + 1) & (capacity - 1) }
            slots[place] = key & 0xFFFF_FFFF_0000_0000 | UInt64(row + 1)
        }
        self.slots = slots
        mask = capacity - 1
    }

    /// The row of `key`, if listed.
    @inline(__always)
    func row(of key: UInt64) -> UInt32? {
        slots.withUnsafeBufferPointer { slots in
            var place = Int(truncatingIfNeeded: key) & mask
            while true {
                let slot = slots[place]
                if slot == 0 { return nil }
                if slot >> 32 == key >> 32 { return UInt32(truncatingIfNeeded: slot) - 1 }
                place = (place + 1) & mask
            }
        }
    }
}
