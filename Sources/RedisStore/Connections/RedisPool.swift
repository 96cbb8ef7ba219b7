import CacheModel
import Platform

/// What a connection says first.
struct RedisLogin: Sendable {
    /// The ACL user; `nil` for the default one.
    var user: String?
    /// `nil` to send none.
    var password: RedisConfiguration.Secret?
    /// The number of the database.
    var database = 0

    fileprivate var commands: [RESPCommand] {
        var commands: [RESPCommand] = []
        if user != nil || password != nil {
            var command = RESPCommand("AUTH")
            if let user { command.append(user) }
            command.append(password?.text ?? "")
            commands.append(command)
        }
        if database != 0 { commands.append(RESPCommand("SELECT", String(database))) }
        return commands
    }
}

/// The connections to one server.
final class RedisPool: Sendable {
    /// By when each call ends, seconds.
    let timeout: Double
    let errors: RedisErrors
    private let login: RedisLogin
    private let maximumReplyBytes: Int
    private let connector: any RedisConnector
    private let connections: CheckoutPool<RESPConnection>

    /// An idle connection older than this is not trusted: something on the way may have forgotten it.
    private static let maximumIdleNanoseconds: UInt64 = 60_000_000_000

    init(
        login: RedisLogin, capacity: Int, timeout: Double, maximumReplyBytes: Int, errors: RedisErrors,
        connector: any RedisConnector
    ) {
        (self.login, self.timeout, self.maximumReplyBytes) = (login, timeout, maximumReplyBytes)
        (self.errors, self.connector) = (errors, connector)
        connections = CheckoutPool(capacity: max(1, capacity))
    }

    /// Sends `commands` over one connection and returns their replies.
    ///
    /// A connection that breaks is dropped. With `mayRepeat` the commands are then sent once more over a fresh one
    /// within the same deadline: only for what does the same when it is done twice.
    func exchange(_ commands: [RESPCommand], mayRepeat: Bool, by deadline: Deadline) throws(StoreError) -> [RESPReply] {
        do throws(StoreError) {
            return try exchangeOnce(commands, by: deadline)
        } catch {
            guard error.code == .unavailable, mayRepeat, !deadline.hasPassed else { throw error }
            // What broke one connection has likely broken the idle ones.
            _ = connections.takeIdle()
            return try exchangeOnce(commands, by: deadline)
        }
    }

    func close() { _ = connections.close() }

    private func exchangeOnce(_ commands: [RESPCommand], by deadline: Deadline) throws(StoreError) -> [RESPReply] {
        let connection = try checkOut(by: deadline)
        defer { if !(connection.isIntact && connections.giveBack(connection)) { connections.discard() } }
        return try connection.exchange(commands, by: deadline)
    }

    private func checkOut(by deadline: Deadline) throws(StoreError) -> RESPConnection {
        while true {
            switch connections.checkOut(by: deadline) {
            case .element(let idle):
                if idle.isHealthy && age(of: idle) < Self.maximumIdleNanoseconds { return idle }
                connections.discard()
            case .permission:
                do throws(StoreError) {
                    return try open(by: deadline)
                } catch {
                    connections.discard()
                    throw error
                }
            case .timeout: throw errors.timeout("had no free connection")
            case .closed: throw StoreError(.closed, "\(errors.location) is closed")
            }
        }
    }

    private func age(of connection: RESPConnection) -> UInt64 {
        SystemClock().monotonicNanoseconds() &- connection.lastUse
    }

    /// Connects, authenticates and selects the database: a connection that belongs to the caller.
    func open(by deadline: Deadline) throws(StoreError) -> RESPConnection {
        let connection = RESPConnection(
            transport: try connector.connect(by: deadline), errors: errors, maximumReplyBytes: maximumReplyBytes)
        let commands = login.commands
        if commands.isEmpty { return connection }
        for reply in try connection.exchange(commands, by: deadline) {
            if case .error(let text) = reply { throw errors.error(handshakeReply: text) }
        }
        return connection
    }
}
