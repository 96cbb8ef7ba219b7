import CacheModel

extension RedisConfiguration {
    /// The configuration that a URL stands for.
    ///
    /// `redis://[user[:password]@]host[:port][/db]` or `unix://[user[:password]@]PATH`, either followed by
    /// `?name=value&…` with `db`, `prefix`, `timeout_ms`, `connections`, `shards`. User, password and values are
    /// percent-decoded; an IPv6 address stands in brackets.
    /// - Throws: `.failed` saying what is wrong with which part; user and password are never quoted.
    public init(url: String) throws(StoreError) {
        guard let separator = url.firstRange(of: "://") else {
            throw Self.problem("has no scheme; \(Self.schemes)")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let parts = url[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (credentials, rest) = Self.splitCredentials(parts[0], scheme: scheme)
        switch scheme {
        case "redis": self = try Self.tcp(rest)
        case "unix":
            guard !rest.isEmpty else { throw Self.problem("names no socket; write unix:///path/to/redis.sock") }
            self.init(.unix(path: try Self.decoded(rest, "path")))
        default: throw Self.problem("has the unknown scheme \"\(scheme)\"; \(Self.schemes)")
        }
        if let credentials { try apply(credentials: credentials) }
        if parts.count > 1 { try apply(query: parts[1]) }
    }

    private static let schemes = "write redis://host:port/db or unix://path"

    private static func problem(_ what: String) -> StoreError { StoreError(.failed, "the store's address \(what)") }

    /// What stands before the last `@` of the authority. A path may hold an `@` of its own.
    private static func splitCredentials(_ text: Substring, scheme: String) -> (Substring?, Substring) {
        if scheme == "unix" && text.hasPrefix("/") { return (nil, text) }
        let authority = scheme == "unix" ? text[..<(text.firstRange(of: "@/")?.upperBound ?? text.startIndex)] : text
        guard let at = authority.lastIndex(of: "@") else { return (nil, text) }
        return (text[..<at], text[text.index(after: at)...])
    }

    private static func tcp(_ text: Substring) throws(StoreError) -> RedisConfiguration {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var (host, port) = (parts[0], Substring("6379"))
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
        let name = host.isEmpty ? "localhost" : try decoded(host, "host")
        var configuration = RedisConfiguration(.tcp(host: name, port: number))
        if parts.count > 1, !parts[1].isEmpty { try configuration.setDatabase(parts[1]) }
        return configuration
    }

    private mutating func apply(credentials: Substring) throws(StoreError) {
        let parts = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if !parts[0].isEmpty { user = try Self.decoded(parts[0], "user") }
        if parts.count > 1 { password = Secret(try Self.decoded(parts[1], "password")) }
    }

    private mutating func apply(query: Substring) throws(StoreError) {
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let value = parts.count > 1 ? try Self.decoded(parts[1], name) : ""
            switch name {
            case "db": try setDatabase(value)
            case "prefix":
                guard RedisKeys.isUsable(prefix: value) else {
                    throw Self.problem("has a prefix of other characters than letters, digits and . _ - :")
                }
                prefix = value
            case "timeout_ms": timeout = Double(try Self.number(value, name, in: 1...3_600_000)) / 1000
            case "connections": connections = try Self.number(value, name, in: 1...1000)
            case "shards": shardCount = try Self.number(value, name, in: 1...65_536)
            default:
                throw Self.problem(
                    "has an unknown parameter; known are db, prefix, timeout_ms, connections, shards")
            }
        }
    }

    private mutating func setDatabase(_ text: some StringProtocol) throws(StoreError) {
        database = try Self.number(String(text), "db", in: 0...Int(Int32.max))
    }

    private static func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws(StoreError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw problem("needs a number of \(range.lowerBound) to \(range.upperBound) for \(name)")
        }
        return number
    }

    private static func decoded(_ text: Substring, _ part: String) throws(StoreError) -> String {
        guard let decoded = RedisKeys.unescaped(text), !decoded.utf8.contains(0) else {
            throw problem("has a wrong percent-escape in its \(part)")
        }
        return decoded
    }
}
