/// Splits a text into folded words, the units of every embedder and lexical feature.
///
/// - Letters and digits run together (`gpt4`, `2fa`); numbers keep `.`, `,` and `:` between digits (`3.14`, `10:30`).
/// - `c++`, `c#`, `f#` keep their signs.
/// - Contractions are expanded (`don't`, `dont` → `do not`; `it's` → `it is`); the genitive's `'s` is dropped.
/// - A Chinese or Japanese character is a word; a symbol is a word; other punctuation only separates.
///
/// The rules are those of models/training/dejatrain/fold.py, held together by golden vectors. O(n) in the bytes.
public enum Tokenizer {
    /// The version of the rules; a model file names the one it was trained with.
    public static let version = "deja-words-1"

    /// The words of `text`, valid UTF-8 or not.
    public static func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> Tokens {
        scan(text, keepingSources: true)
    }

    /// The words of `text`.
    public static func tokenize(_ text: String) -> Tokens {
        var text = text
        return text.withUTF8 { tokenize($0) }
    }

    /// The words; without sources the tokens' `source` is meaningless and non-ASCII text is read a little faster.
    static func scan(_ text: UnsafeBufferPointer<UInt8>, keepingSources: Bool) -> Tokens {
        let folded = FoldedText(text, keepingOrigins: keepingSources)
        var scanner = WordScanner(folded, sourceLength: text.count)
        scanner.run()
        return Tokens(bytes: scanner.bytes, all: scanner.tokens)
    }
}

/// The state of one pass over a folded text.
struct WordScanner {
    private typealias Class = FoldTable.Class

    private let folded: FoldedText
    private let length: Int
    private let sourceLength: Int
    private(set) var bytes: [UInt8]
    private(set) var tokens: [Token] = []

    init(_ folded: FoldedText, sourceLength: Int) {
        self.folded = folded
        self.sourceLength = sourceLength
        length = folded.bytes.count
        bytes = folded.bytes
        tokens.reserveCapacity(length / 4 + 4)
    }

    mutating func run() {
        folded.classes.withUnsafeBufferPointer { classes in
            var position = 0
            while position < length {
                let kind = classes[position]
                if kind & Class.word != 0 {
                    position = takeWord(position, classes)
                } else if kind & (Class.ideograph | Class.symbol) != 0 {
                    position = takeSingle(position, kind)
                } else {
                    position += 1
                }
            }
        }
    }

    private mutating func takeSingle(_ start: Int, _ kind: UInt8) -> Int {
        let end = endOfCharacter(start)
        var next = end
        if kind == Class.symbol {
            while next + (end - start) <= length, matches(next, start..<end) { next += end - start }
        }
        add(kind == Class.symbol ? .symbol : .ideograph, start..<end, from: start..<next)
        return next
    }

    private func endOfCharacter(_ start: Int) -> Int {
        var end = start + 1
        while end < length, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private func matches(_ position: Int, _ range: Range<Int>) -> Bool {
        for i in range where bytes[position + i - range.lowerBound] != bytes[i] { return false }
        return true
    }

    /// Reads the run of letters and digits at `start` and what belongs to it; returns the position after it.
    private mutating func takeWord(_ start: Int, _ classes: UnsafeBufferPointer<UInt8>) -> Int {
        var end = start + 1
        var kinds = classes[start]
        while end < length {
            let kind = classes[end]
            if kind & Class.word == 0 {
                let joins =
                    kind == Class.joiner && classes[end - 1] == Class.digit && end + 1 < length
                    && classes[end + 1] == Class.digit
                guard joins else { break }
            } else {
                kinds |= kind
            }
            end += 1
        }
        if classes[start] == Class.letter, end < length, let signed = endOfSign(start, end, classes) {
            add(.word, start..<signed, from: start..<signed)
            return signed
        }
        if end + 1 < length, classes[end] == Class.apostrophe, classes[end - 1] == Class.letter,
            classes[end + 1] & Class.word != 0, let next = takeContraction(start, end, classes)
        {
            return next
        }
        if takeBare(start..<end) { return end }
        let kind: Token.Kind =
            classes[start] == Class.letter ? .word : kinds & Class.letter == 0 ? .number : .quantity
        add(kind, start..<end, from: start..<end)
        return end
    }

    /// The end of `++` or `#` behind a word of one or two letters.
    private func endOfSign(_ start: Int, _ end: Int, _ classes: UnsafeBufferPointer<UInt8>) -> Int? {
        let first = bytes[end]
        guard first == UInt8(ascii: "+") || first == UInt8(ascii: "#") else { return nil }
        let size = first == UInt8(ascii: "#") ? 1 : 2
        guard end + size <= length, size == 1 || bytes[end + 1] == first else { return nil }
        guard end + size == length || classes[end + size] & Class.word == 0 else { return nil }
        let second = endOfCharacter(start)
        return second == end || endOfCharacter(second) == end ? end + size : nil
    }

    private mutating func takeContraction(
        _ start: Int, _ apostrophe: Int, _ classes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        var end = apostrophe + 1
        while end < length, classes[end] & Class.word != 0 { end += 1 }
        guard end - apostrophe <= 3 else { return nil }
        let suffix = string(apostrophe + 1..<end)
        if suffix == "t" {
            guard bytes[apostrophe - 1] == UInt8(ascii: "n"), apostrophe - start > 1 else { return nil }
            let stem = start..<apostrophe - 1
            if let full = Contractions.notStems[string(stem)] {
                expand(full, from: stem)
            } else {
                add(.word, stem, from: stem)
            }
            expand("not", from: apostrophe - 1..<end)
            return end
        }
        let word = start..<apostrophe
        let expansion: StaticString?
        if let full = Contractions.suffixes[suffix] {
            expansion = full
        } else if suffix == "s" {
            let stem = apostrophe - start <= 5 ? string(word) : ""
            expansion = Contractions.isStems.contains(stem) ? "is" : stem == "let" ? "us" : nil
        } else {
            return nil
        }
        add(classes[start] == Class.letter ? .word : .quantity, word, from: word)
        if let expansion { expand(expansion, from: apostrophe..<end) }
        return end
    }

    private mutating func takeBare(_ range: Range<Int>) -> Bool {
        guard range.count <= Contractions.longestBare,
            Contractions.bareSieve[Int(bytes[range.lowerBound]) << 4 | range.count],
            let bare = Contractions.bare[string(range)]
        else { return false }
        expand(bare.first, from: range.lowerBound..<range.lowerBound + bare.split)
        expand(bare.second, from: range.lowerBound + bare.split..<range.upperBound)
        return true
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func add(_ kind: Token.Kind, _ range: Range<Int>, from source: Range<Int>) {
        tokens.append(Token(kind: kind, source: folded.source(of: source, length: sourceLength), folded: range))
    }

    /// Appends `word` behind the folded text and adds a token for it.
    private mutating func expand(_ word: StaticString, from source: Range<Int>) {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        tokens.append(
            Token(
                kind: .word, source: folded.source(of: source, length: sourceLength), folded: start..<bytes.count))
    }
}
