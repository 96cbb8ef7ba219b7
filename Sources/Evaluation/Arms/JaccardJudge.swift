import CacheModel

/// Decides by Jaccard's index of words, whatever the similarity: the plain baseline as an arm over candidates that another
/// way has found.
struct JaccardJudge: MatchJudging {
    let threshold: Double

    var identifier: String { "jaccard-\(threshold)" }

    func begin(_ prompt: String) -> any CandidateJudging {
        Query(words: JaccardScorer.words(prompt), threshold: threshold)
    }

    /// Probabilities are 0 and 1 here, whatever the budget.
    func requiredProbability(maximumFalseHitRate: Double) -> Double { 0.5 }

    private struct Query: CandidateJudging {
        let words: Set<Substring>
        let threshold: Double
        var refusal: MissReason? { nil }

        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            let index = JaccardScorer.similarity(words, JaccardScorer.words(candidate))
            return Judgement(probability: index >= threshold ? 1 : 0)
        }
    }
}
