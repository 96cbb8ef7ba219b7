extension TextAnalysis {
    /// Reads possessors, genders and times counted from now.
    func readReference() {
        for position in tokens.indices where tokens[position].traits.isDisjoint(with: [.quoted, .code]) {
            let hash = tokens[position].hash
            if let owner = Self.owners[hash] { reference.owners.formUnion(owner) }
            if let isShe = Self.genders[hash] { reference.genders = reference.genders << 1 | (isShe ? 1 : 0) }
            readPerson(position)
            if let time = Self.times[hash] { reference.times.formUnion(time) }
            if let time = Self.relative[hash], position + 1 < tokens.count,
                Self.periods.contains(tokens[position + 1].hash) || tokens[position + 1].traits.contains(.calendar)
            {
                reference.times.formUnion(time)
            }
        }
    }

    private func readPerson(_ position: Int) {
        guard let person = Self.persons[tokens[position].hash] else { return }
        // "tell me", "show me" only ask.
        if tokens[position].hash == Self.me, position > 0, tokens[position - 1].traits.contains(.filler) { return }
        if reference.persons < 1 << 58 { reference.persons = reference.persons << 3 | person }
        if tokens[position].hash == Self.me { reference.isObject = true }
        if tokens[position].hash == Self.i { reference.isSubject = true }
    }

    private static let me = WordHash.of("me")
    private static let i = WordHash.of("i")
    private static let persons: WordMap<UInt64> = table([
        (1, "i me my mine"), (2, "you your yours"), (3, "he him his"), (4, "she her hers"), (5, "they them their"),
        (6, "we us our"),
    ])

    private static let owners: WordMap<ReferenceFrame.Persons> = table([
        (.first, "my mine mein meine meinen meinem mon ma mes mi mis"),
        (.second, "your yours dein deine deinen ton ta tes tu tus"),
        (.he, "his"), (.she, "her hers"), (.they, "their theirs"),
        (.we, "our ours unser unsere notre nos nuestro nuestra"),
    ])

    private static let genders: WordMap<Bool> = {
        var table: WordMap<Bool> = [:]
        for word in ["he", "him", "his", "himself"] { table[WordHash.of(word)] = false }
        for word in ["she", "her", "hers", "herself"] { table[WordHash.of(word)] = true }
        return table
    }()

    private static let times: WordMap<ReferenceFrame.Times> = table([
        (.today, "today todays heute aujourdhui hoy"), (.tomorrow, "tomorrow tomorrows morgen demain manana"),
        (.yesterday, "yesterday yesterdays gestern hier ayer"), (.tonight, "tonight"), (.ago, "ago"),
    ])

    private static let relative: WordMap<ReferenceFrame.Times> = table([
        (.this, "this current"), (.next, "next upcoming coming nachste nachsten prochain prochaine"),
        (.last, "last past previous letzte letzten dernier derniere"),
    ])

    private static let periods = WordSet(
        "week month year weekend quarter century decade season night morning evening semester woche monat jahr semaine mois semana mes ano weeks months years days"
    )

    private static func table<Value>(_ lines: [(Value, String)]) -> WordMap<Value> {
        var table: WordMap<Value> = [:]
        for (value, words) in lines { for word in words.split(separator: " ") { table[WordHash.of(word)] = value } }
        return table
    }

    // MARK: Follow-ups

    /// Decides whether the prompt leans on a history: a bare "why?", "what about tomorrow?", "and on mobile?", a short
    /// text without anything but pronouns to speak of.
    func detectFollowUp() {
        if language == .chinese || language == .japanese || language == .korean || cjkCount > 0 {
            isFollowUp = Self.isIdeographicFollowUp(self)
            return
        }
        let count = tokens.count
        if count == 0 || count > 14 { return }
        if hasCarriedContent { return }
        isFollowUp = opensLikeFollowUp || isBare || isAnaphoric
    }

    /// Code, quotations and identifiers bring their own context.
    private var hasCarriedContent: Bool {
        !codes.isEmpty || !identifiers.isEmpty && tokens.count > 6 || quotes.count > 0 && tokens.count > 6
    }

    /// "and …", "what about …", "how about …", "but …", "ok, …", "then …", "same for …", with little after it.
    private var opensLikeFollowUp: Bool {
        var start = 0
        while start < tokens.count, Self.interjections.contains(tokens[start].hash) { start += 1 }
        guard start < tokens.count else { return true }
        let rest = tokens.count - start
        let first = tokens[start].hash
        if start + 1 < tokens.count, Self.aboutOpeners.contains(first), Self.aboutWords.contains(tokens[start + 1].hash)
        {
            return rest <= 7 && (tokens[start + 1].hash != Word.if_ || contentCount <= 2)
        }
        if Self.conjunctive.contains(first) { return rest <= 6 || contentCount <= 2 }
        if Self.sameOpeners.contains(first), rest <= 6 { return contentCount <= 4 }
        return false
    }

    /// Nothing that carries content, or just "why", "more", "continue", "another one".
    private var isBare: Bool {
        var content = 0
        for token in tokens
        where token.isContent && !token.traits.contains(.question) && !Self.continuations.contains(token.hash) {
            content += 1
        }
        if content == 0 { return !tokens.contains { $0.traits.contains(.number) || $0.traits.contains(.entity) } }
        return false
    }

    /// A short text about a pronoun that nothing before explains: "how does it work?", "who is she?".
    private var isAnaphoric: Bool {
        guard tokens.count <= 9, contentCount <= 2 else { return false }
        if tokens.contains(where: { !$0.traits.isDisjoint(with: [.entity, .number]) }) { return false }
        for (position, token) in tokens.enumerated() {
            if Self.anaphora.contains(token.hash), !isExpletive(position) { return true }
            // What is named before the pronoun explains it.
            if token.isContent { return false }
        }
        return false
    }

    /// "it is raining", "is it possible to", "what is it like", "that" before a clause.
    private func isExpletive(_ position: Int) -> Bool {
        if Self.determiners.contains(tokens[position].hash), position + 1 < tokens.count, tokens[position + 1].isContent
        {
            return true
        }
        if Self.people.contains(tokens[position].hash) { return contentCount > 1 }
        for later in position + 1..<max(position + 1, tokens.count)
        where Self.clauseOpeners.contains(tokens[later].hash) { return true }
        return false
    }

    private static let people = WordSet("he him she her they them er sie ihn il elle ils elles")
    private static let clauseOpeners = WordSet("to that if when like feel mean means worth zu de que")
    private static let interjections = WordSet(
        "ok okay so well oh hmm thanks thank you great cool yes no sure right also ja nein gut oui non bien si vale gracias merci danke"
    )
    private static let conjunctive = WordSet(
        "and but or then und aber ou et mais y e pero dann puis luego alors plus otherwise else")
    private static let aboutOpeners = WordSet("what how was wie et y que que's")
    private static let aboutWords = WordSet("about if ist pour tal pasa else")
    private static let sameOpeners = WordSet("same instead now again likewise ditto dasselbe pareil igual")
    private static let continuations = WordSet(
        """
        more continue elaborate further detail details again shorter longer simpler example examples another other different
        else instead next previous expand clarify rephrase summarize repeat explain go rewrite translate retry mean mehr
        weiter genauer kurzer beispiel encore plus exemple mas ejemplo continua otra otro differently better done keep
        sentence version answer reply say said that first second third last option one
        """)
    private static let anaphora = WordSet(
        "it this that these those he him she her they them its their es das dies sie er ihn cela ca ce il elle ils elles eso esto ello lo"
    )
    private static let determiners = WordSet("this that these those das dies ce its their her his")

    private static func isIdeographicFollowUp(_ analysis: TextAnalysis) -> Bool {
        let scalars = analysis.cjkCount
        guard scalars <= 12 else { return false }
        for phrase in hanWhole where analysis.folded == phrase { return true }
        guard scalars <= 9 else { return false }
        for opener in hanOpeners where analysis.folded.starts(with: opener) { return true }
        for ending in hanEndings
        where analysis.folded.count > ending.count && scalars <= 7
            && analysis.folded.suffix(ending.count).elementsEqual(ending)
        {
            return true
        }
        return false
    }

    private static let hanWhole = [
        "为什么", "为何", "怎么办", "怎么样", "然后呢", "还有呢", "还有吗", "继续", "例如", "比如", "なぜ", "どうして", "それで", "続けて", "例えば", "もっと", "왜",
        "왜요", "계속", "더",
    ].map { Array($0.utf8) }
    private static let hanOpeners = [
        "那", "然后", "还有", "这个", "这样", "它", "他", "她", "じゃあ", "では", "それ", "これ", "あれ", "그럼", "그러면", "그건", "그것", "이건",
    ].map { Array($0.utf8) }
    private static let hanEndings = ["呢", "はどう", "は", "는요", "은요"].map { Array($0.utf8) }
}
