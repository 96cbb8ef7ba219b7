import Foundation

/// Where and how a server listens.
public struct ServerSettings: Sendable {
    /// The path of the Unix socket; `nil` for none.
    public var unixSocket: String?
    /// The group that may use the Unix socket too (mode 0660 instead of 0600).
    public var unixGroup: String?
    /// Who may connect to the Unix socket; `nil` leaves it to the file's mode.
    public var peers: PeerRule?
    /// Whether clients of the Unix socket must show a token too.
    public var unixNeedsToken = false
    /// TCP addresses to listen on.
    public var listen: [TCPAddress] = []
    /// A token that allows everything. Some token is required when an address is not a loopback one.
    public var token: String?
    /// Further tokens, each with its bounds and rights.
    public var tokens = AccessTable()
    /// Threads for work that blocks.
    public var workers = 8
    /// Blocking requests that may wait for a thread; further ones are answered 503.
    public var queuedRequests = 1024
    /// Where spans of requests go; `nil` for nowhere.
    public var traces: TraceSettings?
    /// Bounds on clients.
    public var limits = ServerLimits()

    /// Nothing to listen on yet.
    public init() {}

    /// Whether there is any token.
    var hasTokens: Bool { token != nil || !tokens.isEmpty }

    /// A server on a Unix socket.
    public init(unixSocket: String) { self.unixSocket = unixSocket }

    /// `$XDG_RUNTIME_DIR/deja.sock`, else `deja-UID.sock` in the temporary folder.
    public static func defaultSocketPath(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") { return "\(folder)/deja.sock" }
        var temporary = environment["TMPDIR"] ?? "/tmp"
        while temporary.count > 1 && temporary.hasSuffix("/") { temporary.removeLast() }
        return "\(temporary)/deja-\(getuid()).sock"
    }
}

/// A TCP address.
public struct TCPAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or a numeric address, without brackets.
    public var host: String
    /// The port; 0 takes any free one.
    public var port: Int

    /// An address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, `[v6]:port` or `:port` (loopback); `nil` for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "127.0.0.1" : host, port: Int(port))
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What a client may cost. Times in seconds.
public struct ServerLimits: Sendable {
    /// Open connections; further ones are answered 503 and closed.
    public var connections = 4096
    /// Those of them that TCP leaves to the Unix socket, where there is one.
    var socketConnections: Int { connections / 8 }
    /// What an HTTP message may take.
    public var http = HTTPLimits()
    /// What a RESP command may take.
    public var resp = RESPLimits()
    /// How long a connection may rest between requests.
    public var idleTimeout = 600.0
    /// How long an HTTP header may take to arrive, and a connection until the first request that is admitted.
    public var headerTimeout = 10.0
    /// How long a whole request may take to arrive.
    public var requestTimeout = 60.0
    /// How long a client may take to read what waits for it.
    public var writeTimeout = 30.0
    /// How long to wait for a client to close its side after the last reply.
    public var lingerTimeout = 2.0
    /// How long a graceful stop waits for requests in flight.
    public var drainTimeout = 5.0
    /// Replies that wait for a client, bytes, from which on no more of its requests are read.
    public var outputHighWater = 1024 * 1024

    /// What one client may ask at once.
    public var client = ClientLimits()

    /// The defaults.
    public init() {}
}

/// Why a server cannot start.
public struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// The settings contradict each other or name nothing to listen on.
        case invalidSettings
        /// Another server answers on that address.
        case addressInUse
        /// The address cannot be used.
        case cannotListen
        /// The system is out of something.
        case system
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// Counters of a server since its start.
public struct ServerStatistics: Sendable, Equatable {
    /// Connections open now.
    public var openConnections = 0
    /// Connections accepted.
    public var acceptedConnections = 0
    /// Connections over the limit.
    public var refusedConnections = 0
    /// HTTP requests answered.
    public var httpRequests = 0
    /// RESP commands answered.
    public var respRequests = 0
    /// Seconds since the start.
    public var uptime = 0.0
    /// What became of spans; `nil` where none are exported.
    public var spans: SpanCounts?

    /// Nothing counted yet.
    public init() {}
}
