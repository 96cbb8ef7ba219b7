import CacheModel

/// Refuses pairs of which one speaks of a state that is over or only coming about: is an actor, used to be an actor, is
/// becoming an actor.
struct AspectGuard: MatchGuard {
    let name = "aspect"

    private enum Aspect: String { case present, former, coming }

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (Self.aspect(of: pair.query), Self.aspect(of: pair.candidate))
        return query == candidate ? nil : veto("\(query.rawValue) against \(candidate.rawValue)")
    }

    private static func aspect(of text: TextAnalysis) -> Aspect {
        let tokens = text.tokens
        for position in tokens.indices where tokens[position].traits.isDisjoint(with: [.quoted, .code]) {
            let hash = tokens[position].hash
            if formerWords.contains(hash) || isUsedTo(tokens, position) { return .former }
            if hash == becoming { return .coming }
        }
        return .present
    }

    /// "used to" and "did … use to be", but not "is used to" and "what do you use to".
    private static func isUsedTo(_ tokens: [Token], _ position: Int) -> Bool {
        guard position + 1 < tokens.count, tokens[position + 1].hash == Word.to else { return false }
        if tokens[position].hash == use { return position + 2 < tokens.count && tokens[position + 2].hash == be }
        guard tokens[position].hash == used else { return false }
        // "is used to", "is yeast used to": a passive or a habit.
        return !tokens[max(0, position - 3)..<position].contains { habitWords.contains($0.hash) }
    }

    private static let used = WordHash.of("used")
    private static let use = WordHash.of("use")
    private static let be = WordHash.of("be")
    private static let becoming = WordHash.of("becoming")
    private static let formerWords = WordSet("former formerly previously ex")
    private static let habitWords = WordSet(
        "is are was were be been being am get gets got getting not commonly often widely usually also only")
}
