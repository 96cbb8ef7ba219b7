/// A rising, piecewise linear map from the trees' log-odds to a probability, fitted by isotonic regression.
struct Calibration: Sendable {
    private let scores: [Float]
    private let probabilities: [Float]

    /// A map through these knots.
    ///
    /// - Returns: `nil` unless scores rise strictly, probabilities do not fall, and all stand in (0, 1).
    init?(knots: [(score: Float, probability: Float)]) {
        guard !knots.isEmpty, knots.allSatisfy({ $0.score.isFinite && $0.probability > 0 && $0.probability < 1 }) else {
            return nil
        }
        for (a, b) in zip(knots, knots.dropFirst()) where !(a.score < b.score && a.probability <= b.probability) {
            return nil
        }
        scores = knots.map(\.score)
        probabilities = knots.map(\.probability)
    }

    /// The probability at a score; flat beyond the outer knots. O(log knots).
    func probability(_ score: Float) -> Double {
        if score <= scores[0] { return Double(probabilities[0]) }
        if score >= scores[scores.count - 1] { return Double(probabilities[scores.count - 1]) }
        var (low, high) = (0, scores.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if scores[middle] <= score { low = middle } else { high = middle }
        }
        let share = (score - scores[low]) / (scores[high] - scores[low])
        return Double(probabilities[low] + share * (probabilities[high] - probabilities[low]))
    }
}

/// The least probability at which a false-hit budget was kept on the calibration stream, with confidence.
///
/// Source: Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017); docs/judge.md says what is
/// guaranteed and on which assumptions.
struct RiskCurve: Sendable {
    private let points: [(budget: Double, threshold: Double)]

    /// A curve through these points; `nil` unless budgets rise, thresholds do not, and all make sense.
    init?(points: [(budget: Double, threshold: Double)]) {
        guard points.allSatisfy({ $0.budget > 0 && $0.budget <= 1 && $0.threshold >= 0 && $0.threshold <= 1 }) else {
            return nil
        }
        for (a, b) in zip(points, points.dropFirst()) where !(a.budget < b.budget && a.threshold >= b.threshold) {
            return nil
        }
        self.points = points
    }

    /// The threshold of the largest certified budget that is no larger than `budget`; above 1, so that nothing passes,
    /// where even the smallest is larger. Never interpolates: between two budgets nothing is certified.
    func requiredProbability(_ budget: Double) -> Double {
        points.last { $0.budget <= budget }?.threshold ?? Self.refuseAll
    }

    /// No probability reaches it.
    static let refuseAll = 2.0
}
