import CLinearAlgebra

/// The singular value decomposition A = U·diag(s)·Vᵀ, cut to its leading `rank` parts.
public struct SingularValues: Sendable {
    /// The left singular vectors as columns, m×rank.
    public let left: Matrix
    /// The singular values, falling.
    public let values: [Float]
    /// The right singular vectors as rows, rank×n.
    public let right: Matrix
}

extension Matrix {
    /// The thin singular value decomposition (LAPACK `sgesdd`), rank min(m, n). O(m·n·min(m, n)).
    public func singularValues() throws(LinearAlgebraError) -> SingularValues {
        let rank = min(rows, columns)
        guard rank > 0 else {
            return SingularValues(
                left: Matrix(rows: rows, columns: 0), values: [], right: Matrix(rows: 0, columns: columns))
        }
        _ = BLASLibrary.isSingleThreaded
        var a = values, s = [Float](repeating: 0, count: rank)
        var u = Matrix(rows: rows, columns: rank), v = Matrix(rows: rank, columns: columns)
        let status = LAPACKE_sgesdd(
            LAPACK_ROW_MAJOR, Int8(UInt8(ascii: "S")), Int32(rows), Int32(columns), &a, Int32(columns), &s, &u.values,
            Int32(rank), &v.values, Int32(columns))
        guard status == 0 else { throw .noConvergence(superdiagonals: Int(status)) }
        return SingularValues(left: u, values: s, right: v)
    }

    /// An orthonormal basis of the column space (LAPACK `sgeqrf`, `sorgqr`), m×n for m ≥ n.
    public func orthonormalColumns() -> Matrix {
        precondition(rows >= columns, "more columns than rows")
        guard columns > 0 else { return self }
        _ = BLASLibrary.isSingleThreaded
        var q = self
        var tau = [Float](repeating: 0, count: columns)
        let m = Int32(rows), n = Int32(columns)
        precondition(LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, m, n, &q.values, n, &tau) == 0, "sgeqrf refused its arguments")
        precondition(LAPACKE_sorgqr(LAPACK_ROW_MAJOR, m, n, n, &q.values, n, tau) == 0, "sorgqr refused its arguments")
        return q
    }

    /// Solves A·X = B for a symmetric positive definite A (LAPACK `sposv`). A: n×n, B: n×k.
    public func choleskySolve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
        precondition(rows == columns && b.rows == rows, "A must be n×n and B n×k")
        guard rows > 0, b.columns > 0 else { return b }
        _ = BLASLibrary.isSingleThreaded
        var a = values, x = b
        let status = LAPACKE_sposv(
            LAPACK_ROW_MAJOR, Int8(UInt8(ascii: "L")), Int32(rows), Int32(b.columns), &a, Int32(rows), &x.values,
            Int32(b.columns))
        precondition(status >= 0, "sposv refused argument \(-status)")
        guard status == 0 else { throw .notPositiveDefinite(order: Int(status)) }
        return x
    }
}

/// The leading singular vectors of a matrix that is known only by its products.
///
/// Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithms 4.4 and 5.1: a random sketch,
/// power iterations with an orthonormalisation in each, then an exact decomposition of the small projection.
public struct RandomisedSVD: Sendable {
    /// Sketch columns beyond the rank; 8 to 16 bring the error close to the best.
    public var oversampling = 12
    /// Power iterations; each sharpens a slowly falling spectrum and costs two products.
    public var iterations = 3
    /// The seed of the sketch.
    public var seed: UInt64 = 1

    /// The settings above.
    public init() {}

    /// The leading `rank` right singular vectors (as rows, rank×n) and singular values of an m×n matrix A.
    ///
    /// - Parameter n: the columns of A.
    /// - Parameter gram: the product AᵀA·X for an X of n×k; O(the product) each.
    public func right(rank: Int, n: Int, gram: (Matrix) throws -> Matrix) throws -> (values: [Float], right: Matrix) {
        let width = min(n, rank + oversampling)
        var random = SplitMix64(seed: seed)
        var basis = Matrix(rows: n, columns: width)
        for i in basis.values.indices { basis.values[i] = random.nextGaussian() }
        basis = basis.orthonormalColumns()
        for _ in 0..<max(1, iterations) { basis = try gram(basis).orthonormalColumns() }
        // Qᵀ(AᵀA)Q is small and symmetric: its singular values are the squares of A's.
        let small = basis.multiplied(by: try gram(basis), .transposed)
        let parts = try small.singularValues()
        let kept = min(rank, parts.values.count)
        let right = parts.left.firstColumns(kept).multiplied(by: basis, .transposed, other: .transposed)
        return (parts.values.prefix(kept).map { max(0, $0).squareRoot() }, right)
    }
}
