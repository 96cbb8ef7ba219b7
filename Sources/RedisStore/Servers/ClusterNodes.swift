import CacheModel

/// The pools of a cluster's nodes. A node that failed is left alone for a moment, so that its slots cost nobody the time
/// that the others would answer in.
final class ClusterNodes: Sendable {
    typealias Endpoint = RedisConfiguration.Endpoint

    private struct Node {
        var pool: RedisPool
        /// Nanoseconds of the monotonic clock until which nobody asks it.
        var restsUntil: UInt64 = 0
        var pause: UInt64 = 0
    }

    private struct State {
        var nodes: [Endpoint: Node] = [:]
        var isClosed = false
    }

    private let state = Locked(State())
    private let pools: RedisPoolFactory
    private let clock: any WallClock

    private static let firstPause: UInt64 = 250_000_000
    private static let longestPause: UInt64 = 2_000_000_000

    init(pools: RedisPoolFactory, clock: any WallClock = SystemClock()) { (self.pools, self.clock) = (pools, clock) }

    /// The connections to a node.
    func pool(_ endpoint: Endpoint) -> RedisPool {
        state.withLock { state in
            if let node = state.nodes[endpoint] { return node.pool }
            let node = Node(pool: pools.pool(endpoint))
            if state.isClosed { node.pool.close() }
            state.nodes[endpoint] = node
            return node.pool
        }
    }

    /// Whether a node may be asked. When its rest is over the first that asks may, and the others wait for what becomes of
    /// it.
    func mayAsk(_ endpoint: Endpoint) -> Bool {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            guard let node = state.nodes[endpoint], node.restsUntil > 0 else { return true }
            guard now >= node.restsUntil else { return false }
            state.nodes[endpoint]!.restsUntil = now + Self.firstPause
            return true
        }
    }

    /// A node has answered.
    func succeeded(_ endpoint: Endpoint) {
        state.withLock { state in
            guard let node = state.nodes[endpoint], node.restsUntil > 0 else { return }
            (state.nodes[endpoint]!.restsUntil, state.nodes[endpoint]!.pause) = (0, 0)
        }
    }

    /// A node did not answer.
    func failed(_ endpoint: Endpoint) {
        let now = clock.monotonicNanoseconds()
        state.withLock { state in
            guard let node = state.nodes[endpoint] else { return }
            let pause = node.pause == 0 ? Self.firstPause : min(node.pause * 2, Self.longestPause)
            (state.nodes[endpoint]!.restsUntil, state.nodes[endpoint]!.pause) = (now + pause, pause)
        }
    }

    /// Forgets the nodes that are none any more.
    func keep(only endpoints: Set<Endpoint>) {
        let gone = state.withLock { state in
            let gone = state.nodes.filter { !endpoints.contains($0.key) }
            for endpoint in gone.keys { state.nodes[endpoint] = nil }
            return gone.map(\.value.pool)
        }
        for pool in gone { pool.close() }
    }

    /// Whether `close` was called.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func close() {
        let pools = state.withLock { state in
            state.isClosed = true
            return state.nodes.values.map(\.pool)
        }
        for pool in pools { pool.close() }
    }
}
