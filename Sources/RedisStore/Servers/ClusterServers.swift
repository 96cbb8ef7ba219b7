import CacheModel
import Foundation
import Platform

/// A Redis Cluster: each command goes to the master of its key's slot, and follows the slot when that moves.
///
/// The map of slots is read from any node when it is first needed, when a node says that a slot has moved, and when a node
/// does not answer; never more often than `refreshPause` apart.
final class ClusterServers: RedisServers {
    typealias Endpoint = RedisConfiguration.Endpoint

    private struct State {
        var map: ClusterMap?
        var isRefreshing = false
        var refreshedAt: UInt64 = 0
        var changes = 0
    }

    private let seeds: [Endpoint]
    private let errors: RedisErrors
    private let timeout: Double
    private let nodes: ClusterNodes
    private let state = Locked(State())
    private let clock = SystemClock()

    /// Nanoseconds between two readings of the map.
    private static let refreshPause: UInt64 = 100_000_000
    /// How often in a row commands are sent on to another node; waiting for a slot that is on its way is no such time.
    private static let maximumRedirections = 16

    init(seeds: [Endpoint], pools: RedisPoolFactory, errors: RedisErrors) {
        (self.seeds, self.errors, timeout) = (seeds, errors, pools.configuration.timeout)
        nodes = ClusterNodes(pools: pools)
    }

    var topologyChanges: Int { state.withLock { $0.changes } }

    func close() { nodes.close() }

    /// A master's map is not older than its own slots, so all masters together have all keys.
    func keepers() throws(StoreError) -> [RedisPool] {
        refresh(by: Deadline(seconds: timeout))
        let map = try currentMap(by: Deadline(seconds: timeout))
        return map.masters.map { nodes.pool($0) }
    }

    /// What is published on one node is heard on all.
    func openListener(by deadline: Deadline) throws(StoreError) -> RESPConnection {
        let map = try currentMap(by: deadline)
        var last: StoreError?
        for endpoint in map.nodes.shuffled() where nodes.mayAsk(endpoint) {
            do throws(StoreError) {
                let connection = try nodes.pool(endpoint).open(by: deadline)
                nodes.succeeded(endpoint)
                return connection
            } catch {
                nodes.failed(endpoint)
                last = error
            }
        }
        throw last ?? errors.unavailable("has no node that answers")
    }

    // MARK: Commands

    /// One command under way.
    private struct Item {
        let index: Int
        let slot: Int
        /// The node that was named for this one time.
        var asking: Endpoint?
    }

    /// What a round over the nodes has left to do.
    private struct Rest {
        var items: [Item] = []
        /// Why some of the commands were not done; they are not tried again.
        var failure: StoreError?
        /// Whether a slot is on its way, which takes as long as it takes.
        var isWaiting = false
        /// Whether a node that was named for one time does not answer: the slot's owner will name it again.
        var isStuck = false

        /// Takes back what a node did not do. Whoever named it did so for one time only.
        mutating func takeBack(_ group: [Item]) {
            for var item in group {
                isStuck = isStuck || item.asking != nil
                item.asking = nil
                items.append(item)
            }
        }
    }

    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply] {
        let deadline = Deadline(seconds: timeout)
        var replies = [RESPReply](repeating: .null, count: commands.count)
        var rest = Rest(items: commands.indices.map { Item(index: $0, slot: HashSlot.of(commands[$0].routingKey)) })
        var failure: StoreError?
        var pause: useconds_t = 1000
        var redirections = 0
        while !rest.items.isEmpty {
            let groups = try grouped(rest.items.sorted { $0.index < $1.index }, by: try currentMap(by: deadline))
            rest = Rest()
            for (endpoint, group) in groups {
                try ask(endpoint, for: group, of: commands, mayRepeat, by: deadline, &replies, &rest)
            }
            failure = failure ?? rest.failure
            if rest.items.isEmpty { break }
            if rest.isWaiting || rest.isStuck {
                usleep(pause)
                pause = min(pause * 2, 20_000)
            }
            // What is left was not done, and must not read as if it were.
            redirections = rest.isWaiting ? 0 : redirections + 1
            if deadline.hasPassed || redirections == Self.maximumRedirections {
                failure = failure ?? unsettled
                break
            }
        }
        if let failure { throw failure }
        return replies
    }

    /// Has a node do its part: answers into `replies`, what has to be sent again or was not done into `rest`.
    private func ask(
        _ endpoint: Endpoint, for group: [Item], of commands: [RESPCommand], _ mayRepeat: Bool, by deadline: Deadline,
        _ replies: inout [RESPReply], _ rest: inout Rest
    ) throws(StoreError) {
        guard nodes.mayAsk(endpoint) else {
            let isElsewhere = hasMoved(group[0].slot, from: endpoint, by: deadline)
            if isElsewhere { rest.takeBack(group) } else { rest.failure = rest.failure ?? partial(resting(endpoint)) }
            return
        }
        do throws(StoreError) {
            try send(group, of: commands, to: endpoint, by: deadline, &replies, &rest)
        } catch {
            if error.code == .closed {
                if nodes.isClosed { throw error }
                // The node has left the cluster just now: nothing was sent.
                rest.takeBack(group)
                return
            }
            if [.unavailable, .timeout].contains(error.code) { nodes.failed(endpoint) }
            let isElsewhere = hasMoved(group[0].slot, from: endpoint, by: deadline)
            if isElsewhere && mayRepeat { rest.takeBack(group) } else { rest.failure = rest.failure ?? partial(error) }
        }
    }

    /// No time-out of the store: its nodes answer, and do what lies in other slots.
    private var unsettled: StoreError {
        StoreError(.partlyUnavailable, "\(errors.location) has slots on the move: no node does what belongs in them")
    }

    /// Items by the node that has them, in their order.
    private func grouped(_ items: [Item], by map: ClusterMap) throws(StoreError) -> [(Endpoint, [Item])] {
        var groups: [(Endpoint, [Item])] = []
        var places: [Endpoint: Int] = [:]
        for item in items {
            guard let endpoint = item.asking ?? map.owner(of: item.slot) else {
                refreshIfDue(by: Deadline(seconds: timeout))
                throw StoreError(.partlyUnavailable, "\(errors.location) has no node for some of its slots")
            }
            if let place = places[endpoint] {
                groups[place].1.append(item)
            } else {
                places[endpoint] = groups.count
                groups.append((endpoint, [item]))
            }
        }
        return groups
    }

    /// Sends a group to its node and sorts its replies: answers into `replies`, what has to be sent again into `rest`.
    private func send(
        _ group: [Item], of commands: [RESPCommand], to endpoint: Endpoint, by deadline: Deadline,
        _ replies: inout [RESPReply], _ rest: inout Rest
    ) throws(StoreError) {
        var pipeline: [RESPCommand] = []
        for item in group {
            if item.asking != nil { pipeline.append(RESPCommand("ASKING")) }
            pipeline.append(commands[item.index])
        }
        // Repeating is up to `exchange`, which knows where the slots are.
        let answers = try nodes.pool(endpoint).exchange(pipeline, mayRepeat: false, by: deadline)
        nodes.succeeded(endpoint)
        var position = 0
        for item in group {
            position += item.asking == nil ? 0 : 1
            defer { position += 1 }
            guard let redirection = ClusterRedirection(answers[position], asked: endpoint) else {
                replies[item.index] = answers[position]
                continue
            }
            var item = item
            item.asking = nil
            switch redirection {
            case .moved(let slot, let target): learn(slot, target)
            case .ask(let target): item.asking = target
            case .tryAgain: rest.isWaiting = true
            }
            rest.items.append(item)
        }
    }

    /// A node does not answer: asks others who has its slots now. Returns whether another node has `slot`.
    private func hasMoved(_ slot: Int, from endpoint: Endpoint, by deadline: Deadline) -> Bool {
        guard !deadline.hasPassed else { return false }
        refreshIfDue(by: deadline)
        return state.withLock { $0.map?.owner(of: slot) } != endpoint
    }

    private func resting(_ endpoint: Endpoint) -> StoreError {
        StoreError(.unavailable, "\(endpoint.address) did not answer and is left alone for a moment")
    }

    /// An error of one node, while others can be reached.
    private func partial(_ error: StoreError) -> StoreError {
        guard [.unavailable, .timeout].contains(error.code) else { return error }
        let isAlone = state.withLock { $0.map.map { $0.masters.count < 2 } ?? true }
        let othersAnswer = clock.monotonicNanoseconds() < state.withLock { $0.refreshedAt } + 5_000_000_000
        return isAlone || !othersAnswer
            ? error : StoreError(.partlyUnavailable, error.message, cause: error.cause)
    }

    // MARK: The map

    /// The map, read first if nobody has.
    private func currentMap(by deadline: Deadline) throws(StoreError) -> ClusterMap {
        while true {
            if let map = state.withLock({ $0.map }) { return map }
            if let error = refresh(by: deadline) { throw error }
            if deadline.hasPassed { throw errors.timeout("did not say who has which slots") }
            // Another thread is reading it.
            usleep(1000)
        }
    }

    private func learn(_ slot: Int, _ endpoint: Endpoint) {
        state.withLock { state in
            guard state.map?.owner(of: slot) != endpoint else { return }
            state.map?.move(slot, to: endpoint)
            state.changes += 1
        }
    }

    private func refreshIfDue(by deadline: Deadline) {
        let now = clock.monotonicNanoseconds()
        if state.withLock({ now >= $0.refreshedAt + Self.refreshPause }) { refresh(by: deadline) }
    }

    /// Reads the map from the first node that gives it, unless another thread does; returns why none did.
    @discardableResult
    private func refresh(by deadline: Deadline) -> StoreError? {
        let known: [Endpoint]? = state.withLock { state in
            if state.isRefreshing { return nil }
            state.isRefreshing = true
            return state.map?.nodes ?? []
        }
        guard let known else { return nil }
        defer { state.withLock { $0.isRefreshing = false } }
        var last: StoreError?
        for endpoint in known + seeds.filter({ !known.contains($0) }) {
            if deadline.hasPassed { break }
            guard nodes.mayAsk(endpoint) else { continue }
            do throws(StoreError) {
                take(try readMap(from: endpoint, by: deadline))
                nodes.succeeded(endpoint)
                return nil
            } catch {
                nodes.failed(endpoint)
                last = error
            }
        }
        return last ?? errors.unavailable("has no node that answers")
    }

    private func take(_ map: ClusterMap) {
        let now = clock.monotonicNanoseconds()
        let isFirst = state.withLock { state in
            if let former = state.map, former != map { state.changes += 1 }
            defer { (state.map, state.refreshedAt) = (map, now) }
            return state.map == nil
        }
        if !isFirst { nodes.keep(only: Set(map.nodes + seeds)) }
    }

    private func readMap(from endpoint: Endpoint, by deadline: Deadline) throws(StoreError) -> ClusterMap {
        // A node that hangs leaves time for the others.
        let share = Deadline(seconds: min(timeout, Double(deadline.remainingMilliseconds) / 2000))
        let pool = nodes.pool(endpoint)
        let reply = try pool.exchange([RESPCommand("CLUSTER", "SLOTS")], mayRepeat: true, by: share)[0]
        if case .error(let text) = reply { throw pool.errors.error(reply: text) }
        guard let map = ClusterMap(reply, asked: endpoint) else {
            throw StoreError(.unavailable, "\(endpoint.address) is a node of a cluster without slots")
        }
        return map
    }
}
