extension TextScanner {
    /// A word of letters: looked up, expanded if it is a short form, its number noted if it is one.
    mutating func word(_ start: Int, _ end: Int) {
        if end <= start { return }
        append(start, end, [])
        let last = analysis.tokens.count - 1
        noteSpacedUnit(last)
        if noteTimeWord(last) { return }
        guard let entry = lexicon[analysis.tokens[last].hash] else { return romanNumeral(last, start, end) }
        if entry.expansion > 0, !inCode { return expand(entry.expansion - 1, last) }
        noteFigure(entry, last)
    }

    private mutating func expand(_ index: Int, _ last: Int) {
        let token = analysis.tokens.removeLast()
        analysis.folded.removeLast(analysis.folded.count - Int(token.start))
        for (place, word) in lexicon.expansions[index].enumerated() {
            word.withUnsafeBufferPointer { append(folded: $0) }
            if place == 0 {
                let kept: Token.Traits = [.sentenceStart, .capital]
                analysis.tokens[last].traits.formUnion(token.traits.intersection(kept))
            }
        }
    }

    /// "II", "IV", "XIV" in capitals count as figures.
    private mutating func romanNumeral(_ token: Int, _ start: Int, _ end: Int) {
        guard end - start >= 2, end - start <= 5, analysis.tokens[token].traits.contains(.allCapitals) else { return }
        var total = 0
        var previous = 0
        for index in stride(from: end - 1, through: start, by: -1) {
            let digit: Int
            switch bytes[index] {
            case UInt8(ascii: "I"): digit = 1
            case UInt8(ascii: "V"): digit = 5
            case UInt8(ascii: "X"): digit = 10
            default: return
            }
            total += digit < previous ? -digit : digit
            previous = max(previous, digit)
        }
        analysis.tokens[token].traits.insert(.number)
        analysis.tokens[token].hash = Self.figureHash(Double(total), .cardinal)
        analysis.tokens[token].stem = analysis.tokens[token].hash
        analysis.quantities.append(
            Quantity(
                value: Double(total), written: Double(total), unit: .none, kind: .cardinal, isStrong: true,
                token: Int32(token)))
    }

    /// Appends the token at `start..<end`, folded: lower case, marks dropped, full width narrowed.
    mutating func append(_ start: Int, _ end: Int, _ extra: Token.Traits, skipping: UInt8 = 0) {
        let from = analysis.folded.count
        var uppers = 0
        var lowers = 0
        var innerUpper = false
        var index = start
        while index < end {
            let byte = bytes[index]
            if byte == skipping && skipping != 0 {
                index += 1
                continue
            }
            if byte < 0x80 {
                let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                if isUpper {
                    uppers += 1
                    if index > start { innerUpper = true }
                } else if byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") {
                    lowers += 1
                }
                push(isUpper ? byte | 0x20 : byte)
                index += 1
            } else {
                let (scalar, length) = UTF8Folding.decode(bytes, index)
                if UTF8Folding.isUpper(scalar) { uppers += 1 } else { lowers += 1 }
                fold(scalar, index, length)
                index += max(1, length)
            }
        }
        var traits = extra
        if uppers > 0, lowers == 0 {
            traits.insert([.capital, .allCapitals])
        } else if uppers > 0, isUpper(start) {
            traits.insert(.capital)
        }
        if innerUpper, lowers > 0 { traits.insert(.mixedCase) }
        finishToken(from, traits)
    }

    private func isUpper(_ index: Int) -> Bool {
        if bytes[index] < 0x80 { return bytes[index] >= UInt8(ascii: "A") && bytes[index] <= UInt8(ascii: "Z") }
        return UTF8Folding.isUpper(UTF8Folding.decode(bytes, index).scalar)
    }

    private mutating func fold(_ scalar: UInt32, _ index: Int, _ length: Int) {
        if let plain = UTF8Folding.plain(scalar) {
            push(plain.bytes.0)
            if plain.bytes.1 != 0 { push(plain.bytes.1) }
        } else if UTF8Folding.isMark(scalar) {
            return
        } else {
            UTF8Folding.lower(scalar).forEachByte { push($0) }
        }
    }

    @inline(__always)
    private mutating func push(_ byte: UInt8) { analysis.folded.append(byte) }

    /// Appends a word given as folded bytes.
    mutating func append(folded word: UnsafeBufferPointer<UInt8>) {
        let from = analysis.folded.count
        analysis.folded.append(contentsOf: word)
        finishToken(from, [])
    }

    mutating func append(literal: StaticString) {
        append(folded: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Looks the folded bytes from `from` on up, and adds the token.
    mutating func finishToken(_ from: Int, _ extra: Token.Traits) {
        var traits = extra
        if atSentenceStart { traits.insert(.sentenceStart) }
        atSentenceStart = false
        if inCode { traits.insert(.code) }
        // A lone combining mark folds to nothing; a token never is nothing.
        if analysis.folded.count == from { analysis.folded.append(0x1A) }
        let count = analysis.folded.count - from
        let (hash, stem) = analysis.folded.withUnsafeBufferPointer { folded in
            let word = UnsafeBufferPointer(rebasing: folded[from...])
            return (WordHash.of(word), traits.contains(.identifier) ? WordHash.of(word) : Stemmer.stem(word))
        }
        addTrigrams(from)
        var token = Token(
            hash: hash, stem: lexicon.group(of: stem), start: UInt32(from), length: UInt16(min(count, 65_535)),
            traits: traits)
        if !traits.contains(.identifier) {
            if let entry = lexicon[hash] {
                token.traits.formUnion(Token.Traits(rawValue: entry.traits))
                token.role = entry.role
                // Upper-case "IT" and "US" are no pronouns.
                if traits.contains(.allCapitals), count == 2, entry.traits & Token.Traits.stop.rawValue != 0 {
                    token.traits.subtract([.stop, .pronoun])
                }
            }
            token.base = prefixBase(from, count)
            token.facing = facing(from, count)
            token.polarity = lexicon.polarities[hash] ?? (count > 4 ? lexicon.polarities[stem] : nil) ?? Polarity()
        }
        countLanguage(hash)
        analysis.tokens.append(token)
    }

    /// The stem behind un-, in-, im-, ir-, il-, dis- and non-, if at least four letters are left.
    private func prefixBase(_ from: Int, _ count: Int) -> UInt64 {
        guard count >= 6 else { return 0 }
        let (a, b, c) = (analysis.folded[from], analysis.folded[from + 1], analysis.folded[from + 2])
        var length = 0
        switch (a, b) {
        case (UInt8(ascii: "u"), UInt8(ascii: "n")), (UInt8(ascii: "i"), UInt8(ascii: "n")),
            (UInt8(ascii: "i"), UInt8(ascii: "m")), (UInt8(ascii: "i"), UInt8(ascii: "r")),
            (UInt8(ascii: "i"), UInt8(ascii: "l")):
            length = 2
        case (UInt8(ascii: "d"), UInt8(ascii: "i")) where c == UInt8(ascii: "s"): length = 3
        case (UInt8(ascii: "n"), UInt8(ascii: "o")) where c == UInt8(ascii: "n"): length = 3
        default: return 0
        }
        guard count - length >= 4 else { return 0 }
        return analysis.folded.withUnsafeBufferPointer {
            let stem = Stemmer.stem(UnsafeBufferPointer(rebasing: $0[(from + length)...]))
            return lexicon.group(of: stem)
        }
    }

    /// Sets a bit for every three bytes of " word ".
    private mutating func addTrigrams(_ from: Int) {
        analysis.folded.withUnsafeBufferPointer { folded in
            analysis.trigrams.withUnsafeMutableBufferPointer { bits in
                var window: UInt32 = 0x2020
                for index in from...folded.count {
                    let byte = index < folded.count ? folded[index] : 0x20
                    window = (window << 8 | UInt32(byte)) & 0xFF_FFFF
                    if index == from { continue }
                    let bit = Int((window &* 0x9E37_79B1) >> 20)
                    bits[bit >> 6] |= 1 << UInt64(bit & 63)
                }
            }
        }
    }

    static func figureHash(_ value: Double, _ kind: Quantity.Kind) -> UInt64 {
        WordHash.pair(value.bitPattern, UInt64(kind.rawValue) &+ 0xF16)
    }
}
