import CacheModel
import Platform

/// The server that sentinels call the master of a name. It is asked for when it is first needed, and again when the master
/// does not answer or has become a replica.
final class SentinelServers: RedisServers {
    typealias Endpoint = RedisConfiguration.Endpoint

    private struct State {
        var master: (endpoint: Endpoint, pool: RedisPool)?
        var isAsking = false
        var isDoubtful = true
        var askedAt: UInt64 = 0
        var changes = 0
        var isClosed = false
    }

    private let name: String
    private let sentinels: [(endpoint: Endpoint, pool: RedisPool)]
    private let pools: RedisPoolFactory
    private let errors: RedisErrors
    private let timeout: Double
    private let state = Locked(State())
    private let clock = SystemClock()

    /// Nanoseconds between two questions to the sentinels.
    private static let askPause: UInt64 = 200_000_000

    init(_ sentinels: [Endpoint], name: String, pools: RedisPoolFactory, errors: RedisErrors) {
        (self.name, self.pools, self.errors, timeout) = (name, pools, errors, pools.configuration.timeout)
        self.sentinels = sentinels.map { ($0, pools.sentinelPool($0)) }
    }

    var topologyChanges: Int { state.withLock { $0.changes } }

    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply] {
        let deadline = Deadline(seconds: timeout)
        let first = try master(by: deadline)
        do throws(StoreError) {
            let replies = try first.exchange(commands, mayRepeat: mayRepeat, by: deadline)
            guard replies.contains(where: \.isOfReplica) else { return replies }
            // A replica refuses writes before it does anything; reads beside them do no harm when they are done twice.
            guard let next = try successor(of: first, by: deadline), mayRepeat || replies.allSatisfy(\.isOfReplica)
            else { return replies }
            return try next.exchange(commands, mayRepeat: mayRepeat, by: deadline)
        } catch {
            if error.code == .closed, !state.withLock({ $0.isClosed }) {
                // Another thread has found another master just now: nothing was sent.
                return try master(by: deadline).exchange(commands, mayRepeat: mayRepeat, by: deadline)
            }
            guard [.unavailable, .timeout].contains(error.code) else { throw error }
            guard let next = try? successor(of: first, by: deadline), mayRepeat, !deadline.hasPassed else {
                throw error
            }
            return try next.exchange(commands, mayRepeat: true, by: deadline)
        }
    }

    func keepers() throws(StoreError) -> [RedisPool] { [try master(by: Deadline(seconds: timeout))] }

    func openListener(by deadline: Deadline) throws(StoreError) -> RESPConnection {
        let master = try master(by: deadline)
        do throws(StoreError) { return try master.open(by: deadline) } catch {
            state.withLock { $0.isDoubtful = true }
            throw error
        }
    }

    func close() {
        let master = state.withLock { state in
            state.isClosed = true
            return state.master?.pool
        }
        master?.close()
        for sentinel in sentinels { sentinel.pool.close() }
    }

    /// The master, asked for first when it is in doubt.
    private func master(by deadline: Deadline) throws(StoreError) -> RedisPool {
        let (known, isDoubtful) = state.withLock { ($0.master?.pool, $0.isDoubtful) }
        if let known, !isDoubtful { return known }
        do throws(StoreError) {
            return try ask(by: deadline)
        } catch {
            // Sentinels that do not answer say nothing about the master.
            guard let known, error.code != .closed else { throw error }
            return known
        }
    }

    /// Another master than `former`, if the sentinels name one.
    private func successor(of former: RedisPool, by deadline: Deadline) throws(StoreError) -> RedisPool? {
        state.withLock { $0.isDoubtful = true }
        let next = try master(by: deadline)
        return next === former ? nil : next
    }

    /// Asks one sentinel after another.
    private func ask(by deadline: Deadline) throws(StoreError) -> RedisPool {
        let now = clock.monotonicNanoseconds()
        let known: RedisPool? = state.withLock { state in
            if let pool = state.master?.pool, state.isAsking || now < state.askedAt + Self.askPause { return pool }
            (state.isAsking, state.askedAt) = (true, now)
            return nil
        }
        if let known { return known }
        defer { state.withLock { $0.isAsking = false } }
        var last: StoreError?
        for (place, sentinel) in sentinels.enumerated() where !deadline.hasPassed {
            // One that hangs leaves time for the others and for the master.
            let left = Double(deadline.remainingMilliseconds) / 1000
            let share = Deadline(seconds: left / Double(sentinels.count - place + 1))
            do throws(StoreError) {
                if let endpoint = try master(accordingTo: sentinel, by: share) { return take(endpoint) }
                last = StoreError(
                    .unavailable, "the sentinel \(sentinel.endpoint.address) knows no master called \(name)")
            } catch {
                last = error
            }
        }
        throw last ?? errors.timeout("has no sentinel that answered")
    }

    private func master(accordingTo sentinel: (endpoint: Endpoint, pool: RedisPool), by deadline: Deadline)
        throws(StoreError) -> Endpoint?
    {
        let command = RESPCommand("SENTINEL", "get-master-addr-by-name", name)
        let reply = try sentinel.pool.exchange([command], mayRepeat: true, by: deadline)[0]
        if case .error(let text) = reply { throw sentinel.pool.errors.error(reply: text) }
        guard let parts = reply.elements, parts.count == 2, let host = parts[0].text,
            let port = parts[1].text.flatMap({ UInt16($0) })
        else { return nil }
        return .tcp(host: host, port: port)
    }

    private func take(_ endpoint: Endpoint) -> RedisPool {
        let (pool, former): (RedisPool, RedisPool?) = state.withLock { state in
            state.isDoubtful = false
            if let master = state.master, master.endpoint == endpoint { return (master.pool, nil) }
            let former = state.master?.pool
            let pool = pools.pool(endpoint)
            if state.isClosed { pool.close() }
            if former != nil { state.changes += 1 }
            state.master = (endpoint, pool)
            return (pool, former)
        }
        former?.close()
        return pool
    }
}

extension RESPReply {
    /// Whether a replica refused to write, or has lost its master.
    var isOfReplica: Bool {
        guard case .error(let text) = self else { return false }
        let meaning = RedisErrors.meaning(of: text)
        return meaning.hasPrefix("READONLY") || meaning.hasPrefix("MASTERDOWN")
    }
}
