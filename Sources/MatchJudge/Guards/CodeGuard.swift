import CacheModel

/// Refuses pairs whose code or formulas differ: spans and fences, operators, the order of operands.
struct CodeGuard: MatchGuard {
    let name = "code"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        if !query.codes.isEmpty, !candidate.codes.isEmpty, query.codes != candidate.codes {
            return veto("the code differs")
        }
        if query.codes.isEmpty != candidate.codes.isEmpty, !isQuotedPlainly(pair) {
            return veto("one side has code, the other has not")
        }
        if query.operators != candidate.operators, query.operators.sorted() != candidate.operators.sorted() {
            return differing(pair)
        }
        // "{1, 2}" against "[1, 2]": each side has a sign that the other lacks.
        let (more, less) = (query.signs .> candidate.signs, query.signs .< candidate.signs)
        if Self.any(more) && Self.any(less) { return veto("the signs differ") }
        if Self.isOrdered(query.operators), ordersFiguresDifferently(pair) {
            return veto("the operands are in another order")
        }
        return nil
    }

    private static func any(_ mask: SIMDMask<SIMD32<Int8>>) -> Bool {
        for index in 0..<32 where mask[index] { return true }
        return false
    }

    /// Operators differ: told apart from a dash or slash that one side just spells otherwise.
    private func differing(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.operators, pair.candidate.operators)
        let telling = { (operators: [UInt8]) in
            operators.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "&") }
        }
        if query.isEmpty || candidate.isEmpty {
            return telling(query).isEmpty && telling(candidate).isEmpty
                ? nil : veto("one side has a formula, the other has not")
        }
        return veto("the operators differ")
    }

    /// Code on one side only may be the same words without their backticks.
    private func isQuotedPlainly(_ pair: TextPair) -> Bool {
        let text = pair.query.codes.isEmpty ? pair.candidate : pair.query
        let other = pair.query.codes.isEmpty ? pair.query : pair.candidate
        guard text.codes.count <= 4 else { return false }
        return text.tokens.allSatisfy { !$0.traits.contains(.code) || other.contains($0.hash) }
    }

    private static func isOrdered(_ operators: [UInt8]) -> Bool {
        operators.contains {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "^") || $0 == UInt8(ascii: "<")
                || $0 == UInt8(ascii: ">")
        }
    }

    private func ordersFiguresDifferently(_ pair: TextPair) -> Bool {
        let (a, b) = (pair.query.quantities, pair.candidate.quantities)
        guard a.count == b.count else { return false }
        return !zip(a, b).allSatisfy { $0.agrees(with: $1) }
    }
}
