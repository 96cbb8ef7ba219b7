import CShims
import CacheModel

/// One token: what it is called, what it binds its bearer to, and what it allows. The token itself is not kept.
public struct AccessGrant: Sendable, Equatable {
    /// The name that logs and errors call it by.
    public var name: String
    /// SHA-256 of the token's bytes.
    public var digest: Digest256
    /// The only tenant that its bearer may see or touch; `nil` for any.
    public var tenant: String?
    /// The only namespaces; `nil` for all.
    public var namespaces: Set<String>?
    /// What it allows.
    public var rights: Set<AccessRight>
    /// When it stops being one; `nil` for never.
    public var expires: Timestamp?
    /// Requests a second; `nil` leaves it to the server's own limit.
    public var requestsPerSecond: Double?

    /// A token that allows everything everywhere, unless changed.
    public init(name: String, digest: Digest256, rights: Set<AccessRight> = Set(AccessRight.allCases)) {
        (self.name, self.digest, self.rights) = (name, digest, rights)
    }

    /// What a token is known by: SHA-256 of its bytes. Tokens are 32 random bytes, so that neither salt nor a slow hash
    /// would add anything.
    public static func digest(ofToken token: some Collection<UInt8>) -> Digest256 {
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(token)
        let succeeded = bytes.withUnsafeBufferPointer { deja_sha256($0.baseAddress, $0.count, &digest) }
        precondition(succeeded == 1, "libcrypto refused to compute SHA-256")
        return Digest256(bytes: digest)!
    }
}

/// The tokens in force.
public struct AccessTable: Sendable {
    private let grants: [Digest256: AccessGrant]

    /// No tokens: what is not guarded by the socket's mode is open.
    public init() { grants = [:] }

    /// The tokens of `grants`; of two with one digest the later counts.
    public init(_ grants: [AccessGrant]) {
        self.grants = Dictionary(grants.map { ($0.digest, $0) }) { $1 }
    }

    /// Whether there are none.
    public var isEmpty: Bool { grants.isEmpty }
    /// How many there are.
    public var count: Int { grants.count }

    /// These tokens and one that allows everything.
    func adding(token: String?) -> AccessTable {
        guard let token else { return self }
        return AccessTable(
            grants.values + [AccessGrant(name: "token", digest: AccessGrant.digest(ofToken: token.utf8))])
    }

    /// The grant of a token that is shown at `now`.
    ///
    /// The table is asked by the digest of what was shown, which its sender cannot steer byte by byte; the comparison
    /// that decides takes the same time wherever two digests differ.
    func grant(ofToken token: some Collection<UInt8>, now: Timestamp) -> AccessGrant? {
        grant(AccessGrant.digest(ofToken: token), now: now)
    }

    /// The grant of a digest that was shown before.
    func grant(_ digest: Digest256, now: Timestamp) -> AccessGrant? {
        guard let found = grants[digest], Self.areEqual(found.digest, digest) else { return nil }
        if let expires = found.expires, expires <= now { return nil }
        return found
    }

    private static func areEqual(_ a: Digest256, _ b: Digest256) -> Bool {
        (a.w0 ^ b.w0) | (a.w1 ^ b.w1) | (a.w2 ^ b.w2) | (a.w3 ^ b.w3) == 0
    }
}
