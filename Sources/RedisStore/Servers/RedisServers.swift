import CacheModel
import Platform

/// The servers behind a store: one, the one that sentinels call the master, or the masters of a cluster.
///
/// A new kind is a type of this protocol, a case of `RedisConfiguration.Servers` and a line in `makeServers`.
protocol RedisServers: Sendable {
    /// Sends each command to the server that has its key (`RESPCommand.routingKey`) and returns the replies in order.
    ///
    /// With `mayRepeat` commands whose replies were lost may be sent again: only for what does the same when it is done
    /// twice. The commands of one key are done in order.
    /// - Throws: `.partlyUnavailable` when only some of the keys cannot be reached; the other commands were done.
    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply]
    /// The servers that keys lie on, each key on one: for scans.
    func keepers() throws(StoreError) -> [RedisPool]
    /// A connection of the caller's own, outside the pools, to any server that hears what is published.
    func openListener(by deadline: Deadline) throws(StoreError) -> RESPConnection
    /// How often it has changed which server has which keys: what was read before may have been read from a server that
    /// has lost the last writes.
    var topologyChanges: Int { get }
    /// Ends all use.
    func close()
}

/// Opens pools to endpoints, all in the same way.
struct RedisPoolFactory: Sendable {
    let configuration: RedisConfiguration
    private let tls: Result<TLSContext, TLSProblem>?

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        tls = configuration.tls.map { options in
            do throws(TLSProblem) { return .success(try TLSContext(options)) } catch { return .failure(error) }
        }
    }

    /// Connections to `endpoint` for commands about keys. `location` is what errors call it.
    func pool(_ endpoint: RedisConfiguration.Endpoint, location: String? = nil) -> RedisPool {
        let login = RedisLogin(
            user: configuration.user, password: configuration.password, database: configuration.database)
        return pool(endpoint, login: login, capacity: configuration.connections, location: location)
    }

    /// Connections to a sentinel.
    func sentinelPool(_ endpoint: RedisConfiguration.Endpoint) -> RedisPool {
        let login = RedisLogin(user: configuration.sentinelUser, password: configuration.sentinelPassword)
        return pool(endpoint, login: login, capacity: 1, location: "the sentinel \(endpoint.address)")
    }

    private func pool(
        _ endpoint: RedisConfiguration.Endpoint, login: RedisLogin, capacity: Int, location: String?
    ) -> RedisPool {
        let scheme = configuration.tls == nil ? "redis" : "rediss"
        let errors = RedisErrors(location: location ?? "\(scheme)://\(endpoint.address)")
        let socket = SocketConnector(endpoint: endpoint, errors: errors)
        let connector: any RedisConnector
        switch tls {
        case nil: connector = socket
        case .success(let context): connector = TLSConnector(socket: socket, context: context)
        case .failure(let problem): connector = UnusableConnector(error: Self.error(problem))
        }
        return RedisPool(
            login: login, capacity: capacity, timeout: configuration.timeout,
            maximumReplyBytes: configuration.maximumReplyBytes, errors: errors, connector: connector)
    }

    /// Says whether the files of TLS can be used.
    func check() throws(StoreError) {
        if case .failure(let problem) = tls { throw Self.error(problem) }
    }

    private static func error(_ problem: TLSProblem) -> StoreError {
        StoreError(.denied, "the store's address names files for TLS that are of no use: \(problem)")
    }
}

/// Says why no connection can be made.
private struct UnusableConnector: RedisConnector {
    let error: StoreError
    func connect(by deadline: Deadline) throws(StoreError) -> any RedisTransport { throw error }
}

extension RedisConfiguration {
    /// Says what of it can be known to be wrong without asking a server: files of TLS that are of no use.
    public func check() throws(StoreError) { try RedisPoolFactory(self).check() }

    /// The servers that it names.
    func makeServers() -> any RedisServers {
        let pools = RedisPoolFactory(self)
        switch servers {
        case .one(let endpoint): return pools.pool(endpoint, location: location)
        case .sentinels(let endpoints, let name):
            return SentinelServers(endpoints, name: name, pools: pools, errors: RedisErrors(location: location))
        case .cluster(let endpoints):
            return ClusterServers(seeds: endpoints, pools: pools, errors: RedisErrors(location: location))
        }
    }
}

/// One server.
extension RedisPool: RedisServers {
    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply] {
        try exchange(commands, mayRepeat: mayRepeat, by: Deadline(seconds: timeout))
    }

    func keepers() throws(StoreError) -> [RedisPool] { [self] }
    func openListener(by deadline: Deadline) throws(StoreError) -> RESPConnection { try open(by: deadline) }
    var topologyChanges: Int { 0 }
}
