import CacheModel

/// Refuses pairs whose figures differ: numbers with their units, dates, times, versions, ordinals.
struct NumbersGuard: MatchGuard {
    let name = "numbers"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = pair.unmatchedQuantities
        let strong = pair.unmatchedStrong
        // A figure in digits that only one side has changes the question; "one" and "first" alone may be idioms.
        if strong.query + strong.candidate > 0 || query > 0 && candidate > 0 {
            return veto(detail(pair))
        }
        return otherCount(pair) ?? askedShare(pair)
    }

    /// "15 is what percent of 60" against "what is 15 percent of 60".
    private func askedShare(_ pair: TextPair) -> Judgement.Veto? {
        guard pair.query.quantities.count >= 2, pair.candidate.quantities.count >= 2,
            Self.asksShare(pair.query) != Self.asksShare(pair.candidate)
        else { return nil }
        return veto("a share is asked for on one side")
    }

    /// "What percent", "what percentage".
    private static func asksShare(_ text: TextAnalysis) -> Bool {
        text.tokens.indices.dropFirst().contains {
            shares.contains(text.tokens[$0].hash) && text.tokens[$0 - 1].hash == Word.what
        }
    }

    private static let shares = WordSet("percent percentage share")

    /// "She has 3 apples and buys 5" against "she has 5 apples and eats 3": the same figures, of other things.
    private func otherCount(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        guard query.quantities.count >= 2, candidate.quantities.count >= 2 else { return nil }
        for figure in query.quantities {
            guard let counted = Self.counted(query, figure) else { continue }
            for other in candidate.quantities {
                guard let thing = Self.counted(candidate, other), !figure.agrees(with: other),
                    candidate.tokens[thing].stem == query.tokens[counted].stem
                else { continue }
                return veto(
                    "\"\(query.text(of: query.tokens[counted]))\" are counted otherwise: "
                        + "\(figure.written) against \(other.written)")
            }
        }
        return nil
    }

    /// The thing right after a plain figure, where the text names it once; not what joins two figures ("3 times 5").
    private static func counted(_ text: TextAnalysis, _ figure: Quantity) -> Int? {
        let place = Int(figure.token) + 1
        guard figure.kind == .cardinal, figure.unit == .none, place < text.tokens.count else { return nil }
        let (number, thing) = (text.tokens[place - 1], text.tokens[place])
        guard thing.isContent, thing.traits.isDisjoint(with: [.number, .unit, .calendar, .cjk]),
            !number.traits.contains(.clauseEnd), !joints.contains(thing.hash)
        else { return nil }
        return text.index.first(thing.stem, in: text.tokens) == place && text.index.next[place] < 0 ? place : nil
    }

    private static let joints = WordSet("times plus minus divided multiplied over x percent")

    private func detail(_ pair: TextPair) -> String {
        let candidate = pair.candidate
        let extra = candidate.quantities.indices.filter { !pair.usedQuantities[$0] }
            .map { candidate.text(of: candidate.tokens[Int(candidate.quantities[$0].token)]) }
        let missing = pair.query.quantities.filter { figure in
            !candidate.quantities.contains { figure.agrees(with: $0) }
        }
        .map { pair.query.text(of: pair.query.tokens[Int($0.token)]) }
        return "figures differ: \(Self.list(missing)) against \(Self.list(extra))"
    }

    static func list(_ words: [String]) -> String {
        words.isEmpty ? "none" : words.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}
