import CacheModel

/// Which Redis to use and how.
public struct RedisConfiguration: Sendable, Equatable {
    /// Where the server listens.
    public enum Endpoint: Sendable, Equatable {
        /// A host's name or address, and a port.
        case tcp(host: String, port: UInt16)
        /// A Unix socket.
        case unix(path: String)
    }

    /// Where the server listens.
    public var endpoint: Endpoint
    /// The ACL user; `nil` for the default one.
    public var user: String?
    /// The password; `nil` to send none.
    public var password: Secret?
    /// The number of the database.
    public var database = 0
    /// What every key starts with: caches with different prefixes share a database without meeting.
    public var prefix = "deja"
    /// Into how many hash slots a namespace is spread. All nodes must agree, and a change hides what is stored.
    public var shardCount = 64
    /// By when each call ends, seconds, waiting and connecting included.
    public var timeout = 0.5
    /// How many connections may be open.
    public var connections = 8
    /// How long an entry without an end is kept, seconds: every key expires.
    public var maximumLife = 30 * 86_400.0
    /// The largest reply that is read, bytes.
    public var maximumReplyBytes = 64 << 20

    /// The defaults for a server at `endpoint`.
    public init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    /// The address without user and password: `redis://host:6379/0`, `unix:///path?db=0`.
    public var location: String {
        switch endpoint {
        case .tcp(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return "redis://\(name):\(port)/\(database)\(prefix == "deja" ? "" : "?prefix=\(prefix)")"
        case .unix(let path):
            return "unix://\(path)?db=\(database)\(prefix == "deja" ? "" : "&prefix=\(prefix)")"
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
