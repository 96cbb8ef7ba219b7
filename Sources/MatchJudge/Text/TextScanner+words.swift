extension TextScanner {
    /// What bytes a chunk holds.
    struct Content: OptionSet {
        let rawValue: UInt16
        static let letter = Content(rawValue: 1)
        static let digit = Content(rawValue: 2)
        static let dot = Content(rawValue: 4)
        static let slash = Content(rawValue: 8)
        static let at = Content(rawValue: 16)
        static let underscore = Content(rawValue: 32)
        static let hyphen = Content(rawValue: 64)
        static let apostrophe = Content(rawValue: 128)
        static let colon = Content(rawValue: 256)
        static let other = Content(rawValue: 512)
        static let high = Content(rawValue: 1024)
    }

    /// Reads the text up to the next space, quotation mark or ideograph, and decides what it is.
    mutating func scanChunk() {
        let start = position
        var end = start
        while end < bytes.count {
            let byte = bytes[end]
            if ByteClass.of(byte) == .space || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") { break }
            if byte < 0x80 {
                end += 1
                continue
            }
            let (scalar, length) = UTF8Folding.decode(bytes, end)
            if Self.breaksChunk(scalar) { break }
            end += max(1, length)
        }
        var last = end
        while last > start + 1, isTrailing(bytes[last - 1], last - 1, start) { last -= 1 }
        var content: Content = []
        for index in start..<last { content.formUnion(Self.content(of: bytes[index])) }
        dispatch(start, last, content)
        position = last
    }

    /// Punctuation that closes a chunk without belonging to it.
    private func isTrailing(_ byte: UInt8, _ index: Int, _ start: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"),
            UInt8(ascii: "?"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"),
            UInt8(ascii: "'"), UInt8(ascii: "-"), UInt8(ascii: "="), UInt8(ascii: "("):
            return true
        default: return false
        }
    }

    @inline(__always)
    static func content(of byte: UInt8) -> Content {
        switch ByteClass.of(byte) {
        case .letter: return .letter
        case .digit: return .digit
        case .high: return .high
        default: break
        }
        switch byte {
        case UInt8(ascii: "."): return .dot
        case UInt8(ascii: "/"), UInt8(ascii: "\\"): return .slash
        case UInt8(ascii: "@"): return .at
        case UInt8(ascii: "_"): return .underscore
        case UInt8(ascii: "-"): return .hyphen
        case UInt8(ascii: "'"): return .apostrophe
        case UInt8(ascii: ":"): return .colon
        default: return .other
        }
    }

    private mutating func dispatch(_ start: Int, _ end: Int, _ content: Content) {
        if content.isSubset(of: [.letter, .high]) { return word(start, end) }
        if content.contains(.at), content.contains(.dot), content.contains(.letter) { return identifier(start, end) }
        if isAddress(start, end, content) { return identifier(start, end) }
        if content.contains(.digit) { return numeric(start, end, content) }
        if content.contains(.underscore) { return identifier(start, end) }
        if content.contains(.slash), isPath(start, end, content) { return identifier(start, end) }
        if content.isSubset(of: [.letter, .dot, .high]) { return dotted(start, end) }
        if content.isSubset(of: [.letter, .apostrophe, .high]) { return contraction(start, end) }
        if end - start <= 12, isSharpName(start, end) { return sharpName(start, end) }
        split(start, end)
    }

    /// "https://…", "www.…".
    private func isAddress(_ start: Int, _ end: Int, _ content: Content) -> Bool {
        if content.contains(.slash), content.contains(.colon) {
            for index in start..<max(start, end - 2)
            where bytes[index] == UInt8(ascii: ":") && bytes[index + 1] == UInt8(ascii: "/")
                && bytes[index + 2] == UInt8(ascii: "/")
            {
                return true
            }
        }
        return content.contains(.dot) && end - start > 6 && bytes[start] | 0x20 == UInt8(ascii: "w")
            && bytes[start + 1] | 0x20 == UInt8(ascii: "w") && bytes[start + 2] | 0x20 == UInt8(ascii: "w")
            && bytes[start + 3] == UInt8(ascii: ".")
    }

    /// "/etc/hosts", "~/notes", "src/main.c", "C:\\Temp"; not "and/or".
    private func isPath(_ start: Int, _ end: Int, _ content: Content) -> Bool {
        let first = bytes[start]
        if first == UInt8(ascii: "/") || first == UInt8(ascii: "~") || first == UInt8(ascii: ".") { return true }
        var slashes = 0
        for index in start..<end where bytes[index] == UInt8(ascii: "/") || bytes[index] == UInt8(ascii: "\\") {
            if bytes[index] == UInt8(ascii: "\\") { return true }
            slashes += 1
        }
        return slashes >= 1 && content.contains(.dot)
    }

    /// "C++", "C#", "A+": a letter or short word with signs that belong to its name.
    private func isSharpName(_ start: Int, _ end: Int) -> Bool {
        guard end > start + 1, ByteClass.of(bytes[start]) == .letter else { return false }
        var index = start
        while index < end, ByteClass.of(bytes[index]) == .letter { index += 1 }
        guard index < end, index - start <= 3 else { return false }
        while index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "#") { index += 1 }
        return index == end
    }

    private mutating func sharpName(_ start: Int, _ end: Int) {
        let isVariable =
            ByteClass.of(bytes[start]) == .letter && bytes[end - 1] == UInt8(ascii: "+") && end - start == 2
        if isVariable { return split(start, end) }
        identifier(start, end)
    }

    /// A token whose very bytes matter; case folded, a trailing slash dropped.
    mutating func identifier(_ start: Int, _ end: Int) {
        var last = end
        if last - start > 1, bytes[last - 1] == UInt8(ascii: "/") { last -= 1 }
        append(start, last, [.identifier])
        analysis.identifiers.append((analysis.tokens[analysis.tokens.count - 1].hash, Int32(analysis.tokens.count - 1)))
    }

    /// "U.S." and "e.g." are one word, "end.Next" two, "example.com" an identifier.
    private mutating func dotted(_ start: Int, _ end: Int) {
        var segment = start
        var longest = 0
        for index in start...end where index == end || bytes[index] == UInt8(ascii: ".") {
            longest = max(longest, index - segment)
            segment = index + 1
        }
        if longest <= 1 { return append(start, end, [], skipping: UInt8(ascii: ".")) }
        var previous = start
        var isSentence = false
        for index in start..<end - 1 where bytes[index] == UInt8(ascii: ".") {
            let next = bytes[index + 1]
            if next >= UInt8(ascii: "A") && next <= UInt8(ascii: "Z") || index - previous > 12 { isSentence = true }
            previous = index + 1
        }
        if isSentence || bytes[start] == UInt8(ascii: ".") || hasEmptySegment(start, end) { return split(start, end) }
        identifier(start, end)
    }

    private func hasEmptySegment(_ start: Int, _ end: Int) -> Bool {
        for index in start..<end - 1 where bytes[index] == UInt8(ascii: ".") && bytes[index + 1] == UInt8(ascii: ".") {
            return true
        }
        return false
    }

    /// "don't" → do not, "what's" → what, "I'm" → i am, "rock'n'roll" as it is.
    mutating func contraction(_ start: Int, _ end: Int) {
        var mark = end - 1
        while mark > start, bytes[mark] != UInt8(ascii: "'") { mark -= 1 }
        let tail = end - mark - 1
        if tail == 1, mark > start, bytes[mark + 1] | 0x20 == UInt8(ascii: "t"),
            bytes[mark - 1] | 0x20 == UInt8(ascii: "n")
        {
            negatedAuxiliary(start, mark)
            return
        }
        if mark == start { return word(start + 1, end) }
        word(start, mark)
        if tail == 2 {
            switch bytes[mark + 1] | 0x20 {
            case UInt8(ascii: "r"): append(literal: "are")
            case UInt8(ascii: "v"): append(literal: "have")
            case UInt8(ascii: "l"): append(literal: "will")
            default: word(mark + 1, end)
            }
        } else if tail == 1, bytes[mark + 1] | 0x20 == UInt8(ascii: "m") {
            append(literal: "am")
        } else if tail > 2 {
            word(mark + 1, end)
        } else {
            markPossessor(tail == 1 ? bytes[mark + 1] : bytes[mark - 1])
        }
    }

    /// "Anna's", "the users'"; "what's" is one as well, as far as anybody can tell here.
    mutating func markPossessor(_ letter: UInt8) {
        guard letter | 0x20 == UInt8(ascii: "s"), let last = analysis.tokens.indices.last else { return }
        analysis.tokens[last].traits.insert(.possessor)
    }

    /// "can't" → can not, "won't" → will not, "isn't" → is not.
    private mutating func negatedAuxiliary(_ start: Int, _ mark: Int) {
        let length = mark - start - 1
        if length == 2, bytes[start] | 0x20 == UInt8(ascii: "w") {
            append(literal: "will")
        } else if length == 2, bytes[start] | 0x20 == UInt8(ascii: "c") {
            append(start, mark, [])
        } else if length > 0 {
            append(start, mark - 1, [])
        }
        append(literal: "not")
    }

    /// Splits at everything that is neither letter nor digit, noting operators between.
    mutating func split(_ start: Int, _ end: Int) {
        var index = start
        while index < end {
            let kind = ByteClass.of(bytes[index])
            if kind == .punctuation {
                if bytes[index] == UInt8(ascii: "."), index + 1 < end { atSentenceStart = true }
                let saved = position
                position = index
                scanOperator(bytes[index])
                position = saved
                index += 1
                continue
            }
            let from = index
            var content: Content = []
            while index < end,
                ByteClass.of(bytes[index]) != .punctuation || isInsideNumber(index, end)
                    || bytes[index] == UInt8(ascii: "'")
            {
                content.formUnion(Self.content(of: bytes[index]))
                index += 1
            }
            if content.contains(.digit) {
                number(from, index)
            } else if content.contains(.apostrophe) {
                contraction(from, index)
            } else {
                word(from, index)
            }
        }
    }

    /// A dot or comma between digits.
    private func isInsideNumber(_ index: Int, _ end: Int) -> Bool {
        (bytes[index] == UInt8(ascii: ".") || bytes[index] == UInt8(ascii: ",")) && index > 0 && index + 1 < end
            && ByteClass.of(bytes[index - 1]) == .digit && ByteClass.of(bytes[index + 1]) == .digit
    }
}
