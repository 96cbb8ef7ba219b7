import LinearAlgebra

/// z = P·s + W₂·max(0, W₁·s + b₁) + b₂, scaled to length 1.
///
/// The matrices are rounded to 8 bits when the model is read: in single precision they are 0.9 MB, which no product
/// reads from the cache in less than the rest of an embedding takes (docs/embedding.md).
struct ResidualHead: Sendable {
    /// The length that the sum of rows is scaled to before the head.
    static let length: Float = 4

    let width: Int
    let hidden: Int
    let dimension: Int
    /// W₁ above P: both multiply s, which is rounded once.
    private let first: ByteMatrix
    private let firstBias: [Float]
    private let leave: ByteMatrix

    /// enter: hidden×width, leave: dimension×hidden, straight: dimension×width, row-major.
    init(
        width: Int, hidden: Int, dimension: Int, enter: [Float], enterBias: [Float], leave: [Float], straight: [Float],
        bias: [Float]
    ) {
        self.width = width
        self.hidden = hidden
        self.dimension = dimension
        first = ByteMatrix(Matrix(rows: hidden + dimension, columns: width, values: enter + straight))
        firstBias = enterBias + bias
        self.leave = ByteMatrix(Matrix(rows: dimension, columns: hidden, values: leave))
    }

    /// sum: width; out: dimension.
    func apply(_ sum: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: hidden + dimension) { inner in
            let inner = inner.baseAddress!
            firstBias.withUnsafeBufferPointer { inner.update(from: $0.baseAddress!, count: hidden + dimension) }
            first.multiplyAdd(sum, into: inner)
            for i in 0..<hidden { inner[i] = max(0, inner[i]) }
            out.update(from: inner + hidden, count: dimension)
            leave.multiplyAdd(inner, into: out)
        }
        let vector = UnsafeMutableBufferPointer(start: out, count: dimension)
        if !Products.normalize(vector) { vector.update(repeating: 0) }
    }
}
