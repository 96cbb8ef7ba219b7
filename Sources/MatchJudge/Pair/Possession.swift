/// Whose something is.
struct Possession: Equatable {
    /// The stem of the owner's noun, or `speaker`, or `asked`.
    let owner: UInt64
    /// The stem of the noun of what is owned.
    let owned: UInt64

    /// Who asks: "my", "our".
    static let speaker = WordHash.of("my")
    /// Whoever is asked for: "whose father was Hadrian".
    static let asked = WordHash.of("whose")

    /// The same two, the other way round.
    var turned: Possession { Possession(owner: owned, owned: owner) }
}

extension TextAnalysis {
    /// Adds what the text says of whose something is, in the order of its words. O(tokens).
    func readPossessions(into possessions: inout [Possession]) {
        let tokens = tokens
        for place in tokens.indices {
            let token = tokens[place]
            if token.traits.contains(.possessor), token.isContent {
                guard let owned = Self.noun(tokens, from: place + 1) else { continue }
                possessions.append(Possession(owner: token.stem, owned: tokens[owned].stem))
            } else if token.role == .of, !token.isContent {
                guard place > 0, tokens[place - 1].isContent, let owner = Self.owner(tokens, from: place + 1) else {
                    continue
                }
                possessions.append(Possession(owner: tokens[owner].stem, owned: tokens[place - 1].stem))
            } else if Self.mine.contains(token.hash) || Self.asks(token) {
                guard let owned = Self.noun(tokens, from: place + 1) else { continue }
                let owner = token.hash == Possession.asked ? Possession.asked : Possession.speaker
                possessions.append(Possession(owner: owner, owned: tokens[owned].stem))
            }
        }
    }

    private static let mine = WordSet("my our")

    /// "A friend whose father" asks for nobody.
    private static func asks(_ token: Token) -> Bool {
        token.hash == Possession.asked && token.traits.contains(.sentenceStart)
    }

    /// The noun that a phrase is about: its last content word, or the first that owns what follows.
    private static func noun(_ tokens: [Token], from start: Int) -> Int? {
        guard !tokens[start - 1].traits.contains(.clauseEnd) else { return nil }
        var position = start
        while position < tokens.count, DeedWords.determiners.contains(tokens[position].hash) { position += 1 }
        var noun: Int?
        while position < tokens.count, tokens[position].isContent {
            noun = position
            if !tokens[position].traits.isDisjoint(with: [.clauseEnd, .possessor]) { break }
            position += 1
        }
        return noun
    }

    /// Of whom: "the wife of my mother's brother" is the brother's.
    private static func owner(_ tokens: [Token], from start: Int) -> Int? {
        guard var noun = noun(tokens, from: start) else { return nil }
        while tokens[noun].traits.contains(.possessor), let next = Self.noun(tokens, from: noun + 1) { noun = next }
        // "Laws of motion problems": of which noun the "of" is nobody can tell.
        let before = tokens[noun - 1]
        return !before.isContent || before.traits.contains(.possessor) ? noun : nil
    }
}
