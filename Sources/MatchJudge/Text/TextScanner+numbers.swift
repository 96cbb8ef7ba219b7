extension TextScanner {
    /// A chunk with digits: a figure, a date, a time, a version, a range, a figure with its unit, or an identifier.
    mutating func numeric(_ start: Int, _ end: Int, _ content: Content) {
        if content.isSubset(of: [.digit, .other]), isGrouped(start, end) { return number(start, end) }
        if content.isSubset(of: [.digit, .dot]) { return dottedDate(start, end) ? () : number(start, end) }
        if content.isSubset(of: [.digit, .hyphen, .slash, .dot]) {
            return content.contains(.dot) ? split(start, end) : datelike(start, end)
        }
        if content.isSubset(of: [.digit, .colon]) { return clock(start, end) }
        if content.contains(.underscore) { return identifier(start, end) }
        if content.isSubset(of: [.digit, .letter, .dot, .other]), number(start, end, withSuffix: true) { return }
        if let figure = currencyPrefix(start, end) { return number(figure, end) }
        if content.isSubset(of: [.digit, .letter, .hyphen, .dot]), !isSplittable(start, end) {
            return mixed(start, end)
        }
        if content.contains(.slash), content.contains(.letter), hasLeadingSlash(start) { return identifier(start, end) }
        if content.isSubset(of: [.digit, .colon, .letter]), clock(start, end, suffixed: true) { return }
        split(start, end)
    }

    /// "Rs.2000", "Rs2000": where the figure starts.
    private mutating func currencyPrefix(_ start: Int, _ end: Int) -> Int? {
        guard end - start > 3, bytes[start] | 0x20 == UInt8(ascii: "r"), bytes[start + 1] | 0x20 == UInt8(ascii: "s")
        else { return nil }
        let figure = bytes[start + 2] == UInt8(ascii: ".") ? start + 3 : start + 2
        guard figure < end, ByteClass.of(bytes[figure]) == .digit else { return nil }
        pendingUnit = .rupee
        return figure
    }

    private func hasLeadingSlash(_ start: Int) -> Bool {
        bytes[start] == UInt8(ascii: "/") || bytes[start] == UInt8(ascii: "~")
    }

    /// "03.05", "24.12.2024": day and month as German, French and Spanish write them.
    private mutating func dottedDate(_ start: Int, _ end: Int) -> Bool {
        guard end - start == 5 || end - start == 10, bytes[start + 2] == UInt8(ascii: "."), !isVersioned() else {
            return false
        }
        func two(_ at: Int) -> Int { Int(bytes[at]) * 10 + Int(bytes[at + 1]) - 528 }
        let (day, month) = (two(start), two(start + 3))
        guard day >= 1, day <= 31, month >= 1, month <= 12 else { return false }
        if end - start == 5, bytes[start + 3] != UInt8(ascii: "0") { return false }
        if end - start == 10, bytes[start + 5] != UInt8(ascii: ".") { return false }
        number(start, start + 2)
        appendFigure(start + 3, start + 5, value: Double(month), written: Double(month), unit: .none, kind: .month)
        analysis.tokens[analysis.tokens.count - 1].traits.insert(.calendar)
        if end - start == 10 { number(start + 6, end) }
        return true
    }

    /// Digits with commas for thousands, and at most one dot.
    private func isGrouped(_ start: Int, _ end: Int) -> Bool {
        for index in start..<end {
            let byte = bytes[index]
            if byte != UInt8(ascii: ","), byte != UInt8(ascii: "."), ByteClass.of(byte) != .digit { return false }
        }
        return ByteClass.of(bytes[end - 1]) == .digit
    }

    /// "14-year-old", "3-inch", "covid-19", "gpt-4": a figure and words; anything finer is an identifier.
    private func isSplittable(_ start: Int, _ end: Int) -> Bool {
        var segment = start
        for index in start...end where index == end || bytes[index] == UInt8(ascii: "-") {
            var letters = 0
            var digits = 0
            for inner in segment..<index {
                if ByteClass.of(bytes[inner]) == .letter { letters += 1 }
                if ByteClass.of(bytes[inner]) == .digit { digits += 1 }
            }
            if letters > 0 && digits > 0 { return false }
            if digits > 4 || (letters == 1 && segment == start) { return false }
            segment = index + 1
        }
        return segment > start && end - start < 32 && hasHyphen(start, end) && !hasManyDigitRuns(start, end)
    }

    private func hasHyphen(_ start: Int, _ end: Int) -> Bool {
        for index in start..<end where bytes[index] == UInt8(ascii: "-") { return true }
        return false
    }

    private func hasManyDigitRuns(_ start: Int, _ end: Int) -> Bool {
        var runs = 0
        for index in start..<end
        where ByteClass.of(bytes[index]) == .digit && (index == start || ByteClass.of(bytes[index - 1]) != .digit) {
            runs += 1
        }
        return runs > 1
    }

    /// "iphone7" is a word and a figure; "E1234", "4f2a", "ORA-00942" are identifiers without their hyphens.
    private mutating func mixed(_ start: Int, _ end: Int) {
        var letters = start
        while letters < end, ByteClass.of(bytes[letters]) == .letter { letters += 1 }
        var digits = letters
        while digits < end, ByteClass.of(bytes[digits]) == .digit || bytes[digits] == UInt8(ascii: ".") { digits += 1 }
        if letters - start == 1, bytes[start] | 0x20 == UInt8(ascii: "v"), digits == end { return number(letters, end) }
        if letters - start >= 3, digits == end, digits - letters <= 2, !hasHyphen(start, end) {
            word(start, letters)
            return number(letters, end)
        }
        append(start, end, [.identifier], skipping: UInt8(ascii: "-"))
        analysis.identifiers.append((analysis.tokens[analysis.tokens.count - 1].hash, Int32(analysis.tokens.count - 1)))
    }

    /// "2024-01-15", "5000-6000", "3/4": the figures one by one; "-" between two bare figures is an operator too.
    private mutating func datelike(_ start: Int, _ end: Int) {
        if end - start >= 12, hasHyphen(start, end) {
            // A telephone, card or part number.
            append(start, end, [.identifier], skipping: UInt8(ascii: "-"))
            analysis.identifiers.append(
                (analysis.tokens[analysis.tokens.count - 1].hash, Int32(analysis.tokens.count - 1)))
            return
        }
        var segment = start
        var segments = 0
        for index in start...end
        where index == end || bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "/") {
            if index > segment {
                number(segment, index)
                segments += 1
                let isMonth = segments == 2 && index < end && segment - start == 5 && end - start == 10
                if isMonth, let last = analysis.quantities.indices.last { markMonth(last) }
            }
            segment = index + 1
        }
        if segments == 3 { resolveSlashedDate() }
        // "5-3" may subtract, "5000-6000" is a range.
        if segments == 2, end - start == 3 { analysis.operators.append(bytes[start + 1]) }
    }

    private mutating func markMonth(_ quantity: Int) {
        analysis.quantities[quantity].kind = .month
        analysis.tokens[Int(analysis.quantities[quantity].token)].traits.insert(.calendar)
        let token = Int(analysis.quantities[quantity].token)
        analysis.tokens[token].hash = Self.figureHash(analysis.quantities[quantity].value, .month)
        analysis.tokens[token].stem = analysis.tokens[token].hash
    }

    /// "12/31/1990", "31/12/1990": the part that cannot be a month is the day.
    private mutating func resolveSlashedDate() {
        let count = analysis.quantities.count
        guard count >= 3, analysis.quantities[count - 1].value > 31 else { return }
        let (a, b) = (analysis.quantities[count - 3].value, analysis.quantities[count - 2].value)
        if a > 12, a <= 31, b <= 12 { markMonth(count - 2) }
        if b > 12, b <= 31, a <= 12 { markMonth(count - 3) }
    }

    /// "10:30".
    private mutating func clock(_ start: Int, _ end: Int) {
        if !clock(start, end, suffixed: false) { split(start, end) }
    }

    private mutating func clock(_ start: Int, _ end: Int, suffixed: Bool) -> Bool {
        var index = start
        var hours = 0
        var minutes = 0
        while index < end, ByteClass.of(bytes[index]) == .digit, index - start < 3 {
            hours = hours * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index > start, index + 2 < end, bytes[index] == UInt8(ascii: ":"), hours < 25 else { return false }
        guard ByteClass.of(bytes[index + 1]) == .digit, ByteClass.of(bytes[index + 2]) == .digit else { return false }
        minutes = Int(bytes[index + 1] - 0x30) * 10 + Int(bytes[index + 2] - 0x30)
        index += 3
        var value = Double(hours * 60 + minutes)
        var unit = Unit.none
        if index < end {
            guard suffixed, let half = halfOfDay(index, end) else { return false }
            value = Self.onClock(hours, minutes, half)
            unit = .clock
        }
        appendFigure(start, end, value: value, written: value, unit: unit, kind: .clock)
        return true
    }

    /// "am" → false, "pm" → true.
    private func halfOfDay(_ start: Int, _ end: Int) -> Bool? {
        guard end - start == 2, bytes[start + 1] | 0x20 == UInt8(ascii: "m") else { return nil }
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "a"): return false
        case UInt8(ascii: "p"): return true
        default: return nil
        }
    }

    /// Minutes after midnight.
    static func onClock(_ hours: Int, _ minutes: Int, _ isAfternoon: Bool) -> Double {
        Double((hours % 12 + (isAfternoon ? 12 : 0)) * 60 + minutes)
    }

    /// A bare figure.
    mutating func number(_ start: Int, _ end: Int) {
        if !number(start, end, withSuffix: true) { identifier(start, end) }
    }

    /// Reads a figure and the unit glued to it; false where it is none.
    private mutating func number(_ start: Int, _ end: Int, withSuffix: Bool) -> Bool {
        var index = start
        var value = 0.0
        var scale = 0.0
        var dots = 0
        var digits = 0
        scan: while index < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if scale == 0 {
                    value = value * 10 + Double(byte - 0x30)
                } else {
                    value += Double(byte - 0x30) * scale
                    scale /= 10
                }
            case UInt8(ascii: "."):
                guard index + 1 < end, ByteClass.of(bytes[index + 1]) == .digit else { break scan }
                dots += 1
                scale = 0.1
            case UInt8(ascii: ","):
                guard index + 1 < end, ByteClass.of(bytes[index + 1]) == .digit else { break scan }
                if !isThousands(index, end) {
                    if !isDecimalComma(index, end) { break scan }
                    dots += 1
                    scale = 0.1
                }
            default: break scan
            }
            index += 1
        }
        guard digits > 0, digits <= 15, dots <= 1 else { return false }
        if dots == 1, index == end, isVersioned() {
            let version = Self.version(bytes, start, end)
            appendFigure(start, end, value: version, written: value, unit: .none, kind: .version)
            return true
        }
        return finishNumber(start, index, end, rounded(value, scale))
    }

    /// Undoes the drift of adding tenths.
    private func rounded(_ value: Double, _ scale: Double) -> Double {
        scale == 0 ? value : (value / (scale * 10)).rounded() * (scale * 10)
    }

    private func isThousands(_ comma: Int, _ end: Int) -> Bool {
        var digits = 0
        var index = comma + 1
        while index < end, ByteClass.of(bytes[index]) == .digit {
            digits += 1
            index += 1
        }
        // India writes 1,00,000.
        return digits == 3 || digits == 2 && index < end && bytes[index] == UInt8(ascii: ",")
    }

    /// One or two digits up to the end: "1,5 kg".
    private func isDecimalComma(_ comma: Int, _ end: Int) -> Bool {
        var index = comma + 1
        while index < end, ByteClass.of(bytes[index]) == .digit { index += 1 }
        return index - comma <= 3 && (index == end || ByteClass.of(bytes[index]) == .letter)
    }

    /// Whether the figure follows a program's name or "version": 3.10 is not 3.1 there.
    private func isVersioned() -> Bool {
        guard let last = analysis.tokens.last else { return false }
        return last.traits.contains(.software) && last.traits.isDisjoint(with: .sentenceEnd)
    }

    private static func version(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Double {
        var part = 0.0
        var total = 0.0
        for index in start..<end {
            if ByteClass.of(bytes[index]) == .digit {
                part = part * 10 + Double(bytes[index] - 0x30)
            } else {
                total = total * 100_000 + part
                part = 0
            }
        }
        return total * 100_000 + part
    }

    private mutating func finishNumber(_ start: Int, _ index: Int, _ end: Int, _ value: Double) -> Bool {
        if index == end {
            appendFigure(start, end, value: value, written: value, unit: pendingUnit, kind: .cardinal)
            return true
        }
        if bytes[index] == UInt8(ascii: ",") {
            // "500,1000": two figures.
            appendFigure(start, index, value: value, written: value, unit: pendingUnit, kind: .cardinal)
            number(index + 1, end)
            return true
        }
        if bytes[index] == UInt8(ascii: "%") && index + 1 == end {
            appendFigure(start, end, value: value, written: value, unit: .percent, kind: .cardinal)
            return true
        }
        var suffix = WordHash()
        for place in index..<end {
            guard ByteClass.of(bytes[place]) == .letter else { return false }
            suffix.add(bytes[place] | 0x20)
        }
        if end - index == 2, let half = halfOfDay(index, end), value < 2400 {
            let (hours, minutes) = value >= 100 ? (Int(value) / 100, Int(value) % 100) : (Int(value), 0)
            appendFigure(
                start, end, value: Self.onClock(hours, minutes, half), written: value, unit: .clock, kind: .clock)
            return true
        }
        if end - index == 2, isOrdinalSuffix(index) {
            appendFigure(start, end, value: value, written: value, unit: .none, kind: .ordinal)
            return true
        }
        if let known = lexicon.gluedUnits[suffix.value] {
            let isKilo = known.unit == .kilo
            appendFigure(
                start, end, value: value * (isKilo ? 1000 : known.factor), written: isKilo ? value * 1000 : value,
                unit: isKilo ? pendingUnit : known.unit, kind: .cardinal)
            return true
        }
        if let entry = lexicon[suffix.value], entry.meaning == .multiplier {
            appendFigure(
                start, end, value: value * entry.value, written: value * entry.value, unit: pendingUnit, kind: .cardinal
            )
            return true
        }
        return false
    }

    private func isOrdinalSuffix(_ index: Int) -> Bool {
        switch (bytes[index] | 0x20, bytes[index + 1] | 0x20) {
        case (UInt8(ascii: "s"), UInt8(ascii: "t")), (UInt8(ascii: "n"), UInt8(ascii: "d")),
            (UInt8(ascii: "r"), UInt8(ascii: "d")), (UInt8(ascii: "t"), UInt8(ascii: "h")):
            true
        default: false
        }
    }

    /// Adds a token for a figure written in digits. Its stem is its value, so that equal figures align.
    private mutating func appendFigure(
        _ start: Int, _ end: Int, value: Double, written: Double, unit: Unit, kind: Quantity.Kind
    ) {
        append(start, end, [.number, .known])
        let last = analysis.tokens.count - 1
        analysis.tokens[last].hash = Self.figureHash(value, kind)
        analysis.tokens[last].stem = analysis.tokens[last].hash
        analysis.tokens[last].polarity = Polarity()
        analysis.quantities.append(
            Quantity(
                value: value, written: written, unit: unit, kind: kind, isStrong: !isCountOfBest(last),
                token: Int32(last)))
        pendingUnit = .none
    }

    /// "top 10", "any 5": how many the answer lists, which one side may leave open.
    private func isCountOfBest(_ token: Int) -> Bool {
        token > 0 && Self.bestWords.contains(analysis.tokens[token - 1].hash)
            && analysis.tokens[token - 1].traits.isDisjoint(with: .sentenceEnd)
    }

    private static let bestWords = WordSet("top any some best")
}
