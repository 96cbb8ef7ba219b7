import CacheModel

/// Refuses pairs in which one is the other's here, and the other the one's there: "my wife's brother" against "the wife of my
/// brother".
struct PossessionGuard: MatchGuard {
    let name = "possession"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        // Beyond that a text tells of more than one thing.
        guard query.tokens.count <= 40, candidate.tokens.count <= 40 else { return nil }
        return differing(query, candidate) ?? differing(candidate, query)
    }

    private func differing(_ here: TextAnalysis, _ there: TextAnalysis) -> Judgement.Veto? {
        for place in here.tokens.indices {
            guard let possession = Possession(in: here, at: place) else { continue }
            if Self.holds(there, possession.turned), !Self.holds(there, possession),
                !Self.holds(here, possession.turned)
            {
                return veto("whose trades places with what is theirs")
            }
            if asksWhose(there, possession) { return veto("whose it is against what is theirs") }
            if tradesOwners(possession, here, there) { return veto("what is mine and what is theirs trade places") }
        }
        return nil
    }

    /// "Hadrian's father" against "whose father was Hadrian".
    private func asksWhose(_ text: TextAnalysis, _ possession: Possession) -> Bool {
        guard !Self.holds(text, possession), text.tokens.contains(where: { $0.stem == possession.owner }) else {
            return false
        }
        return text.tokens.indices.dropLast().contains { place in
            // "A friend whose father" is another's as well.
            text.tokens[place].hash == Self.whose && text.tokens[place].traits.contains(.sentenceStart)
                && text.tokens[(place + 1)...].prefix { $0.isContent }.contains { $0.stem == possession.owned }
        }
    }

    /// "The neighbour's tree fell on my fence" against "my tree fell on the neighbour's fence".
    private func tradesOwners(_ possession: Possession, _ here: TextAnalysis, _ there: TextAnalysis) -> Bool {
        guard Self.isMine(there, possession.owned), !Self.isMine(here, possession.owned) else { return false }
        return there.tokens.indices.contains { place in
            guard let other = Possession(in: there, at: place), other.owner == possession.owner,
                other.owned != possession.owned
            else { return false }
            return Self.isMine(here, other.owned)
        }
    }

    /// "My fence", "my garden fence", but not "my neighbour's fence".
    private static func isMine(_ text: TextAnalysis, _ noun: UInt64) -> Bool {
        text.tokens.indices.contains { place in
            guard text.tokens[place].stem == noun else { return false }
            var before = place - 1
            while before >= 0, text.tokens[before].isContent, !text.tokens[before].traits.contains(.possessor) {
                before -= 1
            }
            return before >= 0 && mine.contains(text.tokens[before].hash)
        }
    }

    private static let mine = WordSet("my our")
    private static let whose = WordHash.of("whose")

    private static func holds(_ text: TextAnalysis, _ possession: Possession) -> Bool {
        text.tokens.indices.contains { Possession(in: text, at: $0) == possession }
    }

    /// Whose something is: the stems of both nouns.
    private struct Possession: Equatable {
        let owner: UInt64
        let owned: UInt64

        var turned: Possession { Possession(owner: owned, owned: owner) }

        private init(owner: UInt64, owned: UInt64) { (self.owner, self.owned) = (owner, owned) }

        /// What the possessor, or the "of", at `place` tells; `nil` where there is none.
        init?(in text: TextAnalysis, at place: Int) {
            let token = text.tokens[place]
            if token.traits.contains(.possessor), token.isContent {
                guard let owned = Self.noun(text, from: place + 1) else { return nil }
                (owner, self.owned) = (token.stem, text.tokens[owned].stem)
            } else if token.role == .of, !token.isContent, place > 0, text.tokens[place - 1].isContent {
                var noun = Self.noun(text, from: place + 1)
                // "The wife of my mother's brother": the brother's.
                while let last = noun, text.tokens[last].traits.contains(.possessor) {
                    guard let next = Self.noun(text, from: last + 1) else { break }
                    noun = next
                }
                // "Laws of motion problems": of which noun the "of" is nobody can tell.
                guard let noun, !text.tokens[noun - 1].isContent || text.tokens[noun - 1].traits.contains(.possessor)
                else { return nil }
                (owner, owned) = (text.tokens[noun].stem, text.tokens[place - 1].stem)
            } else {
                return nil
            }
        }

        /// The noun that a phrase is about: its last content word, or the first that owns what follows.
        private static func noun(_ text: TextAnalysis, from start: Int) -> Int? {
            var position = start
            guard start > 0, !text.tokens[start - 1].traits.contains(.clauseEnd) else { return nil }
            while position < text.tokens.count, DeedWords.determiners.contains(text.tokens[position].hash) {
                position += 1
            }
            var noun: Int?
            while position < text.tokens.count, text.tokens[position].isContent {
                noun = position
                if !text.tokens[position].traits.isDisjoint(with: [.clauseEnd, .possessor]) { break }
                position += 1
            }
            return noun
        }
    }
}
