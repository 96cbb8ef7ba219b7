import CacheModel
import Foundation

/// The judge's second stage: a logistic layer over the first one's probability, a verifier's two logits, and how much
/// content the two texts share.
///
/// It is asked where the first stage's probability lies in [floor, ceiling): below, not even a verifier's praise makes a
/// hit; above, a verifier refuses too little to be worth its milliseconds. Its thresholds are certified on the policy as a
/// whole: the first stage's probability outside that interval, this one's inside (models/training/judge/second.py, which
/// says why so few weights are better than trees).
struct VerifiedStage: Sendable {
    /// What the layer weighs.
    static let featureNames = [
        "firstOdds", "verifierSum", "verifierPraise", "verifierRefusal", "verifierDisagreement", "verifierWithFirst",
        "contentOverlap", "firstWithOverlap",
    ]

    /// The verifier that the stage was fitted to.
    let verifier: String
    let floor: Double
    let ceiling: Double
    /// The forward logit from which on the backward one is asked for, too: below, hardly any pair is a right hit.
    let bothFrom: Float
    let curve: RiskCurve
    private let intercept: Double
    private let weights: [Double]
    private let calibration: Calibration
    /// What the score means for pairs that a guard refuses.
    private let vetoed: Calibration

    /// Reads the stage's file: JSON with `floor`, `ceiling`, `bothFrom` (every pair is read both ways where that
    /// is absent), `intercept`, `weights` (one a feature), `knots` (score, probability), the same of pairs that a guard
    /// refuses as `vetoed` (`knots` where that is absent), and `budgets` (budget, threshold).
    init(_ part: JudgeManifest.Verified, bytes: [UInt8]) throws(JudgeModelError) {
        let name = part.file.name
        guard let json = try? JSONValue(parsing: bytes) else {
            throw JudgeModelError(.corrupt, "\(name) is no JSON")
        }
        let weights = json["weights"]?.array?.compactMap(\.double) ?? []
        guard weights.count == Self.featureNames.count else {
            throw JudgeModelError(
                .otherFeatures, "\(name) has \(weights.count) weights instead of \(Self.featureNames.count)")
        }
        guard let floor = json["floor"]?.double, let ceiling = json["ceiling"]?.double, floor >= 0, floor < ceiling,
            ceiling <= 2
        else { throw JudgeModelError(.corrupt, "floor and ceiling of \(name) make no sense") }
        guard let intercept = json["intercept"]?.double, (weights + [intercept]).allSatisfy(\.isFinite) else {
            throw JudgeModelError(.corrupt, "the weights of \(name) are no numbers")
        }
        guard let calibration = Self.calibration(json["knots"]),
            let vetoed = Self.calibration(json["vetoed"] ?? json["knots"])
        else {
            throw JudgeModelError(.corrupt, "the calibration of \(name) does not rise")
        }
        let points = Self.pairs(json["budgets"]).map { (budget: $0.0, threshold: $0.1) }
        guard let curve = RiskCurve(points: points) else {
            throw JudgeModelError(.corrupt, "the budget curve of \(name) does not fall")
        }
        guard let bothFrom = json["bothFrom"].map(\.double) ?? -.infinity else {
            throw JudgeModelError(.corrupt, "bothFrom of \(name) is no number")
        }
        (verifier, self.floor, self.ceiling, self.curve) = (part.verifier, floor, ceiling, curve)
        self.bothFrom = Float(bothFrom)
        (self.intercept, self.weights, self.calibration, self.vetoed) = (intercept, weights, calibration, vetoed)
    }

    private static func calibration(_ knots: JSONValue?) -> Calibration? {
        Calibration(knots: pairs(knots).map { (score: Float($0.0), probability: Float($0.1)) })
    }

    private static func pairs(_ json: JSONValue?) -> [(Double, Double)] {
        (json?.array ?? []).compactMap { row in
            guard let figures = row.array?.compactMap(\.double), figures.count == 2 else { return nil }
            return (figures[0], figures[1])
        }
    }

    /// Whether a first stage's probability leaves doubt.
    func doubts(_ probability: Double) -> Bool { probability >= floor && probability < ceiling }

    /// What the layer weighs of the first stage's probability, the logits of (prompt, candidate) and (candidate, prompt), and
    /// the Jaccard index of the content words.
    static func features(first probability: Double, forward: Float, backward: Float, overlap: Double) -> [Double] {
        let bounded = min(max(probability, 1e-4), 1 - 1e-4)
        let odds = log(bounded / (1 - bounded))
        let sum = Double(forward) + Double(backward)
        return [
            odds, sum, max(sum, 0), min(sum, -4), abs(Double(forward) - Double(backward)), odds * sum / 10, overlap,
            overlap * odds,
        ]
    }

    /// The calibrated probability of a pair with these features, which a guard may have refused.
    func probability(_ features: [Double], isVetoed: Bool) -> Double {
        let score = Float(zip(features, weights).reduce(intercept) { $0 + $1.0 * $1.1 })
        return (isVetoed ? vetoed : calibration).probability(score)
    }
}
