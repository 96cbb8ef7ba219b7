extension TextScanner {
    /// Notes what a looked-up word says of figures: a number word, a multiplier or unit after a figure, a month.
    mutating func noteFigure(_ entry: Lexicon.Entry, _ token: Int) {
        switch entry.meaning {
        case .word: break
        case .cardinal: cardinal(entry.value, token)
        case .multiplier: multiply(entry.value, token)
        case .ordinal: ordinal(entry, token)
        case .month: month(entry.value, token)
        case .weekday: weekday(entry.value, token)
        case .unit: measure(entry.unit, entry.value, token)
        }
        if entry.meaning == .word, analysis.tokens[token].length == 2 { halfOfDayAfterFigure(token) }
    }

    /// "2 m", "500 W": units of one letter count right after a figure only.
    mutating func noteSpacedUnit(_ token: Int) {
        guard analysis.tokens[token].length <= 2, analysis.tokens[token].hash != Word.in_,
            let last = analysis.quantities.last, Int(last.token) == token - 1, last.unit == .none,
            last.kind == .cardinal,
            analysis.tokens[token - 1].traits.isDisjoint(with: .clauseEnd),
            let known = lexicon.gluedUnits[analysis.tokens[token].hash]
        else { return }
        analysis.tokens[token].traits.formUnion([.unit, .known])
        measure(known.unit, known.factor, token)
    }

    private mutating func add(_ value: Double, _ kind: Quantity.Kind, _ token: Int, isStrong: Bool) {
        analysis.tokens[token].traits.formUnion([.number, .known])
        analysis.tokens[token].traits.subtract([.stop, .filler])
        analysis.tokens[token].polarity = Polarity()
        if kind == .cardinal || kind == .ordinal {
            analysis.tokens[token].hash = Self.figureHash(value, kind)
            analysis.tokens[token].stem = analysis.tokens[token].hash
        }
        analysis.quantities.append(
            Quantity(value: value, written: value, unit: .none, kind: kind, isStrong: isStrong, token: Int32(token)))
    }

    /// "two"; "twenty five" adds up; "one" stays a pronoun to alignment.
    private mutating func cardinal(_ value: Double, _ token: Int) {
        if let last = analysis.quantities.indices.last, Int(analysis.quantities[last].token) == token - 1,
            analysis.quantities[last].kind == .cardinal,
            !analysis.quantities[last].isStrong || analysis.quantities[last].value >= 100,
            analysis.quantities[last].unit == .none, analysis.quantities[last].value >= 20, value < 10,
            value > 0, analysis.quantities[last].value.truncatingRemainder(dividingBy: 10) == 0
        {
            return set(last, analysis.quantities[last].value + value, token)
        }
        if value == 1 || value == 0 {
            analysis.quantities.append(
                Quantity(
                    value: value, written: value, unit: .none, kind: .cardinal, isStrong: false, token: Int32(token)))
            analysis.tokens[token].polarity = Polarity()
            return
        }
        add(value, .cardinal, token, isStrong: false)
    }

    private mutating func set(_ quantity: Int, _ value: Double, _ token: Int) {
        analysis.quantities[quantity].value = value
        analysis.quantities[quantity].written = value
        let head = Int(analysis.quantities[quantity].token)
        analysis.tokens[head].hash = Self.figureHash(value, .cardinal)
        analysis.tokens[head].stem = analysis.tokens[head].hash
        analysis.tokens[token].traits.formUnion([.number, .stop])
        analysis.quantities[quantity].token = Int32(token)
        swapFigure(head, token)
    }

    /// Moves the figure's identity to the later token, so that the next word still finds it beside itself.
    private mutating func swapFigure(_ head: Int, _ token: Int) {
        analysis.tokens[token].hash = analysis.tokens[head].hash
        analysis.tokens[token].stem = analysis.tokens[head].stem
        analysis.tokens[token].traits.subtract([.stop])
        analysis.tokens[head].traits.insert(.stop)
        analysis.tokens[head].hash = 1
        analysis.tokens[head].stem = 1
    }

    private mutating func multiply(_ value: Double, _ token: Int) {
        if let last = analysis.quantities.indices.last, Int(analysis.quantities[last].token) == token - 1,
            analysis.quantities[last].kind == .cardinal
        {
            let product = max(1, analysis.quantities[last].value) * value
            return set(last, product, token)
        }
        add(value, .cardinal, token, isStrong: false)
        // "a thousand"; plural "thousands", "millions" are idioms.
    }

    private mutating func ordinal(_ entry: Lexicon.Entry, _ token: Int) {
        if entry.unit == .time, let last = analysis.quantities.indices.last,
            Int(analysis.quantities[last].token) == token - 1, analysis.quantities[last].kind == .cardinal
        {
            return measure(.time, 1, token)
        }
        let polarity = analysis.tokens[token].polarity
        add(entry.value, .ordinal, token, isStrong: false)
        analysis.tokens[token].polarity = polarity
    }

    /// "may", "march", "mars", "sept" are months beside a figure or with a capital inside a sentence only.
    private mutating func month(_ value: Double, _ token: Int) {
        let word = analysis.tokens[token]
        let isDoubtful = word.length <= 4 || value == 3 || word.traits.contains(.stop)
        let followsFigure = analysis.quantities.last.map { Int($0.token) >= token - 2 && $0.isStrong } ?? false
        let precedesFigure = nextIsDigit()
        let isNamed = word.traits.contains(.capital) && word.traits.isDisjoint(with: [.sentenceStart, .stop])
        if isDoubtful && !followsFigure && !precedesFigure && !isNamed {
            analysis.tokens[token].traits.subtract(.calendar)
            return
        }
        add(value, .month, token, isStrong: true)
        analysis.tokens[token].stem = Self.figureHash(value, .month)
    }

    /// "Mon", "sat" and their like need a capital, or "on" or "every" before them.
    private mutating func weekday(_ value: Double, _ token: Int) {
        let word = analysis.tokens[token]
        let isMarked =
            word.traits.contains(.capital) && word.traits.isDisjoint(with: .sentenceStart)
            || token > 0 && Self.dayMarkers.contains(analysis.tokens[token - 1].hash)
        if word.length <= 3, !isMarked {
            analysis.tokens[token].traits.subtract(.calendar)
            return
        }
        add(value, .weekday, token, isStrong: true)
        analysis.tokens[token].hash = Self.figureHash(value, .weekday)
        analysis.tokens[token].stem = analysis.tokens[token].hash
    }

    private static let dayMarkers = WordSet("on every next last this until till from")

    private func nextIsDigit() -> Bool {
        // The chunk that is read now ends at the next space.
        var index = position
        while index < bytes.count, ByteClass.of(bytes[index]) != .space { index += 1 }
        while index < bytes.count, ByteClass.of(bytes[index]) == .space { index += 1 }
        return index < bytes.count && ByteClass.of(bytes[index]) == .digit
    }

    /// "1.5 kg": the figure before takes the unit.
    private mutating func measure(_ unit: Unit, _ factor: Double, _ token: Int) {
        if unit == .time, factor == 3600, becomesSpeed(token) { return }
        guard let last = analysis.quantities.indices.last, isRightBefore(Int(analysis.quantities[last].token), token),
            analysis.quantities[last].kind == .cardinal, analysis.quantities[last].unit == .none
        else {
            return
        }
        analysis.quantities[last].unit = unit
        analysis.quantities[last].value *= factor
        // "1 year" is also "a year".
        analysis.quantities[last].isStrong = analysis.quantities[last].written != 1
    }

    /// "60 miles per hour", "60 miles an hour": a length that an hour divides.
    private mutating func becomesSpeed(_ token: Int) -> Bool {
        guard token >= 3, let last = analysis.quantities.indices.last, analysis.quantities[last].unit == .length,
            Int(analysis.quantities[last].token) == token - 3, Self.dividing.contains(analysis.tokens[token - 1].hash)
        else { return false }
        analysis.quantities[last].unit = .speed
        analysis.quantities[last].value /= 1000
        return true
    }

    private static let dividing = WordSet("per an a")

    /// "30 minutes", "half an hour".
    private func isRightBefore(_ figure: Int, _ token: Int) -> Bool {
        figure == token - 1
            || figure == token - 2 && analysis.tokens[figure].hash == Self.halfHash
                && analysis.tokens[token - 1].length <= 2
    }

    static let halfHash = figureHash(0.5, .cardinal)

    /// "10 am", "10 p.m.".
    private mutating func halfOfDayAfterFigure(_ token: Int) {
        guard let last = analysis.quantities.indices.last, Int(analysis.quantities[last].token) == token - 1,
            analysis.quantities[last].isStrong
        else { return }
        let start = Int(analysis.tokens[token].start)
        let letters = (analysis.folded[start], analysis.folded[start + 1])
        guard letters.1 == UInt8(ascii: "m"), letters.0 == UInt8(ascii: "a") || letters.0 == UInt8(ascii: "p") else {
            return
        }
        let isAfternoon = letters.0 == UInt8(ascii: "p")
        var quantity = analysis.quantities[last]
        if quantity.kind == .clock {
            quantity.value = Self.onClock(Int(quantity.value) / 60, Int(quantity.value) % 60, isAfternoon)
        } else {
            let written = Int(min(9999, max(0, quantity.written)))
            let (hours, minutes) = written >= 100 ? (written / 100, written % 100) : (written, 0)
            quantity.value = Self.onClock(hours, minutes, isAfternoon)
        }
        (quantity.kind, quantity.unit) = (.clock, .clock)
        analysis.quantities[last] = quantity
        let head = Int(quantity.token)
        analysis.tokens[head].hash = Self.figureHash(quantity.value, .clock)
        analysis.tokens[head].stem = analysis.tokens[head].hash
        analysis.tokens[token].traits.insert(.stop)
        analysis.tokens[token].polarity = Polarity()
    }

    /// "noon", "midday", "midnight" are times of the clock.
    mutating func noteTimeWord(_ token: Int) -> Bool {
        let hash = analysis.tokens[token].hash
        let value: Double
        if Self.noonWords.contains(hash) {
            value = 720
        } else if hash == Self.midnight {
            value = 0
        } else {
            return false
        }
        analysis.tokens[token].traits.formUnion([.number, .known])
        analysis.tokens[token].hash = Self.figureHash(value, .clock)
        analysis.tokens[token].stem = analysis.tokens[token].hash
        analysis.quantities.append(
            Quantity(value: value, written: value, unit: .clock, kind: .clock, isStrong: true, token: Int32(token)))
        return true
    }

    private static let noonWords = WordSet("noon midday mittag midi mediodia")
    private static let midnight = WordHash.of("midnight")

    /// "½" after a figure adds to it; alone it is one.
    mutating func fraction(_ value: Double, _ length: Int) {
        if let last = analysis.quantities.indices.last,
            Int(analysis.quantities[last].token) == analysis.tokens.count - 1,
            analysis.quantities[last].unit == .none, position > 0, ByteClass.of(bytes[position - 1]) == .digit
        {
            analysis.quantities[last].value += value
            analysis.quantities[last].written += value
            let token = analysis.tokens.count - 1
            analysis.tokens[token].hash = Self.figureHash(analysis.quantities[last].value, .cardinal)
            analysis.tokens[token].stem = analysis.tokens[token].hash
            return
        }
        append(position, position + length, [.number, .known])
        let last = analysis.tokens.count - 1
        analysis.tokens[last].hash = Self.figureHash(value, .cardinal)
        analysis.tokens[last].stem = analysis.tokens[last].hash
        analysis.quantities.append(
            Quantity(
                value: value, written: value, unit: pendingUnit, kind: .cardinal, isStrong: true, token: Int32(last)))
    }
}
