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
    /// Does up to `budget` small pieces of work that change how vectors are kept, not which; returns whether there is more.
    func maintain(budget: Int) -> Bool
    /// Writes the index down for `VectorIndexFactory.restoreIndex`. O(count).
    func encode(into bytes: inout SnapshotBytes)
}

/// Makes the index of a new scope.
public protocol VectorIndexFactory: Sendable {
    /// An empty index for vectors of `dimension` components.
    func makeIndex(dimension: Int) -> any VectorIndex
    /// Names what its indexes write down; `nil` when they write nothing. A snapshot of another format is not read.
    var snapshotFormat: String? { get }
    /// An index as it wrote itself down; the caller knows that format, dimension and checksum are right.
    /// - Throws: `SnapshotProblem` when the bytes contradict each other.
    func restoreIndex(dimension: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) -> any VectorIndex
}

extension VectorIndex {
    /// Nothing to do.
    public func maintain(budget: Int) -> Bool { false }

    /// Nothing: an index that is rebuilt from the store.
    public func encode(into bytes: inout SnapshotBytes) {}
}

extension VectorIndexFactory {
    /// None.
    public var snapshotFormat: String? { nil }

    /// Refuses.
    public func restoreIndex(dimension: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem)
        -> any VectorIndex
    { throw SnapshotProblem("is of indexes that are never written down") }
}
