import CacheModel

/// The rows that a scan of one-bit codes could not rule out, at most twice `keep` of them, and the estimate that a row
/// needs to join them.
///
/// Now and then the very best are compared at once: what they reach rules out others, and more of the rows still to come.
/// When there are too many left, the `keep` of the best estimates stay. Valid inside `with` only.
struct Survivors {
    /// Rows that are compared at most, but for the few compared early.
    let keep: Int
    /// The estimates' error at similarity 0, as wide as it is taken into account.
    let spread: Float
    /// The estimate that a row needs.
    private(set) var cut: Float
    private var count = 0
    /// The number at which the best are compared: twice what the last time left.
    private var patience = Survivors.leastPatience
    private let rows: UnsafeMutablePointer<UInt32>
    private let estimates: UnsafeMutablePointer<Float>

    /// The number of standard deviations by which an estimate may be too low before its row is missed.
    private static var deviations: Float { 3.5 }
    private static var leastPatience: Int { 32 }

    static func with<Result>(
        keep: Int, rotatedDimension: Int, minimumSimilarity: Float, _ body: (inout Survivors) -> Result
    ) -> Result {
        let room = 2 * keep + ScanScratch.rows + 16
        return withUnsafeTemporaryAllocation(byteCount: room * 8, alignment: 64) { memory in
            let base = memory.baseAddress!
            // The estimate's standard deviation at similarity s: √(1 - s²) · √((1 - a²) / a²) / √(d - 1), where
            // a² = 2/π is the squared cosine of a vector and its signs (RaBitQ, theorem 3.2).
            let deviation = 0.7555 / Float(max(1, rotatedDimension - 1)).squareRoot()
            var survivors = Survivors(
                keep: keep, spread: deviations * deviation, cut: -.infinity,
                rows: base.bindMemory(to: UInt32.self, capacity: room),
                estimates: (base + room * 4).bindMemory(to: Float.self, capacity: room))
            survivors.cut = minimumSimilarity - survivors.slack(minimumSimilarity)
            return body(&survivors)
        }
    }

    private init(
        keep: Int, spread: Float, cut: Float, rows: UnsafeMutablePointer<UInt32>,
        estimates: UnsafeMutablePointer<Float>
    ) {
        self.keep = keep
        self.spread = spread
        self.cut = cut
        self.rows = rows
        self.estimates = estimates
    }

    /// By how much the estimate of a row of at least this similarity may be too low.
    private func slack(_ similarity: Float) -> Float {
        spread * (1 - max(0, min(1, similarity)) * max(0, min(1, similarity))).squareRoot() + 0.01
    }

    /// Scans `range` (at most `ScanScratch.rows` coded rows, from a block's first on).
    @inline(__always)
    mutating func scan(
        _ range: Range<Int>, of store: borrowing RowStore, bits: BitPlane, query: PreparedQuery, codes: BitQuery,
        top: inout TopNeighbors
    ) {
        count += bits.scan(
            range, query: codes, cut: cut, isa: store.isa, candidates: rows + count, estimates: estimates + count)
        guard count > patience else { return }
        compareBest(store, query: query, top: &top)
        patience = max(Self.leastPatience, min(2 * count, 2 * keep))
    }

    /// Compares the survivors, the most promising first, as long as their estimates leave a chance.
    mutating func settle(_ store: borrowing RowStore, query: PreparedQuery, top: inout TopNeighbors) {
        compareBest(store, query: query, top: &top)
        compare(0..<count, store, query: query, top: &top)
        count = 0
    }

    /// Compares the best few, which raises the cut, and keeps the best `keep` of those that are not ruled out then.
    mutating func compareBest(_ store: borrowing RowStore, query: PreparedQuery, top: inout TopNeighbors) {
        let few = min(top.limit, count)
        guard few > 0 else { return }
        select(few)
        compare(0..<few, store, query: query, top: &top)
        cut = max(cut, top.floor - slack(top.floor))
        var remaining = 0
        for index in few..<count {
            // Without a branch that nobody could foresee.
            let estimate = estimates[index]
            rows[remaining] = rows[index]
            estimates[remaining] = estimate
            remaining += estimate >= cut ? 1 : 0
        }
        count = remaining
        guard count > keep else { return }
        select(keep)
        count = keep
        var least = Float.infinity
        for index in 0..<keep { least = min(least, estimates[index]) }
        cut = max(cut, least)
    }

    private func compare(
        _ range: Range<Int>, _ store: borrowing RowStore, query: PreparedQuery, top: inout TopNeighbors
    ) {
        guard !range.isEmpty else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { similarities in
            store.similarities(
                query, rows: rows + range.lowerBound, count: range.count, out: similarities.baseAddress!)
            for (index, similarity) in zip(range, similarities) {
                top.offer(slot: store.slot(Int(rows[index])), similarity: similarity)
            }
        }
    }

    /// Moves the `wanted` survivors of the largest estimates to the front (C. A. R. Hoare's FIND, 1961). O(count).
    private func select(_ wanted: Int) {
        if wanted == 1 { return selectBest() }
        var low = 0
        var high = count - 1
        while low < high {
            let pivot = estimates[(low + high) / 2]
            var left = low
            var right = high
            while left <= right {
                while estimates[left] > pivot { left += 1 }
                while estimates[right] < pivot { right -= 1 }
                guard left <= right else { break }
                swap(left, right)
                left += 1
                right -= 1
            }
            if wanted - 1 <= right { high = right } else if wanted - 1 >= left { low = left } else { return }
        }
    }

    private func selectBest() {
        var best = 0
        for index in 1..<count where estimates[index] > estimates[best] { best = index }
        swap(0, best)
    }

    @inline(__always)
    private func swap(_ a: Int, _ b: Int) {
        (rows[a], rows[b]) = (rows[b], rows[a])
        (estimates[a], estimates[b]) = (estimates[b], estimates[a])
    }
}
