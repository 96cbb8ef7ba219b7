/// A caller's place in a trace: W3C Trace Context's `traceparent` (https://www.w3.org/TR/trace-context/, level 1).
struct TraceContext: Sendable, Equatable {
    /// 16 bytes that name the trace, in two words; never zero.
    var trace: (high: UInt64, low: UInt64)
    /// The span that the request is part of; never zero.
    var parent: UInt64
    /// Whether the caller records it.
    var isSampled: Bool

    /// The context of a header's value; `nil` for one that is not valid, which counts as none.
    init?(traceparent text: String) {
        let bytes = Array(text.utf8)
        // Version 00 ends after the flags; a later one may go on behind another dash.
        guard bytes.count >= 55, let version = Self.number(bytes[0..<2]), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-"),
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let parent = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
            high | low != 0, parent != 0
        else { return nil }
        trace = (high, low)
        self.parent = parent
        isSampled = flags & 1 != 0
    }

    /// The trace's 32 hexadecimal digits.
    var traceText: String { Self.hexadecimal(trace.high) + Self.hexadecimal(trace.low) }

    /// Sixteen lower-case hexadecimal digits.
    static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The number of lower-case hexadecimal digits alone, as the specification wants them.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return number
    }

    static func == (a: Self, b: Self) -> Bool {
        a.trace == b.trace && a.parent == b.parent && a.isSampled == b.isSampled
    }
}
