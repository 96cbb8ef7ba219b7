import CacheModel

/// Cosine similarity under the judge's vetoes, or the judge's probability under its vetoes.
public struct JudgedScorer: PairScoring {
    /// What the value is.
    public enum Value: Sendable {
        /// The cosine: the judge only vetoes.
        case similarity(threshold: Double)
        /// The probability.
        case probability
    }

    public let name: String
    private let embedder: any Embedder
    private let judge: any MatchJudging
    private let value: Value
    private let maximumFalseHitRate: Double

    /// The budget of an arm that nothing else is said about: the policy's default.
    public static let defaultFalseHitRate = NamespacePolicy().maximumFalseHitRate

    /// An arm called `name`.
    public init(
        name: String, embedder: any Embedder, judge: any MatchJudging, value: Value,
        maximumFalseHitRate: Double = Self.defaultFalseHitRate
    ) {
        self.name = name
        self.embedder = embedder
        self.judge = judge
        self.value = value
        self.maximumFalseHitRate = maximumFalseHitRate
    }

    public var scale: ScoreScale { if case .probability = value { .probability } else { .similarity } }

    public var defaultThreshold: Double {
        switch value {
        case .similarity(let threshold): threshold
        case .probability: judge.requiredProbability(maximumFalseHitRateVerified: maximumFalseHitRate)
        }
    }

    public func threshold(maximumFalseHitRate: Double) -> Double? {
        guard case .probability = value else { return nil }
        return judge.requiredProbability(maximumFalseHitRateVerified: maximumFalseHitRate)
    }

    public func score(_ pairs: ArraySlice<LabelledPair>) -> [PairScore] {
        zip(pairs, PairSimilarity.cosines(pairs, embedder)).map { score($0, $1) }
    }

    private func score(_ pair: LabelledPair, _ similarity: Double) -> PairScore {
        let query = judge.begin(pair.a)
        if let refusal = query.refusal { return PairScore(floor(similarity), veto: refusal.rawValue) }
        var judgement = query.judge(pair.b, similarity: similarity, explain: false)
        guard case .probability = value else { return PairScore(similarity, veto: judgement.veto?.guardName) }
        if judgement.veto != nil {
            // A refusal does without a probability, but a ranking of all pairs wants one for each.
            judgement = query.judge(pair.b, similarity: similarity, explain: true)
        }
        judgement = judge.verified(judgement, pair.a, pair.b, similarity: similarity)
        // The probability is calibrated to vetoes too, so it ranks by itself.
        let probability = judgement.probability ?? 0
        return PairScore(probability, veto: judgement.veto?.guardName, rank: probability)
    }

    /// What a pair is worth whose prompt cannot be matched at all.
    private func floor(_ similarity: Double) -> Double { if case .probability = value { 0 } else { similarity } }
}
