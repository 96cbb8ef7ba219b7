import CacheModel

/// Refuses pairs of which one negates what the other says: "how do I" against "how do I not", "can" against "cannot".
///
/// A double turn is none: "not open" serves "closed".
struct NegationGuard: MatchGuard {
    let name = "negation"
    /// Content words of a prompt that says one thing: a negation in it is about that.
    private static let fewWords = 4

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        if query.negationCount == 0 && candidate.negationCount == 0 { return leaning(pair) }
        let parityDiffers = (query.negationCount ^ candidate.negationCount) & 1 == 1
        if parityDiffers && turnsToOpposite(pair) { return nil }
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
        if flips >= 2, !query.hasInvertedNegation, !candidate.hasInvertedNegation {
            return veto("the negation stands elsewhere")
        }
        if !parityDiffers { return leaning(pair) }
        let quiet = query.negationCount & 1 == 0 ? query : candidate
        // In Chinese and Japanese a bare negation sign says too little where the texts share nothing that it stands at.
        if quiet.hasWeakNegation || quiet.cjkCount * 2 > quiet.tokens.count { return nil }
        // Nor in two texts that say what they say in other words: "it won't start, why" and "what keeps it from starting".
        let isShort = max(query.contentCount, candidate.contentCount) <= Self.fewWords
        guard isShort || pair.sharesHalf else { return nil }
        return veto("one side is negated, the other is not")
    }

    /// Whether a word of one side has its opposite on the other, so that the negation between them is made up for.
    private func turnsToOpposite(_ pair: TextPair) -> Bool {
        let isShort = pair.query.contentCount <= 6 && pair.candidate.contentCount <= 6
        for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
            let b = pair.candidate.tokens[position]
            for other in pair.query.tokens.indices where pair.toCandidate[other] < 0 {
                let a = pair.query.tokens[other]
                guard a.isPolar || b.isPolar, a.traits.union(b.traits).isDisjoint(with: .negation),
                    a.relation(to: b) < 0
                else { continue }
                if isShort || a.traits.contains(.negated) != b.traits.contains(.negated) { return true }
            }
        }
        return false
    }

    /// "refused to", "except", "only", "seldom" on one side of two texts that otherwise say the same.
    private func leaning(_ pair: TextPair) -> Judgement.Veto? {
        guard pair.query.hasWeakNegation != pair.candidate.hasWeakNegation else { return nil }
        var (missing, shared) = (0, 0)
        for position in pair.query.tokens.indices where pair.query.tokens[position].isContent {
            if pair.toCandidate[position] >= 0 { shared += 1 } else { missing += 1 }
        }
        var word = -1
        for position in pair.candidate.tokens.indices where pair.toQuery[position] < 0 {
            if pair.candidate.tokens[position].traits.contains(.weakNegation) { word = position }
            if pair.candidate.tokens[position].isContent { missing += 1 }
        }
        guard shared >= 2, missing * 3 <= shared + 3 else { return nil }
        let text = word >= 0 ? pair.candidate.text(of: pair.candidate.tokens[word]) : "a word of the query"
        return veto("\"\(text)\" turns one side only")
    }
}
