/// The words of a folded answer, for telling answers apart.
struct AnswerWords {
    private(set) var all: Set<Substring> = []
    /// Words that carry content, without figures.
    private(set) var content: Set<Substring> = []
    private(set) var figures: Set<Substring> = []
    private(set) var count = 0
    /// How often something is denied.
    private(set) var negations = 0
    /// What a leading yes or no says.
    private(set) var polarity: Bool?
    /// Where each content word and figure stands first.
    private var places: [Substring: Int] = [:]

    private static let affirmations: Set<Substring> = [
        "yes", "yeah", "yep", "true", "correct", "ja", "oui", "sí", "si",
    ]
    private static let denials: Set<Substring> = ["no", "nope", "not", "false", "incorrect", "nein", "non", "cannot"]
    private static let negators: Set<Substring> = [
        "no", "not", "never", "none", "nothing", "nobody", "neither", "nor", "without", "cannot", "nicht", "kein",
        "keine", "nie", "pas", "jamais", "sin", "nunca", "non", "senza",
    ]
    private static let functionWords: Set<Substring> = [
        "a", "an", "the", "is", "are", "was", "were", "be", "to", "of", "in", "on", "at", "for", "and", "or", "it",
        "its", "you", "your", "this", "that", "as", "with", "by", "from", "can", "will", "i", "we", "our", "us",
    ]

    init(_ text: String) {
        // An apostrophe stays inside its word, so that "don't" is one.
        for piece in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "\u{2019}" }) {
            var word = piece[...]
            while let end = word.last, end == "'" || end == "\u{2019}" { word.removeLast() }
            while let start = word.first, start == "'" || start == "\u{2019}" { word.removeFirst() }
            if word.isEmpty { continue }
            if count == 0 {
                if Self.affirmations.contains(word) { polarity = true }
                if Self.denials.contains(word) { polarity = false }
            }
            if Self.negators.contains(word) || word.hasSuffix("n't") || word.hasSuffix("n\u{2019}t") { negations += 1 }
            count += 1
            all.insert(word)
            if word.contains(where: \.isNumber) {
                figures.insert(word)
            } else if !Self.functionWords.contains(word) {
                content.insert(word)
            } else {
                continue
            }
            if places[word] == nil { places[word] = count }
        }
    }

    /// Jaccard's index of the content words and figures.
    func overlap(_ other: AnswerWords) -> Double {
        let (a, b) = (content.union(figures), other.content.union(other.figures))
        let both = a.intersection(b).count
        let either = a.count + b.count - both
        return either == 0 ? 0 : Double(both) / Double(either)
    }

    /// Whether what both hold stands in one order: who does what to whom is told by order alone.
    func sharesOrder(with other: AnswerWords) -> Bool {
        let theirs = places.compactMap { word, place in other.places[word].map { (place, $0) } }
            .sorted { $0.0 < $1.0 }.map(\.1)
        return zip(theirs, theirs.dropFirst()).allSatisfy { $0 < $1 }
    }
}
