import CShims

/// Decompression of gzip files, for data sets.
public enum Gzip {
    /// Why a file could not be decompressed.
    public enum Failure: Error, Sendable, Equatable {
        /// It is no gzip file, damaged, or cut short.
        case damaged
        /// It would take more than the limit.
        case tooLarge
    }

    /// The bytes of a gzip file, of several members too.
    public static func decompress(_ bytes: [UInt8], limit: Int = 4 << 30) throws(Failure) -> [UInt8] {
        var memory: UnsafeMutablePointer<UInt8>?
        let written = deja_gunzip(bytes, bytes.count, limit, &memory)
        defer { deja_gunzip_free(memory) }
        guard written >= 0, let memory else { throw written == -2 ? .tooLarge : .damaged }
        return Array(UnsafeBufferPointer(start: memory, count: Int(written)))
    }
}
