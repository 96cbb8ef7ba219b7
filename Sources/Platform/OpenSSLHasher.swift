import CShims
import CacheModel

/// SHA-256 through OpenSSL (`SHA256`).
public struct OpenSSLHasher: ContentHasher {
    /// The hasher.
    public init() {}

    public func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest256 {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { words in
            let succeeded = words.withMemoryRebound(to: UInt8.self) { digest in
                deja_sha256(bytes.baseAddress, bytes.count, digest.baseAddress!)
            }
            precondition(succeeded == 1, "libcrypto refused to compute SHA-256")
            return Digest256(
                UInt64(bigEndian: words[0]), UInt64(bigEndian: words[1]), UInt64(bigEndian: words[2]),
                UInt64(bigEndian: words[3]))
        }
    }
}
