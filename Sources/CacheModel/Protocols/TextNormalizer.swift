/// Makes texts that mean the same byte for byte equal, for the second level of the exact key.
public protocol TextNormalizer: Sendable {
    /// Names the folding rules; part of the exact key, so that a change of rules never mixes keys.
    var identifier: String { get }
    /// The folded form of `text`: NFKC case folding, white space collapsed, trailing punctuation dropped; code, quoted
    /// strings and numbers stay as they are.
    func fold(_ text: String) -> String
}

/// SHA-256.
public protocol ContentHasher: Sendable {
    /// The digest of `bytes`.
    func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest256
}

extension ContentHasher {
    /// The digest of `bytes`.
    public func digest(_ bytes: [UInt8]) -> Digest256 { bytes.withUnsafeBufferPointer { digest($0) } }
}
