/// Who does a deed and who suffers it, as far as the words around it tell.
struct Deed {
    /// The two who take part in a deed.
    enum Part { case agent, patient }

    /// Equal for all forms of the deed's word: teach, taught, teacher.
    let name: UInt64
    /// What the word says of the deed.
    let shape: DeedWords.Shape
    /// The token of the deed's word.
    let place: Int
    /// The tokens of who does it; empty where unknown.
    fileprivate(set) var agent = 0..<0
    /// The tokens of who or what suffers it; empty where unknown.
    fileprivate(set) var patient = 0..<0
    /// The stem of the noun that each of them is about; 0 where unknown, and for "I" and "me".
    fileprivate(set) var agentHead: UInt64 = 0
    fileprivate(set) var patientHead: UInt64 = 0
    /// Which of the two the question is after: "who", "which composers", "the tables that".
    fileprivate(set) var asks: Part?
    /// Whether the deed has somebody who suffers it, so that who stands before it surely does it: "what opens the file", but
    /// not "when does the file open".
    fileprivate(set) var isTransitive = false

    /// Makes who does it the one who suffers it.
    fileprivate mutating func turn() {
        swap(&agent, &patient)
        asks = asks.map { $0 == .agent ? .patient : .agent }
    }
}

extension TextAnalysis {
    /// Adds the deeds that words of the text name. O(tokens) each.
    func readDeeds(into deeds: inout [Deed]) {
        for place in tokens.indices {
            guard let word = DeedWords.read(self, at: place) else { continue }
            deeds.append(DeedReader.read(self, at: place, word))
        }
    }
}

/// Finds who takes part in a deed.
///
/// "Whom did Aristotle teach" and "taught by Aristotle" make Aristotle the one who does it, "who taught Aristotle" and
/// "Aristotle's teacher" the one who suffers it. Read by rule from English word order; what no rule covers stays unknown,
/// so that nothing is refused for it.
struct DeedReader {
    typealias Part = Deed.Part

    private var deed: Deed
    private var isPassive = false
    /// "Inherit from me".
    private var hasComplement = false
    let text: TextAnalysis
    /// The last token of the deed's word.
    private let last: Int

    private var place: Int { deed.place }
    private var patient: Range<Int> { deed.patient }
    private var asks: Part? {
        get { deed.asks }
        set { deed.asks = newValue }
    }

    /// Who takes part in the deed that the word at `place` names. O(tokens).
    static func read(_ text: TextAnalysis, at place: Int, _ word: DeedWords.Term) -> Deed {
        var reader = DeedReader(
            deed: Deed(name: word.deed, shape: word.shape, place: place), last: place + word.length - 1, text: text)
        switch word.shape {
        case .doer: reader.readNoun(.patient)
        case .sufferer: reader.readNoun(.agent)
        case .verb: reader.readVerb()
        }
        if word.isConverse { reader.deed.turn() }
        reader.deed.isTransitive =
            reader.isPassive || reader.hasComplement || !reader.patient.isEmpty || reader.asks == .patient
            || DeedWords.isSurelyTransitive(word.deed)
        reader.deed.agentHead = reader.head(of: reader.deed.agent)
        reader.deed.patientHead = reader.head(of: reader.patient)
        return reader.deed
    }

    private init(deed: Deed, last: Int, text: TextAnalysis) { (self.deed, self.last, self.text) = (deed, last, text) }

    /// The stem of the noun that a phrase is about: the last one before "of".
    private func head(of phrase: Range<Int>) -> UInt64 {
        var head: UInt64 = 0
        for position in phrase {
            if text.tokens[position].hash == Word.of { break }
            if text.tokens[position].isContent, !DeedWords.isAdverb(text, position) {
                head = text.tokens[position].stem
            }
        }
        return head
    }

    // MARK: Nouns

    /// "Aristotle's teacher", "callees of the billing service": `part` is what they are of.
    private mutating func readNoun(_ part: Part) {
        var of = 0..<0
        if place + 1 < text.tokens.count, text.tokens[place + 1].role == .of, !ends(place) {
            of = phrase(from: place + 2)
        } else if place > 0, text.tokens[place - 1].isContent, !ends(place - 1) {
            of = phrase(to: place - 1)
            // "Many Republicans climate change deniers": whoever stands before that is somebody else.
            of = max(of.lowerBound, of.upperBound - 2)..<of.upperBound
        }
        guard !of.isEmpty else { return }
        set(part, of)
        // Without a verb, and after "who is", it is the noun that is asked for.
        if text.tokens.count <= 10,
            !text.tokens.contains(where: { $0.traits.contains(.auxiliary) && !DeedWords.be.contains($0.hash) })
        {
            asks = part == .agent ? .patient : .agent
        }
    }

    // MARK: Verbs

    private mutating func readVerb() {
        let before = skippingAdverbs(place - 1)
        guard before >= 0, !ends(before) else { return readObject() }
        let token = text.tokens[before]
        if DeedWords.isOngoing(text, place) {
            // "Training" and "coaching" are things, but for "is training".
            let subject = subject(to: before)
            let verb = subject.map { $0.lowerBound - 1 } ?? before
            guard verb >= 0, DeedWords.be.contains(text.tokens[verb].hash) else {
                return isParticipial(behind: before) ? readParticipial(behind: before) : readHeadline(subject ?? 0..<0)
            }
            return follow(auxiliary: verb, subject: subject)
        }
        if token.traits.contains(.auxiliary) || token.hash == DeedWords.am || isGot(before) {
            follow(auxiliary: before, subject: nil)
        } else if token.hash == Word.to {
            readGranted(before)
        } else if DeedWords.relative.contains(token.hash) {
            readObject()
            readRelative(before)
        } else if let subject = subject(to: before) {
            readAfter(subject)
        } else {
            readObject()
        }
    }

    /// "Got bitten", "get hired": a passive.
    private func isGot(_ word: Int) -> Bool {
        DeedWords.get.contains(text.tokens[word].hash) && DeedWords.isParticiple(text, place)
            && !DeedWords.isOngoing(text, place)
    }

    /// An auxiliary stands right before the verb, or before its subject.
    private mutating func follow(auxiliary place: Int, subject given: Range<Int>?) {
        let isPassive =
            (DeedWords.be.contains(text.tokens[place].hash) || isGot(place)) && !DeedWords.isOngoing(text, self.place)
        if isPassive && !DeedWords.isParticiple(text, self.place) { return }
        var first = place
        while first > 0, text.tokens[first - 1].traits.contains(.auxiliary), !ends(first - 1) { first -= 1 }
        let asked = given == nil ? nil : question(to: first - 1)
        let part: Part = isPassive ? .patient : .agent
        self.isPassive = isPassive
        if isPassive { readAgent(asked) } else { readObject() }
        if let given {
            set(part, given)
            // "Which composers did Beethoven influence", "what do frogs eat".
            if !isPassive, let asked, !asked.isOblique, patient.isEmpty { take(.patient, asked) }
        } else if let subject = question(to: first - 1) {
            if !subject.isOblique { take(part, subject) }
        } else if first > 0, !ends(first - 1), let subject = self.subject(to: first - 1) {
            set(part, subject)
            if !isPassive { readRelated(to: subject) }
        }
    }

    /// "The person I am mentoring": the person, where nothing else suffers it.
    private mutating func readRelated(to subject: Range<Int>) {
        let before = subject.lowerBound - 1
        guard patient.isEmpty, before > 0, !ends(before),
            DeedWords.speaker.contains(text.tokens[subject.lowerBound].hash)
        else { return }
        let noun = phrase(to: before)
        if !noun.isEmpty, DeedWords.determiners.contains(text.tokens[noun.lowerBound].hash) { set(.patient, noun) }
    }

    /// "Is my employer allowed to read", "my contractor wants to sue": who is granted the deed, or wants it, does it.
    private mutating func readGranted(_ to: Int) {
        readObject()
        let word = skippingAdverbs(to - 1)
        guard word > 0 else { return }
        let isWanted = DeedWords.wanting.contains(text.tokens[word].hash)
        guard isWanted || DeedWords.granted.contains(text.tokens[word].hash) else { return }
        var before = skippingAdverbs(word - 1)
        if !isWanted, before > 0, DeedWords.be.contains(text.tokens[before].hash) { before -= 1 }
        guard before >= 0, !ends(before) else { return }
        if DeedWords.relative.contains(text.tokens[before].hash) { return readRelative(before) }
        guard let subject = subject(to: before) else { return }
        set(.agent, subject)
        // "Pieces that the king is allowed to take".
        let relative = subject.lowerBound - 1
        guard relative > 0, patient.isEmpty, DeedWords.relative.contains(text.tokens[relative].hash) else { return }
        set(.patient, phrase(to: relative - 1))
        asks = .patient
    }

    /// "Composers who influenced", "what causes".
    private mutating func readRelative(_ word: Int) {
        let head = word > 0 && !ends(word - 1) ? subject(to: word - 1) : nil
        set(.agent, head ?? 0..<0)
        if head != nil || DeedWords.asking.contains(text.tokens[word].hash) { asks = .agent }
    }

    /// Somebody stands right before the verb: what stands before him tells the rest.
    private mutating func readAfter(_ subject: Range<Int>) {
        let before = skippingAdverbs(subject.lowerBound - 1)
        let opens = before < 0 || ends(before)
        if !opens, text.tokens[before].traits.contains(.auxiliary) {
            return follow(auxiliary: before, subject: subject)
        }
        if last + 1 < text.tokens.count, isBy(last + 1), DeedWords.isParticiple(text, place) {
            return readReduced(subject)
        }
        readObject()
        if opens { return readStated(subject) }
        let token = text.tokens[before]
        if DeedWords.choosing.contains(token.hash) {
            // "Which animals hunt wolves"; "by which composers" is another matter.
            guard before == 0 || text.tokens[before - 1].role == .none else { return }
            let last = subject.upperBound - 1
            let isRelative = patient.isEmpty && subject.count > 1 && text.tokens[last - 1].isContent
            // "Which animals owls eat": nothing is left to be eaten but the animals.
            set(.agent, isRelative ? last..<last + 1 : subject)
            if isRelative { set(.patient, subject.lowerBound..<last) }
            asks = isRelative ? .patient : .agent
        } else if DeedWords.relative.contains(token.hash), token.hash != DeedWords.who, before > 0 {
            // "Tables that the orders table references", "who is it that Mercutio kills".
            guard patient.isEmpty else { return }
            set(.agent, subject)
            set(.patient, phrase(to: before - 1))
            asks = .patient
        } else {
            readStated(subject)
        }
    }

    /// "I sent", "my brother lent me": a sentence that tells what was done.
    private mutating func readStated(_ subject: Range<Int>) {
        let first = text.tokens[subject.lowerBound].hash
        let isNoun = DeedWords.determiners.contains(first) && DeedWords.isFinite(text, place) && !patient.isEmpty
        if isNoun || DeedWords.persons.contains(first) { set(.agent, subject) } else { readHeadline(subject) }
    }

    /// "Pupil hits teacher consequences", "olivia loves who": what is typed into a search box, from its first word on. Where
    /// the object ends nobody can tell, so its first word stands for it.
    private mutating func readHeadline(_ subject: Range<Int>) {
        guard subject.lowerBound == 0, 1...3 ~= subject.count, subject.upperBound == place,
            last + 1 < text.tokens.count, !ends(last),
            DeedWords.isListed(deed.name), isHeadlineVerb(behind: subject.upperBound - 1)
        else { return }
        if patient.isEmpty { readObject() }
        if DeedWords.asking.contains(text.tokens[last + 1].hash) {
            asks = .patient
        } else {
            guard !patient.isEmpty else { return }
            if text.tokens[patient.lowerBound].isContent { set(.patient, patient.lowerBound..<patient.lowerBound + 1) }
        }
        set(.agent, subject)
    }

    /// "Hits", "bit"; "orcas killing sharks", but not "dog training tips"; any form of what causes and affects.
    private func isHeadlineVerb(behind subject: Int) -> Bool {
        if DeedWords.isSurelyTransitive(deed.name) { return true }
        if DeedWords.isOngoing(text, place) { return DeedWords.isPlural(text, subject) }
        return DeedWords.isFinite(text, place)
    }

    /// "A student recommended by a teacher".
    private mutating func readReduced(_ subject: Range<Int>) {
        isPassive = true
        set(.patient, subject)
        readAgent(nil)
    }

    /// "The person mentoring me": who stands right before does it. Persons only: of "tables with a key referencing the
    /// orders" both key and tables do.
    private func isParticipial(behind noun: Int) -> Bool {
        last + 1 < text.tokens.count && !ends(last) && DeedWords.objects.contains(text.tokens[last + 1].hash)
            // "Check it before telling me".
            && !DeedWords.joining.contains(text.tokens[noun].hash)
    }

    private mutating func readParticipial(behind noun: Int) {
        readObject()
        if !patient.isEmpty { set(.agent, phrase(to: noun)) }
    }

    /// What follows the verb, at once or after a preposition that belongs to it.
    private mutating func readObject() {
        guard last + 1 < text.tokens.count, !ends(last) else { return }
        var object = phrase(from: last + 1)
        if object.isEmpty, last + 2 < text.tokens.count, DeedWords.governed.contains(text.tokens[last + 1].hash) {
            object = phrase(from: last + 2)
        }
        set(.patient, object)
        guard object.isEmpty, last + 2 < text.tokens.count else { return }
        // "Inherit from me", "refuse to treat me".
        let next = text.tokens[last + 1]
        hasComplement =
            next.role == .from && !phrase(from: last + 2).isEmpty
            || next.hash == Word.to && DeedWords.isVerb(text.tokens[last + 2])
    }

    /// "Taught by", "contained in".
    private func isBy(_ position: Int) -> Bool {
        text.tokens[position].hash == Word.by
            || text.tokens[position].role == .inside && DeedWords.holding.contains(text.tokens[place].hash)
    }

    /// "… by Aristotle", "by whom …", "… by" at the end.
    private mutating func readAgent(_ asked: Question?) {
        for position in last + 1..<min(text.tokens.count, last + 4) where isBy(position) {
            guard position + 1 < text.tokens.count, !ends(position) else {
                if let asked { take(.agent, asked) }
                return
            }
            if DeedWords.asking.contains(text.tokens[position + 1].hash) {
                asks = .agent
                set(.agent, phrase(from: position + 2))
            } else {
                let noun = phrase(from: position + 1)
                set(.agent, noun.isEmpty ? person(at: position + 1) : noun)
            }
            return
        }
        // "By which composers was Beethoven influenced".
        if let asked, asked.isByWhom { take(.agent, asked) }
    }

    private mutating func take(_ part: Part, _ question: Question) {
        asks = part
        set(part, question.noun)
    }

    private mutating func set(_ part: Part, _ phrase: Range<Int>) {
        guard !phrase.isEmpty else { return }
        switch part {
        case .agent: deed.agent = phrase
        case .patient: deed.patient = phrase
        }
    }
}
