import CacheModel

/// Refuses pairs that ask for different things: who against when, how many against why, whether against how.
struct QuestionGuard: MatchGuard {
    let name = "question"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.questions, pair.candidate.questions)
        guard !query.isEmpty, !candidate.isEmpty, query.isDisjoint(with: candidate) else { return nil }
        let telling: QuestionKinds = [.who, .when, .where_, .why, .howMany, .howLong, .howMuch, .howOften, .howOld]
        if !query.isDisjoint(with: telling), !candidate.isDisjoint(with: telling) { return veto("another kind of question") }
        let loose: QuestionKinds = [.how, .yesNo]
        let isTold = !query.isDisjoint(with: telling) && !candidate.isDisjoint(with: loose)
            || !candidate.isDisjoint(with: telling) && !query.isDisjoint(with: loose)
        if isTold { return veto("another kind of question") }
        let asksWhether = query == .yesNo || query == [.yesNo, .possibility]
        let alsoWhether = candidate == .yesNo || candidate == [.yesNo, .possibility]
        if asksWhether && candidate == .how || alsoWhether && query == .how { return veto("whether against how") }
        return nil
    }
}
