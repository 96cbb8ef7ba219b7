import CacheModel

/// An index whose vectors can move to another, a few at a time.
protocol MovableIndex: VectorIndex {
    /// Removes some vector after showing it to `body` with its slot; `false` when there is none. O(1) amortised.
    func removeSome(_ body: (UnsafeBufferPointer<Float>, UInt32) -> Void) -> Bool
    /// About `wanted` of the vectors, chosen at random. O(count), and copies what it chooses.
    func sample(_ wanted: Int, seed: UInt64) -> VectorSample
}
