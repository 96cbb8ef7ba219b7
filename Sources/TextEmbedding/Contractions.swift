/// English contractions and what they expand to.
enum Contractions {
    /// Suffixes after an apostrophe that always stand for one word.
    static let suffixes: [String: StaticString] = [
        "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would",
    ]
    /// Words after which `'s` is "is" and not the genitive.
    static let isStems: Set<String> = [
        "it", "he", "she", "that", "there", "here", "what", "who", "where", "when", "how", "why",
    ]
    /// What is left of a verb before `n't`, where that is not the verb.
    static let notStems: [String: StaticString] = ["ca": "can", "wo": "will", "sha": "shall", "ai": "is"]

    /// A contraction written as one word: after how many bytes its second part starts, and both parts in full.
    struct Bare {
        let split: Int
        let first: StaticString
        let second: StaticString

        init(_ split: Int, _ first: StaticString, _ second: StaticString) {
            self.split = split
            self.first = first
            self.second = second
        }
    }

    static let bare: [String: Bare] = [
        "cannot": Bare(3, "can", "not"), "cant": Bare(2, "can", "not"), "wont": Bare(2, "will", "not"),
        "dont": Bare(2, "do", "not"), "doesnt": Bare(4, "does", "not"), "didnt": Bare(3, "did", "not"),
        "isnt": Bare(2, "is", "not"), "arent": Bare(3, "are", "not"), "wasnt": Bare(3, "was", "not"),
        "werent": Bare(4, "were", "not"), "havent": Bare(4, "have", "not"), "hasnt": Bare(3, "has", "not"),
        "hadnt": Bare(3, "had", "not"), "couldnt": Bare(5, "could", "not"), "shouldnt": Bare(6, "should", "not"),
        "wouldnt": Bare(5, "would", "not"), "aint": Bare(2, "is", "not"), "whats": Bare(4, "what", "is"),
        "hows": Bare(3, "how", "is"), "wheres": Bare(5, "where", "is"), "whos": Bare(3, "who", "is"),
        "thats": Bare(4, "that", "is"), "im": Bare(1, "i", "am"), "ive": Bare(1, "i", "have"),
        "youre": Bare(3, "you", "are"), "theyre": Bare(4, "they", "are"), "gonna": Bare(3, "going", "to"),
        "wanna": Bare(3, "want", "to"),
    ]
    static let longestBare = 8

    /// A set of (first byte, length) that holds every bare contraction: most words are told apart without hashing.
    static let bareSieve: [Bool] = {
        var sieve = [Bool](repeating: false, count: 256 * 16)
        for word in bare.keys { sieve[Int(word.utf8.first!) << 4 | word.utf8.count] = true }
        return sieve
    }()
}
