import CShims

/// Compression of stored answers by zstd.
public enum ZstdCodec {
    /// Answers of this many bytes and more are stored compressed.
    public static let threshold = 1024

    /// One zstd frame of `bytes`, with content size and checksum; `nil` when it would not be smaller.
    public static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8]? {
        let frame = [UInt8](unsafeUninitializedCapacity: deja_zstd_bound(bytes.count)) { buffer, count in
            let written = deja_zstd_compress(bytes, bytes.count, buffer.baseAddress!, buffer.count, level)
            count = max(0, Int(written))
        }
        return frame.isEmpty || frame.count >= bytes.count ? nil : frame
    }

    /// The bytes of a frame; `nil` when it is damaged or states more than `limit` bytes.
    public static func decompress(_ frame: [UInt8], limit: Int = 64 << 20) -> [UInt8]? {
        let size = deja_zstd_content_size(frame, frame.count)
        guard size >= 0, size <= limit else { return nil }
        if size == 0 { return [] }
        var succeeded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            let written = deja_zstd_decompress(frame, frame.count, buffer.baseAddress!, buffer.count)
            succeeded = written == size
            count = succeeded ? Int(size) : 0
        }
        return succeeded ? bytes : nil
    }
}
