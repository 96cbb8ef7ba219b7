/// Undoes a change of order that changes nothing: "the difference between TCP and UDP" against "between UDP and TCP",
/// "is Anna married to Paul" against "is Paul married to Anna".
///
/// Guards, features and verifier all read order as meaning, which it mostly is. Where two whole phrases trade places around
/// a word that holds both ways, the candidate is read as if it named them in the prompt's order, and everything else about
/// the two texts is judged as ever.
public enum CommutedText {
    /// The words that one phrase of an exchange may have.
    private static let longestPhrase = 6
    /// The words of two phrases and "and" that may be a whole text.
    private static let longestPair = 7
    /// The words that a joining phrase may have ("the same age as").
    private static let longestJoint = 4
    /// Longer texts are left alone: an exchange in a page of text is no rewording.
    private static let mostWords = 60

    /// `candidate` with two phrases exchanged so that they stand as in `prompt`; `nil` where none have traded places, or
    /// where order may tell. O(words²) string comparisons of short texts.
    public static func undone(_ candidate: String, against prompt: String) -> String? {
        let (words, theirs) = (Self.words(candidate), Self.words(prompt))
        guard words.count >= 3, words.count <= mostWords, theirs.count >= 3, theirs.count <= mostWords else {
            return nil
        }
        let (keys, others) = (words.map(key), theirs.map(key))
        guard !keys.contains(where: ordering.contains), !others.contains(where: ordering.contains) else { return nil }
        for start in 1..<words.count - 1 where openings.contains(keys[start]) {
            for end in start + 1...min(start + longestJoint, words.count - 1)
            where holds(Joint(keys: keys, words: words, range: start..<end)) {
                guard let exchange = exchange(words, keys, start..<end, theirs, others) else { continue }
                return exchange
            }
        }
        return nil
    }

    /// The longest phrases beside a joint that stand beside the same joint of the prompt the other way round.
    private static func exchange(
        _ words: [Substring], _ keys: [String], _ joint: Range<Int>, _ theirs: [Substring], _ others: [String]
    ) -> String? {
        let middle = keys[joint]
        for at in 1..<max(1, others.count - middle.count) where others[at..<at + middle.count] == middle {
            for left in stride(from: min(longestPhrase, joint.lowerBound), through: 1, by: -1) {
                for right in stride(from: min(longestPhrase, words.count - joint.upperBound), through: 1, by: -1) {
                    let (first, second) = (joint.lowerBound - left, joint.upperBound + right)
                    let (before, after) = (at - right, at + middle.count + left)
                    guard before >= 0, after <= others.count,
                        keys[first..<joint.lowerBound] == others[at + middle.count..<after],
                        keys[joint.upperBound..<second] == others[before..<at],
                        keys[first..<joint.lowerBound] != keys[joint.upperBound..<second],
                        isWhole(words, keys, first, joint, second),
                        isWhole(theirs, others, before, at..<at + middle.count, after)
                    else { continue }
                    return swapped(words, first, joint, second)
                }
            }
        }
        return nil
    }

    /// Whether nothing beside the two phrases belongs to one of them alone, as the surname in "Anna and Paul Smith" does.
    private static func isWhole(
        _ words: [Substring], _ keys: [String], _ first: Int, _ joint: Range<Int>, _ second: Int
    )
        -> Bool
    {
        // A mark inside a phrase ends it there.
        for position in first..<second - 1 where endsClause(words[position]) { return false }
        let opens = determiners.contains(keys[first]) && determiners.contains(keys[joint.upperBound])
        let isCoordinated = joint.count == 1 && conjunctions.contains(keys[joint.lowerBound])
        let isBegun =
            first == 0 || endsClause(words[first - 1]) || verbs.contains(keys[first - 1])
            || isCoordinated && (opens || prepositions.contains(keys[first - 1]))
        let isEnded = second == words.count || endsClause(words[second - 1]) || following.contains(keys[second])
        // "Open the door and close the window" may tell what to do first.
        let isAll = first == 0 && second == words.count && keys[joint] == ["and"]
        return isBegun && isEnded && !(isAll && second - first > longestPair)
    }

    /// The words with two phrases exchanged; each place keeps the marks that stood there.
    private static func swapped(_ words: [Substring], _ first: Int, _ joint: Range<Int>, _ second: Int) -> String {
        func bare(_ range: Range<Int>) -> [String] {
            var out = words[range].map(String.init)
            out[out.count - 1] = String(trimmed(words[range.upperBound - 1]))
            return out
        }
        let mark = words[second - 1].suffix(words[second - 1].count - trimmed(words[second - 1]).count)
        var out = words[..<first].map(String.init)
        out += bare(joint.upperBound..<second) + words[joint].map(String.init) + bare(first..<joint.lowerBound)
        out[out.count - 1] += mark
        out += words[second...].map(String.init)
        return out.joined(separator: " ")
    }

    // MARK: Words

    private static func words(_ text: String) -> [Substring] {
        text.split(maxSplits: mostWords, whereSeparator: \.isWhitespace)
    }

    private static func trimmed(_ word: Substring) -> Substring {
        var word = word
        while let last = word.last, marks.contains(last) { word.removeLast() }
        return word
    }

    private static func key(_ word: Substring) -> String { trimmed(word).lowercased() }

    private static func endsClause(_ word: Substring) -> Bool { word.last.map(marks.contains) ?? false }

    private static let marks: Set<Character> = ["?", "!", ".", ",", ";", ":"]

    // MARK: What holds both ways

    /// Where a joining phrase stands in its text.
    private struct Joint {
        let keys: [String]
        let words: [Substring]
        let range: Range<Int>

        var phrase: String { keys[range].joined(separator: " ") }
        /// The words before it, as far as the clause goes.
        var before: ArraySlice<String> {
            let start = words[..<range.lowerBound].lastIndex(where: endsClause).map { $0 + 1 } ?? 0
            return keys[start..<range.lowerBound]
        }
    }

    private static func holds(_ joint: Joint) -> Bool {
        let phrase = joint.phrase
        if conjunctions.contains(phrase) { return true }
        if mutual.contains(phrase) { return true }
        // "Is A related to B" asks whether, "how is A related to B" what A is to B.
        if kin.contains(phrase) { return !joint.before.contains("how") && !joint.before.contains("what") }
        if links.contains(phrase) { return joint.before.contains(where: comparing.contains) }
        return phrase == "from" && joint.before.contains("far")
    }

    /// What coordinates.
    private static let conjunctions: Set = ["and", "or", "vs", "versus", "nor"]

    /// What one is to another when the other is it too.
    private static let mutual: Set = [
        "married to", "engaged to", "dating", "friends with", "a friend of", "an acquaintance of", "a colleague of",
        "a neighbour of", "a neighbor of", "in contact with", "close to", "next to", "adjacent to", "parallel to",
        "perpendicular to", "similar to", "identical to", "equal to", "equivalent to", "the same as", "the same age as",
        "different from", "different than", "different to", "compatible with", "interchangeable with",
        "synonymous with", "far from", "far away from",
    ]

    private static let kin: Set = ["related to", "a relative of", "a sibling of", "a cousin of", "connected to"]

    /// What links two things that are compared.
    private static let links: Set = ["to", "with", "against"]
    private static let comparing: Set = [
        "compare", "compared", "comparing", "comparison", "compares", "distance", "difference", "differences",
        "similarity", "similarities",
    ]

    /// The words that a joining phrase may begin with.
    private static let openings: Set<String> = Set(
        conjunctions.union(mutual).union(kin).union(links).union(["from"]).compactMap {
            $0.split(separator: " ").first.map(String.init)
        })

    /// Words of which each text has one that holds both ways: what is asked first, for it takes no string.
    static let telling = WordSet(
        (Array(conjunctions.union(comparing)) + ["far"] + mutual.union(kin).map(longestWord)).joined(separator: " "))

    private static func longestWord(_ phrase: String) -> String {
        words(phrase).max { $0.count < $1.count }.map(String.init) ?? phrase
    }

    /// What makes order tell: two texts with one of these are left as they are.
    private static let ordering: Set = [
        "then", "respectively", "order", "sequence", "first", "second", "before", "after", "former", "latter", "ratio",
        "convert", "converting", "conversion", "translate", "translating", "translation", "divided", "minus", "over",
        "followed", "instead", "rather", "while", "whereas", "rate", "rates", "exchange",
    ]

    private static let determiners: Set = ["a", "an", "the", "my", "your", "our", "his", "her", "their"]

    /// What may stand before the first phrase without being a part of it.
    private static let verbs: Set<String> = comparing.union([
        "is", "are", "was", "were", "be", "am", "do", "does", "did", "can", "could", "will", "would", "should", "if",
        "that", "whether", "between", "from", "when", "use", "using", "choose", "buy", "what's", "isn't", "aren't",
        "distinguish", "contrast", "have", "has", "having",
    ])

    /// The same before phrases that are coordinated: what governs one of these governs the other. "The guitar of Anna" is
    /// one phrase beside "close to Paul".
    private static let prepositions: Set<String> = [
        "of", "in", "on", "at", "to", "with", "for", "by", "about", "than", "both", "either", "neither", "and", "or",
        "as",
        "like", "into", "how",
    ]

    /// What may stand after the second phrase without being a part of it.
    private static let following: Set = [
        "in", "on", "at", "to", "from", "with", "for", "by", "about", "than", "if", "that", "which", "who", "when",
        "is",
        "are", "was", "were", "be", "do", "does", "did", "can", "could", "will", "would", "should", "as", "have", "has",
        "had", "because", "so", "but", "under", "during", "without", "using", "regarding", "please", "differ",
        "compare",
        "work", "of", "into", "within", "inside", "now", "today", "really", "actually", "each", "or",
    ]
}
