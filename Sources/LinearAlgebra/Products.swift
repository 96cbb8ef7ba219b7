import CLinearAlgebra

/// Whether a factor is taken as it stands or transposed.
public enum Orientation: Sendable {
    /// As it stands.
    case plain
    /// Transposed.
    case transposed
}

/// Products of vectors and matrices through CBLAS, row-major, single precision.
public enum Products {
    /// x·y of two vectors of n components.
    public static func dot(_ x: UnsafeBufferPointer<Float>, _ y: UnsafeBufferPointer<Float>) -> Float {
        precondition(x.count == y.count, "vectors of different lengths")
        return cblas_sdot(Int32(x.count), x.baseAddress, 1, y.baseAddress, 1)
    }

    /// Scales `x` to length `length` (Euclid). Returns false, and leaves `x`, when it is zero or not finite.
    @discardableResult
    public static func normalize(_ x: UnsafeMutableBufferPointer<Float>, to length: Float = 1) -> Bool {
        let norm = cblas_snrm2(Int32(x.count), x.baseAddress, 1)
        guard norm > 1e-12, norm.isFinite else { return false }
        cblas_sscal(Int32(x.count), length / norm, x.baseAddress, 1)
        return true
    }

    /// y ← alpha·A·x + beta·y. a: m×n, row-major; x: n; y: m.
    public static func gemv(
        _ a: UnsafePointer<Float>, rows m: Int, columns n: Int, _ x: UnsafePointer<Float>,
        into y: UnsafeMutablePointer<Float>, alpha: Float = 1, beta: Float = 0
    ) {
        _ = BLASLibrary.isSingleThreaded
        cblas_sgemv(CblasRowMajor, CblasNoTrans, Int32(m), Int32(n), alpha, a, Int32(n), x, 1, beta, y, 1)
    }

    /// C ← alpha·op(A)·op(B) + beta·C. op(A): m×k, op(B): k×n, C: m×n, all row-major and packed.
    public static func gemm(
        _ a: UnsafePointer<Float>, _ aOrientation: Orientation = .plain, _ b: UnsafePointer<Float>,
        _ bOrientation: Orientation = .plain, m: Int, n: Int, k: Int, into c: UnsafeMutablePointer<Float>,
        alpha: Float = 1, beta: Float = 0
    ) {
        _ = BLASLibrary.isSingleThreaded
        guard m > 0, n > 0 else { return }
        let turnedA = aOrientation == .transposed, turnedB = bOrientation == .transposed
        cblas_sgemm(
            CblasRowMajor, turnedA ? CblasTrans : CblasNoTrans, turnedB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n),
            Int32(k), alpha, a, Int32(max(1, turnedA ? m : k)), b, Int32(max(1, turnedB ? k : n)), beta, c, Int32(n))
    }
}

extension Matrix {
    /// op(self)·op(other).
    /// - Precondition: the inner dimensions agree.
    public func multiplied(
        by other: Matrix, _ orientation: Orientation = .plain, other otherOrientation: Orientation = .plain
    ) -> Matrix {
        let (m, k) = orientation == .plain ? (rows, columns) : (columns, rows)
        let (inner, n) = otherOrientation == .plain ? (other.rows, other.columns) : (other.columns, other.rows)
        precondition(k == inner, "inner dimensions \(k) and \(inner) differ")
        var out = Matrix(rows: m, columns: n)
        out.values.withUnsafeMutableBufferPointer { c in
            guard let c = c.baseAddress else { return }
            values.withUnsafeBufferPointer { a in
                other.values.withUnsafeBufferPointer { b in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return }
                    Products.gemm(a, orientation, b, otherOrientation, m: m, n: n, k: k, into: c)
                }
            }
        }
        return out
    }

    /// A·x. x: n components; the result has m.
    public func multiplied(by x: [Float]) -> [Float] {
        precondition(x.count == columns, "a vector of \(x.count) for \(columns) columns")
        return multiplied(by: Matrix(rows: columns, columns: 1, values: x)).values
    }
}
