import Foundation

/// The escapes of JSON strings.
enum JSONEscapes {
    /// The text of a checked string. It never grows, for each escape is longer than what it stands for.
    static func undone(_ raw: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: raw.count) { out -> Int in
            let (from, to) = (raw.baseAddress!, out.baseAddress!)
            var (index, length) = (0, 0)
            while index < raw.count {
                let rest = raw.count - index
                var run = rest
                if let next = memchr(from + index, 0x5C, rest) {
                    run = UnsafeRawPointer(next) - UnsafeRawPointer(from + index)
                }
                memcpy(to + length, from + index, run)
                index += run
                length += run
                if index < raw.count { index = undo(raw, at: index, to, &length) }
            }
            return length
        }
    }

    /// Writes what the escape at `start` stands for and returns where it ends.
    private static func undo(
        _ raw: UnsafeBufferPointer<UInt8>, at start: Int, _ out: UnsafeMutablePointer<UInt8>, _ length: inout Int
    ) -> Int {
        let escape = raw[start + 1]
        guard escape == UInt8(ascii: "u") else {
            out[length] =
                switch escape {
                case UInt8(ascii: "b"): 0x08
                case UInt8(ascii: "f"): 0x0C
                case UInt8(ascii: "n"): 0x0A
                case UInt8(ascii: "r"): 0x0D
                case UInt8(ascii: "t"): 0x09
                default: escape
                }
            length += 1
            return start + 2
        }
        var scalar = hexUnit(raw, at: start + 2)!
        var end = start + 6
        if scalar >= 0xD800 && scalar < 0xDC00 {
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (hexUnit(raw, at: end + 2)! - 0xDC00)
            end += 6
        }
        for byte in UTF8.encode(Unicode.Scalar(scalar)!)! {
            out[length] = byte
            length += 1
        }
        return end
    }

    /// The unit that four hexadecimal digits at `start` stand for.
    static func hexUnit(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt32? {
        var unit: UInt32 = 0
        for offset in 0..<4 {
            let byte = text[start + offset]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x61 + 10)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x41 + 10)
            default: return nil
            }
        }
        return unit
    }
}
