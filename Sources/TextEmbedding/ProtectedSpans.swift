/// Finds what a normaliser must leave alone: code, quoted strings and numbers.
struct ProtectedSpans {
    private let text: UnsafeBufferPointer<UInt8>
    /// The longest quoted string; a quotation mark without a partner near it is an inch mark or a mistake.
    private static let longestQuote = 4096

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The end of the protected span that starts at `position`, if one does.
    func end(from position: Int) -> Int? {
        switch text[position] {
        case UInt8(ascii: "`"): return endOfCode(position)
        case UInt8(ascii: "\""): return endOfQuote(position, closing: [UInt8(ascii: "\"")])
        case UInt8(ascii: "'"): return endOfSingleQuote(position)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return endOfNumber(position)
        case 0..<0xC2: return nil
        default: return endOfWide(position)
        }
    }

    /// A fence of three or more backticks closes with as many, or with the text; inline code with one of its length.
    private func endOfCode(_ start: Int) -> Int? {
        let ticks = run(of: UInt8(ascii: "`"), from: start)
        var position = start + ticks
        while position < text.count {
            if text[position] == UInt8(ascii: "`") {
                let found = run(of: UInt8(ascii: "`"), from: position)
                if found == ticks || (ticks >= 3 && found > ticks) { return position + found }
                position += found
            } else {
                position += 1
            }
        }
        return ticks >= 3 ? text.count : nil
    }

    private func run(of byte: UInt8, from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] == byte { end += 1 }
        return end - start
    }

    private func endOfQuote(_ start: Int, closing: [UInt8]) -> Int? {
        let last = min(text.count, start + Self.longestQuote)
        var position = start + 1
        while position + closing.count <= last {
            if closing.indices.allSatisfy({ text[position + $0] == closing[$0] }) { return position + closing.count }
            position += 1
        }
        return nil
    }

    /// 'text' with space or an opening sign before it and no letter after it, on one line: not an apostrophe.
    private func endOfSingleQuote(_ start: Int) -> Int? {
        guard start == 0 || !isWordByte(text[start - 1]) else { return nil }
        var position = start + 1
        while position < text.count, position - start < Self.longestQuote, text[position] != UInt8(ascii: "\n") {
            if text[position] == UInt8(ascii: "'"), position > start + 1,
                position + 1 == text.count || !isWordByte(text[position + 1])
            {
                return position + 1
            }
            position += 1
        }
        return nil
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (byte | 32) &- 97 < 26 || byte &- 48 < 10
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    /// A number and the letters on it: `10.5`, `10:30`, `5MB`, `2FA`. Digits within a word are no number.
    private func endOfNumber(_ start: Int) -> Int? {
        if start > 0, isWordByte(text[start - 1]) { return nil }
        var end = start + 1
        while end < text.count {
            if isWordByte(text[end]), text[end] < 0x80 {
                end += 1
            } else if [UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ":")].contains(text[end]),
                isDigit(text[end - 1]), end + 1 < text.count, isDigit(text[end + 1])
            {
                end += 2
            } else {
                return end
            }
        }
        return end
    }

    /// Typographic quotes, and digits beyond ASCII (superscripts, fractions, full-width), which NFKC would change.
    private func endOfWide(_ start: Int) -> Int? {
        let (code, next) = FoldedText.decode(text, start)
        switch code {
        case 0x201C: return endOfQuote(start, closing: Array("”".utf8))
        case 0x201E: return endOfQuote(start, closing: Array("“".utf8))
        case 0xAB: return endOfQuote(start, closing: Array("»".utf8))
        case 0x300C: return endOfQuote(start, closing: Array("」".utf8))
        default: return FoldTable.shared.kind(code) == FoldTable.Class.digit ? next : nil
        }
    }
}
