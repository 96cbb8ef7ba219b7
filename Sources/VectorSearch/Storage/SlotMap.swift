/// Finds the row of a slot: a chained hash table over rows that grows one bucket at a time (linear hashing, W. Litwin
/// 1980), so that no insertion ever pays for a rehash of everything.
///
/// The chains run through an array parallel to the rows; the keys are the store's own array of slots. 8 bytes a row
/// beside that array's 4. All operations are O(1) expected, in the worst case too long only by a chain.
final class SlotMap {
    private var heads = GrowableBuffer<UInt32>()
    private var next = GrowableBuffer<UInt32>()
    private var buckets = 0
    private var count = 0

    private static var none: UInt32 { .max }

    /// What the lists take, and this object itself.
    var memoryBytes: Int { heads.memoryBytes + next.memoryBytes + 80 }

    /// Adds the rows of `ranges`, `total` in all, to an empty map: a bucket for each is there from the start, so that none is
    /// split on the way. `false` when two rows hold the same slot.
    func fill(_ ranges: [Range<Int>], total: Int, slots: UnsafePointer<UInt32>) -> Bool {
        precondition(count == 0, "rows are added to an empty map")
        heads.reserve(total)
        for bucket in 0..<total { heads[bucket] = Self.none }
        buckets = total
        next.reserve(ranges.reduce(0) { max($0, $1.upperBound) })
        for range in ranges {
            for row in range {
                let bucket = bucket(of: slots[row])
                var other = heads[bucket]
                while other != Self.none {
                    if slots[Int(other)] == slots[row] { return false }
                    other = next[Int(other)]
                }
                link(row, into: bucket)
            }
        }
        count = total
        return true
    }

    /// Adds `row`, which holds `slots[row]`.
    func insert(row: Int, slots: UnsafePointer<UInt32>) {
        next.reserve(row + 1)
        count += 1
        if buckets < count { split(slots) }
        link(row, into: bucket(of: slots[row]))
    }

    /// The row of `slot`, or `nil`.
    func row(of slot: UInt32, slots: UnsafePointer<UInt32>) -> Int? {
        guard buckets > 0 else { return nil }
        var row = heads[bucket(of: slot)]
        while row != Self.none {
            if slots[Int(row)] == slot { return Int(row) }
            row = next[Int(row)]
        }
        return nil
    }

    /// Takes `row` out; `slots[row]` must still be there.
    func remove(row: Int, slots: UnsafePointer<UInt32>) {
        redirect(row, to: next[row], slots: slots)
        count -= 1
        if buckets > 2 * count + 16 { merge() }
    }

    /// The content of `row` moves to `target`, which is free; `slots[row]` must still be there.
    func move(row: Int, to target: Int, slots: UnsafePointer<UInt32>) {
        next.reserve(target + 1)
        next[target] = next[row]
        redirect(row, to: UInt32(target), slots: slots)
    }

    /// Gives memory back; rows from `rowLimit` on are not in use.
    func trim(rowLimit: Int) {
        heads.trim(buckets)
        next.trim(rowLimit)
    }

    /// Points whatever points at `row` to `successor`.
    private func redirect(_ row: Int, to successor: UInt32, slots: UnsafePointer<UInt32>) {
        let bucket = bucket(of: slots[row])
        if heads[bucket] == UInt32(row) {
            heads[bucket] = successor
            return
        }
        var previous = Int(heads[bucket])
        while next[previous] != UInt32(row) { previous = Int(next[previous]) }
        next[previous] = successor
    }

    private func link(_ row: Int, into bucket: Int) {
        next[row] = heads[bucket]
        heads[bucket] = UInt32(row)
    }

    /// The bucket of a slot: by as many bits of its hash as number all buckets, or one bit fewer where that bucket has
    /// not been split off yet.
    private func bucket(of slot: UInt32) -> Int {
        var hash = slot
        hash = (hash ^ (hash >> 16)) &* 0x85EB_CA6B
        hash = (hash ^ (hash >> 13)) &* 0xC2B2_AE35
        hash ^= hash >> 16
        let level = Self.level(buckets)
        let wide = Int(hash) & ((2 << level) - 1)
        return wide < buckets ? wide : wide & ((1 << level) - 1)
    }

    /// The exponent of the largest power of two that is at most `buckets`.
    private static func level(_ buckets: Int) -> Int { Int.bitWidth - 1 - buckets.leadingZeroBitCount }

    /// Adds a bucket and gives it its share of the one that it splits from.
    private func split(_ slots: UnsafePointer<UInt32>) {
        let fresh = buckets
        heads.reserve(fresh + 1)
        heads[fresh] = Self.none
        buckets += 1
        guard fresh > 0 else { return }
        let source = fresh - (1 << Self.level(fresh))
        var row = heads[source]
        heads[source] = Self.none
        while row != Self.none {
            let following = next[Int(row)]
            link(Int(row), into: bucket(of: slots[Int(row)]))
            row = following
        }
    }

    /// Removes the last bucket; its rows go back to the one that it was split from.
    private func merge() {
        let last = buckets - 1
        guard last > 0 else { return }
        let target = last - (1 << Self.level(last))
        var row = heads[last]
        buckets = last
        while row != Self.none {
            let following = next[Int(row)]
            link(Int(row), into: target)
            row = following
        }
    }
}
