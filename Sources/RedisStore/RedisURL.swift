import CacheModel
import Platform

extension RedisConfiguration {
    /// The configuration that a URL stands for.
    ///
    /// `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]PATH`,
    /// `redis+cluster://[user[:password]@]host:port,host:port`, `redis+sentinel://[user[:password]@]host:port,…/NAME[/db]`,
    /// each followed by `?name=value&…` (see `URLParameters`). With `rediss` in place of `redis` everything goes over TLS.
    /// User, password and values are percent-decoded; an IPv6 address stands in brackets.
    /// - Throws: `.failed` saying what is wrong with which part; user and password are never quoted.
    ///
    /// - Parameter timeout: seconds, where the URL says nothing of it; `nil` for the default.
    public init(url: String, timeout fallback: Double? = nil) throws(StoreError) {
        guard let separator = url.firstRange(of: "://") else {
            throw Self.problem("has no scheme; \(Self.schemes)")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let parts = url[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (credentials, rest) = Self.splitCredentials(parts[0], scheme: scheme)
        switch scheme {
        case "redis", "rediss": self = try Self.single(rest)
        case "redis+cluster", "rediss+cluster": self = try Self.cluster(rest)
        case "redis+sentinel", "rediss+sentinel": self = try Self.sentinels(rest)
        case "unix":
            guard !rest.isEmpty else { throw Self.problem("names no socket; write unix:///path/to/redis.sock") }
            self.init(.unix(path: try Self.decoded(rest, "path")))
        default: throw Self.problem("has the unknown scheme \"\(scheme)\"; \(Self.schemes)")
        }
        if scheme.hasPrefix("rediss") { tls = TLSOptions() }
        if let fallback { timeout = fallback }
        if let credentials { try apply(credentials: credentials) }
        if parts.count > 1 { try apply(query: parts[1]) }
        if case .cluster = servers, database != 0 { throw Self.problem("names a database, but a cluster has only 0") }
    }

    /// The schemes there are, for messages.
    public static let schemes =
        "write redis://host:port/db, rediss:// for TLS, redis+cluster://host:port,host:port, "
        + "redis+sentinel://host:port,host:port/name or unix://path"

    static func problem(_ what: String) -> StoreError { StoreError(.failed, "the store's address \(what)") }

    /// What stands before the last `@` of the authority. A path may hold an `@` of its own.
    private static func splitCredentials(_ text: Substring, scheme: String) -> (Substring?, Substring) {
        if scheme == "unix" && text.hasPrefix("/") { return (nil, text) }
        let authority = scheme == "unix" ? text[..<(text.firstRange(of: "@/")?.upperBound ?? text.startIndex)] : text
        guard let at = authority.lastIndex(of: "@") else { return (nil, text) }
        return (text[..<at], text[text.index(after: at)...])
    }

    private static func single(_ text: Substring) throws(StoreError) -> RedisConfiguration {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var configuration = RedisConfiguration(try endpoint(parts[0], port: 6379))
        if parts.count > 1, !parts[1].isEmpty { try configuration.setDatabase(parts[1]) }
        return configuration
    }

    private static func cluster(_ text: Substring) throws(StoreError) -> RedisConfiguration {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var configuration = RedisConfiguration(servers: .cluster(try endpoints(parts[0], port: 6379)))
        if parts.count > 1, !parts[1].isEmpty { try configuration.setDatabase(parts[1]) }
        return configuration
    }

    private static func sentinels(_ text: Substring) throws(StoreError) -> RedisConfiguration {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, !parts[1].isEmpty else {
            throw problem("names no master; write redis+sentinel://host:port,host:port/name")
        }
        let name = try decoded(parts[1], "master's name")
        var configuration = RedisConfiguration(
            servers: .sentinels(try endpoints(parts[0], port: 26_379), name: name))
        if parts.count > 2, !parts[2].isEmpty { try configuration.setDatabase(parts[2]) }
        return configuration
    }

    private static func endpoints(_ text: Substring, port: UInt16) throws(StoreError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            endpoints.append(try endpoint(part, port: port))
        }
        return endpoints
    }

    private static func endpoint(_ text: Substring, port fallback: UInt16) throws(StoreError) -> Endpoint {
        var (host, port) = (text, Substring(String(fallback)))
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let after = host[host.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw problem("has text after the bracketed host") }
            if !after.isEmpty { port = after.dropFirst() }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard let number = UInt16(port), number > 0 else { throw problem("has a port that is no number of 1 to 65535") }
        return .tcp(host: host.isEmpty ? "localhost" : try decoded(host, "host"), port: number)
    }

    private mutating func apply(credentials: Substring) throws(StoreError) {
        let parts = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if !parts[0].isEmpty { user = try Self.decoded(parts[0], "user") }
        if parts.count > 1 { password = Secret(try Self.decoded(parts[1], "password")) }
    }

    static func decoded(_ text: Substring, _ part: String) throws(StoreError) -> String {
        guard let decoded = RedisKeys.unescaped(text), !decoded.utf8.contains(0) else {
            throw problem("has a wrong percent-escape in its \(part)")
        }
        return decoded
    }
}
