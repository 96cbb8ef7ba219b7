import CacheModel

/// What one client may ask at once, whatever connections it spreads that over. A client is a token where one is shown,
/// else the user at the other end of the Unix socket, else an address.
public struct ClientLimits: Sendable, Equatable {
    /// Requests a second, over a second's burst; `nil` for no limit. A token's own limit comes first.
    public var requestsPerSecond: Double?
    /// Bytes of requests that are on their way in or being answered, and of replies that wait to be read; `nil` for no
    /// limit.
    public var bytesInFlight: Int?

    /// No limits.
    public init() {}
}

/// One client and what it uses now. Owned by the loop's thread.
final class ClientUse {
    /// Requests that it may make at once.
    fileprivate(set) var allowance: Double
    fileprivate var updated: UInt64
    fileprivate let rate: Double?
    /// Bytes that its connections hold.
    var bytes = 0
    /// Open connections.
    var connections = 0

    fileprivate init(rate: Double?, now: UInt64) {
        (self.rate, allowance, updated) = (rate, max(1, rate ?? 0), now)
    }
}

/// Keeps each client within its limits: a token bucket for requests, a sum for bytes.
final class ClientLimiter {
    private let limits: ClientLimits
    private var clients: [String: ClientUse] = [:]

    init(_ limits: ClientLimits) { self.limits = limits }

    /// Whether there is anything to keep. Without limits nobody is told apart.
    func isNeeded(_ rate: Double?) -> Bool {
        limits.requestsPerSecond != nil || limits.bytesInFlight != nil || rate != nil
    }

    /// The use of the client of this name; `rate` is its own limit.
    func use(of name: String, rate: Double?, now: UInt64) -> ClientUse {
        if let known = clients[name], known.rate == rate ?? limits.requestsPerSecond { return known }
        if clients.count >= 4096 { forgetIdle(now) }
        let use = ClientUse(rate: rate ?? limits.requestsPerSecond, now: now)
        clients[name] = use
        return use
    }

    /// Clients without a connection whose buckets are full again are as good as new.
    private func forgetIdle(_ now: UInt64) {
        clients = clients.filter { _, use in use.connections > 0 || now &- use.updated < 10_000_000_000 }
    }

    /// Takes one request of `use`.
    ///
    /// - Returns: why it may not be made now, or `nil`. `now`: the clock's nanoseconds.
    func refusal(of use: ClientUse, now: UInt64) -> ProblemDocument? {
        if let bound = limits.bytesInFlight, use.bytes > bound {
            return .tooMany("more than \(bound) bytes of this client's requests and replies are in flight", after: 1)
        }
        guard let rate = use.rate else { return nil }
        let elapsed = Double(now &- use.updated) / 1e9
        use.updated = now
        use.allowance = min(max(1, rate), use.allowance + elapsed * rate)
        if use.allowance >= 1 {
            use.allowance -= 1
            return nil
        }
        let wait = (1 - use.allowance) / rate
        return .tooMany("this client may make \(rate) requests a second", after: Int(wait.rounded(.up)))
    }

    /// Whether what arrives now is more than the client may have in flight.
    func isOver(_ use: ClientUse) -> Bool { limits.bytesInFlight.map { use.bytes > $0 } ?? false }
}

extension ProblemDocument {
    /// 429, with the seconds after which to try again.
    static func tooMany(_ detail: String, after seconds: Int) -> Self {
        var problem = Self(429, "too-many-requests", "The client asks more than it may", detail)
        problem.retryAfter = max(1, seconds)
        return problem
    }
}
