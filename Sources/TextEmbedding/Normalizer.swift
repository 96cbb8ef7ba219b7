import CacheModel
import Platform

/// The second level of the exact key: folds a prompt so that spellings that mean the same byte for byte are equal.
///
/// Unprotected text takes NFKC case folding, runs of white space become one space, and white space around the text and
/// punctuation at its end go. Protected text stays byte for byte: fenced and inline code, quoted strings, and numbers
/// with the unit written onto them (`5MB` is not `5Mb`). ASCII text takes one pass without ICU.
public struct Normalizer: TextNormalizer {
    public let identifier = "deja-fold-1"

    /// The normaliser.
    public init() {}

    public func fold(_ text: String) -> String {
        var text = text
        return String(decoding: text.withUTF8 { fold(utf8: $0) }, as: UTF8.self)
    }

    /// Folds UTF-8 bytes; what is not valid becomes U+FFFD first. O(n).
    public func fold(utf8 text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        if text.contains(where: { $0 >= 0x80 }) {
            let valid = Array(String(decoding: text, as: UTF8.self).utf8)
            return valid.withUnsafeBufferPointer { Self.run($0) }
        }
        return Self.run(text)
    }

    private static func run(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out = FoldedOutput(capacity: text.count)
        let spans = ProtectedSpans(text)
        var position = 0, plain = 0
        while position < text.count {
            if let end = spans.end(from: position) {
                out.appendFolded(UnsafeBufferPointer(rebasing: text[plain..<position]))
                out.appendProtected(UnsafeBufferPointer(rebasing: text[position..<end]))
                position = end
                plain = end
            } else {
                position += 1
            }
        }
        out.appendFolded(UnsafeBufferPointer(rebasing: text[plain...]))
        return out.finish()
    }
}

/// Collects folded text: holds white space back until something follows it.
private struct FoldedOutput {
    private var bytes: [UInt8] = []
    private var spacePending = false
    private var protectedEnd = 0

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func appendProtected(_ text: UnsafeBufferPointer<UInt8>) {
        flushSpace()
        bytes.append(contentsOf: text)
        protectedEnd = bytes.count
    }

    mutating func appendFolded(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count > 0 else { return }
        if text.contains(where: { $0 >= 0x80 }) {
            let folded = UnicodeForms.normalize(text, to: .nfkcCasefold) ?? Array(text)
            folded.withUnsafeBufferPointer { append($0) }
        } else {
            append(text)
        }
    }

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte <= 32 || byte == 127 {
                spacePending = true
                position += 1
            } else if byte < 0x80 {
                flushSpace()
                bytes.append(byte &- 65 < 26 ? byte | 32 : byte)
                position += 1
            } else {
                let (code, next) = FoldedText.decode(text, position)
                if Unicode.Scalar(code)?.properties.isWhitespace ?? false {
                    spacePending = true
                } else {
                    flushSpace()
                    bytes.append(contentsOf: text[position..<next])
                }
                position = next
            }
        }
    }

    private mutating func flushSpace() {
        if spacePending, !bytes.isEmpty { bytes.append(32) }
        spacePending = false
    }

    /// The text without its final punctuation, unless it is nothing else.
    mutating func finish() -> [UInt8] {
        var end = bytes.count
        while end > protectedEnd {
            if bytes[end - 1] == 32 || Self.marks.contains(bytes[end - 1]) {
                end -= 1
            } else if end - 3 >= protectedEnd, Self.wideMarks.contains(Array(bytes[end - 3..<end])) {
                end -= 3
            } else {
                break
            }
        }
        if end > 0 { bytes.removeLast(bytes.count - end) }
        return bytes
    }

    private static let marks: Set<UInt8> = Set(".?!,;:".utf8)
    private static let wideMarks: Set<[UInt8]> = [Array("。".utf8), Array("、".utf8)]
}
