import CacheModel

/// Refuses pairs that ask for another form of answer: language, structure, length, tone; and prompts in two languages,
/// whose answers would be in two languages.
struct FormGuard: MatchGuard {
    let name = "form"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query, pair.candidate)
        if query.language != .unknown, candidate.language != .unknown, query.language != candidate.language {
            return veto("the prompts are in two languages (\(query.language), \(candidate.language))")
        }
        if query.form.language != candidate.form.language { return veto("another language is asked for") }
        var difference = query.form.kinds.symmetricDifference(candidate.form.kinds)
        if query.form.leadsWithList || candidate.form.leadsWithList { difference.remove(.list) }
        if !difference.isEmpty { return veto("another form of answer is asked for") }
        return nil
    }
}
