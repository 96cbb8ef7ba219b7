import CacheModel
import Platform

/// Which Redis to use and how.
public struct RedisConfiguration: Sendable, Equatable {
    /// Where a server listens.
    public enum Endpoint: Sendable, Hashable {
        /// A host's name or address, and a port.
        case tcp(host: String, port: UInt16)
        /// A Unix socket.
        case unix(path: String)
    }

    /// Who keeps the keys.
    public enum Servers: Sendable, Equatable {
        /// One server.
        case one(Endpoint)
        /// The server that these sentinels call the master of `name`.
        case sentinels([Endpoint], name: String)
        /// The masters of a cluster, some of whose nodes are these.
        case cluster([Endpoint])
    }

    /// Who keeps the keys.
    public var servers: Servers
    /// TLS to every server and sentinel; `nil` for plain connections.
    public var tls: TLSOptions?
    /// The ACL user; `nil` for the default one.
    public var user: String?
    /// The password; `nil` to send none.
    public var password: Secret?
    /// The ACL user of the sentinels, which have users of their own.
    public var sentinelUser: String?
    /// The password of the sentinels.
    public var sentinelPassword: Secret?
    /// The number of the database; a cluster has only 0.
    public var database = 0
    /// What every key starts with: caches with different prefixes share a database without meeting.
    public var prefix = "deja"
    /// Into how many hash slots a namespace is spread. All nodes must agree, and a change hides what is stored.
    public var shardCount = 64
    /// By when each call ends, seconds, waiting and connecting included.
    public var timeout = 0.5
    /// How many connections may be open to each server.
    public var connections = 8
    /// How long an entry without an end is kept, seconds: every key expires.
    public var maximumLife = 30 * 86_400.0
    /// The largest reply that is read, bytes.
    public var maximumReplyBytes = 64 << 20

    /// The defaults for a server at `endpoint`.
    public init(_ endpoint: Endpoint) { self.init(servers: .one(endpoint)) }

    /// The defaults for `servers`.
    public init(servers: Servers) { self.servers = servers }

    /// The address without user and password: `redis://host:6379/0`, `unix:///path?db=0`.
    public var location: String {
        let scheme = tls == nil ? "redis" : "rediss"
        let tail = prefix == "deja" ? "" : "?prefix=\(prefix)"
        func list(_ endpoints: [Endpoint]) -> String { endpoints.map(\.address).joined(separator: ",") }
        switch servers {
        case .one(.unix(let path)): return "unix://\(path)?db=\(database)\(prefix == "deja" ? "" : "&prefix=\(prefix)")"
        case .one(let endpoint): return "\(scheme)://\(endpoint.address)/\(database)\(tail)"
        case .sentinels(let endpoints, let name):
            return "\(scheme)+sentinel://\(list(endpoints))/\(name)/\(database)\(tail)"
        case .cluster(let endpoints): return "\(scheme)+cluster://\(list(endpoints))\(tail)"
        }
    }

    /// Text that does not show itself when it is printed, described or dumped.
    public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
    {
        let text: String

        /// Keeps `text` out of sight.
        public init(_ text: String) { self.text = text }

        public var description: String { "(secret)" }
        public var debugDescription: String { description }
        public var customMirror: Mirror { Mirror(self, children: []) }
    }
}

extension RedisConfiguration.Endpoint {
    /// `host:port`, an IPv6 address in brackets; or the socket's path.
    var address: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
