import CKernels
import CacheModel

/// A sketch for each row of a store: 64 bits, a factor and a class of angles, 10 bytes, in blocks of 64 rows.
///
/// Most of a scan's time is reading: where a code of all d components takes 36 bytes a row at d = 256, this takes 10, and
/// on real prompts it leaves a few hundred of a million rows to compare with a near-duplicate, a few thousand with a
/// stranger.
final class SketchPlane {
    let basis: SketchBasis
    var blocks = GrowableBuffer<UInt8>()

    init(basis: SketchBasis) { self.basis = basis }

    private static let blockBytes = Int(DEJA_SKETCH_BLOCK)
    /// Rows of a block.
    static let blockRows = 64

    var memoryBytes: Int { blocks.memoryBytes + basis.memoryBytes }

    /// Sketches `vector` (d floats) as `row`.
    func encode(_ vector: UnsafePointer<Float>, row: Int) {
        blocks.reserve(Self.bytes(rows: row + 1))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: SketchBasis.components) { components in
            basis.project(vector, into: components.baseAddress!)
            deja_sketch_encode(components.baseAddress!, block(of: row), row % Self.blockRows)
        }
    }

    /// Copies the sketch of `row` over that of `target`.
    func move(row: Int, to target: Int) {
        deja_sketch_copy(block(of: row), row % Self.blockRows, block(of: target), target % Self.blockRows)
    }

    /// Gives memory back; rows from `rowLimit` on have no sketch.
    func trim(rowLimit: Int) { blocks.trim(Self.bytes(rows: rowLimit)) }

    /// Writes the rows of `range`, which starts at a block, that `margins` leave a chance, and their products; returns how
    /// many. Both outputs need room for `range.count`.
    @inline(__always)
    func scan(
        _ range: Range<Int>, query: UnsafePointer<deja_sketch_query>, margins: UnsafePointer<Int8>, isa: KernelISA,
        rows: UnsafeMutablePointer<UInt32>, products: UnsafeMutablePointer<Int32>
    ) -> Int {
        deja_sketch_scan(
            isa.rawValue, block(of: range.lowerBound), range.count, query, margins, UInt32(range.lowerBound), rows,
            products)
    }

    private func block(of row: Int) -> UnsafeMutablePointer<UInt8> {
        blocks.base! + row / Self.blockRows * Self.blockBytes
    }

    private static func bytes(rows: Int) -> Int { (rows + blockRows - 1) / blockRows * blockBytes }

    // MARK: Snapshots

    /// Writes the basis and the sketches of the first `rows` rows down, whole blocks.
    func encode(rows: Int, into bytes: inout SnapshotBytes) {
        bytes.append(basis.energy)
        bytes.append(counted: basis.rows)
        blocks.encode(Self.bytes(rows: rows), into: &bytes)
    }

    /// A plane as it wrote itself down.
    convenience init(dimension: Int, rows: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        let energy = try cursor.read(Float.self)
        let directions = try cursor.array(of: Float.self)
        guard directions.count == SketchBasis.components * dimension else { throw .damaged }
        self.init(basis: SketchBasis(rows: directions, dimension: dimension, energy: energy))
        try blocks.decode(Self.bytes(rows: rows), from: &cursor)
        // A class beyond the last would be read as another's; no scan may read past its table of margins.
        for block in 0..<Self.bytes(rows: rows) / Self.blockBytes {
            let classes = blocks.base! + block * Self.blockBytes + 576
            for row in 0..<Self.blockRows where classes[row] >= DEJA_SKETCH_CLASSES {
                guard block * Self.blockRows + row >= rows else { throw .damaged }
                classes[row] = 0
            }
        }
    }
}
