/// One word of a text.
public struct Token: Sendable, Equatable {
    /// What a token is made of.
    public enum Kind: UInt8, Sendable {
        /// Letters, or letters and digits that start with a letter.
        case word
        /// Digits, with `.`, `,` and `:` between them.
        case number
        /// Digits followed by letters: `2fa`, `10km`, `1st`.
        case quantity
        /// One Chinese or Japanese character.
        case ideograph
        /// One symbol: a sign of money or mathematics, an emoji; repeats count as one.
        case symbol
    }

    /// What it is made of.
    public let kind: Kind
    /// Its UTF-8 bytes in the text as it was given. The parts of a contraction share it between them; a part that no
    /// letter stands for (the `us` of `let's`) has the apostrophe and the letters after it.
    public let source: Range<Int>
    /// Its bytes in `Tokens.bytes`, folded, contractions expanded (`n't` is `not`).
    public let folded: Range<Int>
}

/// The words of a text, in order.
public struct Tokens: Sendable {
    /// The folded text, and after it the words that contractions expand to.
    public internal(set) var bytes: [UInt8]
    /// The words.
    public internal(set) var all: [Token]

    /// The number of words.
    public var count: Int { all.count }

    /// The folded word at `index`.
    public subscript(index: Int) -> String { String(decoding: bytes[all[index].folded], as: UTF8.self) }

    /// The folded words.
    public var words: [String] { all.indices.map { self[$0] } }
}
