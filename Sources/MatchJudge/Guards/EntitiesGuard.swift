import CacheModel

/// Refuses pairs that name different things: a place, person, product or acronym on each side that the other lacks.
struct EntitiesGuard: MatchGuard {
    let name = "entities"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        let missing = query.tokens.indices.first { pair.toCandidate[$0] < 0 && query.tokens[$0].traits.contains(.entity) }
        let extra = candidate.tokens.indices.first { pair.toQuery[$0] < 0 && candidate.tokens[$0].traits.contains(.entity) }
        if let missing, let extra {
            return veto("\"\(query.text(of: query.tokens[missing]))\" against \"\(candidate.text(of: candidate.tokens[extra]))\"")
        }
        // A place or language that one side adds narrows the question.
        let narrowing: Token.Traits = [.place, .language]
        if let missing = query.tokens.indices.first(where: { pair.toCandidate[$0] < 0 && !query.tokens[$0].traits.isDisjoint(with: narrowing) && query.tokens[$0].traits.contains(.entity) }) {
            return veto("\"\(query.text(of: query.tokens[missing]))\" stands on one side only")
        }
        if let extra = candidate.tokens.indices.first(where: { pair.toQuery[$0] < 0 && !candidate.tokens[$0].traits.isDisjoint(with: narrowing) && candidate.tokens[$0].traits.contains(.entity) }) {
            return veto("\"\(candidate.text(of: candidate.tokens[extra]))\" stands on one side only")
        }
        return nil
    }
}
