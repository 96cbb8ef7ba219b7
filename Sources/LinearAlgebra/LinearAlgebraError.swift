/// Why a decomposition has no answer.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
    /// LAPACK's Cholesky factorisation met a leading minor of this order that is not positive definite.
    case notPositiveDefinite(order: Int)
    /// The singular value decomposition did not converge; so many superdiagonals were left.
    case noConvergence(superdiagonals: Int)

    public var description: String {
        switch self {
        case .notPositiveDefinite(let order):
            "the matrix is not positive definite (leading minor of order \(order)); add a ridge to its diagonal"
        case .noConvergence(let count):
            "the singular value decomposition did not converge (\(count) superdiagonals left); look for NaN or infinity"
        }
    }
}
