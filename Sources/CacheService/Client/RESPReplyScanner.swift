/// Finds where RESP replies end, without looking at what they say.
struct RESPReplyScanner {
    /// What a reply was.
    enum Outcome: Equatable {
        case incomplete
        /// A reply of so many bytes; whether it is an error.
        case reply(byteCount: Int, isError: Bool)
        case malformed
    }

    /// The first reply in `bytes`.
    static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        var position = 0
        var missing = 1
        let isError = bytes.first == UInt8(ascii: "-")
        while missing > 0 {
            guard position < bytes.count else { return .incomplete }
            let type = bytes[position]
            guard let end = lineEnd(bytes, position + 1) else { return .incomplete }
            missing -= 1
            switch type {
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"),
                UInt8(ascii: "_"), UInt8(ascii: "("):
                position = end
            case UInt8(ascii: "$"), UInt8(ascii: "="):
                guard let length = number(bytes, position + 1, end) else { return .malformed }
                position = length < 0 ? end : end + length + 2
            case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
                guard let count = number(bytes, position + 1, end) else { return .malformed }
                missing += max(0, count)
                position = end
            case UInt8(ascii: "%"):
                guard let count = number(bytes, position + 1, end), count < 1 << 30 else { return .malformed }
                missing += max(0, count) * 2
                position = end
            default: return .malformed
            }
        }
        return position <= bytes.count ? .reply(byteCount: position, isError: isError) : .incomplete
    }

    /// The position after the line's end.
    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == 0x0D && bytes[index + 1] == 0x0A { return index + 2 }
            index += 1
        }
        return nil
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard end - 2 - start <= 12 else { return nil }
        return Int(String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<(end - 2)]), as: UTF8.self))
    }
}
