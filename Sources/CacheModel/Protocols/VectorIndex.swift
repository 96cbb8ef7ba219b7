/// One neighbour that a search found.
public struct Neighbor: Sendable, Equatable {
    /// The caller's number for the vector.
    public var slot: UInt32
    /// Cosine similarity in [-1, 1].
    public var similarity: Float

    /// A neighbour.
    public init(slot: UInt32, similarity: Float) {
        self.slot = slot
        self.similarity = similarity
    }
}

/// The vectors of one scope, searched by cosine similarity.
///
/// Not synchronised: the caller lets many search at once or one change it.
public protocol VectorIndex: AnyObject, Sendable {
    /// d, the number of components of every vector.
    var dimension: Int { get }
    /// How many vectors it holds.
    var count: Int { get }
    /// Bytes of memory that it holds for its vectors and lists.
    var memoryBytes: Int { get }
    /// Adds `vector` (d floats, unit-norm) under `slot`.
    /// - Precondition: `slot` is not in the index.
    func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32)
    /// Removes `slot`; returns whether it was there. O(1) amortised.
    @discardableResult func remove(slot: UInt32) -> Bool
    /// The at most `limit` nearest vectors to `query` (d floats, unit-norm) with a similarity of at least
    /// `minimumSimilarity`, best first; ties by slot. `exhaustive` asks for the exact answer whatever it costs.
    func search(_ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool)
        -> [Neighbor]
    /// `search` for each row of `queries` (n×d, row-major).
    func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]]
}

/// Makes the index of a new scope.
public protocol VectorIndexFactory: Sendable {
    /// An empty index for vectors of `dimension` components.
    func makeIndex(dimension: Int) -> any VectorIndex
}
