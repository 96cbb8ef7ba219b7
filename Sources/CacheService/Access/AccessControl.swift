import CacheModel

/// Tells who a client is: by the token that it shows, or by where it came in.
///
/// The table of tokens can be replaced while the server runs; everything else is asked on the loop's thread.
final class AccessControl: Sendable {
    private struct State {
        var table: AccessTable
        /// Rises with each new table: sessions look again at what they have shown.
        var generation = 0
    }

    private let state: Locked<State>
    private let clock: any WallClock

    init(_ table: AccessTable = AccessTable(), clock: any WallClock) {
        state = Locked(State(table: table))
        self.clock = clock
    }

    /// Puts other tokens in force, at once.
    func replace(_ table: AccessTable) {
        state.withLock { state in
            state.table = table
            state.generation += 1
        }
    }

    /// Whether there are tokens at all.
    var hasTokens: Bool { state.withLock { !$0.table.isEmpty } }
    var generation: Int { state.withLock { $0.generation } }

    /// The grant of a token; `nil` when it is none.
    func grant(ofToken token: some Collection<UInt8>) -> AccessGrant? {
        let now = clock.now()
        return state.withLock { $0.table }.grant(ofToken: token, now: now)
    }

    /// The grant of a token that was shown before, if it is still one.
    func grant(_ digest: Digest256) -> AccessGrant? {
        let now = clock.now()
        return state.withLock { $0.table }.grant(digest, now: now)
    }

    // MARK: HTTP

    /// Who sends a request with this `Authorization` header, `nil` for none.
    func caller(authorization: String?, listener: Listener) -> Result<Caller, ProblemDocument> {
        guard hasTokens else { return listener.needsToken ? .failure(Self.missing) : .success(.owner) }
        guard let authorization else {
            return listener.asksForToken(self) ? .failure(Self.missing) : .success(.owner)
        }
        let words = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return .failure(Self.missing) }
        guard let grant = grant(ofToken: words[1].utf8) else {
            return .failure(.unauthorized("the token is not one of this server's, or no longer"))
        }
        return .success(Caller(grant))
    }

    private static let missing = ProblemDocument.unauthorized("send the header Authorization: Bearer TOKEN")
}

extension Listener {
    /// Whether a client that comes in here must show a token: always, or over TCP as soon as there are tokens.
    func asksForToken(_ access: AccessControl) -> Bool { needsToken || (port != nil && access.hasTokens) }
}
