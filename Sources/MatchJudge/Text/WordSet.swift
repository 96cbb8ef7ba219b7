/// A set of words, looked up by the hash of their folded form.
struct WordSet: Sendable {
    private var hashes: WordMap<Bool> = [:]

    /// The words of `text`, separated by white space.
    init(_ text: String) {
        for word in text.split(whereSeparator: \.isWhitespace) { hashes[WordHash.of(word)] = true }
    }

    @inline(__always)
    func contains(_ hash: UInt64) -> Bool { hashes.contains(hash) }
}

/// Hashes of single words that rules name.
enum Word {
    static let to = WordHash.of("to")
    static let in_ = WordHash.of("in")
    static let not = WordHash.of("not")
    static let only = WordHash.of("only")
    static let or = WordHash.of("or")
    static let matter = WordHash.of("matter")
    static let no = WordHash.of("no")
    static let by = WordHash.of("by")
    static let how = WordHash.of("how")
    static let what = WordHash.of("what")
    static let many = WordHash.of("many")
    static let much = WordHash.of("much")
    static let long = WordHash.of("long")
    static let often = WordHash.of("often")
    static let old = WordHash.of("old")
    static let about = WordHash.of("about")
    static let and = WordHash.of("and")
    static let of = WordHash.of("of")
    static let the = WordHash.of("the")
    static let doubt = WordHash.of("doubt")
    static let if_ = WordHash.of("if")
    static let come = WordHash.of("come")
}
