import CacheModel

/// Refuses pairs that ask for different things: who against when, how many against why, whether against how.
struct QuestionGuard: MatchGuard {
    let name = "question"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.questions, pair.candidate.questions)
        if query.isEmpty && counts(pair.candidate) && !names(pair.query, Self.counting)
            || candidate.isEmpty && counts(pair.query) && !names(pair.candidate, Self.counting)
        {
            return veto("how many against which")
        }
        guard !query.isEmpty, !candidate.isEmpty, query.isDisjoint(with: candidate) else { return nil }
        let durations: QuestionKinds = [.when, .howLong, .howOld]
        if query.isSubset(of: durations.union(.what)), candidate.isSubset(of: durations.union(.what)) { return nil }
        let listing: QuestionKinds = [.what, .which]
        if query == .howMany && candidate.isSubset(of: listing) || candidate == .howMany && query.isSubset(of: listing)
        {
            return veto("how many against which")
        }
        let telling: QuestionKinds = [.who, .when, .where_, .why, .howMany, .howLong, .howMuch, .howOften, .howOld]
        if !query.isDisjoint(with: telling), !candidate.isDisjoint(with: telling) {
            return veto("another kind of question")
        }
        let loose: QuestionKinds = [.how, .yesNo]
        if query == .where_ && candidate == .how || query == .how && candidate == .where_ { return nil }
        let isTold =
            !query.isDisjoint(with: telling) && !candidate.isDisjoint(with: loose)
            || !candidate.isDisjoint(with: telling) && !query.isDisjoint(with: loose)
        if isTold { return veto("another kind of question") }
        let asksWhether = query == .yesNo || query == [.yesNo, .possibility]
        let alsoWhether = candidate == .yesNo || candidate == [.yesNo, .possibility]
        if asksWhether && candidate.contains(.how) && !asksDegree(pair.candidate, pair.toQuery)
            || alsoWhether && query.contains(.how) && !asksDegree(pair.query, pair.toCandidate)
        {
            return veto("whether against how")
        }
        guard pair.sharesHalf else { return nil }
        if query == .yesNo && candidate == .which && !offers(pair.query)
            || candidate == .yesNo && query == .which && !offers(pair.candidate)
        {
            return veto("whether against which")
        }
        if query == .who && candidate == .what || candidate == .who && query == .what {
            return veto("who against what")
        }
        return nil
    }

    /// Whether only a number answers it: "how many papers", "number of papers". "How many calories" is not meant: without
    /// the question "calories in a banana" asks for the same.
    private func counts(_ text: TextAnalysis) -> Bool {
        for position in text.tokens.indices.dropLast() {
            let next = text.tokens[position + 1]
            if text.tokens[position].hash == Word.how && next.hash == Word.many {
                return position + 2 < text.tokens.count && !text.tokens[position + 2].traits.contains(.unit)
            }
            if position == 0 && Self.number.contains(text.tokens[0].hash) && next.hash == Word.of { return true }
        }
        return false
    }

    /// "How safe is it" against "is it safe": the quality that one side asks the degree of is what the other asks about.
    private func asksDegree(_ text: TextAnalysis, _ links: [Int32]) -> Bool {
        guard text.questions.contains(.degree) else { return false }
        return text.tokens.indices.dropLast().contains { text.tokens[$0].hash == Word.how && links[$0 + 1] >= 0 }
    }

    /// "Is there any …" asks for one, like "which".
    private func offers(_ text: TextAnalysis) -> Bool { names(text, Self.offering) }

    private func names(_ text: TextAnalysis, _ words: WordSet) -> Bool {
        text.tokens.contains { words.contains($0.hash) }
    }

    private static let offering = WordSet("there any some")
    private static let number = WordSet("number count")
    private static let counting = WordSet("number numbers count total quantity amount many much population size")
}
