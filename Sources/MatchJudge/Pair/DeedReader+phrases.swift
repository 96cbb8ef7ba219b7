/// The phrases around a deed's word.
extension DeedReader {
    /// A question word, and the noun that it chooses among.
    struct Question {
        var noun = 0..<0
        /// A preposition stands before it: "to whom", "by which composers".
        var isOblique = false
        var isByWhom = false
    }

    func question(to last: Int) -> Question? {
        guard last >= 0, !ends(last) else { return nil }
        var question = Question()
        var word = last
        if !DeedWords.relative.contains(text.tokens[word].hash) {
            question.noun = phrase(to: last)
            word = question.noun.lowerBound - 1
            guard !question.noun.isEmpty, word >= 0, DeedWords.choosing.contains(text.tokens[word].hash) else {
                return nil
            }
        } else if last > 0, text.tokens[last].hash != Word.what, !ends(last - 1) {
            // "A table which is referenced".
            question.noun = subject(to: last - 1) ?? 0..<0
            word = question.noun.isEmpty ? last : question.noun.lowerBound
        }
        if word > 0 {
            question.isOblique = text.tokens[word - 1].role != .none && !text.tokens[word - 1].isContent
            question.isByWhom = text.tokens[word - 1].hash == Word.by
        }
        return question
    }

    /// The noun phrase, or the person, that ends at a token; the one before it, where it is "in" or "with" something.
    func subject(to last: Int) -> Range<Int>? {
        let noun = phrase(to: last)
        if noun.lowerBound > 1, !noun.isEmpty, text.tokens[noun.lowerBound - 1].role != .none,
            !text.tokens[noun.lowerBound - 1].isContent, text.tokens[noun.lowerBound - 2].isContent
        {
            return subject(to: noun.lowerBound - 2)
        }
        if !noun.isEmpty { return noun }
        let person = person(at: last)
        return person.isEmpty ? nil : person
    }

    func person(at position: Int) -> Range<Int> {
        DeedWords.persons.contains(text.tokens[position].hash) ? position..<position + 1 : 0..<0
    }

    /// Content words up to a token, and what they are of.
    func phrase(to last: Int) -> Range<Int> {
        var first = last
        while first >= 0, text.tokens[first].isContent, first == last || !ends(first) { first -= 1 }
        guard first < last else { return 0..<0 }
        while first >= 0, DeedWords.determiners.contains(text.tokens[first].hash) { first -= 1 }
        if first > 0, text.tokens[first].hash == Word.of, text.tokens[first - 1].isContent {
            return phrase(to: first - 1).lowerBound..<last + 1
        }
        return first + 1..<last + 1
    }

    /// Content words from a token on, past articles, and what they are of.
    func phrase(from first: Int) -> Range<Int> {
        var start = first
        while start < text.tokens.count, DeedWords.determiners.contains(text.tokens[start].hash), !ends(start) {
            start += 1
        }
        var end = start
        while end < text.tokens.count, text.tokens[end].isContent {
            end += 1
            if ends(end - 1) { return start..<end }
        }
        guard end > start else {
            return first < text.tokens.count && DeedWords.persons.contains(text.tokens[first].hash)
                ? first..<first + 1 : 0..<0
        }
        if end + 1 < text.tokens.count, text.tokens[end].hash == Word.of {
            let rest = phrase(from: end + 1)
            if !rest.isEmpty { return start..<rest.upperBound }
        }
        return start..<end
    }

    func skippingAdverbs(_ position: Int) -> Int {
        var position = position
        while position >= 0, DeedWords.isAdverb(text, position) { position -= 1 }
        return position
    }

    func ends(_ position: Int) -> Bool { text.tokens[position].traits.contains(.clauseEnd) }
}
