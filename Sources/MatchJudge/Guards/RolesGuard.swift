import CacheModel

/// Refuses pairs in which who does a deed and who suffers it trade places: "Whom did Aristotle teach" against "Aristotle's
/// teacher", "May my employer read my mail" against "May I read my employer's mail".
struct RolesGuard: MatchGuard {
    let name = "roles"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        guard pair.tellsOneThing else { return nil }
        return differing(pair.query, pair.candidate) ?? differing(pair.candidate, pair.query) ?? tradedSubjects(pair)
    }

    /// What a deed of `here` says of another one there, where no other word there says the same: a text may tell of one deed
    /// twice, "who taught him, and whom did he teach".
    private func differing(_ here: TextAnalysis, _ there: TextAnalysis) -> Judgement.Veto? {
        for deed in here.deeds {
            var reason: String?
            search: for other in there.deeds where other.name == deed.name {
                switch compare(deed, here, other, there) {
                case .same:
                    reason = nil
                    break search
                case .unknown: break
                case .other(let difference): reason = reason ?? difference
                }
            }
            if let reason { return veto(reason) }
        }
        return nil
    }

    private enum Comparison {
        case same, unknown
        case other(String)
    }

    private func compare(_ a: Deed, _ here: TextAnalysis, _ b: Deed, _ there: TextAnalysis) -> Comparison {
        if isCounterpart(a, here, b, there) { return .other("who does it against who suffers it") }
        if let asked = a.asks, let asks = b.asks, asked != asks {
            return .other("who does it against who suffers it")
        }
        if trades(a, here, b, there) || trades(b, there, a, here) || tradesAgents(a, here, b, there) {
            return .other("who does it and who suffers it trade places")
        }
        if hasAnotherAgent(a, here, b, there) { return .other("another one does it") }
        let isSame =
            a.asks != nil && a.asks == b.asks || a.agentHead != 0 && a.agentHead == b.agentHead
            || a.patientHead != 0 && a.patientHead == b.patientHead
        return isSame ? .same : .unknown
    }

    /// "The payer" against "the payee", where neither side names both.
    private func isCounterpart(_ a: Deed, _ here: TextAnalysis, _ b: Deed, _ there: TextAnalysis) -> Bool {
        guard a.shape != .verb, b.shape != .verb, a.shape != b.shape else { return false }
        return !holds(there, there.tokens.indices, here.tokens[a.place].stem)
            && !holds(here, here.tokens.indices, there.tokens[b.place].stem)
    }

    /// Somebody does it on one side and suffers it on the other, and on neither both.
    private func trades(_ a: Deed, _ here: TextAnalysis, _ b: Deed, _ there: TextAnalysis) -> Bool {
        guard a.isTransitive, !a.agent.isEmpty, !b.patient.isEmpty else { return false }
        let agent = a.agentHead
        if agent != 0, agent == b.patientHead, agent != b.agentHead {
            return agent != a.patientHead && sharesModifiers(here, a.agent, there, b.patient)
        }
        // "A neighbour's dog bit my dog": both are dogs, and whose it is tells them apart.
        guard agent != 0, !b.agent.isEmpty, !a.patient.isEmpty, agent == a.patientHead else { return false }
        return a.agent.contains { position in
            let stem = here.tokens[position].stem
            return here.tokens[position].isContent && !holds(here, a.patient, stem) && holds(there, b.patient, stem)
                && !holds(there, b.agent, stem)
        }
    }

    /// Whether one phrase holds all of the other's nouns: "a driver", "an Uber driver", but not "a JSON file", "a YAML file".
    private func sharesModifiers(_ a: TextAnalysis, _ phrase: Range<Int>, _ b: TextAnalysis, _ other: Range<Int>)
        -> Bool
    {
        phrase.allSatisfy { !a.tokens[$0].isContent || holds(b, other, a.tokens[$0].stem) }
            || other.allSatisfy { !b.tokens[$0].isContent || holds(a, phrase, b.tokens[$0].stem) }
    }

    /// Each side's agent is named by the other one, but in another part.
    private func tradesAgents(_ a: Deed, _ here: TextAnalysis, _ b: Deed, _ there: TextAnalysis) -> Bool {
        guard !a.agent.isEmpty, !b.agent.isEmpty, a.isTransitive, b.isTransitive else { return false }
        return isNamedElsewhere(a, here, b, there) && isNamedElsewhere(b, there, a, here)
    }

    private func isNamedElsewhere(_ deed: Deed, _ text: TextAnalysis, _ also: Deed, _ other: TextAnalysis) -> Bool {
        if DeedWords.speaker.contains(text.tokens[deed.agent.lowerBound].hash) {
            return !DeedWords.speaker.contains(other.tokens[also.agent.lowerBound].hash)
                && other.tokens.contains { Self.speaker.contains($0.hash) }
        }
        let head = deed.agentHead
        return head != 0 && !holds(other, also.agent, head)
            && other.tokens.indices.contains { other.tokens[$0].stem == head && !isSelf(other, at: $0) }
    }

    /// "If I cancel the flight" against "if the airline cancels the flight": another one does the same to the same.
    private func hasAnotherAgent(_ a: Deed, _ here: TextAnalysis, _ b: Deed, _ there: TextAnalysis) -> Bool {
        guard !a.agent.isEmpty, !b.agent.isEmpty, !a.patient.isEmpty, !b.patient.isEmpty,
            a.patientHead == b.patientHead, a.patientHead != 0
        else { return false }
        // Two nouns may be two words for one ("adults", "grown-ups").
        let (isAnyone, alsoAnyone) = (Self.isAnyone(here, a.agent), Self.isAnyone(there, b.agent))
        guard isAnyone != alsoAnyone else { return false }
        let (one, text, other, elsewhere) = isAnyone ? (a, here, b, there) : (b, there, a, here)
        // What "people" and "we" do others may do as well; what I do, nobody else.
        guard
            Self.me.contains(text.tokens[one.agent.lowerBound].hash)
                || here.reference.isSubject != there.reference.isSubject
        else { return false }
        let agent = elsewhere.tokens[other.agent.upperBound - 1]
        guard agent.isContent, agent.length > 2 else { return false }
        // "I charge my phone from my laptop", "I send it by mail": what is said to do it there does it here by my hand.
        return !text.tokens.contains { $0.stem == agent.stem && Self.means.contains($0.role) }
    }

    private static func isAnyone(_ text: TextAnalysis, _ phrase: Range<Int>) -> Bool {
        phrase.contains { DeedWords.anyone.contains(text.tokens[$0].hash) }
    }

    /// "What can my sister do for me" against "What can I do for my sister": who acts on one side is the speaker,
    /// who acts on the other stands elsewhere there.
    private func tradedSubjects(_ pair: TextPair) -> Judgement.Veto? {
        guard pair.isNearlyTheSame, let first = Self.subject(pair.query), let second = Self.subject(pair.candidate)
        else {
            return nil
        }
        // "Can my cat give me a cold" and "Can I catch one from my cat" are one question.
        guard pair.query.tokens[first + 1].stem == pair.candidate.tokens[second + 1].stem else { return nil }
        let isSpeaker = pair.query.tokens[first].hash == Self.i
        guard isSpeaker != (pair.candidate.tokens[second].hash == Self.i) else { return nil }
        let (speaks, named) = isSpeaker ? (pair.query, pair.candidate) : (pair.candidate, pair.query)
        let (link, speaker) =
            isSpeaker ? (Int(pair.toQuery[second]), first) : (Int(pair.toCandidate[first]), second)
        // The one who acts there is named here, after the speaker; and the speaker there, but not as the one who acts.
        let isNamed = link > speaker && speaks.tokens[link].isContent
        let isMentioned =
            named.tokens.contains { Self.named.contains($0.hash) } && !named.tokens.contains { $0.hash == Self.i }
        return isNamed && isMentioned ? veto("who does it and who suffers it trade places") : nil
    }

    /// The noun or person that follows a question's modal verb: "may the company …", "what can I …".
    private static func subject(_ text: TextAnalysis) -> Int? {
        guard let verb = text.tokens.firstIndex(where: { modals.contains($0.hash) }) else { return nil }
        for position in verb + 1..<max(verb + 1, min(text.tokens.count - 1, verb + 4)) {
            let token = text.tokens[position]
            if token.isContent || token.hash == i {
                return text.tokens[position + 1].role == .and ? nil : position
            }
            if !DeedWords.determiners.contains(token.hash) { return nil }
        }
        return nil
    }

    private static let named = WordSet("me my mine")
    private static let i = WordHash.of("i")
    private static let modals = WordSet("can could may might must should shall will would do does did")

    private func holds(_ text: TextAnalysis, _ range: Range<Int>, _ stem: UInt64) -> Bool {
        range.contains { text.tokens[$0].stem == stem }
    }

    /// "I am the sender": the noun is the speaker.
    private func isSelf(_ text: TextAnalysis, at position: Int) -> Bool {
        var before = position - 1
        while before > 0, DeedWords.determiners.contains(text.tokens[before].hash) { before -= 1 }
        return before >= 0 && text.tokens[before].hash == DeedWords.am
    }

    private static let me = WordSet("i me")
    private static let means: [Role] = [.from, .with, .by]
    private static let speaker = WordSet("i me my mine we us our ours")
}
