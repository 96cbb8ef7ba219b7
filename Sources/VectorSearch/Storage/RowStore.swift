import CKernels
import CacheModel

/// Vectors as 8-bit rows with a scale and a slot each.
///
/// Row r is the unit vector `scales[r] * (codes - 128)`: quantising moves it by about 0.5° at d = 256, and re-quantising
/// a quantised vector gives the same bytes, so a store rebuilt from `StoredVector`s equals the one that was lost.
/// Which rows are in use is the owner's business; the store finds rows by slot, moves and scans them.
struct RowStore: ~Copyable {
    /// d.
    let dimension: Int
    /// Bytes a row: d rounded up to a multiple of 16.
    let stride: Int
    /// The instruction set of the kernels.
    let isa: KernelISA
    /// Live rows.
    private(set) var count = 0

    var codes = GrowableBuffer<UInt8>()
    var scales = GrowableBuffer<Float>()
    var slots = GrowableBuffer<UInt32>()
    /// Finds rows by slot; without it all rows lie in 0..<count and are looked through.
    private var map: SlotMap?
    /// One bit a component for the rows that the owner had coded, where it wants that.
    private(set) var bits: BitPlane?
    /// Or sketches of them.
    private(set) var sketches: SketchPlane?
    /// Whether rows in use may lie anywhere.
    private let isSparse: Bool

    /// The largest number of rows without a map.
    private static var smallCount: Int { 16 }

    /// An empty store. With `isSparse` the rows in use may lie anywhere, else they are 0..<count between calls.
    init(dimension: Int, isa: KernelISA, isSparse: Bool = false) {
        precondition(dimension > 0 && dimension <= 65_536, "a vector has 1 to 65,536 components")
        self.dimension = dimension
        self.isa = isa
        self.isSparse = isSparse
        map = isSparse ? SlotMap() : nil
        stride = (dimension + 15) / 16 * 16
    }

    var memoryBytes: Int {
        codes.memoryBytes + scales.memoryBytes + slots.memoryBytes + (map?.memoryBytes ?? 0) + (bits?.memoryBytes ?? 0)
            + (sketches?.memoryBytes ?? 0)
    }

    func slot(_ row: Int) -> UInt32 { slots[row] }

    /// The row of `slot`, or `nil`.
    func row(of slot: UInt32) -> Int? {
        guard count > 0, let slots = slots.base else { return nil }
        if let map { return map.row(of: slot, slots: slots) }
        return (0..<count).first { slots[$0] == slot }
    }

    /// Quantises `vector` (d floats) into `row`, which is free.
    mutating func write(_ vector: UnsafePointer<Float>, slot: UInt32, row: Int) {
        codes.reserve((row + 1) * stride)
        scales.reserve(row + 1)
        slots.reserve(row + 1)
        scales[row] = deja_quantize_row(vector, dimension, codes.base! + row * stride, stride)
        slots[row] = slot
        map?.insert(row: row, slots: slots.base!)
        count += 1
        if map == nil, count > Self.smallCount { buildMap() }
    }

    /// Frees `row`.
    mutating func erase(row: Int) {
        map?.remove(row: row, slots: slots.base!)
        count -= 1
    }

    /// Moves the content of `row` to `target`, which is free; `row` is free then.
    mutating func move(row: Int, to target: Int) {
        map?.move(row: row, to: target, slots: slots.base!)
        let bytes = codes.base!
        (bytes + target * stride).update(from: bytes + row * stride, count: stride)
        scales[target] = scales[row]
        slots[target] = slots[row]
    }

    /// Gives memory back; rows from `rowLimit` on are not in use.
    mutating func trim(rowLimit: Int) {
        if !isSparse, count < Self.smallCount / 2 { map = nil }
        codes.trim(rowLimit * stride)
        scales.trim(rowLimit)
        slots.trim(rowLimit)
        bits?.trim(rowLimit: rowLimit)
        sketches?.trim(rowLimit: rowLimit)
        map?.trim(rowLimit: rowLimit)
    }

    /// Whether `trim` is worth its call after a row was freed: rarely enough that removal stays O(1) amortised.
    func wantsTrim(rowLimit: Int) -> Bool { rowLimit & (rowLimit - 1) == 0 }

    /// Starts or ends keeping one-bit codes; at the start no row is coded.
    mutating func keepBits(_ rotation: Rotation?) { bits = rotation.map { BitPlane(rotation: $0) } }

    /// Starts or ends keeping sketches; at the start no row has one.
    mutating func keepSketches(_ plane: SketchPlane?) { sketches = plane }

    /// Whether rows have codes of either kind.
    var hasCodes: Bool { bits != nil || sketches != nil }

    /// Codes `row`.
    func encode(row: Int) {
        if let sketches {
            withFloats(row: row, padded: dimension) { sketches.encode($0.baseAddress!, row: row) }
        } else if let bits {
            withFloats(row: row, padded: bits.rotation.rotatedDimension) { bits.encode($0.baseAddress!, row: row) }
        }
    }

    /// Copies the code of `row` over that of `target`; both are coded.
    func moveCode(row: Int, to target: Int) {
        bits?.move(row: row, to: target)
        sketches?.move(row: row, to: target)
    }

    /// The vector that `row` stands for, followed by zeros up to `padded` components.
    func withFloats<Result>(row: Int, padded: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: padded) { floats in
            deja_dequantize_row(codes.base! + row * stride, scales[row], floats.baseAddress!, dimension)
            (floats.baseAddress! + dimension).update(repeating: 0, count: padded - dimension)
            return body(floats)
        }
    }

    /// The biased bytes of `row`.
    func codes(row: Int) -> UnsafePointer<UInt8> { UnsafePointer(codes.base! + row * stride) }

    /// The length of `row`'s codes is the inverse of this.
    func scale(row: Int) -> Float { scales[row] }

    /// Takes the rows of `ranges`, `count` in all, for those in use: their codes, scales and slots are there. `false`, and
    /// the store is of no use, when two of them hold the same slot.
    mutating func adopt(_ ranges: [Range<Int>], count: Int) -> Bool {
        self.count = count
        guard isSparse || count > Self.smallCount else { return true }
        let fresh = SlotMap()
        map = fresh
        return count == 0 || fresh.fill(ranges, total: count, slots: slots.base!)
    }

    private mutating func buildMap() {
        let fresh = SlotMap()
        for row in 0..<count { fresh.insert(row: row, slots: slots.base!) }
        map = fresh
    }

    // MARK: Searching

    /// The cosine similarity of `query` and `row`: full precision on the query's side, 8 bits a component on the row's.
    @inline(__always)
    func similarity(_ query: PreparedQuery, row: Int) -> Float {
        let dot = deja_f32_dot(isa.rawValue, query.floats, codes.base! + row * stride, stride) * scales[row]
        // Not-a-number passes through, and is kept by no list.
        return dot > 1 ? 1 : dot < -1 ? -1 : dot
    }

    /// The similarities of `query` and `count` rows, which need not lie together.
    func similarities(
        _ query: PreparedQuery, rows: UnsafePointer<UInt32>, count: Int, out: UnsafeMutablePointer<Float>
    ) {
        deja_f32_dots_at(isa.rawValue, query.floats, codes.base!, stride, scales.base!, rows, count, out)
        for index in 0..<count { out[index] = out[index] > 1 ? 1 : out[index] < -1 ? -1 : out[index] }
    }

    /// Offers `count` rows, which need not lie together, to `top`: those in full precision whose integer dot products, at
    /// most `slack` off, leave them a chance.
    func offer(
        _ rows: UnsafePointer<UInt32>, count: Int, query: PreparedQuery, slack: Float, top: inout TopNeighbors
    ) {
        let step = 256
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: step) { dots in
            for first in Swift.stride(from: 0, to: count, by: step) {
                let here = min(step, count - first)
                deja_i8_dots_at(
                    isa.rawValue, codes.base!, stride, rows + first, here, query.bytes, dots.baseAddress!)
                for index in 0..<here {
                    let row = Int(rows[first + index])
                    guard Float(dots[index]) * scales[row] * query.byteScale + slack >= top.floor else { continue }
                    top.offer(slot: slots[row], similarity: similarity(query, row: row))
                }
            }
        }
    }

    /// Offers every row of `range` to `top`.
    func scanDirectly(_ range: Range<Int>, query: PreparedQuery, top: inout TopNeighbors) {
        for row in range { top.offer(slot: slots[row], similarity: similarity(query, row: row)) }
    }

    /// Offers to `top` the rows of `range` that can belong there, going by integer dot products which are at most
    /// `slack` off. `range` has at most `ScanScratch.rows` rows.
    @inline(__always)
    func scan(
        _ range: Range<Int>, query: PreparedQuery, slack: Float, scratch: ScanScratch, top: inout TopNeighbors
    ) {
        deja_i8_dots(
            isa.rawValue, codes.base! + range.lowerBound * stride, stride, range.count, query.bytes, scratch.dots)
        let found = deja_i8_select(
            isa.rawValue, scratch.dots, scales.base! + range.lowerBound, range.count, query.byteScale,
            top.floor - slack, UInt32(range.lowerBound), scratch.candidates, scratch.estimates)
        for index in 0..<found where scratch.estimates[index] + slack >= top.floor {
            let row = Int(scratch.candidates[index])
            top.offer(slot: slots[row], similarity: similarity(query, row: row))
        }
    }
}
