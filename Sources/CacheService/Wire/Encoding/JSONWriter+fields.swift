import CacheModel

/// Writing named members.
extension JSONWriter {
    mutating func member(_ name: StaticString, _ value: String) {
        self.name(plain: name)
        string(value)
    }

    mutating func member(_ name: StaticString, _ value: EntryID) {
        self.name(plain: name)
        string(value)
    }

    /// A count under a name that is not ours.
    mutating func count(_ name: String, _ value: Int) {
        self.name(name)
        integer(value)
    }

    mutating func member(_ name: StaticString, _ value: Int) {
        self.name(plain: name)
        integer(value)
    }

    mutating func member(_ name: StaticString, flag value: Bool) {
        self.name(plain: name)
        bool(value)
    }

    /// A figure that people read, with at most six decimal places.
    mutating func member(_ name: StaticString, figure value: Double) {
        self.name(plain: name)
        number(value, places: 6)
    }

    mutating func member(_ name: StaticString, raw value: RawJSON) {
        self.name(plain: name)
        raw(value)
    }

    /// An amount of money in dollars, exact to the nano-dollar and never in scientific notation.
    mutating func member(_ name: StaticString, dollars value: NanoDollars) {
        self.name(plain: name)
        raw(RawJSON(validated: Array(value.decimal.utf8)))
    }

    mutating func member(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.name(plain: name)
        object(body)
    }
}

extension NanoDollars {
    /// The amount in dollars as a plain decimal: `0.00007335`.
    var decimal: String {
        var digits: [UInt8] = amount < 0 ? [UInt8(ascii: "-")] : []
        let (whole, fraction) = amount.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        DecimalText.append(Int(whole), to: &digits)
        var (rest, unit) = (fraction, UInt64(1_000_000_000))
        if rest > 0 { digits.append(UInt8(ascii: ".")) }
        while rest > 0 {
            unit /= 10
            digits.append(0x30 + UInt8(rest / unit))
            rest %= unit
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension Double {
    /// Whole seconds, rounded down, within what an `Int` holds.
    var wholeSeconds: Int { isNaN ? 0 : Int(Swift.max(-1e15, Swift.min(1e15, rounded(.down)))) }
}
