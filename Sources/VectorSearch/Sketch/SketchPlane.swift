import CKernels
import CacheModel

/// Two sketches for each row of a store: 64 bits, a factor and a class of angles, 10 bytes each, in blocks of 64 rows.
///
/// Most of a scan's time is reading: where a code of all d components takes 36 bytes a row at d = 256, the first sketch
/// takes 10, and it leaves so few rows that most blocks of second sketches are never read.
final class SketchPlane {
    let basis: SketchBasis
    /// First and second sketches.
    var firsts = GrowableBuffer<UInt8>()
    var seconds = GrowableBuffer<UInt8>()

    init(basis: SketchBasis) { self.basis = basis }

    private static let blockBytes = Int(DEJA_SKETCH_BLOCK)
    /// Rows of a block.
    static let blockRows = 64

    var memoryBytes: Int { firsts.memoryBytes + seconds.memoryBytes + basis.memoryBytes }

    /// Sketches `vector` (d floats) as `row`.
    func encode(_ vector: UnsafePointer<Float>, row: Int) {
        firsts.reserve(Self.bytes(rows: row + 1))
        seconds.reserve(Self.bytes(rows: row + 1))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: SketchBasis.components) { components in
            basis.project(vector, into: components.baseAddress!)
            let (first, second) = (components.baseAddress!, components.baseAddress! + SketchBasis.half)
            let squares = components[..<SketchBasis.half].reduce(0) { $0 + $1 * $1 }
            let all = components[SketchBasis.half...].reduce(squares) { $0 + $1 * $1 }
            deja_sketch_encode(first, squares, firsts.base! + Self.offset(of: row), row % Self.blockRows)
            deja_sketch_encode(second, all, seconds.base! + Self.offset(of: row), row % Self.blockRows)
        }
    }

    /// Copies the sketches of `row` over those of `target`.
    func move(row: Int, to target: Int) {
        for base in [firsts.base!, seconds.base!] {
            deja_sketch_copy(
                base + Self.offset(of: row), row % Self.blockRows, base + Self.offset(of: target),
                target % Self.blockRows)
        }
    }

    /// Gives memory back; rows from `rowLimit` on have no sketch.
    func trim(rowLimit: Int) {
        firsts.trim(Self.bytes(rows: rowLimit))
        seconds.trim(Self.bytes(rows: rowLimit))
    }

    /// Writes the rows of `range`, which starts at a block, that `demand` leaves a chance, and their products; returns how
    /// many. Both outputs need room for `range.count`.
    @inline(__always)
    func scan(
        _ range: Range<Int>, query: UnsafePointer<deja_sketch_query>, demand: UnsafePointer<deja_sketch_demand>,
        isa: KernelISA, rows: UnsafeMutablePointer<UInt32>, products: UnsafeMutablePointer<Int32>
    ) -> Int {
        deja_sketch_scan(
            isa.rawValue, firsts.base! + Self.offset(of: range.lowerBound),
            seconds.base! + Self.offset(of: range.lowerBound), range.count, query, demand, UInt32(range.lowerBound),
            rows, products)
    }

    private static func offset(of row: Int) -> Int { row / blockRows * blockBytes }

    private static func bytes(rows: Int) -> Int { (rows + blockRows - 1) / blockRows * blockBytes }

    // MARK: Snapshots

    /// Writes the basis and the sketches of the first `rows` rows down, whole blocks.
    func encode(rows: Int, into bytes: inout SnapshotBytes) {
        bytes.append(basis.energy)
        bytes.append(counted: basis.rows)
        firsts.encode(Self.bytes(rows: rows), into: &bytes)
        seconds.encode(Self.bytes(rows: rows), into: &bytes)
    }

    /// A plane as it wrote itself down.
    convenience init(dimension: Int, rows: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        let energy = try cursor.read(Float.self)
        let directions = try cursor.array(of: Float.self)
        guard directions.count == SketchBasis.components * dimension else { throw .damaged }
        self.init(basis: SketchBasis(rows: directions, dimension: dimension, energy: energy))
        try firsts.decode(Self.bytes(rows: rows), from: &cursor)
        try seconds.decode(Self.bytes(rows: rows), from: &cursor)
        // A class beyond the last would be read as another's; no scan may read past its table of margins.
        for block in 0..<Self.bytes(rows: rows) / Self.blockBytes {
            for base in [firsts.base!, seconds.base!] {
                let classes = base + block * Self.blockBytes + 576
                for row in 0..<Self.blockRows where classes[row] >= DEJA_SKETCH_CLASSES {
                    guard block * Self.blockRows + row >= rows else { throw .damaged }
                    classes[row] = 0
                }
            }
        }
    }
}
