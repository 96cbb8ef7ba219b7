import CacheModel

/// Reading one field of a request: a value of another kind is a problem that names the field, the kind found and the
/// kind wanted.
extension JSONReader {
    /// The kind of the next value.
    mutating func kind() throws(RequestProblem) -> Kind {
        do throws(JSONError) { return try peekKind() } catch { throw RequestProblem(error) }
    }

    /// Whether the next value is `null`; reads it if so. Gateways send `null` for what they leave out.
    mutating func takeNull() throws(RequestProblem) -> Bool {
        guard try kind() == .null else { return false }
        do throws(JSONError) { try readNull() } catch { throw RequestProblem(error) }
        return true
    }

    mutating func text(_ field: String) throws(RequestProblem) -> String {
        try expect(.string, field, "a string")
        do throws(JSONError) { return try readString() } catch { throw RequestProblem(error) }
    }

    mutating func flag(_ field: String) throws(RequestProblem) -> Bool {
        try expect(.bool, field, "true or false")
        do throws(JSONError) { return try readBool() } catch { throw RequestProblem(error) }
    }

    /// A finite number in `range`.
    mutating func number(_ field: String, in range: ClosedRange<Double>) throws(RequestProblem) -> Double {
        try expect(.number, field, "a number")
        let value: JSONValue
        do throws(JSONError) { value = try readNumber() } catch { throw RequestProblem(error) }
        guard let number = value.double, range.contains(number) else {
            throw RequestProblem(.invalidValue, field: field, "must be \(Self.words(for: range))")
        }
        return number
    }

    /// A number without a fraction in `range`.
    mutating func integer(_ field: String, in range: ClosedRange<Int>) throws(RequestProblem) -> Int {
        try expect(.number, field, "a whole number")
        let value: JSONValue
        do throws(JSONError) { value = try readNumber() } catch { throw RequestProblem(error) }
        guard let number = value.integer, let whole = Int(exactly: number), range.contains(whole) else {
            let bounds =
                range.upperBound == .max
                ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw RequestProblem(.invalidValue, field: field, "must be a whole number \(bounds)")
        }
        return whole
    }

    /// Any value in memory.
    mutating func anyValue() throws(RequestProblem) -> JSONValue {
        do throws(JSONError) { return try readValue() } catch { throw RequestProblem(error) }
    }

    /// Passes over any value and returns where it stands.
    @discardableResult
    mutating func pass() throws(RequestProblem) -> Range<Int> {
        do throws(JSONError) { return try skipValue() } catch { throw RequestProblem(error) }
    }

    /// An object's members; `member` must read exactly one value.
    mutating func members(
        _ field: String, _ member: (inout JSONReader, String) throws(RequestProblem) -> Void
    ) throws(RequestProblem) {
        try expect(.object, field, "an object")
        try readObject(member, mapping: { RequestProblem($0) })
    }

    /// The members of a small body but those of `known` that are `null`, which count as left out. What else there is, is
    /// for `member` to pass over or to refuse.
    mutating func givenMembers(
        _ known: [String], _ member: (inout JSONReader, String) throws(RequestProblem) -> Void
    ) throws(RequestProblem) {
        try members("") { (reader, name) throws(RequestProblem) in
            if known.contains(name), try reader.takeNull() { return }
            try member(&reader, name)
        }
    }

    /// An array's elements with their positions; `element` must read exactly one value.
    mutating func elements(
        _ field: String, _ element: (inout JSONReader, Int) throws(RequestProblem) -> Void
    ) throws(RequestProblem) {
        try expect(.array, field, "an array")
        var index = 0
        try readArray(
            { (reader) throws(RequestProblem) in
                try element(&reader, index)
                index += 1
            }, mapping: { RequestProblem($0) })
    }

    /// An array of strings, or one string.
    mutating func texts(_ field: String) throws(RequestProblem) -> [String] {
        if try kind() == .string { return [try text(field)] }
        var all: [String] = []
        guard try kind() == .array else { throw wrongKind(field, "an array of strings") }
        try elements(field) { (reader, index) throws(RequestProblem) in
            all.append(try reader.text("\(field)[\(index)]"))
        }
        return all
    }

    /// Checks that nothing but white space is left.
    mutating func end() throws(RequestProblem) {
        do throws(JSONError) { try expectEnd() } catch { throw RequestProblem(error) }
    }

    /// A problem with the kind of the next value.
    mutating func wrongKind(_ field: String, _ wanted: String) -> RequestProblem {
        let found: String
        do throws(JSONError) { found = try peekKind().words } catch { return RequestProblem(error) }
        return RequestProblem(.wrongType, field: field, "must be \(wanted), but is \(found)")
    }

    private mutating func expect(_ wanted: Kind, _ field: String, _ words: String) throws(RequestProblem) {
        guard try kind() == wanted else { throw wrongKind(field, words) }
    }

    private static func words(for range: ClosedRange<Double>) -> String {
        if range.upperBound == .greatestFiniteMagnitude {
            return range.lowerBound == .leastNonzeroMagnitude
                ? "greater than 0" : "a number of at least \(JSONText.number(range.lowerBound))"
        }
        return "from \(JSONText.number(range.lowerBound)) to \(JSONText.number(range.upperBound))"
    }
}

extension ClosedRange where Bound == Double {
    /// Every finite number above zero.
    static var positive: Self { .leastNonzeroMagnitude ... .greatestFiniteMagnitude }
    /// Zero and every finite number above.
    static var notNegative: Self { 0 ... .greatestFiniteMagnitude }
}

extension JSONReader.Kind {
    /// The kind as a problem's message says it.
    var words: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}

extension RequestProblem {
    /// A text that is not JSON.
    init(_ error: JSONError) {
        self.init(.malformedJSON, field: "", "the text is not valid JSON: \(error)")
    }

    /// The same problem seen from the object or array that holds the field.
    func inside(_ outer: String) -> RequestProblem {
        if code == .malformedJSON || outer.isEmpty { return self }
        let joint = field.isEmpty || field.hasPrefix("[") ? "" : "."
        return RequestProblem(code, field: outer + joint + field, message)
    }
}

/// Small texts of JSON.
enum JSONText {
    /// A number without a needless fraction.
    static func number(_ value: Double) -> String {
        var writer = JSONWriter(reserving: 24)
        writer.number(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
