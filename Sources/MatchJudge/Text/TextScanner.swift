/// Cuts a text into tokens. Lives for one pass; writes into a `TextAnalysis`.
struct TextScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let analysis: TextAnalysis
    let lexicon: Lexicon
    var position = 0
    /// Whether the next token begins a sentence.
    var atSentenceStart = true
    /// Whether the next token stands in code.
    var inCode = false
    /// The token at which an open quotation began, or -1.
    var quoteStart: Int32 = -1
    /// The byte that closes the open quotation; 0 for none.
    var quoteCloser: UInt8 = 0
    /// A currency sign just read.
    var pendingUnit = Unit.none
    /// Function words seen, by language: English, German, French, Spanish, Italian, Portuguese.
    var languageHits = SIMD8<Int32>()

    init(bytes: UnsafeBufferPointer<UInt8>, analysis: TextAnalysis, lexicon: Lexicon) {
        self.bytes = bytes
        self.analysis = analysis
        self.lexicon = lexicon
    }

    mutating func scan() {
        if !inCode { countSigns() }
        while position < bytes.count {
            let byte = bytes[position]
            switch ByteClass.of(byte) {
            case .space:
                if byte == UInt8(ascii: "\n") { atSentenceStart = true }
                position += 1
            case .letter, .digit: scanChunk()
            case .high: scanHigh()
            case .punctuation: scanPunctuation(byte)
            }
        }
        closeQuote(at: Int32(analysis.tokens.count), keep: false)
        finish()
    }

    /// Counts the signs that code is made of.
    private func countSigns() {
        for byte in bytes where ByteClass.of(byte) == .punctuation {
            guard let place = Self.signPlace(byte) else { continue }
            analysis.signs[place] &+= 1
        }
    }

    private static func signPlace(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "#"): 0
        case UInt8(ascii: "$"): 1
        case UInt8(ascii: "%"): 2
        case UInt8(ascii: "&"): 3
        case UInt8(ascii: "*"): 4
        case UInt8(ascii: "+"): 5
        case UInt8(ascii: "<"): 6
        case UInt8(ascii: "="): 7
        case UInt8(ascii: ">"): 8
        case UInt8(ascii: "@"): 9
        case UInt8(ascii: "["): 10
        case UInt8(ascii: "\\"): 11
        case UInt8(ascii: "]"): 12
        case UInt8(ascii: "^"): 13
        case UInt8(ascii: "_"): 14
        case UInt8(ascii: "{"): 15
        case UInt8(ascii: "|"): 16
        case UInt8(ascii: "}"): 17
        case UInt8(ascii: "~"): 18
        default: nil
        }
    }

    private mutating func finish() {
        var total = 0
        for word in analysis.trigrams { total += word.nonzeroBitCount }
        analysis.trigramCount = total
        analysis.language = detectLanguage()
    }

    // MARK: Punctuation

    private mutating func scanPunctuation(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "`"): scanBackticks()
        case UInt8(ascii: "\""):
            toggleQuote(closer: byte)
            position += 1
        case UInt8(ascii: "'"):
            scanApostrophe()
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: ";"), UInt8(ascii: ":"),
            UInt8(ascii: ","):
            if byte == UInt8(ascii: "."), position + 1 < bytes.count, ByteClass.of(bytes[position + 1]) == .digit {
                return scanChunk()
            }
            markBoundary(byte)
            position += 1
        case UInt8(ascii: "$"):
            pendingUnit = .dollar
            position += 1
        case UInt8(ascii: "/"), UInt8(ascii: "~"), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "@"),
            UInt8(ascii: "-"):
            if position + 1 < bytes.count,
                ByteClass.of(bytes[position + 1]) == .letter
                    || byte == UInt8(ascii: "~") && bytes[position + 1] == UInt8(ascii: "/"), isAtChunkStart()
            {
                scanChunk()
            } else {
                scanOperator(byte)
            }
        default: scanOperator(byte)
        }
    }

    private func isAtChunkStart() -> Bool { position == 0 || ByteClass.of(bytes[position - 1]) == .space }

    /// Marks the last token as the end of a sentence or clause.
    private mutating func markBoundary(_ byte: UInt8) {
        let ends = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
        if ends { atSentenceStart = true }
        if byte == UInt8(ascii: ":") { atSentenceStart = true }
        guard let last = analysis.tokens.indices.last else { return }
        analysis.tokens[last].traits.insert(ends ? [.sentenceEnd, .clauseEnd] : .clauseEnd)
    }

    /// Notes an operator, if it stands beside a figure, a single letter or a bracket.
    mutating func scanOperator(_ byte: UInt8) {
        defer { position += 1 }
        guard ByteClass.isOperator(byte) else { return }
        if inCode { return }
        let isDouble = byte == UInt8(ascii: "=") && position > 0 && Self.pairsWithEquals(bytes[position - 1])
        if !isDouble && !(hasOperand(before: position) && hasOperand(after: position)) { return }
        analysis.operators.append(byte)
    }

    /// "==", "!=", "<=", ">=", "+=".
    private static func pairsWithEquals(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "=") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
            || byte == UInt8(ascii: "+")
    }

    private func hasOperand(before end: Int) -> Bool {
        var index = end - 1
        while index >= 0, bytes[index] == UInt8(ascii: " ") { index -= 1 }
        guard index >= 0 else { return false }
        if bytes[index] == UInt8(ascii: ")") || ByteClass.of(bytes[index]) == .digit { return true }
        return ByteClass.of(bytes[index]) == .letter && (index == 0 || ByteClass.of(bytes[index - 1]) != .letter)
    }

    private func hasOperand(after start: Int) -> Bool {
        var index = start + 1
        while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
        guard index < bytes.count else { return false }
        if bytes[index] == UInt8(ascii: "(") || ByteClass.of(bytes[index]) == .digit { return true }
        return ByteClass.of(bytes[index]) == .letter
            && (index + 1 == bytes.count || ByteClass.of(bytes[index + 1]) != .letter)
    }

    // MARK: Quotes and code

    mutating func toggleQuote(closer: UInt8) {
        let here = Int32(analysis.tokens.count)
        if quoteStart >= 0 {
            closeQuote(at: here, keep: true)
        } else {
            quoteStart = here
            quoteCloser = closer
        }
    }

    mutating func closeQuote(at end: Int32, keep: Bool) {
        if keep, quoteStart >= 0, end > quoteStart {
            analysis.quotes.append(quoteStart..<end)
            for token in quoteStart..<end { analysis.tokens[Int(token)].traits.insert(.quoted) }
        }
        quoteStart = -1
        quoteCloser = 0
    }

    /// A quotation mark, where it cannot be an apostrophe: opening after a space, closing before none of a word.
    private mutating func scanApostrophe() {
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0x20
        if next == UInt8(ascii: "'") {
            toggleQuote(closer: UInt8(ascii: "\""))
            position += 2
            return
        }
        if quoteStart >= 0, quoteCloser == UInt8(ascii: "'"), ByteClass.of(next) != .letter {
            closeQuote(at: Int32(analysis.tokens.count), keep: true)
        } else if quoteStart < 0, isAtChunkStart(), ByteClass.of(next) == .letter || ByteClass.of(next) == .digit {
            quoteStart = Int32(analysis.tokens.count)
            quoteCloser = UInt8(ascii: "'")
        }
        position += 1
    }

    /// A code span, a fence, or the double backtick that opens a quotation in typewriter style.
    private mutating func scanBackticks() {
        var count = 0
        while position + count < bytes.count, bytes[position + count] == UInt8(ascii: "`") { count += 1 }
        let start = position + count
        if count == 2 { toggleQuote(closer: UInt8(ascii: "\"")) }
        guard count != 2, let end = closing(count, from: start) else {
            position = start
            return
        }
        noteCode(start, end)
        // The words inside count as words too.
        var inner = TextScanner(
            bytes: UnsafeBufferPointer(rebasing: bytes[start..<end]), analysis: analysis, lexicon: lexicon)
        inner.inCode = true
        inner.scan()
        position = end + count
    }

    private func closing(_ count: Int, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "`") else {
                index += 1
                continue
            }
            var run = 0
            while index + run < bytes.count, bytes[index + run] == UInt8(ascii: "`") { run += 1 }
            if run == count { return index }
            index += run
        }
        return nil
    }

    /// The hash of code with its white space collapsed.
    private mutating func noteCode(_ start: Int, _ end: Int) {
        var hash = WordHash()
        var wasSpace = true
        for index in start..<end {
            let isSpace = ByteClass.of(bytes[index]) == .space
            if !isSpace {
                if wasSpace { hash.add(UInt8(ascii: " ")) }
                hash.add(bytes[index])
            }
            wasSpace = isSpace
        }
        analysis.codes.append(hash.value)
    }
}

/// What kind of byte starts a token.
enum ByteClass: UInt8 {
    case space, letter, digit, punctuation, high

    @inline(__always)
    static func of(_ byte: UInt8) -> ByteClass {
        if byte >= 0x80 { return .high }
        let folded = byte | 0x20
        if folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z") { return .letter }
        if byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") { return .digit }
        return byte <= 0x20 || byte == 0x7F ? .space : .punctuation
    }

    /// Whether the byte is an operator of formulas.
    @inline(__always)
    static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
