import CacheModel

/// Refuses pairs of which one negates what the other says: "how do I" against "how do I not", "can" against "cannot".
///
/// A double turn is none: "not open" serves "closed".
struct NegationGuard: MatchGuard {
    let name = "negation"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        let parityDiffers = (query.negationCount ^ candidate.negationCount) & 1 == 1
        if query.negationCount == 0 && candidate.negationCount == 0 { return nil }
        var flips = 0
        for position in candidate.tokens.indices {
            let other = Int(pair.toQuery[position])
            guard other >= 0 else { continue }
            let (a, b) = (query.tokens[other], candidate.tokens[position])
            if a.traits.contains(.negated) != b.traits.contains(.negated), a.isContent || a.traits.contains(.cjk) {
                flips += 1
                if parityDiffers { return veto("\"\(candidate.text(of: b))\" is negated on one side only") }
            }
        }
        if flips >= 2 { return veto("the negation stands elsewhere") }
        if !parityDiffers { return nil }
        if turnsToOpposite(pair) { return nil }
        let quiet = query.negationCount & 1 == 0 ? query : candidate
        if quiet.hasWeakNegation { return nil }
        return veto("one side is negated, the other is not")
    }

    /// Whether the negated word of one side has its opposite, not negated, on the other.
    private func turnsToOpposite(_ pair: TextPair) -> Bool {
        for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
            let b = pair.candidate.tokens[position]
            if b.polarity.isEmpty { continue }
            for other in pair.query.tokens.indices where pair.toCandidate[other] < 0 {
                let a = pair.query.tokens[other]
                if a.polarity.relation(to: b.polarity) < 0, a.traits.contains(.negated) != b.traits.contains(.negated) { return true }
            }
        }
        return false
    }
}
