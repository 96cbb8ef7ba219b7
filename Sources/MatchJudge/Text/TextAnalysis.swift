/// What one pass over a prompt finds: words, figures, identifiers, quotes, code, polarity, form and reference.
///
/// The buffers are kept between texts, so that judging many candidates allocates nothing once they have grown.
/// One analysis is used by one thread at a time.
public final class TextAnalysis {
    /// The tokens in order.
    var tokens: [Token] = []
    /// The folded bytes of all tokens.
    var folded: [UInt8] = []
    /// The figures in order.
    var quantities: [Quantity] = []
    /// The hashes of identifiers (codes, addresses, paths, versions), each with its token.
    var identifiers: [(hash: UInt64, token: Int32)] = []
    /// The token ranges of quoted texts.
    var quotes: [Range<Int32>] = []
    /// The hashes of code spans and fences, white space collapsed.
    var codes: [UInt64] = []
    /// The operators of formulas in order, by byte.
    var operators: [UInt8] = []
    /// The figures and letters that stand beside operators, in order.
    var operands: [UInt64] = []
    /// How often each sign of code and mathematics occurs, by its low five bits and column.
    var signs = SIMD32<UInt8>()
    /// The character trigrams, one bit each (of 4,096).
    var trigrams = [UInt64](repeating: 0, count: 64)
    /// How many bits of `trigrams` are set.
    var trigramCount = 0
    /// The requested form of the answer.
    var form = FormRequest()
    /// The kinds of question asked.
    var questions = QuestionKinds()
    /// Whom and when the prompt refers to.
    var reference = ReferenceFrame()
    /// How often the prompt negates.
    var negationCount = 0
    /// Whether a negation stands before its subject, as in "why doesn't it".
    var hasInvertedNegation = false
    /// Whether a word that only leans to negation ("avoid", "unless") occurs.
    var hasWeakNegation = false
    /// The language, as far as its function words tell.
    var language = Language.unknown
    /// Whether the prompt only makes sense with its history.
    var isFollowUp = false
    /// Whether capitals carry no information: a title, or everything in capitals.
    var ignoresCapitals = false
    /// How many tokens carry content.
    var contentCount = 0
    /// The sum of `rarity` over content tokens.
    var rarityMass: Float = 0
    /// Bytes of the text.
    var byteCount = 0
    /// Scalars written in Han, Kana or Hangul.
    var cjkCount = 0
    /// Stem → first token, for alignment.
    var index = TokenIndex()
    /// Who does what to whom, in the order of the words that tell it; read when first asked for, for most pairs are refused
    /// or passed without it.
    var deeds: [Deed] {
        if !hasReadDeeds {
            readDeeds(into: &foundDeeds)
            hasReadDeeds = true
        }
        return foundDeeds
    }
    private var foundDeeds: [Deed] = []
    private var hasReadDeeds = false
    /// Whose something is; read when first asked for.
    var possessions: [Possession] {
        if !hasReadPossessions {
            readPossessions(into: &foundPossessions)
            hasReadPossessions = true
        }
        return foundPossessions
    }
    private var foundPossessions: [Possession] = []
    private var hasReadPossessions = false

    /// An empty analysis, to be filled by `TextAnalyzer`.
    public init() {}

    /// Forgets the text and keeps the buffers.
    func reset() {
        tokens.removeAll(keepingCapacity: true)
        folded.removeAll(keepingCapacity: true)
        quantities.removeAll(keepingCapacity: true)
        identifiers.removeAll(keepingCapacity: true)
        quotes.removeAll(keepingCapacity: true)
        codes.removeAll(keepingCapacity: true)
        operators.removeAll(keepingCapacity: true)
        operands.removeAll(keepingCapacity: true)
        trigrams.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        trigramCount = 0
        signs = SIMD32<UInt8>()
        form = FormRequest()
        questions = QuestionKinds()
        reference = ReferenceFrame()
        negationCount = 0
        hasWeakNegation = false
        hasInvertedNegation = false
        language = .unknown
        isFollowUp = false
        ignoresCapitals = false
        contentCount = 0
        rarityMass = 0
        byteCount = 0
        cjkCount = 0
        foundDeeds.removeAll(keepingCapacity: true)
        hasReadDeeds = false
        foundPossessions.removeAll(keepingCapacity: true)
        hasReadPossessions = false
    }

    /// The folded text of a token.
    func text(of token: Token) -> String {
        String(decoding: folded[Int(token.start)..<Int(token.start) + Int(token.length)], as: UTF8.self)
    }

    /// The folded bytes of a token, without copying.
    @inline(__always)
    func withBytes<Result>(of token: Token, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        folded.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[Int(token.start)..<Int(token.start) + Int(token.length)]))
        }
    }

    /// Whether a token with this hash occurs.
    func contains(_ hash: UInt64) -> Bool { tokens.contains { $0.hash == hash } }
}

/// The language of a prompt.
enum Language: UInt8 {
    case unknown, english, german, french, spanish, italian, portuguese, chinese, japanese, korean, cyrillic, arabic,
        other
}

/// What an answer is asked to look like.
struct FormRequest: Equatable {
    /// The kinds of form that differ.
    struct Kinds: OptionSet, Equatable {
        let rawValue: UInt32
        static let list = Kinds(rawValue: 1 << 0)
        static let table = Kinds(rawValue: 1 << 1)
        static let json = Kinds(rawValue: 1 << 2)
        static let csv = Kinds(rawValue: 1 << 3)
        static let xml = Kinds(rawValue: 1 << 4)
        static let yaml = Kinds(rawValue: 1 << 5)
        static let markdown = Kinds(rawValue: 1 << 6)
        static let html = Kinds(rawValue: 1 << 7)
        static let code = Kinds(rawValue: 1 << 8)
        static let poem = Kinds(rawValue: 1 << 9)
        static let essay = Kinds(rawValue: 1 << 10)
        static let message = Kinds(rawValue: 1 << 11)
        static let short = Kinds(rawValue: 1 << 12)
        static let long = Kinds(rawValue: 1 << 13)
        static let simple = Kinds(rawValue: 1 << 14)
        static let formal = Kinds(rawValue: 1 << 15)
        static let casual = Kinds(rawValue: 1 << 16)
        static let humorous = Kinds(rawValue: 1 << 17)
        static let steps = Kinds(rawValue: 1 << 18)
        static let example = Kinds(rawValue: 1 << 19)
        static let yesNo = Kinds(rawValue: 1 << 20)
        static let technical = Kinds(rawValue: 1 << 21)
        static let story = Kinds(rawValue: 1 << 22)
        static let tweet = Kinds(rawValue: 1 << 23)
        static let sentence = Kinds(rawValue: 1 << 24)
        static let paragraph = Kinds(rawValue: 1 << 25)
        static let word = Kinds(rawValue: 1 << 26)
        static let speech = Kinds(rawValue: 1 << 27)
    }

    var kinds: Kinds = []
    /// Whether the prompt begins with the verb "list", which asks for a list without saying more.
    var leadsWithList = false
    /// The hash of the language asked for ("in French"); 0 for none.
    var language: UInt64 = 0

    /// Nothing special is asked for.
    var isEmpty: Bool { kinds.isEmpty && language == 0 }
}

/// What a question asks for.
struct QuestionKinds: OptionSet, Equatable {
    let rawValue: UInt16
    static let who = QuestionKinds(rawValue: 1 << 0)
    static let when = QuestionKinds(rawValue: 1 << 1)
    static let where_ = QuestionKinds(rawValue: 1 << 2)
    static let why = QuestionKinds(rawValue: 1 << 3)
    static let howMany = QuestionKinds(rawValue: 1 << 4)
    static let howLong = QuestionKinds(rawValue: 1 << 5)
    static let how = QuestionKinds(rawValue: 1 << 6)
    static let what = QuestionKinds(rawValue: 1 << 7)
    static let which = QuestionKinds(rawValue: 1 << 8)
    static let yesNo = QuestionKinds(rawValue: 1 << 9)
    static let howMuch = QuestionKinds(rawValue: 1 << 10)
    static let howOften = QuestionKinds(rawValue: 1 << 11)
    static let howOld = QuestionKinds(rawValue: 1 << 12)
    static let possibility = QuestionKinds(rawValue: 1 << 13)
    /// How much of a quality something has: "how safe".
    static let degree = QuestionKinds(rawValue: 1 << 14)
}

/// Whom and when a prompt refers to.
struct ReferenceFrame: Equatable {
    struct Persons: OptionSet, Equatable {
        let rawValue: UInt8
        static let first = Persons(rawValue: 1 << 0)
        static let second = Persons(rawValue: 1 << 1)
        static let he = Persons(rawValue: 1 << 2)
        static let she = Persons(rawValue: 1 << 3)
        static let they = Persons(rawValue: 1 << 4)
        static let we = Persons(rawValue: 1 << 5)
    }

    struct Times: OptionSet, Equatable {
        let rawValue: UInt16
        static let today = Times(rawValue: 1 << 0)
        static let tomorrow = Times(rawValue: 1 << 1)
        static let yesterday = Times(rawValue: 1 << 2)
        static let this = Times(rawValue: 1 << 3)
        static let next = Times(rawValue: 1 << 4)
        static let last = Times(rawValue: 1 << 5)
        static let tonight = Times(rawValue: 1 << 6)
        static let ago = Times(rawValue: 1 << 7)
    }

    /// Possessors ("my order", "his order").
    var owners: Persons = []
    /// The persons in order, three bits each after a leading 1; tells "she bakes for me" from "I bake for her".
    var persons: UInt64 = 1
    /// Whether the speaker acts ("I") or is acted on ("me").
    var isSubject = false
    var isObject = false
    /// He and she in order, one bit each after a leading 1; tells "he would reject her" from "she would reject him".
    var genders: UInt64 = 1
    /// Times counted from now.
    var times: Times = []
}
