import CacheModel

/// Refuses pairs that name different things: a place, person, product or acronym on each side that the other lacks.
struct EntitiesGuard: MatchGuard {
    let name = "entities"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        let missing = first(query, pair.toCandidate, candidate, .entity)
        let extra = first(candidate, pair.toQuery, query, .entity)
        if missing >= 0, extra >= 0 {
            return veto(
                "\"\(query.text(of: query.tokens[missing]))\" against \"\(candidate.text(of: candidate.tokens[extra]))\""
            )
        }
        // A place or language that one side adds narrows the question.
        if missing >= 0 { return narrowing(query, first(query, pair.toCandidate, candidate, [.place, .language])) }
        if extra >= 0 { return narrowing(candidate, first(candidate, pair.toQuery, query, [.place, .language])) }
        return nil
    }

    private func narrowing(_ text: TextAnalysis, _ position: Int) -> Judgement.Veto? {
        position < 0 ? nil : veto("\"\(text.text(of: text.tokens[position]))\" stands on one side only")
    }

    /// The first name that the other side lacks altogether, or -1.
    private func first(
        _ text: TextAnalysis, _ links: [Int32], _ other: TextAnalysis, _ kinds: Token.Traits
    ) -> Int {
        for position in text.tokens.indices where links[position] < 0 {
            let token = text.tokens[position]
            guard token.traits.contains(.entity), !token.traits.isDisjoint(with: kinds) else { continue }
            // Said twice here, once there; or "Denver, Colorado" for "Denver".
            if other.index.first(token.stem, in: other.tokens) >= 0 { continue }
            if position > 0, links[position - 1] >= 0, token.traits.contains(.place),
                text.tokens[position - 1].traits.contains(.place)
            {
                continue
            }
            return position
        }
        return -1
    }
}
