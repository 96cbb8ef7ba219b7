import CShims
import CacheModel

/// SHA-256 through OpenSSL (`SHA256`).
public struct OpenSSLHasher: ContentHasher {
    /// The hasher.
    public init() {}

    public func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest256 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
            let succeeded = deja_sha256(bytes.baseAddress, bytes.count, digest.baseAddress!)
            precondition(succeeded == 1, "libcrypto refused to compute SHA-256")
            return Digest256(bytes: digest)!
        }
    }
}
