import CacheModel

/// Decisions whether one answer serves two requests of a support desk, made of clusters that are nearly same-answer
/// sets: for each request another of its cluster (1), and the request of another cluster with the most words in common (0).
enum ReusePairs {
    static func make(_ set: ClusterSet, limit: Int, seed: UInt64) -> PairSet {
        let words = WordTable()
        let index = WordSetIndex(words: words)
        var members: [String: [Int]] = [:]
        for (row, text) in set.texts.enumerated() {
            members[text.cluster, default: []].append(row)
            WordTable.vector(words.number(of: text.text)).withUnsafeBufferPointer {
                index.insert($0, slot: UInt32(row))
            }
        }
        var random = SeededRandom(seed: seed)
        var pairs: [LabelledPair] = []
        for row in Array(set.texts.indices).shuffled(seed: seed).prefix(limit) {
            let text = set.texts[row]
            let others = members[text.cluster]!.filter { $0 != row && set.texts[$0].text != text.text }
            let neighbors = WordTable.vector(words.number(of: text.text)).withUnsafeBufferPointer {
                index.search($0, limit: 64, minimumSimilarity: 0, exhaustive: true)
            }
            let near = neighbors.first { set.texts[Int($0.slot)].cluster != text.cluster }
            guard !others.isEmpty, let near else { continue }
            let same = set.texts[others[random.below(others.count)]].text
            pairs.append(LabelledPair(id: "\(text.id)/same", a: text.text, b: same, isSame: true))
            pairs.append(
                LabelledPair(id: "\(text.id)/near", a: text.text, b: set.texts[Int(near.slot)].text, isSame: false))
        }
        // The id's last part tells the kind of pair, not a category.
        return PairSet(
            name: set.name,
            pairs: pairs.enumerated().map { number, pair in
                LabelledPair(id: "\(set.name)/\(number)", a: pair.a, b: pair.b, isSame: pair.isSame)
            })
    }
}

/// Edits that change nothing of what is asked.
enum BenignEdits {
    /// The kinds of edit, by name; an edit gives `nil` where it does not apply.
    static let kinds: [(name: String, edit: @Sendable (String, inout SeededRandom) -> String?)] = [
        ("case", { text, _ in changed(text, text.lowercased()) }),
        ("punctuation", { text, _ in text.last == "?" ? String(text.dropLast()) : nil }),
        ("typing slip", slip), ("politeness", politeness), ("contraction", contraction),
    ]

    /// For each text each edit that applies, as positive pairs whose category is the kind.
    static func pairs(_ texts: [String], seed: UInt64) -> PairSet {
        var random = SeededRandom(seed: seed)
        var pairs: [LabelledPair] = []
        for (number, text) in texts.enumerated() {
            for (name, edit) in kinds {
                guard let edited = edit(text, &random) else { continue }
                pairs.append(LabelledPair(id: "\(name)/\(number)", a: edited, b: text, isSame: true))
            }
        }
        return PairSet(name: "benign edits", pairs: pairs)
    }

    private static func changed(_ text: String, _ edited: String) -> String? { edited == text ? nil : edited }

    /// Two neighbouring letters inside a long word, in each other's place. Words with capitals or digits, which may be
    /// names, are left alone.
    private static func slip(_ text: String, _ random: inout SeededRandom) -> String? {
        var words = text.split(separator: " ", omittingEmptySubsequences: false).map { Array($0) }
        let long = words.indices.filter { index in
            words[index].count >= 6 && words[index].allSatisfy { $0.isASCII && $0.isLowercase }
        }
        guard !long.isEmpty else { return nil }
        let word = long[random.below(long.count)]
        let place = 1 + random.below(words[word].count - 3)
        words[word].swapAt(place, place + 1)
        return changed(text, words.map { String($0) }.joined(separator: " "))
    }

    private static func politeness(_ text: String, _ random: inout SeededRandom) -> String? {
        switch random.below(4) {
        case 0: "Hi! \(text)"
        case 1: "\(text) Thank you!"
        case 2: "Please tell me: \(text)"
        default: "Hello, I have a question. \(text)"
        }
    }

    private static let contractions = [
        ("What is ", "What's "), ("How is ", "How's "), ("Who is ", "Who's "), ("Where is ", "Where's "),
        (" do not ", " don't "),
        (" does not ", " doesn't "), (" is not ", " isn't "), (" cannot ", " can't "), (" can not ", " can't "),
        (" I am ", " I'm "), (" it is ", " it's "), (" I have ", " I've "), ("What's ", "What is "),
        (" don't ", " do not "),
        (" can't ", " cannot "), (" doesn't ", " does not "), (" isn't ", " is not "), (" I'm ", " I am "),
    ]

    private static func contraction(_ text: String, _ random: inout SeededRandom) -> String? {
        for (long, short) in contractions {
            guard let range = text.firstRange(of: long) else { continue }
            return text.replacingCharacters(in: range, with: short)
        }
        return nil
    }
}

/// Problems with one number changed: alike to the letter, and another answer.
enum ChangedNumbers {
    static func pairs(_ texts: [String], seed: UInt64) -> PairSet {
        var random = SeededRandom(seed: seed)
        var pairs: [LabelledPair] = []
        for (number, text) in texts.enumerated() {
            guard let edited = edit(text, &random) else { continue }
            pairs.append(LabelledPair(id: "changed maths/\(number)", a: edited, b: text, isSame: false))
        }
        return PairSet(name: "changed maths", pairs: pairs)
    }

    /// The text with one of its whole numbers from 2 on raised by 1 to 9; `nil` when it has none.
    static func edit(_ text: String, _ random: inout SeededRandom) -> String? {
        var runs: [Range<String.Index>] = []
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index].isASCII, text[index].isNumber else {
                index = text.index(after: index)
                continue
            }
            let end = text[index...].firstIndex { !($0.isASCII && $0.isNumber) } ?? text.endIndex
            if let value = Int(text[index..<end]), value >= 2, value < 1_000_000 { runs.append(index..<end) }
            index = end
        }
        guard !runs.isEmpty else { return nil }
        let run = runs[random.below(runs.count)]
        return text.replacingCharacters(in: run, with: "\(Int(text[run])! + 1 + random.below(9))")
    }
}

extension String {
    /// The text with `range` replaced.
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
