/// Showing text without what is sensitive in it.
extension SensitiveScan {
    /// `text` with every finding of `kinds` replaced by the name of its kind: `[email]`.
    public static func redacted(_ text: String, of kinds: SensitiveKinds) -> String {
        if kinds.isEmpty { return text }
        var text = text
        let bytes = text.withUTF8 { SensitiveScan($0, isJSON: false, wanted: kinds).redacted() }
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// A JSON value with every finding of `kinds` replaced: by the name of its kind inside strings, by a zero as a number,
    /// so that it stays JSON.
    public static func redacted(_ value: RawJSON, of kinds: SensitiveKinds) -> RawJSON {
        if kinds.isEmpty { return value }
        let bytes = value.bytes.withUnsafeBufferPointer { SensitiveScan($0, isJSON: true, wanted: kinds).redacted() }
        return bytes.map { RawJSON(validated: $0) } ?? value
    }

    /// The bytes with findings replaced; `nil` when there is none.
    private func redacted() -> [UInt8]? {
        var out: [UInt8] = []
        var copied = 0
        var isInString = false
        forEach { finding in
            if isJSON { isInString = isInsideString(finding.range.lowerBound, from: copied, isInString) }
            out += text[copied..<finding.range.lowerBound]
            if isJSON && !isInString {
                out.append(UInt8(ascii: "0"))
            } else {
                out += "[\(finding.kind.rawValue)]".utf8
            }
            copied = finding.range.upperBound
            return true
        }
        return copied == 0 ? nil : out + text[copied...]
    }

    private func isInsideString(_ position: Int, from start: Int, _ wasInside: Bool) -> Bool {
        var (index, isInside) = (start, wasInside)
        while index < position {
            if text[index] == UInt8(ascii: "\\") {
                index += 1
            } else if text[index] == UInt8(ascii: "\"") {
                isInside.toggle()
            }
            index += 1
        }
        return isInside
    }
}
