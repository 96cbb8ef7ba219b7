import CacheModel

extension RowStore {
    /// Writes the rows below `rowLimit` down, those in use and others; `codedRows` of them have one-bit codes.
    func encode(rowLimit: Int, codedRows: Int, into bytes: inout SnapshotBytes) {
        bytes.append(UInt64(count))
        bytes.append(UInt64(rowLimit))
        bytes.append(UInt64(codedRows))
        bytes.append(UInt8(sketches != nil ? 2 : bits != nil ? 1 : 0))
        codes.encode(rowLimit * stride, into: &bytes)
        scales.encode(rowLimit, into: &bytes)
        slots.encode(rowLimit, into: &bytes)
        bits?.encode(rows: codedRows, into: &bytes)
        sketches?.encode(rows: codedRows, into: &bytes)
    }

    /// Reads what `encode` wrote in place of all rows; returns the limit of rows and how many are coded. `live` says
    /// which rows are in use, given the limit.
    mutating func decode(
        from cursor: inout SnapshotCursor, live: (Int) throws(SnapshotProblem) -> [Range<Int>]
    ) throws(SnapshotProblem) -> (rowLimit: Int, codedRows: Int) {
        let most = cursor.remaining / stride
        let count = try cursor.count(upTo: most)
        let rowLimit = try cursor.count(upTo: most)
        let codedRows = try cursor.count(upTo: rowLimit)
        guard count <= rowLimit else { throw .damaged }
        let codeKind = try cursor.read(UInt8.self)
        try codes.decode(rowLimit * stride, from: &cursor)
        try scales.decode(rowLimit, from: &cursor)
        try slots.decode(rowLimit, from: &cursor)
        keepBits(codeKind == 1 ? Rotation.of(dimension: dimension) : nil)
        try bits?.decode(rows: codedRows, from: &cursor)
        if codeKind == 2 {
            keepSketches(try SketchPlane(dimension: dimension, rows: codedRows, from: &cursor))
        }
        let ranges = try live(rowLimit)
        guard ranges.reduce(0, { $0 + $1.count }) == count, ranges.allSatisfy({ $0.upperBound <= rowLimit }) else {
            throw .damaged
        }
        guard adopt(ranges, count: count) else { throw .damaged }
        return (rowLimit, codedRows)
    }
}

extension BitPlane {
    /// Writes the codes of the first `rows` rows down, whole blocks.
    func encode(rows: Int, into bytes: inout SnapshotBytes) {
        blocks.encode(blockBytes(rows), into: &bytes)
        factors.encode(rows, into: &bytes)
    }

    /// Reads what `encode` wrote.
    func decode(rows: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        try blocks.decode(blockBytes(rows), from: &cursor)
        try factors.decode(rows, from: &cursor)
    }

    private func blockBytes(_ rows: Int) -> Int { (rows + Self.blockRows - 1) / Self.blockRows * pairs * 64 }
}
