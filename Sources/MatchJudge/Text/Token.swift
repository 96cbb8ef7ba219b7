/// One word, number, sign or character of a prompt, folded.
struct Token {
    /// What is known of a token.
    struct Traits: OptionSet {
        let rawValue: UInt32
        static let stop = Traits(rawValue: 1 << 0)
        static let negation = Traits(rawValue: 1 << 1)
        static let weakNegation = Traits(rawValue: 1 << 2)
        static let question = Traits(rawValue: 1 << 3)
        static let number = Traits(rawValue: 1 << 4)
        static let capital = Traits(rawValue: 1 << 5)
        static let allCapitals = Traits(rawValue: 1 << 6)
        static let mixedCase = Traits(rawValue: 1 << 7)
        static let sentenceStart = Traits(rawValue: 1 << 8)
        static let identifier = Traits(rawValue: 1 << 9)
        static let quoted = Traits(rawValue: 1 << 10)
        static let code = Traits(rawValue: 1 << 11)
        static let cjk = Traits(rawValue: 1 << 12)
        static let foreign = Traits(rawValue: 1 << 13)
        static let known = Traits(rawValue: 1 << 14)
        static let place = Traits(rawValue: 1 << 15)
        static let language = Traits(rawValue: 1 << 16)
        static let unit = Traits(rawValue: 1 << 17)
        static let calendar = Traits(rawValue: 1 << 18)
        static let filler = Traits(rawValue: 1 << 19)
        static let negated = Traits(rawValue: 1 << 20)
        static let auxiliary = Traits(rawValue: 1 << 21)
        static let pronoun = Traits(rawValue: 1 << 22)
        static let conjunction = Traits(rawValue: 1 << 23)
        static let name = Traits(rawValue: 1 << 24)
        static let software = Traits(rawValue: 1 << 25)
        static let sentenceEnd = Traits(rawValue: 1 << 26)
        static let clauseEnd = Traits(rawValue: 1 << 27)
        static let entity = Traits(rawValue: 1 << 28)
        static let person = Traits(rawValue: 1 << 29)
        /// "Anna's", "the users'": what follows may be theirs.
        static let possessor = Traits(rawValue: 1 << 30)
    }

    /// The hash of the folded word.
    var hash: UInt64
    /// The hash of its stem; of the group's name for words with listed synonyms.
    var stem: UInt64
    /// The stem of the word without its negating prefix ("unready" → "ready"); 0 without one.
    var base: UInt64 = 0
    /// The word behind one of two opposed prefixes ("hyper", "hypo"), its side in the lowest bit; 0 without one.
    var facing: UInt64 = 0
    /// Where its folded bytes stand in `TextAnalysis.folded`.
    var start: UInt32
    /// How many folded bytes.
    var length: UInt16
    /// The preposition or position that governs it.
    var role: Role = .none
    /// Membership in antonym groups.
    var polarity = Polarity()
    /// How rare the word is, in nats; 0 for the commonest.
    var rarity: Float = 0
    /// What is known of it.
    var traits: Traits

    /// Words that carry the content: no function word, no filler.
    @inline(__always)
    var isContent: Bool { traits.isDisjoint(with: [.stop, .filler]) }

    /// -1 where two words are opposites, by the lexicon or by a prefix; 1 where they stand on one side; else 0.
    @inline(__always)
    func relation(to other: Token) -> Int {
        if base != 0 && base == other.stem || other.base != 0 && other.base == stem { return -1 }
        if facing != 0 && facing ^ other.facing == 1 { return -1 }
        return polarity.relation(to: other.polarity)
    }

    /// Whether the word can have an opposite.
    @inline(__always)
    var isPolar: Bool { base != 0 || facing != 0 || !polarity.isEmpty }
}

/// The word that governs an argument: what tells "from Rome to Oslo" and "from Oslo to Rome" apart.
enum Role: UInt8 {
    case none, from, to, than, versus, before, after, by, with, of, inside, on, at, for_, over, under, and, or, like,
        about, since, until
}

/// On which side of up to three antonym groups a word stands: positive and negative numbers of one group are opposites.
struct Polarity: Equatable {
    var first: Int16 = 0
    var second: Int16 = 0
    var third: Int16 = 0

    @inline(__always)
    var isEmpty: Bool { first == 0 }

    /// Adds a group, if there is room and it is not there yet.
    mutating func insert(_ group: Int16) {
        if first == group || second == group || third == group { return }
        if first == 0 { first = group } else if second == 0 { second = group } else if third == 0 { third = group }
    }

    /// -1 where two words are opposites, 1 where they stand on one side, 0 where no group holds both.
    @inline(__always)
    func relation(to other: Polarity) -> Int {
        if first == 0 || other.first == 0 { return 0 }
        if has(-other.first) || (other.second != 0 && has(-other.second)) || (other.third != 0 && has(-other.third)) {
            return -1
        }
        if has(other.first) || (other.second != 0 && has(other.second)) || (other.third != 0 && has(other.third)) {
            return 1
        }
        return 0
    }

    @inline(__always)
    private func has(_ group: Int16) -> Bool { first == group || second == group || third == group }
}
