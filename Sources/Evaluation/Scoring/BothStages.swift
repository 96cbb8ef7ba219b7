import CacheModel

extension MatchJudging {
    /// What both stages make of a pair, as the engine would decide: the first stage's judgement, or the verifier's where
    /// the first is in doubt and the verifier reads the pair.
    ///
    /// Milliseconds where the verifier is asked.
    func verified(_ first: Judgement, _ prompt: String, _ candidate: String, similarity: Double) -> Judgement {
        guard first.isDoubtful else { return first }
        return verify(prompt, candidate, similarity: similarity, explain: false) ?? first
    }
}
