import CKernels

/// One bit a component for rows of a store: what a scan reads to find the few rows that are worth comparing.
///
/// Takes d/8 + 4 bytes a row. Rows are coded in blocks of 64; `factors` turn a code's dot product into a similarity.
final class BitPlane {
    let rotation: Rotation
    /// Groups of eight components.
    let pairs: Int
    var blocks = GrowableBuffer<UInt8>()
    var factors = GrowableBuffer<Float>()

    init(rotation: Rotation) {
        self.rotation = rotation
        pairs = rotation.rotatedDimension / 8
    }

    /// Rows of a block.
    static let blockRows = 64

    var memoryBytes: Int { blocks.memoryBytes + factors.memoryBytes }

    /// Codes `row` from `vector` (`rotatedDimension` floats, which it rotates in place).
    func encode(_ vector: UnsafeMutablePointer<Float>, row: Int) {
        let block = row / Self.blockRows
        blocks.reserve((block + 1) * pairs * 64)
        factors.reserve(row + 1)
        rotation.rotate(vector)
        factors[row] = deja_bit_encode(vector, pairs, blocks.base! + block * pairs * 64, row % Self.blockRows)
    }

    /// Copies the code of `row` over that of `target`; both are coded.
    func move(row: Int, to target: Int) {
        let base = blocks.base!
        deja_bit_copy(
            base + row / Self.blockRows * pairs * 64, row % Self.blockRows,
            base + target / Self.blockRows * pairs * 64, target % Self.blockRows, pairs)
        factors[target] = factors[row]
    }

    /// Gives memory back; rows from `rowLimit` on are not coded.
    func trim(rowLimit: Int) {
        blocks.trim((rowLimit + Self.blockRows - 1) / Self.blockRows * pairs * 64)
        factors.trim(rowLimit)
    }

    /// Has the codes of `range`, which starts at a block, fetched from memory.
    @inline(__always)
    func prefetch(_ range: Range<Int>) {
        deja_prefetch(blocks.base! + range.lowerBound / Self.blockRows * pairs * 64, pairs * 64)
        deja_prefetch(factors.base! + range.lowerBound, range.count * 4)
    }

    /// Writes the rows of `range`, which starts at a block, whose estimated similarity is at least `cut`; returns how
    /// many. Both outputs need room for `range.count + 16`.
    @inline(__always)
    func scan(
        _ range: Range<Int>, query: BitQuery, cut: Float, isa: KernelISA, candidates: UnsafeMutablePointer<UInt32>,
        estimates: UnsafeMutablePointer<Float>
    ) -> Int {
        deja_bit_scan(
            isa.rawValue, blocks.base! + range.lowerBound / Self.blockRows * pairs * 64, pairs, range.count,
            query.tables, query.scale, query.bias, factors.base! + range.lowerBound, cut, UInt32(range.lowerBound),
            candidates, estimates)
    }
}

/// A query's tables for a scan of codes. Valid inside `with` only.
struct BitQuery {
    let tables: UnsafePointer<UInt8>
    let scale: Float
    let bias: Float

    /// Rotates a query (`dimension` floats) and makes its tables.
    static func with<Result>(
        _ query: UnsafePointer<Float>, dimension: Int, rotation: Rotation, _ body: (BitQuery) -> Result
    ) -> Result {
        let rotated = rotation.rotatedDimension
        return withUnsafeTemporaryAllocation(byteCount: rotated * 8, alignment: 64) { memory in
            let floats = memory.baseAddress!.bindMemory(to: Float.self, capacity: rotated)
            let tables = (memory.baseAddress! + rotated * 4).bindMemory(to: UInt8.self, capacity: rotated * 4)
            floats.update(from: query, count: dimension)
            (floats + dimension).update(repeating: 0, count: rotated - dimension)
            rotation.rotate(floats)
            var scale: Float = 0
            var bias: Float = 0
            deja_bit_tables(floats, rotated / 8, tables, &scale, &bias)
            return body(BitQuery(tables: tables, scale: scale, bias: bias))
        }
    }
}
