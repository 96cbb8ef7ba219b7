import CacheModel

/// Writes values so that different values can never give the same bytes: every field carries its tag, every string and
/// every list its length, and objects are sorted by name.
///
/// The encoding is a contract with every cache already filled: golden vectors in the tests hold it. A change needs a new
/// version in the domain strings of `CacheKeys`.
struct CanonicalEncoder {
    private(set) var bytes: [UInt8] = []

    init(domain: String) {
        bytes.reserveCapacity(512)
        string(domain)
    }

    /// A string: 8 bytes of big-endian length, then its UTF-8.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            count(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    /// Bytes: 8 bytes of big-endian length, then themselves.
    mutating func data(_ data: [UInt8]) {
        count(data.count)
        bytes.append(contentsOf: data)
    }

    /// A digest: its 32 bytes.
    mutating func digest(_ digest: Digest256) {
        word(digest.w0)
        word(digest.w1)
        word(digest.w2)
        word(digest.w3)
    }

    /// The start of a field: one byte.
    mutating func tag(_ tag: UInt8) { bytes.append(tag) }

    /// A length: 8 bytes, big-endian.
    mutating func count(_ count: Int) { word(UInt64(count)) }

    private mutating func word(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A string that may be absent; absent and empty differ.
    mutating func optional(_ text: String?) {
        tag(text == nil ? 0 : 1)
        if let text { string(text) }
    }

    /// A JSON value: objects by name (the last member of a name counts), 1, 1.0 and 1e0 alike.
    mutating func json(_ value: JSONValue) {
        switch value {
        case .null: tag(0x6E)
        case .bool(let value):
            tag(0x62)
            tag(value ? 1 : 0)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let text):
            tag(0x73)
            string(text)
        case .array(let values):
            tag(0x61)
            count(values.count)
            for value in values { json(value) }
        case .object(let members): object(members)
        }
    }

    /// An object's members, sorted by the UTF-8 of their names.
    mutating func object(_ members: [JSONMember]) {
        var last: [String: JSONValue] = [:]
        for member in members { last[member.name] = member.value }
        tag(0x6F)
        count(last.count)
        for name in last.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            string(name)
            json(last[name]!)
        }
    }

    private mutating func integer(_ value: Int64) {
        tag(0x69)
        word(UInt64(bitPattern: value))
    }

    private mutating func number(_ value: Double) {
        if let whole = Int64(exactly: value) { return integer(whole) }
        tag(0x64)
        word(value.bitPattern)
    }
}
