extension TextScanner {
    /// Whether a non-ASCII scalar ends a chunk of letters.
    static func breaksChunk(_ scalar: UInt32) -> Bool {
        UTF8Folding.isIdeographic(scalar) || UTF8Folding.isHangul(scalar)
            || !UTF8Folding.isLetter(scalar) && !UTF8Folding.isMark(scalar)
    }

    /// Text that starts with a byte beyond ASCII: an ideograph, a word of another script, typographic punctuation.
    mutating func scanHigh() {
        let (scalar, length) = UTF8Folding.decode(bytes, position)
        if UTF8Folding.isIdeographic(scalar) { return ideographs() }
        if (0xFF10...0xFF19).contains(scalar) { return fullWidthDigits() }
        if !UTF8Folding.isLetter(scalar) { return sign(scalar, max(1, length)) }
        if UTF8Folding.isHangul(scalar) { return hangul() }
        scanChunk()
    }

    /// A run of Han or Kana: one token a character, and what the lexicon knows of characters and pairs.
    private mutating func ideographs() {
        var previous = -1
        while position < bytes.count {
            let (scalar, length) = UTF8Folding.decode(bytes, position)
            guard bytes[position] >= 0x80, UTF8Folding.isIdeographic(scalar) else { return }
            append(position, position + length, [.cjk])
            let last = analysis.tokens.count - 1
            analysis.cjkCount += 1
            position += length
            if scalar == 0x30FC { continue }
            if previous >= 0 { notePair(previous, last) }
            hanFigure(scalar, last)
            previous = last
        }
    }

    /// Two characters that stand for one word of the lexicon share its polarity.
    private mutating func notePair(_ first: Int, _ second: Int) {
        let start = Int(analysis.tokens[first].start)
        let end = Int(analysis.tokens[second].start) + Int(analysis.tokens[second].length)
        let hash = analysis.folded.withUnsafeBufferPointer {
            WordHash.of(UnsafeBufferPointer(rebasing: $0[start..<end]))
        }
        guard let polarity = lexicon.polarities[hash] else { return }
        analysis.tokens[first].polarity = polarity
        analysis.tokens[second].polarity = polarity
    }

    private mutating func hanFigure(_ scalar: UInt32, _ token: Int) {
        let value: Double
        switch scalar {
        case 0x4E8C, 0x4E24: value = 2
        case 0x4E09: value = 3
        case 0x56DB: value = 4
        case 0x4E94: value = 5
        case 0x516D: value = 6
        case 0x4E03: value = 7
        case 0x516B: value = 8
        case 0x4E5D: value = 9
        default: return
        }
        analysis.quantities.append(
            Quantity(value: value, written: value, unit: .none, kind: .cardinal, isStrong: false, token: Int32(token)))
    }

    private mutating func fullWidthDigits() {
        let from = position
        var value = 0.0
        while position < bytes.count {
            let (scalar, length) = UTF8Folding.decode(bytes, position)
            guard (0xFF10...0xFF19).contains(scalar) else { break }
            value = value * 10 + Double(scalar - 0xFF10)
            position += length
        }
        append(from, position, [.number, .known])
        let last = analysis.tokens.count - 1
        analysis.tokens[last].hash = Self.figureHash(value, .cardinal)
        analysis.tokens[last].stem = analysis.tokens[last].hash
        analysis.quantities.append(
            Quantity(
                value: value, written: value, unit: pendingUnit, kind: .cardinal, isStrong: true, token: Int32(last)))
        pendingUnit = .none
    }

    /// A Korean word: its first syllables are its stem, its particles are not.
    private mutating func hangul() {
        let from = position
        while position < bytes.count, bytes[position] >= 0x80 {
            let (scalar, length) = UTF8Folding.decode(bytes, position)
            guard UTF8Folding.isHangul(scalar) else { break }
            position += length
            analysis.cjkCount += 1
        }
        append(from, position, [])
        let last = analysis.tokens.count - 1
        let stemEnd = min(position, from + 6)
        analysis.tokens[last].stem = WordHash.of(UnsafeBufferPointer(rebasing: bytes[from..<stemEnd]))
    }

    /// Typographic quotation marks, currency signs, ideographic punctuation; everything else is skipped.
    private mutating func sign(_ scalar: UInt32, _ length: Int) {
        switch scalar {
        case 0x201C, 0x201D, 0x201E, 0x201F, 0x300C, 0x300D, 0x300E, 0x300F, 0xAB, 0xBB, 0xFF02:
            toggleQuote(closer: UInt8(ascii: "\""))
        case 0x2018, 0x201A: if quoteStart < 0 { toggleQuote(closer: UInt8(ascii: "'")) }
        case 0x2019: typographicApostrophe()
        case 0x20AC: pendingUnit = .euro
        case 0xA3: pendingUnit = .sterling
        case 0xA5, 0xFFE5: pendingUnit = .yen
        case 0x20B9: pendingUnit = .rupee
        case 0x3002, 0xFF01, 0xFF1F, 0xBF, 0xA1:
            atSentenceStart = true
            if let last = analysis.tokens.indices.last {
                analysis.tokens[last].traits.insert([.sentenceEnd, .clauseEnd])
            }
        case 0xFF0C, 0x3001:
            if let last = analysis.tokens.indices.last { analysis.tokens[last].traits.insert(.clauseEnd) }
        case 0xBC: fraction(0.25, length)
        case 0xBD: fraction(0.5, length)
        case 0xBE: fraction(0.75, length)
        case 0xB2, 0xB3, 0xB9, 0xD7, 0xF7, 0x2212, 0x2260, 0x2264, 0x2265, 0x221A, 0x2211, 0x222B:
            analysis.operators.append(UInt8(truncatingIfNeeded: scalar) | 0x80)
        default: break
        }
        position += length
        // Signs after a figure: "5€", "30°".
        if scalar == 0x20AC || scalar == 0xA3 || scalar == 0x20B9, let last = analysis.quantities.indices.last,
            Int(analysis.quantities[last].token) == analysis.tokens.count - 1, analysis.quantities[last].unit == .none
        {
            analysis.quantities[last].unit = pendingUnit
            pendingUnit = .none
        }
    }

    /// ’ closes a quotation or stands for ': "don’t" arrives here as "don", "’", "t".
    private mutating func typographicApostrophe() {
        if quoteStart >= 0, quoteCloser == UInt8(ascii: "'") {
            return closeQuote(at: Int32(analysis.tokens.count), keep: true)
        }
        let next = position + 3
        guard next < bytes.count, ByteClass.of(bytes[next]) == .letter, let last = analysis.tokens.indices.last else {
            return
        }
        var end = next
        while end < bytes.count, ByteClass.of(bytes[end]) == .letter { end += 1 }
        let token = analysis.tokens[last]
        let closing = analysis.folded[Int(token.start) + Int(token.length) - 1]
        let isNegation = end - next == 1 && bytes[next] | 0x20 == UInt8(ascii: "t") && closing == UInt8(ascii: "n")
        if isNegation {
            if token.length > 3 { shorten(last) }
            append(literal: "not")
        } else if end - next == 1, bytes[next] | 0x20 == UInt8(ascii: "m") {
            append(literal: "am")
        } else if end - next == 2, bytes[next] | 0x20 == UInt8(ascii: "r") {
            append(literal: "are")
        } else if end - next == 1 {
            markPossessor(bytes[next])
        }
        // 's, 'd and 'll say nothing that other words do not.
        position = end - 3
    }

    /// Drops the n of "isn"; "won" becomes "will".
    private mutating func shorten(_ last: Int) {
        var token = analysis.tokens.removeLast()
        analysis.folded.removeLast(analysis.folded.count - Int(token.start) - Int(token.length) + 1)
        let from = Int(token.start)
        token = Token(
            hash: 0, stem: 0, start: 0, length: 0, traits: token.traits.intersection([.sentenceStart, .capital]))
        atSentenceStart = token.traits.contains(.sentenceStart)
        finishToken(from, token.traits)
    }

    // MARK: Language

    private static let languageWords: [(words: String, language: Int)] = [
        (
            """
            the what how is are does do can why which who where when to of my your i it this that for with and a an in
            on at by from was were be been have has had they there we he she me about than then into over after before
            not or if so will would should could did you as all any some get
            """, 0
        ),
        (
            """
            der die das ist sind wie was ich mein meine nicht und ein eine einen einem einer wo wer warum kann welche zu
            den dem des fur mit auf im am bei von nach aus es hat habe wird zum zur als darf muss soll wir du er sich
            man auch noch oder wenn dass uber
            """, 1
        ),
        (
            """
            le la les l est sont comment que quoi je mon ma pas et un une ou qui pourquoi peut quel quelle quels de des du d
            pour avec par sur au aux dans en ce cette il elle nous vous ne puis mes son sa ses combien plus faut
            """, 2
        ),
        (
            """
            el la los las es son como que yo mi no y un una donde quien por puede cual cuales de del para con se en al su
            mis hay tengo esta estan cuanto cuando lo le debo sin mas
            """, 3
        ),
        (
            """
            il lo la gli le e sono come che mio mia non un una dove chi perche puo quale di del della per con si in al
            nel alla dei delle da ho posso quanto quando devo ma piu mi anche
            """, 4
        ),
        (
            """
            o a os as e sao como que eu meu minha nao um uma onde quem por pode qual de do da para com se em no na ao dos
            das tenho posso quanto quando esta estao mas mais nos
            """, 5
        ),
    ]

    private static let languageTable: WordMap<[Int]> = {
        var table: WordMap<[Int]> = [:]
        for (words, language) in languageWords {
            for word in words.split(whereSeparator: \.isWhitespace) {
                table[WordHash.of(word), default: []].append(language)
            }
        }
        return table
    }()

    @inline(__always)
    mutating func countLanguage(_ hash: UInt64) {
        guard let languages = Self.languageTable[hash] else { return }
        for language in languages {
            languageHits[language] += 1
        }
    }

    /// The script decides; among Latin scripts, the function words do, where they are clear.
    func detectLanguage() -> Language {
        if analysis.cjkCount * 2 >= analysis.tokens.count, analysis.cjkCount > 0 { return ideographicLanguage() }
        var (best, second) = (0, -1)
        for language in 1..<6 where languageHits[language] > languageHits[best] { best = language }
        for language in 0..<6 where language != best { second = max(second, Int(languageHits[language])) }
        let hits = Int(languageHits[best])
        if hits == 0 || hits == second { return .unknown }
        if best > 0, hits < Int(languageHits[0]) + 2 { return .unknown }
        return Self.languages[best]
    }

    private static let languages: [Language] = [.english, .german, .french, .spanish, .italian, .portuguese]

    private func ideographicLanguage() -> Language {
        for token in analysis.tokens {
            let start = Int(token.start)
            guard token.length >= 3, analysis.folded[start] >= 0xE3 else { continue }
            if analysis.folded[start] == 0xE3, analysis.folded[start + 1] >= 0x81, analysis.folded[start + 1] <= 0x83 {
                return .japanese
            }
            if analysis.folded[start] >= 0xEA, analysis.folded[start] <= 0xED, token.traits.isDisjoint(with: .cjk) {
                return .korean
            }
        }
        return .chinese
    }
}
