/// Finds where HTTP replies with a Content-Length end, without looking at what they say: all that a load on our own
/// server needs.
enum HTTPReplyScanner {
    /// The first reply in `bytes`; an error is any status but 200.
    static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> RESPReplyScanner.Outcome {
        guard let header = headerEnd(bytes) else { return .incomplete }
        guard header > 12, let length = contentLength(UnsafeBufferPointer(rebasing: bytes[..<header])) else {
            return .malformed
        }
        let isError = !(bytes[9] == 0x32 && bytes[10] == 0x30 && bytes[11] == 0x30)
        return header + length <= bytes.count ? .reply(byteCount: header + length, isError: isError) : .incomplete
    }

    private static func headerEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 0x0A && bytes[index - 1] == 0x0D && bytes[index - 2] == 0x0A && bytes[index - 3] == 0x0D {
            return index + 1
        }
        return nil
    }

    private static let name = Array("content-length:".utf8)

    private static func contentLength(_ header: UnsafeBufferPointer<UInt8>) -> Int? {
        var start = 0
        while let end = header[start...].firstIndex(of: 0x0A) {
            let line = header[start..<end]
            if line.count > name.count, zip(line, name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                return line.dropFirst(name.count).reduce(0) { value, byte in
                    byte >= 0x30 && byte <= 0x39 ? value * 10 + Int(byte - 0x30) : value
                }
            }
            start = end + 1
        }
        return nil
    }
}
