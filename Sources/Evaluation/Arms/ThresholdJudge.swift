import CacheModel

/// Decides by similarity alone, as caches without a judge do; with `guards`, under that judge's vetoes.
struct ThresholdJudge: MatchJudging {
    let threshold: Double
    var guards: (any MatchJudging)?

    init(threshold: Double, guards: (any MatchJudging)? = nil) {
        self.threshold = threshold
        self.guards = guards
    }

    var identifier: String { "threshold-\(threshold)" + (guards.map { "+\($0.identifier)" } ?? "") }

    func begin(_ prompt: String) -> any CandidateJudging {
        Query(threshold: threshold, guards: guards?.begin(prompt))
    }

    /// Probabilities are 0 and 1 here, whatever the budget.
    func requiredProbability(maximumFalseHitRate: Double) -> Double { 0.5 }

    private struct Query: CandidateJudging {
        let threshold: Double
        let guards: (any CandidateJudging)?

        var refusal: MissReason? { guards?.refusal }

        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            let veto = guards?.judge(candidate, similarity: similarity, explain: explain).veto
            return Judgement(probability: similarity >= threshold ? 1 : 0, veto: veto)
        }
    }
}
