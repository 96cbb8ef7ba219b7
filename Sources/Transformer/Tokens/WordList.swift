/// The words of a text as BERT's basic tokeniser cuts them, folded, in one buffer that is used again and again.
///
/// Every punctuation mark and every CJK character is a word of its own; white space separates, control characters go.
struct WordList {
    /// A word.
    struct Word {
        /// Where it stands among the bytes.
        var start: Int32
        var end: Int32
        /// Its Unicode scalars.
        var length: Int32
        /// Whether it has a digit.
        var hasDigit: Bool
    }

    private(set) var words: [Word] = []
    /// The folded UTF-8 of all words, one after the other.
    private(set) var bytes: [UInt8] = []
    private var current = Word(start: 0, end: 0, length: 0, hasDigit: false)

    var count: Int { words.count }

    /// The bytes of a word.
    subscript(index: Int) -> ArraySlice<UInt8> { bytes[Int(words[index].start)..<Int(words[index].end)] }

    /// Reads `text`, at most until `limit` words are known. O(bytes).
    mutating func read(_ text: String, limit: Int = .max) {
        words.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        current = Word(start: 0, end: 0, length: 0, hasDigit: false)
        for scalar in text.unicodeScalars {
            if words.count >= limit { return }
            if scalar.isASCII {
                take(ascii: UInt8(truncatingIfNeeded: scalar.value))
            } else {
                ScalarFolding.fold(scalar) { take($0, $1) }
            }
        }
        endWord()
    }

    @inline(__always)
    private mutating func take(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): append(byte)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(byte | 0x20)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            append(byte)
            current.hasDigit = true
        case 9, 10, 13, 32: endWord()
        case 0..<32, 127: break
        default:
            endWord()
            append(byte)
            endWord()
        }
    }

    private mutating func take(_ value: UInt32, _ kind: ScalarFolding.Kind) {
        switch kind {
        case .dropped: break
        case .space: endWord()
        case .mark:
            endWord()
            append(value)
            endWord()
        case .letter: append(value)
        }
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        bytes.append(byte)
        current.length += 1
    }

    private mutating func append(_ value: UInt32) {
        if value < 0x80 {
            append(UInt8(value))
            if 0x30...0x39 ~= value { current.hasDigit = true }
            return
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        bytes.append(contentsOf: UTF8.encode(scalar)!)
        current.length += 1
        let type = scalar.properties.numericType
        if type == .decimal || type == .digit { current.hasDigit = true }
    }

    @inline(__always)
    private mutating func endWord() {
        guard current.length > 0 else { return }
        current.end = Int32(bytes.count)
        words.append(current)
        current = Word(start: Int32(bytes.count), end: 0, length: 0, hasDigit: false)
    }
}
