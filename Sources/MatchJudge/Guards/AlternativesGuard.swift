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
        return anotherKind(pair) ?? oneOrAll(pair)
    }

    /// "Customer number" against "tracking number": which number, code or date it is stands right before it.
    private func anotherKind(_ pair: TextPair) -> Judgement.Veto? {
        for position in pair.candidate.tokens.indices.dropFirst()
        where Self.kinded.contains(pair.candidate.tokens[position].stem) {
            let other = Int(pair.toQuery[position])
            guard other > 0, pair.toQuery[position - 1] < 0, pair.toCandidate[other - 1] < 0 else { continue }
            let (a, b) = (pair.query.tokens[other - 1], pair.candidate.tokens[position - 1])
            guard a.isContent, b.isContent, a.traits.isDisjoint(with: .clauseEnd),
                b.traits.isDisjoint(with: .clauseEnd),
                !Self.any.contains(a.hash), !Self.any.contains(b.hash)
            else { continue }
            return veto("\"\(pair.query.text(of: a))\" against \"\(pair.candidate.text(of: b))\"")
        }
        return nil
    }

    /// "One chat" against "every chat".
    private func oneOrAll(_ pair: TextPair) -> Judgement.Veto? {
        for position in pair.candidate.tokens.indices.dropLast() {
            let quantity = pair.candidate.tokens[position].hash
            let isOne = Self.one.contains(quantity)
            guard isOne || Self.all.contains(quantity), pair.candidate.tokens[position + 1].isContent else { continue }
            let other = Int(pair.toQuery[position + 1]) - 1
            guard other >= 0, (isOne ? Self.all : Self.one).contains(pair.query.tokens[other].hash) else { continue }
            return veto("one against all")
        }
        return nil
    }

    private static let one = WordSet("one single")
    private static let all = WordSet("all every each")
    private static let kinded = Set(["number", "id", "date", "fee"].map { Stemmer.stem($0) })
    /// They say nothing of the kind, or stand for each other.
    private static let any = WordSet(
        """
        exact correct right new current total average best good maximum minimum real unique
        contact phone telephone mobile cell hotline helpline support service care
        """)
}
