import Foundation

/// Logistic regression with a ridge, by Newton's method: each step solves the normal equations by Cholesky's decomposition
/// (iteratively reweighted least squares; P. McCullagh and J. Nelder, "Generalized Linear Models", 1989).
public struct LogisticRegression: Sendable, Equatable {
    /// A weight for each feature.
    public let weights: [Double]
    /// What is added whatever the features.
    public let intercept: Double

    /// A known model.
    public init(weights: [Double], intercept: Double) {
        self.weights = weights
        self.intercept = intercept
    }

    /// Fits n rows of d features (row-major) to labels.
    ///
    /// Features are centred and scaled before, so that `ridge` means the same for each: it draws their weights, not the
    /// intercept, towards zero as `ridge` pairs of no information would. O(n·d²) a step, at most 50 steps.
    /// - Throws: `LinearAlgebraError` when the equations cannot be solved, as with figures that are not finite.
    /// - Precondition: `features.count == labels.count * dimension`, and there are labels.
    public init(features: [Double], labels: [Bool], dimension: Int, ridge: Double = 1) throws(LinearAlgebraError) {
        precondition(features.count == labels.count * dimension && !labels.isEmpty, "each label has its features")
        let count = labels.count
        let (means, scales) = Self.moments(features, count: count, dimension: dimension)
        let width = dimension + 1
        var solution = [Double](repeating: 0, count: width)
        for _ in 0..<50 {
            var gradient = [Double](repeating: 0, count: width)
            var hessian = [Double](repeating: 0, count: width * width)
            for column in 1..<width {
                gradient[column] = -ridge * solution[column]
                hessian[column * width + column] = ridge
            }
            var row = [Double](repeating: 1, count: width)
            for index in 0..<count {
                for column in 0..<dimension {
                    row[column + 1] = (features[index * dimension + column] - means[column]) / scales[column]
                }
                let score = zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 }
                let probability = Self.sigmoid(score)
                let (residual, weight) = (
                    (labels[index] ? 1 : 0) - probability, max(1e-9, probability * (1 - probability))
                )
                for a in 0..<width {
                    gradient[a] += row[a] * residual
                    for b in 0...a { hessian[a * width + b] += weight * row[a] * row[b] }
                }
            }
            for a in 0..<width { for b in 0..<a { hessian[b * width + a] = hessian[a * width + b] } }
            let step = try Self.solve(hessian, gradient)
            for column in 0..<width { solution[column] += step[column] }
            if step.allSatisfy({ abs($0) < 1e-6 }) { break }
        }
        weights = (0..<dimension).map { solution[$0 + 1] / scales[$0] }
        intercept = solution[0] - zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The probability at these features.
    public func probability(_ features: [Double]) -> Double {
        Self.sigmoid(intercept + zip(weights, features).reduce(0) { $0 + $1.0 * $1.1 })
    }

    private static func sigmoid(_ score: Double) -> Double { 1 / (1 + exp(-score)) }

    private static func moments(_ features: [Double], count: Int, dimension: Int) -> (means: [Double], scales: [Double])
    {
        var means = [Double](repeating: 0, count: dimension)
        var squares = means
        for index in 0..<count {
            for column in 0..<dimension { means[column] += features[index * dimension + column] / Double(count) }
        }
        for index in 0..<count {
            for column in 0..<dimension {
                let difference = features[index * dimension + column] - means[column]
                squares[column] += difference * difference / Double(count)
            }
        }
        return (means, squares.map { $0 > 1e-12 ? $0.squareRoot() : 1 })
    }

    private static func solve(_ a: [Double], _ b: [Double]) throws(LinearAlgebraError) -> [Double] {
        let size = b.count
        guard (a + b).allSatisfy(\.isFinite) else { throw .notPositiveDefinite(order: 1) }
        let solution = try Matrix(rows: size, columns: size, values: a.map(Float.init))
            .choleskySolve(Matrix(rows: size, columns: 1, values: b.map(Float.init)))
        return solution.values.map(Double.init)
    }
}
