import CacheModel
import Foundation
import LinearAlgebra

/// Fits a layer over a judge's probability and certifies thresholds, on labelled judgements.
///
/// The layer is a logistic regression on the log-odds of the judge's probability and the similarity (Platt's scaling with
/// one feature more; J. Platt, 1999), by Newton steps. Thresholds are certified as the judge's own are (Geifman and
/// El-Yaniv, 2017): on probabilities that come from a layer which did not see the pair's group, from the strictest down,
/// by exact binomial bounds at 95 %.
public struct JudgeFitter {
    /// One labelled judgement that no guard vetoed.
    public struct Sample: Sendable {
        /// The judge's probability, both stages' where there are two.
        public var probability: Double
        /// The first stage's.
        public var first: Double
        /// The cosine similarity.
        public var similarity: Double
        /// Whether one answer serves both.
        public var isSame: Bool
        /// Which of two halves it is in; what belongs together is in one.
        public var half: Int

        /// A sample; `first` is `probability` where there is one stage, or where it is not known.
        public init(probability: Double, first: Double? = nil, similarity: Double, isSame: Bool, half: Int) {
            (self.probability, self.first) = (probability, first ?? probability)
            (self.similarity, self.isSame, self.half) = (similarity, isSame, half & 1)
        }
    }

    /// What came of fitting.
    public struct Outcome: Sendable {
        /// The fit; its thresholds may be empty.
        public var fit: JudgeFit
        /// The new probability of each sample from the layer that did not see its half, in order.
        public var probabilities: [Double]
    }

    /// Why nothing can be fitted.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }
    }

    /// The budgets that are certified where the pairs bear it.
    public static let budgets = [
        0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5,
    ]
    /// The fewest pairs of each label in each half that a layer is fitted to.
    public static let fewest = 25
    static let confidence = 0.95

    /// How many hits without a wrong one it takes to certify a budget: log 0.05 / log(1 − budget).
    public static func hitsNeeded(budget: Double) -> Int {
        Int((log(1 - confidence) / log(1 - budget)).rounded(.up))
    }

    /// Fits to `samples`, whose similarities are those of `embedder` and whose probabilities are those of a judge with
    /// `verifier`. One layer serves both stages; each has thresholds of its own, certified on what the layer makes of its
    /// probabilities.
    ///
    /// - Throws: `Refusal` that says how many pairs it takes.
    public static func fit(
        _ samples: [Sample], embedder: String, verifier: String? = nil
    ) throws(Refusal) -> Outcome {
        for half in 0..<2 {
            for label in [true, false] {
                let found = samples.count { $0.half == half && $0.isSame == label }
                guard found >= fewest else {
                    throw Refusal(
                        "one half of the pairs has \(found) that \(label ? "one answer serves" : "need different answers") "
                            + "and that no guard refuses; it takes \(fewest) of each kind in each half, so some "
                            + "\(4 * fewest) pairs, and \(hitsNeeded(budget: 0.01)) right hits to certify 1 %")
                }
            }
        }
        let layers = try (0..<2).map { half throws(Refusal) in try layer(samples.filter { $0.half != half }) }
        let probabilities = samples.map {
            layers[$0.half].probability($0.probability, similarity: $0.similarity)
        }
        var stage = try layer(samples)
        stage.thresholds = thresholds(probabilities, samples.map(\.isSame))
        let first = samples.map { layers[$0.half].probability($0.first, similarity: $0.similarity) }
        stage.firstThresholds = thresholds(first, samples.map(\.isSame))
        return Outcome(
            fit: JudgeFit(embedder: embedder, verifier: verifier, stage: stage, pairs: samples.count),
            probabilities: probabilities)
    }

    private static func layer(_ samples: [Sample]) throws(Refusal) -> JudgeFit.Stage {
        let features = samples.flatMap { sample -> [Double] in
            let bounded = min(max(sample.probability, 1e-6), 1 - 1e-6)
            return [log(bounded / (1 - bounded)), sample.similarity]
        }
        let model: LogisticRegression
        do throws(LinearAlgebraError) {
            model = try LogisticRegression(features: features, labels: samples.map(\.isSame), dimension: 2)
        } catch { throw Refusal("the pairs' figures cannot be fitted: \(error)") }
        // A judge that is worse than none on these pairs must not be turned upside down.
        guard model.weights[0] > 0 else {
            throw Refusal("on these pairs the judge's probability says nothing, or the contrary: look at their labels")
        }
        return JudgeFit.Stage(
            intercept: model.intercept, odds: model.weights[0], cosine: model.weights[1], thresholds: [],
            firstThresholds: [])
    }

    /// The threshold of each budget that can be certified: from the strictest on down, as long as the upper bound of the
    /// wrong share stays within it.
    static func thresholds(_ probabilities: [Double], _ isSame: [Bool]) -> [JudgeFit.Threshold] {
        let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        var found: [JudgeFit.Threshold] = []
        for budget in budgets {
            guard let threshold = threshold(order.map { (probabilities[$0], isSame[$0]) }, budget) else { continue }
            found.append(JudgeFit.Threshold(budget: budget, probability: min(threshold, found.last?.probability ?? 1)))
        }
        return found
    }

    private static func threshold(_ ranked: [(probability: Double, isSame: Bool)], _ budget: Double) -> Double? {
        // Where to begin follows from the number of pairs alone: the label of the surest must not decide about all.
        let (first, step) = (max(hitsNeeded(budget: budget), ranked.count / 10), max(1, ranked.count / 200))
        var (wrong, best): (Int, Double?) = (0, nil)
        var next = first
        for (index, item) in ranked.enumerated() {
            if !item.isSame { wrong += 1 }
            let hits = index + 1
            // Ties are one threshold.
            if hits < next || hits < ranked.count && ranked[hits].probability == item.probability { continue }
            guard BinomialBound.upper(wrong, of: hits, level: 1 - confidence) <= budget else { break }
            best = item.probability
            next = hits + step
        }
        return best
    }
}
