/// The words by which `DeedReader` reads who does what, and the forms of a deed's word: teach, taught, teacher.
enum DeedWords {
    /// What a word says of a deed.
    enum Shape {
        /// "Teach", "taught".
        case verb
        /// "Teacher", "causes": who does it.
        case doer
        /// "Trainee", "effects": who or what suffers it.
        case sufferer
    }

    static let who = WordHash.of("who")
    static let am = WordHash.of("am")
    static let be = WordSet("am is are was were be been being")
    /// "Got bitten".
    static let get = WordSet("get gets got getting gotten")
    /// They stand for somebody: "what", "composers who".
    static let relative = WordSet("who whom what which that")
    static let asking = WordSet("who whom what which")
    /// They choose among things: "which composers".
    static let choosing = WordSet("which what")
    static let granted = WordSet(
        "allowed able entitled permitted required obliged supposed obligated expected authorised authorized")
    static let speaker = WordSet("i me we us")
    /// Somebody whom no noun names.
    static let persons = WordSet("i me we us someone somebody anyone anybody everyone he him she they them it you")
    /// Somebody who suffers it, or the beginning of his name: "mentoring me", "mentoring my sister".
    static let objects = WordSet("me my us our him her them you someone somebody")
    /// Whoever asks, or anybody like him.
    static let anyone = WordSet("i me we us you one someone somebody anyone people person user customer")
    static let wanting = WordSet(
        "want wants wanted need needs have has had mean means plan plans try tries trying going like")
    static let determiners = WordSet(
        "the a an my your our his her its their this these those some any all every other another")
    /// They join a clause without a subject of its own.
    static let joining = WordSet("before after while when since until")
    private static let adverbs = WordSet(
        "not also often usually ever always still just only already really normally typically sometimes never actually")
    /// Prepositions behind a verb that belong to it: "prey on", "work for".
    static let governed = WordSet("on for with at upon")

    /// A word that names a deed.
    struct Term {
        /// Equal for all forms of the word.
        let deed: UInt64
        let shape: Shape
        /// How many tokens it is long: "lead to" is two.
        var length = 1
        /// Who seems to do it suffers it: "A stems from B" is "B causes A".
        var isConverse = false
    }

    /// The deed that a content word names, and what the word says of it; `nil` where it names none.
    static func read(_ text: TextAnalysis, at place: Int) -> Term? {
        phrasal(text, at: place) ?? single(text, at: place).map { Term(deed: $0.deed, shape: $0.shape) }
    }

    /// "Lead to", "brought on", "stem from": that one thing causes another; "its effect on", that it affects it.
    private static func phrasal(_ text: TextAnalysis, at place: Int) -> Term? {
        guard place + 1 < text.tokens.count, text.tokens[place + 1].role != .none else { return nil }
        if text.tokens[place + 1].role == .on, effects.contains(text.tokens[place].hash) {
            return Term(deed: affect, shape: .verb, length: 2)
        }
        guard let phrase = causing[lemma(of: text.tokens[place])],
            phrase.particles.contains(text.tokens[place + 1].hash)
        else { return nil }
        return Term(deed: cause, shape: .verb, length: 2, isConverse: phrase.isConverse)
    }

    private static func lemma(of token: Token) -> UInt64 { irregular[token.hash] ?? token.stem }

    private static let causing: WordMap<(particles: WordSet, isConverse: Bool)> = {
        var phrases: WordMap<(particles: WordSet, isConverse: Bool)> = [:]
        for (verbs, particles, isConverse) in [
            ("lead", "to", false), ("bring", "on about", false), ("stem arise", "from", true),
        ] {
            for verb in verbs.split(separator: " ") { phrases[lemma(verb)] = (WordSet(particles), isConverse) }
        }
        return phrases
    }()

    private static func single(_ text: TextAnalysis, at place: Int) -> (deed: UInt64, shape: Shape)? {
        let token = text.tokens[place]
        if let deed = needing[token.hash] { return isTurned(text, place) ? (deed, .verb) : nil }
        guard token.length > 2, token.isContent || irregular.contains(token.hash),
            token.traits.isDisjoint(with: [.number, .identifier, .code, .quoted, .cjk])
        else {
            return nil
        }
        let hasOf = place + 1 < text.tokens.count && text.tokens[place + 1].hash == Word.of
        if let person = people[token.hash] { return (person.deed, person.shape) }
        // "Side effects" are another thing.
        if consequences.contains(token.hash) {
            return hasOf && (place == 0 || !text.tokens[place - 1].isContent) ? (cause, .sufferer) : nil
        }
        if token.stem == cause, hasOf || isFragment(text, endingAt: place) { return (cause, .doer) }
        if let base = irregular[token.hash] {
            return verbs.contains(base) || isPlainVerb(text, place) ? (base, .verb) : nil
        }
        if verbs.contains(token.stem) { return (token.stem, .verb) }
        guard let stem = personStem(text, token), verbs.contains(stem) else {
            return isPlainVerb(text, place) ? (token.stem, .verb) : nil
        }
        return (stem, ends(text, token, "ee") || ends(text, token, "ees") ? .sufferer : .doer)
    }

    /// "Low potassium causes": a search for the causes, where nothing asks.
    private static func isFragment(_ text: TextAnalysis, endingAt place: Int) -> Bool {
        place == text.tokens.count - 1 && place > 0 && place < 5 && isPlural(text, place)
            && text.tokens.allSatisfy(\.isContent)
    }

    /// Whether the deed is a listed verb's.
    static func isListed(_ deed: UInt64) -> Bool { verbs.contains(deed) }

    /// Whether the word is a listed verb.
    static func isVerb(_ token: Token) -> Bool { verbs.contains(token.stem) || irregular.contains(token.hash) }

    /// They mean too little for content, and who needs what is told all the same.
    private static let needing: WordMap<UInt64> = {
        var deeds: WordMap<UInt64> = [:]
        for verb in ["use", "need", "want"] {
            for form in [verb, verb + (verb.hasSuffix("e") ? "d" : "ed")] { deeds[WordHash.of(form)] = lemma(verb) }
        }
        return deeds
    }()

    /// Whether the place shows that the word is a verb: "crowned by", "who crowned", "did the bishop crown".
    private static func isPlainVerb(_ text: TextAnalysis, _ place: Int) -> Bool {
        let tokens = text.tokens
        if isTurned(text, place) { return true }
        guard place > 0 else { return false }
        if subjects.contains(tokens[place - 1].hash) { return true }
        // "My friend crashed my car".
        if place + 1 < tokens.count, tokens[place - 1].isContent, isFinite(text, place),
            determiners.contains(tokens[place + 1].hash) || persons.contains(tokens[place + 1].hash)
        {
            return true
        }
        return false
    }

    /// "Crowned by", "did the bishop crown": who does it and who suffers it may have traded places.
    private static func isTurned(_ text: TextAnalysis, _ place: Int) -> Bool {
        let tokens = text.tokens
        if place + 1 < tokens.count, tokens[place + 1].hash == Word.by, isParticiple(text, place) { return true }
        guard place > 0 else { return false }
        var before = place - 1
        guard tokens[before].isContent else { return false }
        while before > 0, before >= place - 2, tokens[before].isContent, !tokens[before].traits.contains(.clauseEnd) {
            before -= 1
        }
        while before > 0, determiners.contains(tokens[before].hash) { before -= 1 }
        return does.contains(tokens[before].hash)
    }

    private static let subjects = WordSet("who what i we")
    private static let does = WordSet("do does did")

    /// The stem of a listed verb, as texts have it.
    private static func lemma(_ word: some StringProtocol) -> UInt64 {
        let stem = Stemmer.stem(word)
        return Lexicon.shared.group(of: stem)
    }

    /// "Often", "officially".
    static func isAdverb(_ text: TextAnalysis, _ place: Int) -> Bool {
        let token = text.tokens[place]
        return adverbs.contains(token.hash) || token.length > 5 && ends(text, token, "ly")
    }

    static func isOngoing(_ text: TextAnalysis, _ place: Int) -> Bool { ends(text, text.tokens[place], "ing") }

    static func isParticiple(_ text: TextAnalysis, _ place: Int) -> Bool {
        ends(text, text.tokens[place], "ed") || participles.contains(text.tokens[place].hash)
    }

    private static let cause = lemma("cause")
    private static let affect = lemma("affect")
    /// "Contained in": what it is in does it.
    static let holding = WordSet("contained included enclosed")

    /// Whether the deed always has somebody who suffers it, named or not.
    static func isSurelyTransitive(_ deed: UInt64) -> Bool { deed == cause || deed == affect }

    static func isPlural(_ text: TextAnalysis, _ place: Int) -> Bool { ends(text, text.tokens[place], "s") }
    private static let effects = WordSet("effect effects impact")
    private static let consequences = WordSet("effect effects consequence consequences")

    /// People and things that are named after no form of the deed.
    private static let people: WordMap<(deed: UInt64, shape: Shape)> = {
        var people: WordMap<(deed: UInt64, shape: Shape)> = [:]
        for (verb, shape, words) in [
            ("succeed", Shape.doer, "successor successors"), ("succeed", .sufferer, "predecessor predecessors"),
            ("teach", .sufferer, "pupil pupils student students disciple disciples"),
            ("eat", .doer, "predator predators"),
            ("eat", .sufferer, "prey"), ("inherit", .doer, "heir heirs"),
            ("owe", .doer, "debtor debtors"), ("owe", .sufferer, "creditor creditors"),
            ("conquer", .doer, "conqueror conquerors"), ("kill", .doer, "murderer murderers"),
        ] {
            for word in words.split(separator: " ") {
                people[WordHash.of(word)] = (lemma(verb), shape)
            }
        }
        return people
    }()

    /// The stem of what a person in -er, -or or -ee does or suffers: teacher → teach, employee → employ.
    private static func personStem(_ text: TextAnalysis, _ token: Token) -> UInt64? {
        text.withBytes(of: token) { word in
            var count = word.count - (word.last == UInt8(ascii: "s") ? 1 : 0)
            guard count >= 5 else { return nil }
            let (a, b) = (word[count - 2], word[count - 1])
            let (e, o, r) = (UInt8(ascii: "e"), UInt8(ascii: "o"), UInt8(ascii: "r"))
            guard b == r && (a == e || a == o) || b == e && a == e else { return nil }
            count -= 2
            // "Planner"; not "caller", "boss".
            let last = word[count - 1]
            if last == word[count - 2], last != UInt8(ascii: "l"), last != UInt8(ascii: "s") { count -= 1 }
            let stem = Stemmer.stem(UnsafeBufferPointer(rebasing: word[..<count]))
            return Lexicon.shared.group(of: stem)
        }
    }

    private static func ends(_ text: TextAnalysis, _ token: Token, _ suffix: StaticString) -> Bool {
        text.withBytes(of: token) { $0.count > suffix.utf8CodeUnitCount && Stemmer.ends($0, $0.count, suffix) }
    }

    /// Verbs of which it matters who does it and to whom, and that mean little else. Others say too little ("make"), move as
    /// often as they are moved ("open", "get"), are nouns as often ("order"), or are true both ways ("marry"). Written by
    /// hand for this project.
    private static let verbLines = """
        abandon absorb abuse accept accommodate accompany accuse acknowledge acquire adapt admire adopt advertise advise
        affect aid alert amend annex announce answer appoint approve arrange arrest ask assault assess assign assist
        attack attract audit authenticate award ban beat befriend believe bequeath betray bind bite blackmail blame
        bless block bombard borrow bother breed bribe bring bully bury buy call calm capture catch cause challenge chase
        cheat choose cite coach coat collect colonise colonize compensate compile compose comprise confront conquer
        consult contact contain control convey convict convince correct crash create credit criticise criticize crown
        cure damage deceive declare decode decorate defeat defend define delegate deliver demote deny depend depict
        deport derive describe destroy detect direct discipline discover dismiss displace distrust dominate donate draw
        drink drive eat educate elect eliminate emit employ enclose encode encourage endanger endorse engage engulf
        enlist enslave eradicate escort evaluate evict evoke examine exceed exclude excrete execute exonerate exploit
        explore export extend extract extradite feed fertilise fertilize fight finance fire follow forbid force forgive
        found fund give govern grant greet guarantee guard guide harass harbour harm hate haunt hear help hide hire hit
        host hug hunt identify illustrate imitate impersonate implant implement import imprison include induce infect
        influence inform inherit inhibit injure inspect inspire instruct insult insure interrogate interrupt interview
        intimidate introduce invade invent invest investigate invite invoice invoke irritate isolate judge kick kidnap
        kill kiss lead lease lend liberate licence license lick lift lobby love maintain manage mentor mimic mislead
        mock monitor motivate murder neutralise neutralize nominate notify nourish obey observe occupy offend oppose
        orbit organise organize outlive outnumber outperform outrank outweigh override overrule overtake overthrow owe
        own paint pardon pay penalise penalize perform persecute persuade photograph pierce poison pollinate portray
        possess praise precede prefer prescribe prevent probe promise promote propose prosecute protect protest provide
        provoke publish pull punish purchase push query quote raise rape read rebuild receive recognise recognize
        recommend recruit refer reference reflect refuse regulate reimburse reject rely remind remove rename render rent
        repel replace represent repress reproduce rescue resent respect restrain reward ride rob ruin rule sack sanction
        satisfy save scare scold sculpt secrete seduce see select sell send serve shadow shelter shield ship shoot
        silence sing snub solve sponsor spy stalk steal stimulate strike study subsidise subsidize succeed suck sue
        suggest summon supersede supervise supply support suppress surpass surprise surround sustain swallow take tax
        teach tease tell terminate thank threaten throttle tolerate torture tow train translate transmit transport treat
        trick trigger trouble trust tutor undermine understand underwrite unfollow unfriend unlock unseat upset utilise
        utilize vaccinate verify violate visit warn watch wear welcome win wound write
        """

    private static let verbs: WordMap<Bool> = {
        var verbs: WordMap<Bool> = [:]
        for word in verbLines.split(whereSeparator: \.isWhitespace) {
            verbs[lemma(word)] = true
        }
        return verbs
    }()

    /// "Bit", "opened", "opens".
    static func isFinite(_ text: TextAnalysis, _ place: Int) -> Bool {
        let token = text.tokens[place]
        return ends(text, token, "ed") || ends(text, token, "s") || pasts.contains(token.hash)
    }

    /// Verbs that bend by themselves: the base, the past, the participle where it is another word.
    private static let irregularLines = """
        teach taught
        take took taken
        make made
        keep kept
        do did done
        put put
        cut cut
        hit hit
        cancel cancelled
        control controlled
        expel expelled
        label labelled
        eat ate eaten
        beat beaten
        bite bit bitten
        break broke broken
        bring brought
        build built
        buy bought
        catch caught
        choose chose chosen
        draw drew drawn
        drive drove driven
        feed fed
        fight fought
        find found
        forgive forgave forgiven
        give gave given
        hear heard
        hide hid hidden
        hold held
        lead led
        leave left
        lend lent
        lose lost
        meet met
        owe owed
        overtake overtook overtaken
        overthrow overthrew overthrown
        pay paid
        raise raised
        read
        ride rode ridden
        see saw seen
        seek sought
        sell sold
        send sent
        shoot shot
        sing sang sung
        speak spoke spoken
        steal stole stolen
        strike struck stricken
        sue sued
        swallow swallowed
        tell told
        throw threw thrown
        understand understood
        wear wore worn
        win won
        withdraw withdrew withdrawn
        write wrote written
        """

    private static let irregularForms = irregularLines.split(separator: "\n").map { $0.split(separator: " ") }

    private static let irregular: WordMap<UInt64> = {
        var lemmas: WordMap<UInt64> = [:]
        for forms in irregularForms {
            for form in forms { lemmas[WordHash.of(form)] = lemma(forms[0]) }
        }
        return lemmas
    }()

    private static let pasts = WordSet(irregularForms.flatMap { $0.dropFirst() }.joined(separator: " "))
    private static let participles = WordSet(irregularForms.map { $0.last! }.joined(separator: " "))
}
