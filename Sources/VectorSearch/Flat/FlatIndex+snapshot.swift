import CacheModel

extension FlatIndex {
    public func encode(into bytes: inout SnapshotBytes) {
        store.encode(rowLimit: count, codedRows: codedRows, into: &bytes)
    }

    /// An index as it wrote itself down.
    convenience init(
        dimension: Int, tuning: FlatTuning, isa: KernelISA, from cursor: inout SnapshotCursor
    ) throws(SnapshotProblem) {
        self.init(dimension: dimension, tuning: tuning, isa: isa)
        codedRows = try store.decode(from: &cursor) { (limit) throws(SnapshotProblem) in [0..<limit] }.codedRows
    }
}

extension FlatIndexFactory {
    public var snapshotFormat: String? { "flat-2" }

    public func restoreIndex(dimension: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem)
        -> any VectorIndex
    { try FlatIndex(dimension: dimension, tuning: tuning, isa: isa, from: &cursor) }
}
