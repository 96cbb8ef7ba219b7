import CacheModel

/// An answer in the form in which stores keep it: large ones compressed.
public struct StoredResponse: Sendable, Equatable {
    /// How the bytes are to be read. The raw values are on the medium: never change one.
    public enum Encoding: Int64, Sendable {
        /// As they are.
        case plain = 0
        /// One zstd frame with content size and checksum.
        case zstd = 1
    }

    /// How the bytes are to be read.
    public let encoding: Encoding
    /// The bytes on the medium.
    public let bytes: [UInt8]

    /// Bytes read from a medium.
    public init(encoding: Encoding, bytes: [UInt8]) {
        self.encoding = encoding
        self.bytes = bytes
    }

    /// Compresses `response` when it has `ZstdCodec.threshold` bytes or more and becomes smaller by it.
    public init(_ response: RawJSON) { self.init(compressing: response.bytes) }

    /// Compresses `content` when it has `ZstdCodec.threshold` bytes or more and becomes smaller by it.
    public init(compressing content: [UInt8]) {
        if content.count >= ZstdCodec.threshold, let frame = ZstdCodec.compress(content) {
            self.init(encoding: .zstd, bytes: frame)
        } else {
            self.init(encoding: .plain, bytes: content)
        }
    }

    /// The content as it was; `nil` when the bytes are damaged.
    public var content: [UInt8]? {
        switch encoding {
        case .plain: bytes
        case .zstd: ZstdCodec.decompress(bytes)
        }
    }

    /// The answer; `nil` when the bytes are damaged.
    public var response: RawJSON? {
        switch encoding {
        case .plain: bytes.isEmpty ? nil : RawJSON(validated: bytes)
        case .zstd: ZstdCodec.decompress(bytes).map { RawJSON(validated: $0) }
        }
    }
}
