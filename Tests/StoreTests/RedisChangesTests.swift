import CacheModel
import Platform
import TestSupport
import Testing

@testable import RedisStore

/// The change log while keys change servers.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
struct RedisChangesTests {
    @Test func aGapIsToldOfAgainWhenTheReadingThatFoundItFailed() throws {
        let redis = try PrivateRedis()
        let configuration = RedisConfiguration.test(redis)
        let servers = UnsteadyServers(configuration.makeServers())
        let store = RedisStore(configuration, servers: servers)
        var position = try store.end()
        func gaps() throws(StoreError) -> Int {
            let changes = try store.changes(after: &position, waiting: 0) { _ in false }
            return changes.count { if case .gap = $0 { true } else { false } }
        }
        #expect(try gaps() == 0)
        servers.moveKeys()
        servers.refuses(true)
        // There is something to read.
        store.listener.hasMore(ChangeListener.invalidations)
        #expect(storeError { () throws(StoreError) in _ = try gaps() }?.code == .timeout)
        servers.refuses(false)
        #expect(try gaps() == 1)
        #expect(try gaps() == 0)
    }
}

/// Servers between which keys move, and that do not answer, when a test says so.
private final class UnsteadyServers: RedisServers {
    private struct State {
        var changes = 0
        var refuses = false
    }

    private let inner: any RedisServers
    private let state = Locked(State())

    init(_ inner: any RedisServers) { self.inner = inner }

    func moveKeys() { state.withLock { $0.changes += 1 } }
    func refuses(_ refuses: Bool) { state.withLock { $0.refuses = refuses } }

    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply] {
        if state.withLock({ $0.refuses }) { throw StoreError(.timeout, "does not answer") }
        return try inner.exchange(commands, mayRepeat: mayRepeat)
    }

    func keepers() throws(StoreError) -> [RedisPool] { try inner.keepers() }
    func openListener(by deadline: Deadline) throws(StoreError) -> RESPConnection {
        try inner.openListener(by: deadline)
    }
    var topologyChanges: Int { state.withLock { $0.changes } }
    func close() { inner.close() }
}
