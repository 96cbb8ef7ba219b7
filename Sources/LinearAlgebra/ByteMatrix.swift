import CKernels

/// A matrix with 8 bits a component and a scale a row, for products with one vector at a time.
///
/// A layer of a network read from the second-level cache takes as long as its bytes: a quarter of the bytes of single
/// precision, and four times the components an instruction. The vector is rounded to 8 bits too; with 256 columns the
/// product is off by about 0.5% of its length.
public struct ByteMatrix: Sendable {
    /// m, the number of rows.
    public let rows: Int
    /// n, the number of columns.
    public let columns: Int
    private let stride: Int
    private let bytes: [UInt8]
    private let scales: [Float]
    private let isa: Int32

    /// Rounds `matrix` (m×n) to 8 bits; `isa` is a `deja_isa`, by default the best.
    public init(_ matrix: Matrix, isa: Int = Int(deja_isa_active())) {
        rows = matrix.rows
        columns = matrix.columns
        let stride = (matrix.columns + 63) / 64 * 64
        var bytes = [UInt8](repeating: 128, count: matrix.rows * stride)
        var scales = [Float](repeating: 0, count: matrix.rows)
        for row in 0..<matrix.rows {
            let values = Array(matrix[row: row])
            _ = bytes.withUnsafeMutableBufferPointer {
                deja_quantize_row(values, values.count, $0.baseAddress! + row * stride, stride)
            }
            scales[row] = values.reduce(0) { max($0, abs($1)) } / 127
        }
        self.stride = stride
        self.bytes = bytes
        self.scales = scales
        self.isa = Int32(isa)
    }

    /// y += A·x. x: n components; y: m. O(m·n), without allocation up to some thousand rows.
    public func multiplyAdd(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Int8.self, capacity: stride) { query in
            let scale = deja_quantize_vector(isa, x, columns, query.baseAddress!, stride)
            guard scale > 0 else { return }
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: rows) { dots in
                deja_i8_dots(isa, bytes, stride, rows, query.baseAddress!, dots.baseAddress!)
                scales.withUnsafeBufferPointer { scales in
                    for row in 0..<rows { y[row] += Float(dots[row]) * (scale * scales[row]) }
                }
            }
        }
    }
}
