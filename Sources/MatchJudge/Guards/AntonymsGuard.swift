import CacheModel

/// Refuses pairs in which a word stands where the other has its opposite: enable and disable, before and after.
struct AntonymsGuard: MatchGuard {
    let name = "antonyms"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
            let b = pair.candidate.tokens[position]
            if b.polarity.isEmpty { continue }
            for other in pair.query.tokens.indices where pair.toCandidate[other] < 0 {
                let a = pair.query.tokens[other]
                guard a.polarity.relation(to: b.polarity) < 0 else { continue }
                if a.traits.contains(.negated) == b.traits.contains(.negated) {
                    return veto("\"\(pair.query.text(of: a))\" against \"\(pair.candidate.text(of: b))\"")
                }
            }
        }
        return nil
    }
}
