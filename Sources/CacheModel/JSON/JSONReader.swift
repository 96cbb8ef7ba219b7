/// Why a text is not the JSON that was wanted.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The byte at which reading stopped.
    public let offset: Int
    /// What was wrong there.
    public let problem: String

    /// A problem at a byte.
    public init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    public var description: String { "\(problem) at byte \(offset)" }
}

/// A pull parser over UTF-8 JSON text (RFC 8259): the caller asks for what it expects next.
///
/// It reads in one pass, allocates only the strings that it returns, refuses invalid UTF-8, unpaired surrogates,
/// control characters in strings and nesting deeper than `maximumDepth`. The text must outlive the reader.
public struct JSONReader {
    /// Deeper nesting than any honest request has; bounds the stack that a hostile one can take.
    public static let maximumDepth = 128

    private let text: UnsafeBufferPointer<UInt8>
    /// The next byte to read.
    public private(set) var position = 0
    private var depth = 0

    /// Reads `text` from its start.
    public init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The kind of value that comes next.
    public enum Kind: Sendable { case object, array, string, number, bool, null }

    // MARK: Structure

    /// The kind of the next value, without reading it.
    public mutating func peekKind() throws(JSONError) -> Kind {
        skipWhitespace()
        guard let byte = peek() else { throw fail("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw fail("no JSON value starts like this")
        }
    }

    /// Reads an object: `member` is called with each name and must read exactly one value.
    public mutating func readObject<Failure: Error>(
        _ member: (inout JSONReader, String) throws(Failure) -> Void, mapping: (JSONError) -> Failure
    ) throws(Failure) {
        do throws(JSONError) { try open(UInt8(ascii: "{"), "an object") } catch { throw mapping(error) }
        skipWhitespace()
        if take(UInt8(ascii: "}")) { depth -= 1; return }
        while true {
            let name: String
            do throws(JSONError) {
                skipWhitespace()
                name = try readString()
                skipWhitespace()
                guard take(UInt8(ascii: ":")) else { throw fail("':' is missing after a name") }
            } catch { throw mapping(error) }
            try member(&self, name)
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { depth -= 1; return }
            throw mapping(fail("',' or '}' is missing in an object"))
        }
    }

    /// Reads an object whose members cannot fail otherwise than by the JSON itself.
    public mutating func readObject(_ member: (inout JSONReader, String) throws(JSONError) -> Void) throws(JSONError) {
        try readObject(member, mapping: { $0 })
    }

    /// Reads an array: `element` is called before each element and must read exactly one value.
    public mutating func readArray<Failure: Error>(
        _ element: (inout JSONReader) throws(Failure) -> Void, mapping: (JSONError) -> Failure
    ) throws(Failure) {
        do throws(JSONError) { try open(UInt8(ascii: "["), "an array") } catch { throw mapping(error) }
        skipWhitespace()
        if take(UInt8(ascii: "]")) { depth -= 1; return }
        while true {
            try element(&self)
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { depth -= 1; return }
            throw mapping(fail("',' or ']' is missing in an array"))
        }
    }

    /// Reads an array whose elements cannot fail otherwise than by the JSON itself.
    public mutating func readArray(_ element: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        try readArray(element, mapping: { $0 })
    }

    /// Reads any value and returns the bytes it stands in, checked.
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        let kind = try peekKind()
        let start = position
        switch kind {
        case .object: try readObject { (reader, _) throws(JSONError) in _ = try reader.skipValue() }
        case .array: try readArray { (reader) throws(JSONError) in _ = try reader.skipValue() }
        case .string: try skipString()
        case .number: try skipNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        }
        return start..<position
    }

    /// Checks that only white space is left.
    public mutating func expectEnd() throws(JSONError) {
        skipWhitespace()
        if position < text.count { throw fail("more text after the value") }
    }

    // MARK: Scalars

    /// Reads a string and undoes its escapes.
    public mutating func readString() throws(JSONError) -> String {
        skipWhitespace()
        let start = position + 1
        let escaped = try skipString()
        let raw = UnsafeBufferPointer(rebasing: text[start..<(position - 1)])
        if !escaped { return String(decoding: raw, as: UTF8.self) }
        return JSONEscapes.undone(raw)
    }

    /// Reads a number: an integer where it is written as one and fits, else a `Double`.
    public mutating func readNumber() throws(JSONError) -> JSONValue {
        skipWhitespace()
        let start = position
        let isInteger = try skipNumber()
        let digits = String(decoding: UnsafeBufferPointer(rebasing: text[start..<position]), as: UTF8.self)
        if isInteger, let value = Int64(digits) { return .integer(value) }
        guard let value = Double(digits), value.isFinite else { throw fail("the number is too large") }
        return .number(value)
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipWhitespace()
        if take("true") { return true }
        if take("false") { return false }
        throw fail("expected true or false")
    }

    /// Reads `null`.
    public mutating func readNull() throws(JSONError) {
        skipWhitespace()
        guard take("null") else { throw fail("expected null") }
    }

    /// Reads any value into memory.
    public mutating func readValue() throws(JSONError) -> JSONValue {
        switch try peekKind() {
        case .object:
            var members: [JSONMember] = []
            try readObject { (reader, name) throws(JSONError) in
                members.append(JSONMember(name, try reader.readValue()))
            }
            return .object(members)
        case .array:
            var values: [JSONValue] = []
            try readArray { (reader) throws(JSONError) in values.append(try reader.readValue()) }
            return .array(values)
        case .string: return .string(try readString())
        case .number: return try readNumber()
        case .bool: return .bool(try readBool())
        case .null:
            try readNull()
            return .null
        }
    }

    // MARK: Bytes

    /// An error at the next byte.
    public func fail(_ problem: String) -> JSONError { JSONError(offset: position, problem: problem) }

    private mutating func open(_ bracket: UInt8, _ what: String) throws(JSONError) {
        skipWhitespace()
        guard take(bracket) else { throw fail("expected \(what)") }
        depth += 1
        if depth > Self.maximumDepth { throw fail("nested deeper than \(Self.maximumDepth) levels") }
    }

    private mutating func skipWhitespace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func peek() -> UInt8? { position < text.count ? text[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= text.count else { return false }
        for offset in 0..<count where text[position + offset] != word.utf8Start[offset] { return false }
        position += count
        return true
    }

    @discardableResult
    private mutating func skipNumber() throws(JSONError) -> Bool {
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try skipDigits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try skipDigits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try skipDigits()
        }
        return isInteger
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = position
        while let byte = peek(), byte >= 0x30, byte <= 0x39 { position += 1 }
        if position == start { throw fail("a digit is missing in a number") }
    }

    /// Moves past a string and checks it; returns whether it has escapes.
    @discardableResult
    private mutating func skipString() throws(JSONError) -> Bool {
        guard take(UInt8(ascii: "\"")) else { throw fail("expected a string") }
        var escaped = false
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return escaped
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
                try skipEscape()
            } else if byte < 0x20 {
                throw fail("a control character stands unescaped in a string")
            } else if byte < 0x80 {
                skipPlainRun()
            } else {
                try skipMultibyte()
            }
        }
        throw fail("a string does not end")
    }

    /// Moves past plain ASCII, eight bytes at a time: no quote, backslash, control character or high bit in any of them.
    private mutating func skipPlainRun() {
        let base = UnsafeRawPointer(text.baseAddress!)
        while position + 8 <= text.count {
            let word = base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let ones: UInt64 = 0x0101_0101_0101_0101
            let highs: UInt64 = 0x8080_8080_8080_8080
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let special =
                (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word
            if special & highs != 0 { break }
            position += 8
        }
        while position < text.count {
            let byte = text[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { return }
            position += 1
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        guard let byte = peek() else { throw fail("a string does not end") }
        switch byte {
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            if unit >= 0xDC00 && unit < 0xE000 { throw fail("an unpaired surrogate in a string") }
            if unit >= 0xD800 && unit < 0xDC00 {
                guard take("\\u") else { throw fail("an unpaired surrogate in a string") }
                let low = try hexUnit()
                guard low >= 0xDC00 && low < 0xE000 else { throw fail("an unpaired surrogate in a string") }
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw fail("an unknown escape in a string")
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        guard position + 4 <= text.count else { throw fail("a string does not end") }
        guard let unit = JSONEscapes.hexUnit(text, at: position) else {
            throw fail("four hexadecimal digits are missing")
        }
        position += 4
        return unit
    }

    /// Checks one multi-byte sequence against Unicode's table 3-7 of well-formed UTF-8.
    private mutating func skipMultibyte() throws(JSONError) {
        let lead = text[position]
        let (length, low, high): (Int, UInt8, UInt8)
        switch lead {
        case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
        case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, low, high) = (3, 0x80, 0xBF)
        case 0xED: (length, low, high) = (3, 0x80, 0x9F)
        case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
        case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
        case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
        default: throw fail("invalid UTF-8")
        }
        guard position + length <= text.count, text[position + 1] >= low, text[position + 1] <= high else {
            throw fail("invalid UTF-8")
        }
        for offset in 2..<max(2, length) where text[position + offset] & 0xC0 != 0x80 { throw fail("invalid UTF-8") }
        position += length
    }

}

extension JSONValue {
    /// Parses one JSON value.
    ///
    /// - Throws: `JSONError` with the byte offset.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            var reader = JSONReader(buffer)
            let value = try reader.readValue()
            try reader.expectEnd()
            return value
        }
    }

    /// Parses one JSON value from text.
    public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }
}
