import CacheModel

/// Refuses pairs that refer to another person or time: my against his, today against tomorrow.
struct ReferenceGuard: MatchGuard {
    let name = "reference"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.reference, pair.candidate.reference)
        // "this season" against none may be the same season.
        let isPresent = query.times.union(candidate.times) == .this
        if query.times != candidate.times, !isPresent { return veto("another time is meant") }
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
        let third: ReferenceFrame.Persons = [.he, .she, .they]
        let near: ReferenceFrame.Persons = [.first, .second, .we]
        let crosses =
            !query.owners.isDisjoint(with: third) && !candidate.owners.isDisjoint(with: near)
            && query.owners.isDisjoint(with: candidate.owners)
            || !candidate.owners.isDisjoint(with: third) && !query.owners.isDisjoint(with: near)
                && query.owners.isDisjoint(with: candidate.owners)
        return crosses ? veto("another person is meant") : nil
    }

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
