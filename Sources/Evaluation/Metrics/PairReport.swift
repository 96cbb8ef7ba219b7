/// Everything that is measured of one arm on one set of labelled pairs.
public struct PairReport: Sendable {
    /// A pair with what the arm made of it.
    public struct Example: Sendable, Equatable {
        /// The pair.
        public var pair: LabelledPair
        /// Its score.
        public var score: PairScore
    }

    /// The figures of one category.
    public struct Category: Sendable {
        /// The category's name.
        public var name: String
        /// AUC and average precision.
        public var ranking: RankingMetrics
        /// At the arm's own threshold.
        public var point: OperatingPoint
    }

    /// What a guard refused.
    public struct VetoCount: Sendable, Equatable {
        /// The guard.
        public var name: String
        /// Refused pairs that another answer serves.
        public var right = 0
        /// Refused pairs that the answer would have served.
        public var wrong = 0
    }

    /// The set's name.
    public var set: String
    /// The arm's name.
    public var arm: String
    /// What its values are.
    public var scale: ScoreScale
    /// The false-hit limits for which coverage is reported.
    public static let coverageLimits = [0.001, 0.01, 0.05]
    /// How many of the worst cases are listed.
    public static let exampleCount = 10

    /// AUC and average precision.
    public var ranking: RankingMetrics
    /// Every threshold.
    public var curve: OperatingCurve
    /// What the arm does by itself.
    public var ownPoint: OperatingPoint
    /// Calibration of the probabilities of the pairs that no guard refused; `nil` for similarities.
    public var calibration: Calibration?
    /// By category, in alphabetical order.
    public var categories: [Category]
    /// By guard, most refusals first.
    public var vetoes: [VetoCount]
    /// Wrong hits at the arm's own threshold, or the most alike negatives when there are none; highest first.
    public var worstWrong: [Example]
    /// Pairs that one answer serves and that the arm refuses; highest first.
    public var closestMissed: [Example]
    /// The threshold to choose.
    public var recommendation: Recommendation

    /// Measures `scores` of the pairs of `set`. `budget` is the share of hits that may be wrong.
    public init(_ set: PairSet, scores: [PairScore], scorer: any PairScoring, budget: Double) {
        precondition(set.pairs.count == scores.count, "each pair has a score")
        let isSame = set.pairs.map(\.isSame)
        self.set = set.name
        arm = scorer.name
        scale = scorer.scale
        ranking = RankingMetrics(ranks: scores.map(\.rank), isSame: isSame)
        curve = OperatingCurve(scores: scores, isSame: isSame)
        let threshold = scorer.threshold(maximumFalseHitRate: budget) ?? scorer.defaultThreshold
        ownPoint = curve.point(at: threshold)
        recommendation = Recommendation(curve: curve, maximumFalseHitRate: budget)
        calibration = scorer.scale == .probability ? Self.calibration(scores, isSame) : nil
        categories = Self.categories(set, scores, threshold)
        vetoes = Self.vetoes(scores, isSame)
        let order = scores.indices.sorted { (scores[$1].rank, $0) < (scores[$0].rank, $1) }
        func examples(_ isWanted: (Int) -> Bool) -> [Example] {
            order.lazy.filter(isWanted).prefix(Self.exampleCount).map {
                Example(pair: set.pairs[$0], score: scores[$0])
            }
        }
        worstWrong = examples { !isSame[$0] }
        closestMissed = examples { isSame[$0] && !scores[$0].isHit(at: threshold) }
    }

    private static func calibration(_ scores: [PairScore], _ isSame: [Bool]) -> Calibration? {
        let open = scores.indices.filter { scores[$0].veto == nil }
        return Calibration(probabilities: open.map { scores[$0].value }, isSame: open.map { isSame[$0] })
    }

    private static func categories(_ set: PairSet, _ scores: [PairScore], _ threshold: Double) -> [Category] {
        var members: [String: [Int]] = [:]
        for index in set.pairs.indices { members[set.category(set.pairs[index]), default: []].append(index) }
        return members.sorted { $0.key < $1.key }.map { name, indices in
            let part = indices.map { scores[$0] }
            let isSame = indices.map { set.pairs[$0].isSame }
            return Category(
                name: name, ranking: RankingMetrics(ranks: part.map(\.rank), isSame: isSame),
                point: OperatingCurve(scores: part, isSame: isSame).point(at: threshold))
        }
    }

    private static func vetoes(_ scores: [PairScore], _ isSame: [Bool]) -> [VetoCount] {
        var counts: [String: VetoCount] = [:]
        for (score, isSame) in zip(scores, isSame) {
            guard let veto = score.veto else { continue }
            if isSame {
                counts[veto, default: VetoCount(name: veto)].wrong += 1
            } else {
                counts[veto, default: VetoCount(name: veto)].right += 1
            }
        }
        return counts.values.sorted { ($1.right + $1.wrong, $0.name) < ($0.right + $0.wrong, $1.name) }
    }
}
