import CacheModel

/// The fields after a request target's `?`. A field that the endpoint does not know is a problem: a misspelt filter would
/// answer something else than was asked.
struct QueryFields {
    private let values: [String: String]

    /// Reads `name=value&…`; `+` stands for a space, as forms write it.
    init(_ query: String, known: Set<String>) throws(RequestProblem) {
        var values: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let pieces = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(pieces[0]), let value = Self.decoded(pieces.count == 2 ? pieces[1] : "")
            else {
                throw RequestProblem(.invalidValue, field: "query", "is not percent-encoded UTF-8")
            }
            guard known.contains(name) else {
                throw RequestProblem(
                    .invalidValue, field: name,
                    "is not a field of this query; known are \(known.sorted().joined(separator: ", "))")
            }
            values[name] = value
        }
        self.values = values
    }

    /// A name as `FieldRules` wants it.
    func name(_ field: String) throws(RequestProblem) -> String? {
        guard let value = values[field] else { return nil }
        return try FieldRules.name(value, field, allowEmpty: field != "namespace")
    }

    /// Any text.
    func text(_ field: String) -> String? { values[field] }

    /// `true` or `false`; left out for the latter.
    func flag(_ field: String) throws(RequestProblem) -> Bool {
        switch values[field] {
        case nil, "false": return false
        case "true": return true
        default: throw RequestProblem(.invalidValue, field: field, "must be true or false")
        }
    }

    /// A whole number.
    func integer(_ field: String, in range: ClosedRange<Int>) throws(RequestProblem) -> Int? {
        guard let value = values[field] else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw RequestProblem(
                .invalidValue, field: field,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let pair = Hexadecimal.decode(rest.prefix(2)) else { return nil }
                bytes += pair
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
