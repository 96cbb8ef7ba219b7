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
        return nil
    }

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
