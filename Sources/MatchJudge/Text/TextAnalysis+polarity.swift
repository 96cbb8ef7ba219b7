extension TextAnalysis {
    /// Finds what is negated: a cue marks the next content word, German "nicht" at the end the one before.
    func readPolarity() {
        for position in tokens.indices {
            let traits = tokens[position].traits
            if traits.contains(.weakNegation) {
                if turns(position) { hasWeakNegation = true } else { tokens[position].traits.remove(.weakNegation) }
            }
            if turnsComparison(position) {
                negationCount += 1
                tokens[position].polarity = Polarity()
                tokens[position + 1].traits.formSymmetricDifference(.negated)
                continue
            }
            let isExcepting =
                tokens[position].hash == Self.but && position > 0 && Self.alls.contains(tokens[position - 1].hash)
            guard traits.contains(.negation) || isExcepting, traits.isDisjoint(with: [.code, .quoted]), isCue(position)
            else { continue }
            negationCount += 1
            if isInverted(position) { hasInvertedNegation = true }
            if !negate(from: position) { negateBackwards(from: position) }
        }
    }

    /// Whether a word that turns what follows does so here: not in "a stop in Dallas", "at least", "fight against".
    private func turns(_ position: Int) -> Bool {
        let hash = tokens[position].hash
        let before = position > 0 ? tokens[position - 1].hash : 0
        if hash == Self.least { return before != Self.at }
        if hash == Self.against { return !Self.opposing.contains(before) }
        guard Self.stops.contains(hash), position + 2 < tokens.count,
            Self.stopPlaces.contains(tokens[position + 1].hash)
        else { return true }
        // "Was stopped in Oslo" ends what goes on there; "stop in-app ads" names no place.
        return position > 0 && tokens[position - 1].traits.contains(.auxiliary)
            || tokens[position + 2].traits.isDisjoint(with: [.place, .capital])
    }

    private static let least = WordHash.of("least")
    private static let at = WordHash.of("at")
    private static let against = WordHash.of("against")
    private static let opposing = WordSet(
        "fight fights fighting fought war wars protect protects protection defend defends defense defence vulnerable insure insured"
    )
    private static let stops = WordSet("stop stops stopping stopped")
    private static let stopPlaces = WordSet("in at")

    /// "Why doesn't it …", "Isn't it …": the subject stands between the negation and what it negates.
    private func isInverted(_ cue: Int) -> Bool {
        guard cue > 0, tokens[cue - 1].traits.contains(.auxiliary) else { return false }
        return cue == 1 || tokens[cue - 1].traits.contains(.sentenceStart) || tokens[cue - 2].traits.contains(.question)
    }

    private static let but = WordHash.of("but")
    private static let alls = WordSet("all everything everyone nothing anything anyone")

    /// "least expensive", "less safe": the word after is turned round.
    private func turnsComparison(_ position: Int) -> Bool {
        guard position + 1 < tokens.count, Self.lessWords.contains(tokens[position].hash) else { return false }
        return tokens[position + 1].isPolar && tokens[position + 1].isContent
    }

    private static let lessWords = WordSet("least less")

    /// Whether a negation word negates here: not in "not only", "no matter", "or not", "No. 5", "not to mention".
    private func isCue(_ position: Int) -> Bool {
        let next = position + 1 < tokens.count ? tokens[position + 1] : nil
        let hash = tokens[position].hash
        // "Isn't there a way" asks what "is there a way" asks.
        if hash == Word.not, position == 1, tokens[0].traits.contains(.auxiliary), tokens.count > 3, isInverted(1),
            position + 1 < tokens.count, !tokens[2].isContent || tokens[2].traits.contains(.entity)
        {
            return false
        }
        if hash == Word.not || hash == Word.no {
            if let next, next.hash == Word.only || next.hash == Word.matter || next.hash == Word.doubt { return false }
            // "Is it safe or not"; but "guilty or not guilty" is no "guilty or guilty".
            if position > 0, tokens[position - 1].hash == Word.or {
                return next?.isPolar == true && !tokens[position].traits.contains(.clauseEnd)
            }
            if isAside(position) || isIgnorance(position) { return false }
        }
        if hash == Word.no {
            // "no" is "in the" in Portuguese.
            if language == .portuguese { return false }
            if let next, next.traits.contains(.number) { return false }
            // "No, …" answers; it does not negate.
            if tokens[position].traits.contains(.clauseEnd) { return false }
            // In Spanish "no" negates, in French and German it does not occur.
        }
        if tokens[position].traits.contains(.cjk) { return isHanCue(position) }
        return true
    }

    /// "Why or why not?", "if not, …".
    private func isAside(_ position: Int) -> Bool {
        guard position > 0 else { return false }
        let before = tokens[position - 1]
        if before.hash == Self.why, position > 1, tokens[position - 2].hash == Word.or { return true }
        return before.hash == Word.if_ && (position + 1 >= tokens.count || tokens[position].traits.contains(.clauseEnd))
    }

    /// "I don't know how to …", "can't figure out how to …", "not sure how …" ask how; not knowing why or what asks for
    /// an explanation of what is known.
    private func isIgnorance(_ position: Int) -> Bool {
        guard position <= 4, position + 2 < tokens.count, Self.knowing.contains(tokens[position + 1].hash) else {
            return false
        }
        // "Why doesn't the bot know how to …" is about somebody else.
        for token in tokens[..<position] {
            let isSpeakers = Self.speakers.contains(token.hash) || token.traits.contains(.auxiliary)
            if !isSpeakers || token.traits.contains(.question) { return false }
        }
        let next = position + (tokens[position + 2].hash == Self.out ? 3 : 2)
        return next < tokens.count && tokens[next].hash == Word.how
    }

    private static let why = WordHash.of("why")
    private static let knowing = WordSet("know understand remember figure find work sure see")
    private static let speakers = WordSet("i we still")
    private static let out = WordHash.of("out")

    /// 不 in 不过, 不同, 不好意思, 无 in 无论, 未 in 未来, 非 in 非常 do not negate; nor do A-not-A questions (是不是).
    private func isHanCue(_ position: Int) -> Bool {
        guard position + 1 < tokens.count else { return true }
        let next = tokens[position + 1].hash
        if position > 0, tokens[position - 1].hash == next { return false }
        return !Self.hanExceptions.contains(WordHash.pair(tokens[position].hash, next))
    }

    private static let hanExceptions: Set<UInt64> = Set(
        ["不过", "不同", "不好", "不仅", "不管", "不论", "无论", "未来", "非常", "别人", "特别", "别的", "没收", "不要", "不知"].map { word in
            let characters = word.unicodeScalars.map { WordHash.of(String($0)) }
            return WordHash.pair(characters[0], characters[1])
        })

    private func negate(from cue: Int) -> Bool {
        if tokens[cue].traits.contains(.clauseEnd) { return false }
        var reach = cue + 1
        while reach < tokens.count, reach <= cue + 5 {
            if tokens[reach].isContent && tokens[reach].traits.isDisjoint(with: .negation)
                && !Self.skipped.contains(tokens[reach].hash)
                || tokens[reach].traits.contains(.cjk)
            {
                tokens[reach].traits.formSymmetricDifference(.negated)
                return true
            }
            if tokens[reach].traits.contains(.sentenceEnd) { return false }
            reach += 1
        }
        return false
    }

    /// Words between a negation and what it negates: "no longer works", "not going to pay".
    private static let skipped = WordSet("longer going even yet ever exactly necessarily")

    private func negateBackwards(from cue: Int) {
        var reach = cue - 1
        while reach >= 0, reach >= cue - 6 {
            if tokens[reach].isContent, tokens[reach].traits.isDisjoint(with: .negation) {
                tokens[reach].traits.formSymmetricDifference(.negated)
                return
            }
            reach -= 1
        }
    }

    /// Gives every content word the preposition that governs it, up to the next clause.
    func readRoles() {
        var role = Role.none
        var distance = 0
        for position in tokens.indices {
            let token = tokens[position]
            if token.role != .none {
                role = token.role
                distance = 0
                continue
            }
            if token.traits.contains(.question) || token.traits.contains(.auxiliary) { role = .none }
            if token.isContent, distance < 4 {
                tokens[position].role = role
                distance += 1
            }
            if token.traits.contains(.clauseEnd) || distance >= 4 { role = .none }
        }
    }

    /// Drops months that turned out to be names or verbs, and reads "3 in the afternoon".
    func readCalendar(_ lexicon: Lexicon) {
        readSpokenTimes()
        for index in quantities.indices {
            let token = Int(quantities[index].token)
            guard quantities[index].kind == .cardinal, quantities[index].unit == .none, quantities[index].isStrong
            else { continue }
            guard quantities[index].value <= 24, token + 3 < tokens.count else { continue }
            guard tokens[token + 1].hash == Word.in_, tokens[token + 2].hash == Word.the else { continue }
            let word = tokens[token + 3].hash
            let isAfternoon = Self.afternoon.contains(word)
            guard isAfternoon || word == Self.morning else { continue }
            quantities[index].value = TextScanner.onClock(Int(quantities[index].value), 0, isAfternoon)
            quantities[index].kind = .clock
            quantities[index].unit = .clock
        }
    }

    /// "half past seven", "a quarter to six".
    private func readSpokenTimes() {
        var index = 0
        while index < quantities.count {
            let token = Int(quantities[index].token)
            guard quantities[index].kind == .cardinal, quantities[index].value <= 12, token >= 2,
                Self.pastWords.contains(tokens[token - 1].hash)
            else {
                index += 1
                continue
            }
            let isHalf = tokens[token - 2].hash == TextScanner.halfHash
            guard isHalf || tokens[token - 2].hash == Self.quarter else {
                index += 1
                continue
            }
            let minutes = isHalf ? 30 : tokens[token - 1].hash == Word.to ? -15 : 15
            quantities[index].value = quantities[index].value * 60 + Double(minutes)
            quantities[index].kind = .clock
            quantities[index].isStrong = true
            if isHalf, index > 0, Int(quantities[index - 1].token) == token - 2 {
                quantities.remove(at: index - 1)
                index -= 1
            }
            readHalfOfDay(index)
            index += 1
        }
    }

    /// "… in the evening" after a spoken time.
    private func readHalfOfDay(_ index: Int) {
        let token = Int(quantities[index].token)
        guard token + 3 < tokens.count, tokens[token + 1].hash == Word.in_ else { return }
        let word = tokens[token + 3].hash
        guard word == Self.morning || Self.afternoon.contains(word) else { return }
        if word != Self.morning { quantities[index].value += 720 }
        quantities[index].unit = .clock
    }

    private static let pastWords = WordSet("past to after")
    private static let quarter = WordHash.of("quarter")
    private static let morning = WordHash.of("morning")
    private static let afternoon = WordSet("afternoon evening night")
}
