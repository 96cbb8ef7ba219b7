import LinearAlgebra

/// z = P·s + W₂·max(0, W₁·s + b₁) + b₂, scaled to length 1, through CBLAS.
struct ResidualHead: Sendable {
    /// The length that the sum of rows is scaled to before the head.
    static let length: Float = 4

    let width: Int
    let hidden: Int
    let dimension: Int
    private let enter: [Float]
    private let enterBias: [Float]
    private let leave: [Float]
    private let straight: [Float]
    private let bias: [Float]

    /// enter: hidden×width, leave: dimension×hidden, straight: dimension×width, row-major.
    init(
        width: Int, hidden: Int, dimension: Int, enter: [Float], enterBias: [Float], leave: [Float], straight: [Float],
        bias: [Float]
    ) {
        self.width = width
        self.hidden = hidden
        self.dimension = dimension
        self.enter = enter
        self.enterBias = enterBias
        self.leave = leave
        self.straight = straight
        self.bias = bias
    }

    /// sum: width; out: dimension.
    func apply(_ sum: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: hidden) { inner in
            let inner = inner.baseAddress!
            for i in 0..<hidden { inner[i] = enterBias[i] }
            Products.gemv(enter, rows: hidden, columns: width, sum, into: inner, beta: 1)
            for i in 0..<hidden { inner[i] = max(0, inner[i]) }
            for i in 0..<dimension { out[i] = bias[i] }
            Products.gemv(leave, rows: dimension, columns: hidden, inner, into: out, beta: 1)
            Products.gemv(straight, rows: dimension, columns: width, sum, into: out, beta: 1)
        }
        Products.normalize(UnsafeMutableBufferPointer(start: out, count: dimension))
    }

    /// sums: count×width; out: count×dimension.
    func apply(_ sums: UnsafePointer<Float>, count: Int, into out: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * hidden) { inner in
            let inner = inner.baseAddress!
            for row in 0..<count {
                for i in 0..<hidden { inner[row * hidden + i] = enterBias[i] }
                for i in 0..<dimension { out[row * dimension + i] = bias[i] }
            }
            Products.gemm(sums, .plain, enter, .transposed, m: count, n: hidden, k: width, into: inner, beta: 1)
            for i in 0..<count * hidden { inner[i] = max(0, inner[i]) }
            Products.gemm(inner, .plain, leave, .transposed, m: count, n: dimension, k: hidden, into: out, beta: 1)
            Products.gemm(sums, .plain, straight, .transposed, m: count, n: dimension, k: width, into: out, beta: 1)
        }
        for row in 0..<count {
            Products.normalize(UnsafeMutableBufferPointer(start: out + row * dimension, count: dimension))
        }
    }
}
