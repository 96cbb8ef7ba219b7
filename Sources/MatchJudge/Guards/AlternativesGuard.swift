import CacheModel

/// Refuses pairs in which a word stands where the other has one that excludes it: monthly and yearly, delete and rename.
struct AlternativesGuard: MatchGuard {
    let name = "alternatives"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        // A long text may name one of them as an example, or beside the point.
        let isLong = pair.query.contentCount > 12 || pair.candidate.contentCount > 12
        for other in pair.query.tokens.indices where pair.toCandidate[other] < 0 {
            let a = pair.query.tokens[other]
            guard a.isContent, let choice = Lexicon.shared.alternatives[a.stem] else { continue }
            for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
                let b = pair.candidate.tokens[position]
                guard b.isContent, let choices = Lexicon.shared.alternatives[b.stem], choice.exclude(choices) else {
                    continue
                }
                if isLong && !pair.areNeighboured(other, position) { continue }
                return veto("\"\(pair.query.text(of: a))\" against \"\(pair.candidate.text(of: b))\"")
            }
        }
        return nil
    }
}
