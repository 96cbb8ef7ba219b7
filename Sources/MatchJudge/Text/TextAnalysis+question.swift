extension TextAnalysis {
    /// Reads what each sentence asks for: from its question word, or from a verb that leads a yes-or-no question.
    func readQuestions() {
        var expects = true
        for position in tokens.indices {
            let token = tokens[position]
            if token.traits.contains(.sentenceStart) { expects = true }
            defer { if token.traits.contains(.sentenceEnd) { expects = true } }
            guard expects, token.traits.isDisjoint(with: [.quoted, .code]) else { continue }
            if let kind = kind(at: position) {
                questions.formUnion(kind)
                expects = false
            } else if token.traits.contains(.auxiliary), isLead(position), !isStatement(position),
                !isRequest(position)
            {
                questions.formUnion(Self.able.contains(token.hash) ? [.yesNo, .possibility] : .yesNo)
                if offersWay(position) { questions.insert(.how) }
                expects = false
            } else if token.isContent, !isTrailingQuestion(position) {
                // "Tell me when …": fillers may precede, "In 1990 who …" too.
                expects = position < 6
            }
        }
        if language == .chinese || language == .japanese { readIdeographicQuestions() }
    }

    /// Whether the sentence's last word is a question word.
    private func isTrailingQuestion(_ position: Int) -> Bool {
        var end = position
        while end + 1 < tokens.count, !tokens[end].traits.contains(.sentenceEnd) { end += 1 }
        return tokens[end].traits.contains(.question)
    }

    /// Whether only fillers and conjunctions stand before, in this sentence.
    private func isLead(_ position: Int) -> Bool {
        var index = position - 1
        while index >= 0, !tokens[index].traits.contains(.sentenceEnd) {
            if tokens[index].traits.isDisjoint(with: [.filler, .conjunction]) || tokens[index].traits.contains(.pronoun)
            {
                return false
            }
            index -= 1
        }
        return true
    }

    /// "Could you tell me how" asks how.
    private func isRequest(_ position: Int) -> Bool {
        position + 2 < tokens.count && tokens[position + 1].hash == Self.you
            && tokens[position + 2].traits.contains(.filler)
    }

    private static let you = WordHash.of("you")

    /// "Is there a way to …" asks how as well.
    private func offersWay(_ position: Int) -> Bool {
        guard position + 3 < tokens.count, tokens[position + 1].hash == Self.there else { return false }
        return tokens[position + 2...position + 3].contains { Self.ways.contains($0.hash) }
    }

    private static let there = WordHash.of("there")
    private static let ways = WordSet("way ways trick method methods")

    /// "Cannot log in", "can't log in" without a subject tell, they do not ask.
    private func isStatement(_ position: Int) -> Bool {
        guard position + 1 < tokens.count, tokens[position + 1].hash == Word.not else { return false }
        return position + 2 >= tokens.count
            || tokens[position + 2].isContent && tokens[position + 2].traits.isDisjoint(with: .entity)
    }

    private func kind(at position: Int) -> QuestionKinds? {
        let hash = tokens[position].hash
        if hash == Word.how { return howKind(position) }
        if hash == Word.what { return whatKind(position) }
        guard let kind = Self.wordKinds[hash] else { return nil }
        // "when" and "where" inside a statement open a clause, they do not ask.
        if (kind == .when || kind == .where_), !isLead(position), !isReported(position), !isLast(position) {
            return nil
        }
        return kind
    }

    /// "She was born where?"
    private func isLast(_ position: Int) -> Bool {
        position + 1 == tokens.count || tokens[position].traits.contains(.sentenceEnd)
    }

    /// "tell me when", "do you know where", "explain why".
    private func isReported(_ position: Int) -> Bool {
        var index = position - 1
        while index >= 0, index >= position - 4 {
            if tokens[index].traits.contains(.filler) { return true }
            index -= 1
        }
        return false
    }

    private func howKind(_ position: Int) -> QuestionKinds {
        guard position + 1 < tokens.count else { return .how }
        switch tokens[position + 1].hash {
        case Word.many:
            return position + 2 < tokens.count && tokens[position + 2].hash == Self.times ? .howOften : .howMany
        case Self.frequently: return .howOften
        case Word.much: return countsThings(position + 2) ? .howMany : .howMuch
        case Word.long: return .howLong
        case Word.often: return .howOften
        case Word.old: return .howOld
        case Word.come: return .why
        case Self.soon: return .when
        default: return comesAbout(position) ? [.how, .why] : isDegree(position) ? [.how, .degree] : .how
        }
    }

    /// "How much words" asks for a number of words.
    private func countsThings(_ position: Int) -> Bool {
        guard position < tokens.count, tokens[position].isContent else { return false }
        let word = text(of: tokens[position])
        return word.hasSuffix("s") && !word.hasSuffix("ss")
    }

    /// "How safe is it" asks whether it is; "how tall is it" asks for a measure.
    private func isDegree(_ position: Int) -> Bool {
        guard position + 2 < tokens.count else { return false }
        let (word, verb) = (tokens[position + 1], tokens[position + 2])
        return word.isContent && !Self.measures.contains(word.hash) && Self.copulas.contains(verb.hash)
    }

    private static let times = WordHash.of("times")
    private static let frequently = WordHash.of("frequently")
    private static let copulas = WordSet("is are was were")
    private static let measures = WordSet(
        "tall high long big large far fast deep heavy wide thick thin hot cold warm old young small short near close quick soon strong loud expensive late early"
    )

    /// "how do tides come about" asks for the cause.
    private func comesAbout(_ position: Int) -> Bool {
        guard position + 3 < tokens.count else { return false }
        for later in position + 2..<tokens.count - 1
        where tokens[later].hash == Word.come && tokens[later + 1].hash == Word.about { return true }
        return false
    }

    private static let soon = WordHash.of("soon")

    /// "what time" asks when, "what is the number of" how many, "what is the reason" why, "what is the way" how.
    private func whatKind(_ position: Int) -> QuestionKinds {
        var index = position + 1
        while index < tokens.count, index <= position + 6 {
            let hash = tokens[index].hash
            if let kind = Self.nounKinds[hash] {
                if kind == .howMany, index + 1 >= tokens.count || tokens[index + 1].hash != Word.of { return .what }
                return [.what, kind]
            }
            if tokens[index].isContent, !Self.thin.contains(hash) {
                // "what player" asks which.
                return index == position + 1 ? .which : .what
            }
            index += 1
        }
        return .what
    }

    private static let able = WordSet("can could may might possible")
    private static let thin = WordSet(
        "best main good easiest fastest simplest correct right total exact average way better")

    private static let wordKinds: WordMap<QuestionKinds> = {
        let lines: [(QuestionKinds, String)] = [
            (.who, "who whom wer qui quien"), (.when, "when wann quand cuando"), (.where_, "where wo donde"),
            (.why, "why warum wieso weshalb pourquoi"), (.how, "wie comment como"),
            (.which, "which whose welche welcher welches quel quelle"),
            (.what, "quoi que"), (.howMuch, "combien cuanto wieviel"), (.howMany, "wieviele cuantos cuantas"),
        ]
        var kinds: WordMap<QuestionKinds> = [:]
        for (kind, words) in lines { for word in words.split(separator: " ") { kinds[WordHash.of(word)] = kind } }
        return kinds
    }()

    private static let nounKinds: WordMap<QuestionKinds> = {
        let lines: [(QuestionKinds, String)] = [
            (.when, "time date day year"), (.where_, "place location"), (.why, "reason reasons cause causes purpose"),
            (.how, "way ways method methods procedure process steps"), (.howMany, "number"), (.who, "person name"),
            (.howMuch, "price cost amount fare"), (.howLong, "duration length"), (.howOld, "age"),
        ]
        var kinds: WordMap<QuestionKinds> = [:]
        for (kind, words) in lines { for word in words.split(separator: " ") { kinds[WordHash.of(word)] = kind } }
        return kinds
    }()

    private func readIdeographicQuestions() {
        for (kind, phrases) in Self.hanKinds where phrases.contains(where: { containsPhrase($0) }) {
            questions.formUnion(kind)
        }
    }

    /// Whether the folded text holds these bytes.
    func containsPhrase(_ phrase: [UInt8]) -> Bool {
        guard folded.count >= phrase.count, let first = phrase.first else { return false }
        for start in 0...(folded.count - phrase.count) where folded[start] == first {
            var matches = true
            for offset in 1..<max(1, phrase.count) where folded[start + offset] != phrase[offset] {
                matches = false
                break
            }
            if matches { return true }
        }
        return false
    }

    private static let hanKinds: [(QuestionKinds, [[UInt8]])] = [
        (.why, ["为什么", "为何", "怎么回事", "なぜ", "どうして"].map { Array($0.utf8) }),
        (.howMuch, ["多少", "いくら"].map { Array($0.utf8) }), (.howLong, ["多久", "多长时间"].map { Array($0.utf8) }),
        (.when, ["什么时候", "何时", "几点", "いつ"].map { Array($0.utf8) }),
        (.where_, ["哪里", "在哪", "どこ"].map { Array($0.utf8) }), (.who, ["是谁", "谁是", "誰"].map { Array($0.utf8) }),
    ]
}
