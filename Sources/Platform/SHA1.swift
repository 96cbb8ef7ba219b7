import CShims
import CacheModel

/// SHA-1, for names alone: Redis calls scripts by it.
public enum SHA1 {
    /// The digest of `text` in hexadecimal.
    public static func name(of text: String) -> String {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        let succeeded = deja_sha1(bytes, bytes.count, &digest)
        precondition(succeeded == 1, "libcrypto refused to compute SHA-1")
        return Hexadecimal.encode(digest)
    }
}
