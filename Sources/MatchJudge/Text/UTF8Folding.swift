/// Folding of single scalars: lower case, marks dropped, full-width forms narrowed. Covers Latin, Greek and Cyrillic;
/// scripts without case pass as they are.
enum UTF8Folding {
    /// Up to two ASCII letters.
    struct Plain { var bytes: (UInt8, UInt8) }

    /// The scalar at `index` and its length in bytes; malformed text gives U+FFFD and 1.
    @inline(__always)
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> (scalar: UInt32, length: Int) {
        let lead = bytes[index]
        func tail(_ offset: Int) -> UInt32 {
            index + offset < bytes.count ? UInt32(bytes[index + offset] & 0x3F) : 0
        }
        switch lead {
        case 0x00..<0x80: return (UInt32(lead), 1)
        case 0xC0..<0xE0: return (UInt32(lead & 0x1F) << 6 | tail(1), min(2, bytes.count - index))
        case 0xE0..<0xF0:
            return (UInt32(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), min(3, bytes.count - index))
        case 0xF0..<0xF8:
            return (
                UInt32(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), min(4, bytes.count - index)
            )
        default: return (0xFFFD, 1)
        }
    }

    /// Han, Kana and full-width punctuation: written without spaces.
    @inline(__always)
    static func isIdeographic(_ scalar: UInt32) -> Bool {
        (0x3040...0x30FF).contains(scalar) || (0x3400...0x4DBF).contains(scalar) || (0x4E00...0x9FFF).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0x20000...0x2FA1F).contains(scalar)
    }

    /// Hangul syllables and letters.
    @inline(__always)
    static func isHangul(_ scalar: UInt32) -> Bool {
        (0xAC00...0xD7A3).contains(scalar) || (0x1100...0x11FF).contains(scalar)
    }

    /// Letters of any script that stand in words.
    static func isLetter(_ scalar: UInt32) -> Bool {
        if scalar < 0xC0 { return scalar == 0xAA || scalar == 0xB5 || scalar == 0xBA }
        if scalar == 0xD7 || scalar == 0xF7 { return false }
        if (0x2000...0x2BFF).contains(scalar) || (0x3000...0x303F).contains(scalar) { return false }
        if (0xFF00...0xFFEF).contains(scalar) {
            return (0xFF21...0xFF3A).contains(scalar) || (0xFF41...0xFF5A).contains(scalar)
                || (0xFF10...0xFF19).contains(scalar) || (0xFF66...0xFF9F).contains(scalar)
        }
        return !(0x1F000...0x1FAFF).contains(scalar) && scalar != 0xFFFD && !(0xFE00...0xFE0F).contains(scalar)
    }

    static func isMark(_ scalar: UInt32) -> Bool { (0x300...0x36F).contains(scalar) }

    static func isUpper(_ scalar: UInt32) -> Bool {
        (0xC0...0xDE).contains(scalar) && scalar != 0xD7 || (0x410...0x42F).contains(scalar)
            || (0x400...0x40F).contains(scalar) || (0x391...0x3A9).contains(scalar)
            || (0x100...0x17F).contains(scalar) && scalar & 1 == 0
    }

    /// The ASCII letters that a Latin letter with marks folds to; `nil` for others.
    static func plain(_ scalar: UInt32) -> Plain? {
        if (0xFF01...0xFF5E).contains(scalar) {
            let byte = UInt8(scalar - 0xFEE0)
            return Plain(bytes: (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte, 0))
        }
        if scalar >= 0xC0, scalar < 0x180 {
            let letters = scalar < 0x100 ? latin1 : scalar < 0x140 ? latinA : latinB
            let byte = letters.utf8Start[Int(scalar & 0x3F)]
            switch scalar {
            case 0xDF: return Plain(bytes: (UInt8(ascii: "s"), UInt8(ascii: "s")))
            case 0xC6, 0xE6: return Plain(bytes: (UInt8(ascii: "a"), UInt8(ascii: "e")))
            case 0x152, 0x153: return Plain(bytes: (UInt8(ascii: "o"), UInt8(ascii: "e")))
            default: return byte == UInt8(ascii: "?") ? nil : Plain(bytes: (byte, 0))
            }
        }
        return nil
    }

    // U+00C0…U+00FF and U+0100…U+017F without their marks.
    private static let latin1: StaticString = "aaaaaaaceeeeiiiidnooooo?ouuuuytsaaaaaaaceeeeiiiidnooooo?ouuuuyty"
    private static let latinA: StaticString = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    private static let latinB: StaticString = "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"

    /// Lower case of Greek and Cyrillic capitals; others as they are.
    static func lower(_ scalar: UInt32) -> ScalarBytes {
        switch scalar {
        case 0x410...0x42F, 0x391...0x3A9: ScalarBytes(scalar + 0x20)
        case 0x400...0x40F: ScalarBytes(scalar + 0x50)
        default: ScalarBytes(scalar)
        }
    }

    /// The UTF-8 of one scalar.
    struct ScalarBytes {
        let scalar: UInt32
        init(_ scalar: UInt32) { self.scalar = scalar }

        @inline(__always)
        func forEachByte(_ body: (UInt8) -> Void) {
            if scalar < 0x80 { return body(UInt8(scalar)) }
            if scalar < 0x800 {
                body(UInt8(0xC0 | scalar >> 6))
            } else if scalar < 0x10000 {
                body(UInt8(0xE0 | scalar >> 12))
                body(UInt8(0x80 | scalar >> 6 & 0x3F))
            } else {
                body(UInt8(0xF0 | scalar >> 18))
                body(UInt8(0x80 | scalar >> 12 & 0x3F))
                body(UInt8(0x80 | scalar >> 6 & 0x3F))
            }
            body(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
