import CacheModel

/// Refuses pairs whose arguments are swapped: from A to B against from B to A, A before B, A or B first, who does what
/// to whom. What trades places and says the same was put in one order before (`CommutedText`).
struct DirectionGuard: MatchGuard {
    let name = "direction"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        opposedRoles(pair) ?? swappedEnds(pair) ?? askedEnds(pair) ?? swappedGoals(pair) ?? swappedRoles(pair)
            ?? joinedOtherwise(pair)
            ?? exchanged(pair) ?? swappedNames(pair)
    }

    /// One shared word stands after "from" here and after "to" there; a figure after "since" here and "in" there.
    private func opposedRoles(_ pair: TextPair) -> Judgement.Veto? {
        for position in pair.candidate.tokens.indices {
            let other = Int(pair.toQuery[position])
            guard other >= 0 else { continue }
            let (a, b) = (pair.query.tokens[other], pair.candidate.tokens[position])
            guard a.role != b.role, a.isContent, pair.query.index.next[other] < 0 else { continue }
            let (before, after) = (Self.directRole(pair.query, other), Self.directRole(pair.candidate, position))
            let isOpposed = before == .from && after == .to || before == .to && after == .from
            let isTemporal =
                b.traits.contains(.number) && Self.isAnchor(before) && Self.isAnchor(after) && before != after
                && (Self.isTemporal(before) || Self.isTemporal(after))
            if isOpposed || isTemporal {
                return veto("\"\(pair.candidate.text(of: b))\" has another relation on each side")
            }
        }
        return nil
    }

    /// "De Lille à Nantes" against "de Nantes à Lille". In English "a" is an article, so no preposition is seen in it.
    private func swappedEnds(_ pair: TextPair) -> Judgement.Veto? {
        guard let (from, to) = Self.ends(pair.query), let (start, end) = Self.ends(pair.candidate),
            pair.query.tokens[from].stem == pair.candidate.tokens[end].stem,
            pair.query.tokens[to].stem == pair.candidate.tokens[start].stem,
            pair.query.tokens[from].stem != pair.query.tokens[to].stem
        else { return nil }
        return veto(
            "\"\(pair.query.text(of: pair.query.tokens[from]))\" and \"\(pair.query.text(of: pair.query.tokens[to]))\" trade places"
        )
    }

    /// What stands after the "de", "da" or "desde" of French, Spanish, Italian and Portuguese, and after its "a" or "à".
    private static func ends(_ text: TextAnalysis) -> (from: Int, to: Int)? {
        let tokens = text.tokens
        for position in tokens.indices.dropLast(3) where leaving.contains(tokens[position].hash) {
            guard tokens[position + 1].isContent else { continue }
            for joint in position + 2..<min(position + 5, tokens.count - 1)
            where reaching.contains(tokens[joint].hash) && tokens[joint + 1].isContent {
                return (position + 1, joint + 1)
            }
        }
        return nil
    }

    private static let leaving = WordSet("de da del dal do desde depuis")
    private static let reaching = WordSet("a al ao au hasta jusqua")

    /// "Turn fahrenheit into celsius" against "celsius to fahrenheit": what one side goes to, or comes from, is named by the
    /// other side too, but is no goal or source there, and the other way round.
    private func swappedGoals(_ pair: TextPair) -> Judgement.Veto? {
        for link in Self.links {
            guard let here = Self.onlyNoun(pair.query, behind: link),
                let there = Self.onlyNoun(pair.candidate, behind: link)
            else { continue }
            let goal = Int(pair.toCandidate[here.upperBound - 1])
            let other = Int(pair.toQuery[there.upperBound - 1])
            guard goal >= 0, other >= 0, !there.contains(goal), !here.contains(other),
                !link.stands(before: goal, in: pair.candidate), !link.stands(before: other, in: pair.query)
            else { continue }
            return veto(
                "\"\(pair.candidate.text(of: pair.candidate.tokens[goal]))\" and \"\(pair.query.text(of: pair.query.tokens[other]))\" trade places"
            )
        }
        return nil
    }

    /// What makes a noun a goal, a source, or what is counted for.
    private struct Link {
        let words: WordSet
        var isFigure = false

        /// Whether one of the words stands before a noun, past an article.
        func stands(before noun: Int, in text: TextAnalysis) -> Bool {
            (max(0, noun - 3)..<noun).contains {
                words.contains(text.tokens[$0].hash)
                    && !(text.tokens[$0].hash == Word.to && DirectionGuard.isInfinitive(text, $0))
            }
        }
    }

    private static let links = [
        Link(words: WordSet("to into onto toward towards")), Link(words: WordSet("from")),
        Link(words: WordSet("per each every")), Link(words: WordSet("without")),
        // "15 is what percent of 60".
        Link(words: WordSet("of"), isFigure: true),
    ]

    /// The noun behind the one such word of a text; `nil` without one, and with several.
    private static func onlyNoun(_ text: TextAnalysis, behind link: Link) -> Range<Int>? {
        var found: Range<Int>?
        for position in text.tokens.indices.dropLast() where link.words.contains(text.tokens[position].hash) {
            if text.tokens[position].hash == Word.to, isInfinitive(text, position) { continue }
            var first = position + 1
            while first < text.tokens.count, determiners.contains(text.tokens[first].hash) { first += 1 }
            var end = first
            while end < text.tokens.count, text.tokens[end].isContent {
                end += 1
                if text.tokens[end - 1].traits.contains(.clauseEnd) || text.tokens[end - 1].traits.contains(.number) {
                    break
                }
            }
            guard end > first, !link.isFigure || text.tokens[end - 1].traits.contains(.number) else { continue }
            if found != nil { return nil }
            found = first..<end
        }
        return found
    }

    /// "To whom can I give it" against "from whom can I get it".
    private func askedEnds(_ pair: TextPair) -> Judgement.Veto? {
        guard let here = Self.asked(pair.query), let there = Self.asked(pair.candidate), here != there,
            [here, there].contains(where: { $0 == .from || $0 == .to || $0 == .by })
        else { return nil }
        return veto("what is asked for has another relation on each side")
    }

    /// The preposition before the question word.
    private static func asked(_ text: TextAnalysis) -> Role? {
        for position in text.tokens.indices.dropLast() where asking.contains(text.tokens[position + 1].hash) {
            if text.tokens[position].role != .none, !text.tokens[position].isContent {
                return text.tokens[position].role
            }
        }
        return nil
    }

    private static let asking = WordSet("whom which what")

    /// "How to", "want to": a verb follows, as far as the word before it tells.
    private static func isInfinitive(_ text: TextAnalysis, _ to: Int) -> Bool {
        guard to > 0, to + 1 < text.tokens.count else { return true }
        let before = text.tokens[to - 1]
        return DeedWords.isVerb(text.tokens[to + 1]) || before.traits.contains(.question)
            || before.traits.contains(.auxiliary) || wanting.contains(before.hash)
    }

    private static let wanting = WordSet(
        """
        want wants wanted need needs needed like try trying tried able allowed way ways going used supposed required
        possible impossible easy easier hard safe best time order about steps plan hope ought required permitted entitled
        legal illegal necessary wish option right ability chance reason reasons command formula query method function code
        script
        """)
    private static let determiners = WordSet("the a an my your our his her their this")

    /// The preposition right before a word, past articles and parts of its name.
    private static func directRole(_ text: TextAnalysis, _ position: Int) -> Role {
        var index = position - 1
        while index >= max(0, position - 3) {
            let token = text.tokens[index]
            if token.role != .none, !token.isContent { return token.role }
            if token.traits.contains(.clauseEnd) { return .none }
            if token.isContent && token.traits.isDisjoint(with: .entity) || token.traits.contains(.auxiliary) {
                return .none
            }
            index -= 1
        }
        return .none
    }

    private static func isAnchor(_ role: Role) -> Bool {
        isTemporal(role) || role == .inside || role == .on || role == .at || role == .from || role == .by
    }

    private static func isTemporal(_ role: Role) -> Bool {
        role == .since || role == .until || role == .before || role == .after
    }

    /// "A and B" here, "A or B" there.
    private func joinedOtherwise(_ pair: TextPair) -> Judgement.Veto? {
        if Self.namesBoth(pair.query) && Self.offersOne(pair.candidate)
            || Self.namesBoth(pair.candidate) && Self.offersOne(pair.query)
        {
            return veto("and against or")
        }
        let tokens = pair.candidate.tokens
        guard tokens.count >= 3 else { return nil }
        for position in 1..<tokens.count - 1 where tokens[position].hash == Word.or || tokens[position].hash == Word.and
        {
            let (left, right) = (Int(pair.toQuery[position - 1]), Int(pair.toQuery[position + 1]))
            guard left >= 0, right >= 0, abs(left - right) == 2, tokens[position + 1].isContent else { continue }
            let joint = pair.query.tokens[min(left, right) + 1].hash
            if (joint == Word.or || joint == Word.and) && joint != tokens[position].hash {
                return veto("and against or")
            }
        }
        return nil
    }

    /// "Both Ada and Finn".
    private static func namesBoth(_ text: TextAnalysis) -> Bool {
        text.tokens.contains { $0.hash == both } && text.tokens.contains { $0.role == .and }
    }

    /// "Ada or Finn", and nothing that both do.
    private static func offersOne(_ text: TextAnalysis) -> Bool {
        text.tokens.contains { $0.role == .or } && !text.tokens.contains { $0.role == .and || $0.hash == both }
    }

    private static let both = WordHash.of("both")

    /// The parts of one date come in any order.
    private func isDate(_ text: TextAnalysis, _ first: Int, _ second: Int) -> Bool {
        let (low, high) = (max(0, min(first, second) - 1), min(text.tokens.count - 1, max(first, second) + 1))
        guard high - low <= 4 else { return false }
        let parts = text.tokens[low...high]
        return parts.contains { $0.traits.contains(.calendar) } && text.tokens[first].traits.contains(.number)
            && text.tokens[second].traits.contains(.number)
    }

    /// Two shared words stand in each other's place: "10 apples and 5 pears" against "5 apples and 10 pears".
    private func exchanged(_ pair: TextPair) -> Judgement.Veto? {
        guard let (first, second) = pair.firstExchange else { return nil }
        let (low, high) = (min(first, second), max(first, second))
        if Self.isCoordinated(pair.candidate, low, high) { return nil }
        let (a, b) = (Int(pair.toQuery[first]), Int(pair.toQuery[second]))
        if Self.isCoordinated(pair.query, min(a, b), max(a, b)) { return nil }
        if isDate(pair.candidate, first, second) { return nil }
        if movesTopic(pair.query, pair.candidate, pair.toCandidate, a, b)
            || movesTopic(pair.candidate, pair.query, pair.toQuery, first, second)
        {
            return nil
        }
        // The passive turns the order round by itself.
        let passive = { (token: Token) in token.role == .by }
        if [first, second].contains(where: {
            passive(pair.candidate.tokens[$0]) != passive(pair.query.tokens[Int(pair.toQuery[$0])])
        }) {
            return nil
        }
        if [first, second].allSatisfy({ Self.countsTheSame(pair, $0) }) { return nil }
        // "a fever of 38" and "38 of fever".
        let hasFigure =
            pair.candidate.tokens[first].traits.contains(.number)
            != pair.candidate.tokens[second].traits.contains(.number)
        if hasFigure && high - low <= 2 { return nil }
        return veto(
            "\"\(pair.candidate.text(of: pair.candidate.tokens[first]))\" and \"\(pair.candidate.text(of: pair.candidate.tokens[second]))\" trade places"
        )
    }

    /// "2 adults and 3 children" against "3 children and 2 adults": each figure keeps its thing.
    private static func countsTheSame(_ pair: TextPair, _ position: Int) -> Bool {
        let thing = follower(pair.candidate, position)
        return pair.candidate.tokens[position].traits.contains(.number) && thing != 0
            && thing == follower(pair.query, Int(pair.toQuery[position]))
    }

    /// The stem of the content word that follows in the same clause, else 0.
    private static func follower(_ text: TextAnalysis, _ position: Int) -> UInt64 {
        guard position + 1 < text.tokens.count, !text.tokens[position].traits.contains(.clauseEnd) else { return 0 }
        let next = text.tokens[position + 1]
        return next.isContent ? next.stem : 0
    }

    /// "Minecraft: how do I …" against "how do I … in Minecraft": whether one of two words belongs to a topic that leads
    /// this text and stands behind its own preposition in the other.
    private func movesTopic(
        _ text: TextAnalysis, _ other: TextAnalysis, _ links: [Int32], _ first: Int, _ second: Int
    ) -> Bool {
        guard let end = text.tokens.prefix(4).firstIndex(where: { $0.traits.contains(.clauseEnd) }),
            end + 1 < text.tokens.count, min(first, second) <= end, max(first, second) > end
        else { return false }
        return (0...end).allSatisfy { position in
            guard text.tokens[position].isContent, text.tokens[position].role == .none, links[position] >= 0 else {
                return false
            }
            return Self.settings.contains(other.tokens[Int(links[position])].role)
        }
    }

    private static let settings: [Role] = [.inside, .on, .with, .for_, .at]

    /// Two shared words trade the prepositions that govern them.
    private func swappedRoles(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.tokens, pair.candidate.tokens)
        for position in candidate.indices {
            let other = Int(pair.toQuery[position])
            guard other >= 0, candidate[position].isContent, Self.isDirected(candidate[position].role) else { continue }
            let (before, after) = (Self.origin(query[other].role), Self.origin(candidate[position].role))
            guard before != after, Self.isDirected(before) else { continue }
            for later in candidate.indices where later != position {
                let partner = Int(pair.toQuery[later])
                guard partner >= 0, candidate[later].isContent else { continue }
                if Self.origin(query[partner].role) == after, Self.origin(candidate[later].role) == before {
                    return veto(
                        "\"\(pair.candidate.text(of: candidate[position]))\" and \"\(pair.candidate.text(of: candidate[later]))\" trade places"
                    )
                }
            }
        }
        return nil
    }

    /// A letter by somebody is one from somebody.
    private static func origin(_ role: Role) -> Role { role == .by ? .from : role }

    private static func isDirected(_ role: Role) -> Bool {
        switch role {
        case .from, .to, .than, .before, .after, .over, .under, .by, .of, .like, .with, .for_: true
        default: false
        }
    }

    /// Two shared names stand in another order around a shared verb, with no coordination that makes the order idle.
    private func swappedNames(_ pair: TextPair) -> Judgement.Veto? {
        let (query, candidate) = (pair.query.tokens, pair.candidate.tokens)
        if query.contains(where: { Self.symmetric.contains($0.stem) }) { return nil }
        guard pair.query.contentCount <= 32, pair.candidate.contentCount <= 32, pair.isNearlyTheSame else { return nil }
        var previous = -1
        for position in candidate.indices {
            let other = Int(pair.toQuery[position])
            guard other >= 0, candidate[position].traits.contains(.entity) || query[other].traits.contains(.entity)
            else { continue }
            defer { previous = position }
            guard previous >= 0 else { continue }
            let partner = Int(pair.toQuery[previous])
            let isInverted = partner > other
            let query = Self.isPassive(pair.query, min(other, partner), max(other, partner))
            let turned = Self.isPassive(pair.candidate, previous, position) != query
            if isInverted != turned, !Self.isCoordinated(pair.query, min(other, partner), max(other, partner)),
                !Self.isCoordinated(pair.candidate, previous, position),
                !hasTwoPhrases(pair, previous, position, partner, other)
            {
                return veto(
                    "\"\(pair.candidate.text(of: candidate[previous]))\" and \"\(pair.candidate.text(of: candidate[position]))\" trade places"
                )
            }
        }
        return nil
    }

    /// What holds both ways: "Paul is married to Maria".
    private static let symmetric: Set<UInt64> = Set(
        [
            "married", "difference", "between", "compare", "similar", "same", "equal", "distance", "versus", "friends",
            "siblings", "collide", "collision", "equivalent", "identical", "synonymous",
        ].map { Stemmer.stem($0) })

    /// "is … recognized by": an auxiliary before and "by" directly before the later name.
    private static func isPassive(_ text: TextAnalysis, _ first: Int, _ second: Int) -> Bool {
        guard second > first + 1, text.tokens[second].role == .by else { return false }
        return text.tokens[max(0, first - 3)..<second].contains { $0.traits.contains(.auxiliary) }
    }

    /// "A and B", "A or B", "A, B", "A vs B", "between A and B": only "and", "or", "vs" and articles stand between.
    private static func isCoordinated(_ text: TextAnalysis, _ first: Int, _ second: Int) -> Bool {
        guard second - first <= 12 else { return false }
        if second == first + 1 { return true }
        for token in text.tokens[first + 1..<second] {
            // "Clover then wheat".
            if token.hash == then { return false }
            let isIdle =
                token.role == .and || token.role == .or || token.role == .versus
                || token.traits.contains(.stop) && token.role == .none
                    && token.traits.isDisjoint(with: [.auxiliary, .question])
                || token.traits.contains(.entity) && token.traits.contains(.capital)
            if !isIdle { return false }
        }
        return true
    }

    private static let then = WordHash.of("then")

    /// Both names keep their own prepositions: "in Paris with Anna" and "with Anna in Paris".
    private func hasTwoPhrases(_ pair: TextPair, _ a: Int, _ b: Int, _ queryA: Int, _ queryB: Int) -> Bool {
        let (query, candidate) = (pair.query.tokens, pair.candidate.tokens)
        let keepsA = candidate[a].role == query[queryA].role
        let keepsB = candidate[b].role == query[queryB].role
        if keepsA && keepsB { return candidate[a].role != candidate[b].role }
        return keepsA && Self.isDirected(candidate[a].role) && candidate[b].role == .none
            || keepsB && Self.isDirected(candidate[b].role) && candidate[a].role == .none
    }
}
