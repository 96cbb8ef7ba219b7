/// Numbers and addresses that belong to somebody.
extension SensitiveScan {
    // MARK: Cards

    /// 13 to 19 digits, single spaces or dashes among them, with a card network's beginning, its length and Luhn's check
    /// digit: of numbers that are none, about one in a hundred passes.
    func card(at index: Int) -> Finding? {
        guard let run = digits(from: index, limit: 19), isCard(run.digits) else { return nil }
        return (.card, index..<run.end)
    }

    /// The digits from `index` on with single separators between them; `nil` when more than `limit`, or when a letter
    /// follows.
    private func digits(from index: Int, limit: Int) -> (digits: [UInt8], end: Int)? {
        guard !Self.isDecimalPoint(byte(index - 1)) || !Self.isDigit[Int(byte(index - 2))] else { return nil }
        var digits: [UInt8] = []
        var (position, end) = (index, index)
        while position < text.count {
            let current = text[position]
            if Self.isDigit[Int(current)] {
                if digits.count == limit { return nil }
                digits.append(current - 0x30)
                position += 1
                end = position
            } else if (current == 0x20 || current == UInt8(ascii: "-")) && end == position {
                position += 1
            } else {
                break
            }
        }
        return Self.isWord[Int(byte(end))] ? nil : (digits, end)
    }

    private static func isDecimalPoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") }

    /// The networks' ranges and lengths (ISO/IEC 7812; Visa, Mastercard, American Express, Discover, Diners, JCB,
    /// UnionPay).
    private func isCard(_ digits: [UInt8]) -> Bool {
        guard digits.count >= 13 else { return false }
        let four = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        let fits: Bool =
            switch digits[0] {
            case 4: [13, 16, 19].contains(digits.count)
            case 5: (5100...5599).contains(four) && digits.count == 16
            case 2: (2221...2720).contains(four) && digits.count == 16
            case 3:
                [34, 37].contains(four / 100) && digits.count == 15
                    || (3528...3589).contains(four) && digits.count == 16
                    || ([36, 38, 39].contains(four / 100) || (3000...3059).contains(four)) && digits.count == 14
            case 6: (four == 6011 || [62, 64, 65].contains(four / 100)) && (16...19).contains(digits.count)
            default: false
            }
        // All digits alike also pass the check, and are a placeholder.
        return fits && Set(digits).count > 1 && Self.passesLuhn(digits)
    }

    /// Luhn's formula (ISO/IEC 7812-1, annex B).
    private static func passesLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (offset, digit) in digits.reversed().enumerated() {
            let doubled = offset.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }

    // MARK: IBAN

    /// Two capitals, two digits, 11 to 30 capitals and digits in groups of four or in one piece, whose remainder modulo
    /// 97 is 1.
    func iban(at index: Int) -> Finding? {
        guard Self.isCapital(byte(index)), Self.isCapital(byte(index + 1)), Self.isDigit[Int(byte(index + 2))],
            Self.isDigit[Int(byte(index + 3))]
        else { return nil }
        var symbols: [UInt8] = []
        var (position, end) = (index, index)
        while position < text.count, symbols.count <= 34 {
            let current = text[position]
            if Self.isCapital(current) || Self.isDigit[Int(current)] {
                symbols.append(current)
                position += 1
                end = position
            } else if current == 0x20, end == position, symbols.count.isMultiple(of: 4) {
                position += 1
            } else {
                break
            }
        }
        // What follows a space may be the next word in capitals: shorter ends are tried too.
        while symbols.count >= 15 {
            if symbols.count <= 34, !Self.isWord[Int(byte(end))], Self.remainder(symbols) == 1 {
                return (.iban, index..<end)
            }
            symbols.removeLast()
            end -= 1
            while byte(end - 1) == 0x20 { end -= 1 }
        }
        return nil
    }

    private static func isCapital(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    /// The remainder modulo 97 with the first four symbols moved to the end (ISO/IEC 7064, MOD 97-10).
    private static func remainder(_ symbols: [UInt8]) -> Int {
        (symbols.dropFirst(4) + symbols.prefix(4)).reduce(0) { rest, symbol in
            isCapital(symbol) ? (rest * 100 + Int(symbol) - 55) % 97 : (rest * 10 + Int(symbol) - 48) % 97
        }
    }

    // MARK: E-mail

    /// The address around an `@`: a local part of at most 64 bytes and a domain with a dot (RFC 5321's bounds, the forms
    /// in use). Addresses of the domains that are reserved for examples (RFC 2606) are nobody's.
    func email(at index: Int, floor: Int) -> Finding? {
        var start = index
        while start > floor, index - start < 64, Self.isLocalByte[Int(text[start - 1])] { start -= 1 }
        while start < index, text[start] == UInt8(ascii: ".") { start += 1 }
        guard start < index else { return nil }
        var end = end(of: Self.isDomainByte, from: index + 1, limit: 253)
        while end > index, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") { end -= 1 }
        let domain = text[(index + 1)..<max(end, index + 1)]
        guard let dot = domain.lastIndex(of: UInt8(ascii: ".")), dot > index + 1, end - dot > 2,
            text[(dot + 1)..<end].allSatisfy({ Self.isLetter[Int($0)] })
        else { return nil }
        let isExample = ["example.com", "example.org", "example.net"].contains(String(decoding: domain, as: UTF8.self))
        return isExample || stands("example", at: dot + 1) ? nil : (.email, start..<end)
    }

    private static let isLocalByte = table { ($0 < 0x80 && isWord[Int($0)]) || ".+-%".utf8.contains($0) }
    private static let isDomainByte = table {
        isLetter[Int($0)] || isDigit[Int($0)] || ".-".utf8.contains($0)
    }

    // MARK: Telephone

    /// `+` and 8 to 15 digits (ITU-T E.164) with separators among them, or three, three and four digits with separators.
    /// Plain runs of digits are left alone: they are order numbers more often than telephones.
    func phone(at index: Int) -> Finding? {
        if byte(index - 1) == UInt8(ascii: "+") { return nil }
        var digits = 0
        var groups: [Int] = [0]
        var (position, end) = (index + (text[index] == UInt8(ascii: "+") ? 1 : 0), index)
        while position < text.count, position - index < 32 {
            if Self.isDigit[Int(text[position])] {
                digits += 1
                groups[groups.count - 1] += 1
                end = position + 1
            } else if " -.()".utf8.contains(text[position]), position < end + 2 || end == index {
                if groups.last != 0 { groups.append(0) }
            } else {
                break
            }
            position += 1
        }
        if Self.isWord[Int(byte(end))] { return nil }
        if groups.last == 0 { groups.removeLast() }
        if text[index] == UInt8(ascii: "+") {
            let isPhone = (8...15).contains(digits) && byte(index + 1) >= UInt8(ascii: "1") && byte(index + 1) <= 0x39
            return isPhone ? (.phone, index..<end) : nil
        }
        // North America: area codes and exchanges begin with 2 to 9.
        let first = text[index] == UInt8(ascii: "(") ? byte(index + 1) : text[index]
        return groups == [3, 3, 4] && first >= UInt8(ascii: "2") && first <= 0x39 ? (.phone, index..<end) : nil
    }
}
