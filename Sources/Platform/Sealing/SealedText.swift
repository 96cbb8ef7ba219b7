import CacheModel
import Foundation

/// Sealed bytes where a store has room for text only.
enum SealedText {
    /// What no prompt begins with: two control characters around a name.
    private static let mark = "\u{1}deja-sealed\u{1}"

    static func encode(_ sealed: [UInt8]) -> String { mark + Data(sealed).base64EncodedString() }

    /// The sealed bytes; `nil` for text in the clear, none for a damaged mark.
    static func decode(_ text: String) -> [UInt8]? {
        guard text.hasPrefix(mark) else { return nil }
        return Data(base64Encoded: String(text.dropFirst(mark.count))).map { [UInt8]($0) } ?? []
    }

    /// What the key is called that sealed a text; `nil` for text in the clear, or damaged.
    static func keyName(of text: String) -> String? { decode(text).flatMap { AESCipher.keyName(of: $0) } }
}
