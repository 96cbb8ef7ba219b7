import CacheModel

/// Refuses pairs in which what is a multiple of what trades places: "Ann is twice as old as Tom" against "Tom is twice Ann's
/// age".
struct RatioGuard: MatchGuard {
    let name = "ratio"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        guard let here = Ratio(in: pair.query.tokens), let there = Ratio(in: pair.candidate.tokens) else { return nil }
        let isTurned = here.one == there.other && here.other == there.one && here.one != here.other
        return isTurned ? veto("what is a multiple of what trades places") : nil
    }

    /// "One is twice as … as other": the stems of both.
    private struct Ratio {
        let one: UInt64
        let other: UInt64

        /// The first ratio of a text; `nil` without one, and where its sides cannot be told.
        init?(in tokens: [Token]) {
            guard let place = tokens.indices.first(where: { Self.isRatio(tokens, $0) }), place > 0 else { return nil }
            var before = place - 1
            while before > 0, !tokens[before].isContent || tokens[before].traits.contains(.number) { before -= 1 }
            // "Tom's age is twice Ann's".
            if before > 0, tokens[before - 1].traits.contains(.possessor) { before -= 1 }
            guard tokens[before].isContent, let after = Self.standard(tokens, behind: place) else { return nil }
            (one, other) = (tokens[before].stem, tokens[after].stem)
        }

        /// "Twice", "three times".
        private static func isRatio(_ tokens: [Token], _ place: Int) -> Bool {
            multiples.contains(tokens[place].hash)
                || tokens[place].hash == times && place > 0 && tokens[place - 1].traits.contains(.number)
        }

        /// What is compared with: "as old as Tom", "larger than Tom", "the age of Tom", "Tom's".
        private static func standard(_ tokens: [Token], behind place: Int) -> Int? {
            let last = min(tokens.count, place + 9)
            guard place + 1 < last else { return nil }
            var start = place + 1
            if !tokens[start].traits.contains(.possessor),
                let link = (place + 2..<max(place + 2, last)).first(where: { links.contains(tokens[$0].role) })
            {
                start = link + 1
            }
            return (start..<max(start, last)).first { tokens[$0].isContent }
        }

        private static let times = WordHash.of("times")
        private static let multiples = WordSet("twice double triple thrice quadruple")
        private static let links: [Role] = [.like, .than, .of]
    }
}
