/// One JSON value kept as the bytes it came in: what is stored is returned byte for byte.
public struct RawJSON: Sendable, Hashable {
    /// The value's UTF-8 text, without white space around it.
    public let bytes: [UInt8]

    /// Bytes that a `JSONReader` has already accepted as one value.
    public init(validated bytes: [UInt8]) { self.bytes = bytes }

    /// Checks that `bytes` are one JSON value.
    ///
    /// - Throws: `JSONError` with the byte offset.
    public init(checking bytes: [UInt8]) throws(JSONError) {
        self.bytes = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            var reader = JSONReader(buffer)
            let range = try reader.skipValue()
            try reader.expectEnd()
            return Array(buffer[range])
        }
    }

    /// The value written compactly.
    public init(_ value: JSONValue) { bytes = JSONWriter.encode(value) }

    /// The text as a `String`.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value parsed.
    public func parsed() throws(JSONError) -> JSONValue { try JSONValue(parsing: bytes) }
}
