import CacheModel

/// Refuses pairs in which a word stands where the other has its opposite: enable and disable, before and after.
struct AntonymsGuard: MatchGuard {
    let name = "antonyms"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        // In a short text a negation anywhere turns the opposite round: "it does not feel good" is "it feels bad".
        let parityDiffers = (pair.query.negationCount ^ pair.candidate.negationCount) & 1 == 1
        let isShort = pair.query.contentCount <= 6 && pair.candidate.contentCount <= 6
        let isLong = pair.query.contentCount > 30 || pair.candidate.contentCount > 30
        for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
            let b = pair.candidate.tokens[position]
            for other in pair.query.tokens.indices where pair.toCandidate[other] < 0 {
                let a = pair.query.tokens[other]
                // "without" against "with" is the negation guard's.
                guard a.isPolar || b.isPolar, a.traits.union(b.traits).isDisjoint(with: .negation),
                    a.relation(to: b) < 0
                else { continue }
                // "In", "out", "on" and "off" say little by themselves where the texts share little else.
                let isParticle = !a.isContent && !b.isContent && !pair.sharesHalf
                if (isLong || isParticle) && !pair.areNeighboured(other, position) { continue }
                let isTurned = a.traits.contains(.negated) != b.traits.contains(.negated) || isShort && parityDiffers
                if !isTurned { return veto("\"\(pair.query.text(of: a))\" against \"\(pair.candidate.text(of: b))\"") }
            }
        }
        return tooMuch(pair)
    }

    /// "Thicken a soup that is too thin" against "thin a soup that is too thick": both opposites stand on both sides.
    private func tooMuch(_ pair: TextPair) -> Judgement.Veto? {
        for a in Self.excesses(pair.query) {
            for b in Self.excesses(pair.candidate) where a.relation(to: b) < 0 {
                return veto("too \"\(pair.query.text(of: a))\" against too \"\(pair.candidate.text(of: b))\"")
            }
        }
        return nil
    }

    /// What stands behind "too".
    private static func excesses(_ text: TextAnalysis) -> [Token] {
        text.tokens.indices.dropLast().filter { text.tokens[$0].hash == too }.map { text.tokens[$0 + 1] }
    }

    private static let too = WordHash.of("too")
}
