import CacheModel

extension AdaptiveIndex {
    /// A training that is under way is not written down: it starts again when the index changes next.
    public func encode(into bytes: inout SnapshotBytes) {
        bytes.append(UInt64(trainedCount))
        bytes.append(UInt64(changesSinceTraining.insertions))
        bytes.append(UInt64(changesSinceTraining.removals))
        bytes.append(UInt8(previous == nil ? 1 : 2))
        for index in [current, previous].compactMap(\.self) {
            bytes.append(UInt8(index is IVFIndex ? 1 : 0))
            index.encode(into: &bytes)
        }
    }

    /// An index as it wrote itself down.
    convenience init(
        dimension: Int, settings: Settings, from cursor: inout SnapshotCursor
    ) throws(SnapshotProblem) {
        self.init(dimension: dimension, settings: settings)
        trainedCount = try cursor.count(upTo: .max)
        changesSinceTraining = (try cursor.count(upTo: .max), try cursor.count(upTo: .max))
        let parts = try cursor.read(UInt8.self)
        guard parts == 1 || parts == 2 else { throw .damaged }
        current = try Self.part(dimension, settings, from: &cursor)
        if parts == 2 { previous = try Self.part(dimension, settings, from: &cursor) }
    }

    private static func part(
        _ dimension: Int, _ settings: Settings, from cursor: inout SnapshotCursor
    ) throws(SnapshotProblem) -> any MovableIndex {
        switch try cursor.read(UInt8.self) {
        case 0: try FlatIndex(dimension: dimension, tuning: settings.tuning.flat, isa: settings.isa, from: &cursor)
        case 1: try IVFIndex(dimension: dimension, tuning: settings.tuning.ivf, isa: settings.isa, from: &cursor)
        default: throw .damaged
        }
    }
}

extension AdaptiveIndexFactory {
    public var snapshotFormat: String? { "adaptive-3" }

    public func restoreIndex(dimension: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem)
        -> any VectorIndex
    { try AdaptiveIndex(dimension: dimension, settings: settings, from: &cursor) }
}
