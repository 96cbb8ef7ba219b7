/// A query and a candidate, word aligned with word: what the guards and features look at.
///
/// The buffers are kept between candidates. One pair is used by one thread at a time.
public final class TextPair {
    /// How two words were found to say the same.
    enum Link: UInt8 { case none, equal, synonym, typo, alias, joined }

    /// The prompt of the lookup.
    let query: TextAnalysis
    /// The prompt of the entry.
    private(set) var candidate: TextAnalysis
    /// Query token → candidate token, or -1.
    var toCandidate: [Int32] = []
    /// Candidate token → query token, or -1.
    var toQuery: [Int32] = []
    /// How each candidate token was linked.
    var links: [Link] = []
    /// How many figures of the query and the candidate have no equal.
    var unmatchedQuantities: (query: Int, candidate: Int) = (0, 0)
    /// Of these, how many were written in digits or with a unit.
    var unmatchedStrong: (query: Int, candidate: Int) = (0, 0)
    /// Marks figures that found an equal, for one comparison.
    var usedQuantities: [Bool] = []

    /// A pair that aligns candidates with `query`.
    public init(query: TextAnalysis) {
        self.query = query
        candidate = query
    }

    /// Aligns `candidate` with the query. O(n + m) for distinct words, O(u·v) over the unmatched content words.
    public func align(with candidate: TextAnalysis) {
        self.candidate = candidate
        Self.fill(&toCandidate, query.tokens.count)
        Self.fill(&toQuery, candidate.tokens.count)
        links.removeAll(keepingCapacity: true)
        links.append(contentsOf: repeatElement(.none, count: candidate.tokens.count))
        alignEqual()
        alignLoose()
        compareQuantities()
    }

    /// Reads `text` into `candidate` and aligns it with the query, which is the analysis of `prompt`. Returns the text that
    /// was read: the candidate, or the same with two phrases in the prompt's order (`CommutedText`).
    @discardableResult
    public func read(_ text: String, of prompt: String, by analyzer: TextAnalyzer, into candidate: TextAnalysis)
        -> String
    {
        analyzer.analyze(text, into: candidate)
        align(with: candidate)
        guard isReordered, candidate.tokens.contains(where: { CommutedText.telling.contains($0.hash) }),
            let told = CommutedText.undone(text, against: prompt)
        else { return text }
        analyzer.analyze(told, into: candidate)
        align(with: candidate)
        return told
    }

    /// Whether two linked words stand in another order.
    private var isReordered: Bool {
        var last: Int32 = -1
        for position in candidate.tokens.indices where toQuery[position] >= 0 && candidate.tokens[position].isContent {
            if toQuery[position] < last { return true }
            last = toQuery[position]
        }
        return false
    }

    private static func fill(_ array: inout [Int32], _ count: Int) {
        array.removeAll(keepingCapacity: true)
        array.append(contentsOf: repeatElement(-1, count: count))
    }

    func link(_ query: Int, _ candidate: Int, _ kind: Link) {
        toCandidate[query] = Int32(candidate)
        toQuery[candidate] = Int32(query)
        links[candidate] = kind
    }

    /// Links words of one stem, in order of occurrence; function words prefer the neighbour of the word linked before.
    private func alignEqual() {
        for position in candidate.tokens.indices {
            let stem = candidate.tokens[position].stem
            var found = query.index.first(stem, in: query.tokens)
            var choice = -1
            let follower = position > 0 && toQuery[position - 1] >= 0 ? Int(toQuery[position - 1]) + 1 : -1
            while found >= 0 {
                if toCandidate[found] < 0 {
                    if choice < 0 { choice = found }
                    if found == follower {
                        choice = found
                        break
                    }
                }
                found = Int(query.index.next[found])
            }
            if choice >= 0 { link(choice, position, .equal) }
        }
    }

    /// Links what remains: synonyms of the opposites lexicon, typing slips, acronyms, words written together.
    private func alignLoose() {
        var attempts = 0
        for position in candidate.tokens.indices where toQuery[position] < 0 && candidate.tokens[position].isContent {
            for other in query.tokens.indices where toCandidate[other] < 0 && query.tokens[other].isContent {
                attempts += 1
                if attempts > 4096 { return }
                let kind = looseLink(other, position)
                if kind != .none {
                    link(other, position, kind)
                    break
                }
            }
            if toQuery[position] < 0 { alignJoined(position) }
        }
        alignAcronyms()
    }

    private func looseLink(_ other: Int, _ position: Int) -> Link {
        let a = query.tokens[other]
        let b = candidate.tokens[position]
        if !a.traits.isDisjoint(with: [.number, .identifier, .cjk])
            || !b.traits.isDisjoint(with: [.number, .identifier, .cjk])
        {
            return .none
        }
        if a.hash == b.hash { return .equal }
        let relation = a.relation(to: b)
        if relation < 0 { return .none }
        if isSlip(a, b) { return .typo }
        return relation > 0 && a.traits.contains(.negated) == b.traits.contains(.negated) ? .synonym : .none
    }

    /// Whether one word is the other with a typing slip: one edit from five letters on, two from nine, and at least
    /// one of the two is no known word.
    func isSlip(_ a: Token, _ b: Token) -> Bool {
        let (short, long) = (min(a.length, b.length), max(a.length, b.length))
        guard short >= 4, long - short <= 2, !(a.traits.contains(.known) && b.traits.contains(.known)) else {
            return false
        }
        let allowed = long >= 8 ? 2 : 1
        return query.withBytes(of: a) { first in
            candidate.withBytes(of: b) { second in
                guard first[0] == second[0] || allowed == 2 || first.count > 5 else { return false }
                return EditDistance.within(first, second, allowed) && !EditDistance.differsInDigits(first, second)
            }
        }
    }

    /// "e-mail" and "email", "log in" and "login": two adjacent words of one side make one of the other.
    private func alignJoined(_ position: Int) {
        if let other = joined(candidate.tokens[position], candidate, in: query, toCandidate) {
            link(other, position, .joined)
            link(other + 1, position, .joined)
        }
        guard position + 1 < candidate.tokens.count,
            toQuery[position + 1] < 0 || !candidate.tokens[position + 1].isContent
        else { return }
        for other in query.tokens.indices where toCandidate[other] < 0 && query.tokens[other].length > 4 {
            if isJoin(query.tokens[other], query, candidate, position) {
                link(other, position, .joined)
                toQuery[position + 1] = Int32(other)
                links[position + 1] = .joined
                return
            }
        }
    }

    private func joined(_ token: Token, _ analysis: TextAnalysis, in other: TextAnalysis, _ links: [Int32]) -> Int? {
        guard token.length > 4, other.tokens.count > 1 else { return nil }
        for position in 0..<other.tokens.count - 1 where links[position] < 0 {
            if isJoin(token, analysis, other, position) { return position }
        }
        return nil
    }

    /// Whether `token` is the word at `position` of `other` and the next one written together.
    private func isJoin(_ token: Token, _ analysis: TextAnalysis, _ other: TextAnalysis, _ position: Int) -> Bool {
        let first = other.tokens[position]
        let second = other.tokens[position + 1]
        guard Int(first.length) + Int(second.length) == Int(token.length),
            second.start == first.start + UInt32(first.length)
        else { return false }
        let whole = Int(token.start)
        let start = Int(first.start)
        for offset in 0..<Int(token.length) where analysis.folded[whole + offset] != other.folded[start + offset] {
            return false
        }
        return true
    }

    /// "USA" and "United States of America": a word's letters begin consecutive words of the other side.
    private func alignAcronyms() {
        for position in candidate.tokens.indices where toQuery[position] < 0 && isAcronym(candidate.tokens[position]) {
            if let start = expansion(of: candidate.tokens[position], candidate, in: query) {
                for offset in 0..<Int(candidate.tokens[position].length) where toCandidate[start + offset] < 0 {
                    link(start + offset, position, .alias)
                }
            }
        }
        for position in query.tokens.indices where toCandidate[position] < 0 && isAcronym(query.tokens[position]) {
            if let start = expansion(of: query.tokens[position], query, in: candidate) {
                for offset in 0..<Int(query.tokens[position].length) where toQuery[start + offset] < 0 {
                    link(position, start + offset, .alias)
                }
            }
        }
    }

    private func isAcronym(_ token: Token) -> Bool {
        token.length >= 2 && token.length <= 5 && token.traits.isDisjoint(with: [.number, .cjk, .stop])
    }

    private func expansion(of token: Token, _ analysis: TextAnalysis, in other: TextAnalysis) -> Int? {
        let length = Int(token.length)
        guard other.tokens.count >= length else { return nil }
        let letters = Int(token.start)
        for start in 0...(other.tokens.count - length) {
            var matches = true
            for offset in 0..<length {
                let word = other.tokens[start + offset]
                if word.length < 2 || word.traits.contains(.stop) && offset != 1
                    || other.folded[Int(word.start)] != analysis.folded[letters + offset]
                {
                    matches = false
                    break
                }
            }
            if matches { return start }
        }
        return nil
    }

    /// Whether the other side writes the figure as a part of a name: "LH 454" and "LH454".
    private func standsInIdentifier(_ figure: Quantity, _ text: TextAnalysis, _ other: TextAnalysis) -> Bool {
        guard !other.identifiers.isEmpty, figure.isStrong else { return false }
        let token = text.tokens[Int(figure.token)]
        let digits = text.folded[Int(token.start)..<Int(token.start) + Int(token.length)]
        return other.identifiers.contains { identifier in
            let name = other.tokens[Int(identifier.token)]
            return other.folded[Int(name.start)..<Int(name.start) + Int(name.length)].suffix(digits.count)
                .elementsEqual(digits)
        }
    }

    /// Whether at least half of the content words of the longer side stand on the other too: below that, word order and
    /// persons tell little.
    var sharesHalf: Bool {
        var shared = 0
        for position in candidate.tokens.indices where toQuery[position] >= 0 && candidate.tokens[position].isContent {
            shared += 1
        }
        return shared * 2 >= max(query.contentCount, candidate.contentCount)
    }

    /// Whether both texts are so short that each tells one thing: in a longer one a word's neighbours say little of the whole.
    var tellsOneThing: Bool { query.tokens.count <= 40 && candidate.tokens.count <= 40 }

    /// Whether nearly all content is shared: only then does order tell.
    var isNearlyTheSame: Bool {
        var (shared, apart) = (0, 0)
        for position in query.tokens.indices where query.tokens[position].isContent {
            if toCandidate[position] >= 0 { shared += 1 } else { apart += 1 }
        }
        for position in candidate.tokens.indices
        where toQuery[position] < 0 && candidate.tokens[position].isContent { apart += 1 }
        return apart * 3 <= shared + 2
    }

    /// Counts the figures that the other side does not have.
    private func compareQuantities() {
        usedQuantities.removeAll(keepingCapacity: true)
        usedQuantities.append(contentsOf: repeatElement(false, count: candidate.quantities.count))
        unmatchedQuantities = (0, 0)
        unmatchedStrong = (0, 0)
        for figure in query.quantities {
            var found = false
            for index in candidate.quantities.indices
            where !usedQuantities[index] && figure.agrees(with: candidate.quantities[index]) {
                usedQuantities[index] = true
                found = true
                break
            }
            if !found, !standsInIdentifier(figure, query, candidate) {
                unmatchedQuantities.query += 1
                if figure.isStrong { unmatchedStrong.query += 1 }
            }
        }
        for index in candidate.quantities.indices
        where !usedQuantities[index] && !standsInIdentifier(candidate.quantities[index], candidate, query) {
            unmatchedQuantities.candidate += 1
            if candidate.quantities[index].isStrong { unmatchedStrong.candidate += 1 }
        }
    }
}
