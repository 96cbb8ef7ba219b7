import CKernels

/// Unit vectors as 8-bit rows, apart from any index: what training reads, and what it makes.
///
/// Row r is `scales[r] * (codes - 128)`, `stride` bytes from the one before.
struct VectorSample: Sendable {
    let dimension: Int
    /// Bytes a row: a multiple of 16.
    let stride: Int
    private(set) var count = 0
    private(set) var codes: [UInt8] = []
    private(set) var scales: [Float] = []

    init(dimension: Int, stride: Int, capacity: Int) {
        self.dimension = dimension
        self.stride = stride
        codes.reserveCapacity(capacity * stride)
        scales.reserveCapacity(capacity)
    }

    /// A sample of rows that are there already.
    init(dimension: Int, stride: Int, codes: [UInt8], scales: [Float]) {
        (self.dimension, self.stride, self.codes, self.scales) = (dimension, stride, codes, scales)
        count = scales.count
    }

    var memoryBytes: Int { codes.capacity + scales.capacity * 4 }

    /// Adds a row as it is.
    mutating func append(codes row: UnsafePointer<UInt8>, scale: Float) {
        codes.append(contentsOf: UnsafeBufferPointer(start: row, count: stride))
        scales.append(scale)
        count += 1
    }

    /// Adds the direction of `vector` (d floats).
    mutating func append(_ vector: UnsafePointer<Float>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: stride) { row in
            let scale = deja_quantize_row(vector, dimension, row.baseAddress!, stride)
            append(codes: row.baseAddress!, scale: scale)
        }
    }

    /// Writes row `row` as a query of signed bytes (`stride` of them).
    func query(_ row: Int, into out: UnsafeMutablePointer<Int8>) {
        codes.withUnsafeBufferPointer { codes in
            for i in 0..<stride { out[i] = Int8(truncatingIfNeeded: Int(codes[row * stride + i]) - 128) }
        }
    }

    /// Adds `scales[row]` times row `row` to `sum` (d floats).
    func add(_ row: Int, to sum: UnsafeMutablePointer<Float>) {
        codes.withUnsafeBufferPointer { codes in
            let base = codes.baseAddress! + row * stride
            for i in 0..<dimension { sum[i] += scales[row] * Float(Int(base[i]) - 128) }
        }
    }
}
