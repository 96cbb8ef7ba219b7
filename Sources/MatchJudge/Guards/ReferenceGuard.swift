import CacheModel

/// Refuses pairs that refer to another person or time: my against his, today against tomorrow.
struct ReferenceGuard: MatchGuard {
    let name = "reference"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.reference, pair.candidate.reference)
        // "this season" against none may be the same season.
        let isPresent = query.times.union(candidate.times) == .this
        // "I lost it last week, what now" tells when, and asks nothing about it, unless all the rest is the same.
        let isTold = (query.times.isEmpty || candidate.times.isEmpty) && !pair.sharesHalf
        if query.times != candidate.times, !isPresent, !isTold { return veto("another time is meant") }
        if query.genders != candidate.genders, query.genders > 1, candidate.genders > 1 {
            return veto("another person is meant")
        }
        if pair.sharesHalf, query.persons != candidate.persons,
            Self.sorted(query.persons) == Self.sorted(candidate.persons)
        {
            return veto("the persons trade places")
        }
        if pair.sharesHalf,
            query.isSubject && !query.isObject && candidate.isObject && !candidate.isSubject
                || candidate.isSubject && !candidate.isObject && query.isObject && !query.isSubject
        {
            return veto("the speaker acts on one side and is acted on on the other")
        }
        // "Tell me how passengers reclaim their fare" is asked of one's own as well.
        guard pair.sharesHalf else { return nil }
        let third: ReferenceFrame.Persons = [.he, .she, .they]
        let near: ReferenceFrame.Persons = [.first, .second, .we]
        let crosses =
            !query.owners.isDisjoint(with: third) && !candidate.owners.isDisjoint(with: near)
            && query.owners.isDisjoint(with: candidate.owners)
            || !candidate.owners.isDisjoint(with: third) && !query.owners.isDisjoint(with: near)
                && query.owners.isDisjoint(with: candidate.owners)
        return crosses || isSomebodyElses(pair) ? veto("another person is meant") : nil
    }

    /// "my account" against "another user's account".
    private func isSomebodyElses(_ pair: TextPair) -> Bool {
        Self.isMine(pair.query, pair.toCandidate) && Self.isOthers(pair.candidate)
            || Self.isMine(pair.candidate, pair.toQuery) && Self.isOthers(pair.query)
    }

    /// Whether something is the speaker's own, on this side only.
    private static func isMine(_ text: TextAnalysis, _ links: [Int32]) -> Bool {
        text.tokens.indices.contains { links[$0] < 0 && mine.contains(text.tokens[$0].hash) }
    }

    private static func isOthers(_ text: TextAnalysis) -> Bool {
        text.tokens.indices.dropLast().contains {
            let next = text.tokens[$0 + 1].hash
            return text.tokens[$0].hash == another && people.contains(next)
                || some.contains(text.tokens[$0].hash) && next == else_
        }
    }

    private static let mine = WordSet("my mine our ours")
    private static let another = WordHash.of("another")
    private static let people = WordSet(
        "user users person persons customer member employee colleague client patient student man woman")
    private static let some = WordSet("someone somebody anyone anybody")
    private static let else_ = WordHash.of("else")

    /// How often each person occurs, eight bits each.
    private static func sorted(_ persons: UInt64) -> UInt64 {
        var counts: UInt64 = 0
        var rest = persons
        while rest > 7 {
            counts += 1 << (8 * (rest & 7))
            rest >>= 3
        }
        return rest == 1 ? counts : counts + 1 << 56
    }
}
