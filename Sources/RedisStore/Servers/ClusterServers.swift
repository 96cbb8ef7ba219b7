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
    /// How often one command follows a slot.
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

    func exchange(_ commands: [RESPCommand], mayRepeat: Bool) throws(StoreError) -> [RESPReply] {
        let deadline = Deadline(seconds: timeout)
        var replies = [RESPReply](repeating: .null, count: commands.count)
        var items = commands.indices.map { Item(index: $0, slot: HashSlot.of(commands[$0].routingKey)) }
        var failure: StoreError?
        var pause: useconds_t = 1000
        for _ in 0..<Self.maximumRedirections {
            let map = try currentMap(by: deadline)
            var again: [Item] = []
            var isWaiting = false
            for (endpoint, group) in try grouped(items, by: map) {
                guard nodes.mayAsk(endpoint) else {
                    let isElsewhere = hasMoved(group[0].slot, from: endpoint, by: deadline)
                    if isElsewhere { again += group } else { failure = failure ?? partial(resting(endpoint)) }
                    continue
                }
                do throws(StoreError) {
                    isWaiting = try send(group, of: commands, to: endpoint, by: deadline, &replies, &again) || isWaiting
                } catch {
                    if error.code == .closed {
                        if nodes.isClosed { throw error }
                        // The node has left the cluster just now: nothing was sent.
                        again += group
                        continue
                    }
                    if [.unavailable, .timeout].contains(error.code) { nodes.failed(endpoint) }
                    let isElsewhere = hasMoved(group[0].slot, from: endpoint, by: deadline)
                    if isElsewhere && mayRepeat { again += group } else { failure = failure ?? partial(error) }
                }
            }
            if again.isEmpty { break }
            items = again.sorted { $0.index < $1.index }
            if deadline.hasPassed {
                failure = failure ?? errors.timeout("did not come to rest: slots are on the move;")
                break
            }
            if isWaiting {
                usleep(pause)
                pause = min(pause * 2, 20_000)
            }
        }
        if let failure { throw failure }
        return replies
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

    /// Sends a group to its node and sorts its replies: answers into `replies`, what has to be sent again into `again`.
    /// Returns whether some of it has to wait a moment.
    private func send(
        _ group: [Item], of commands: [RESPCommand], to endpoint: Endpoint, by deadline: Deadline,
        _ replies: inout [RESPReply], _ again: inout [Item]
    ) throws(StoreError) -> Bool {
        var pipeline: [RESPCommand] = []
        for item in group {
            if item.asking != nil { pipeline.append(RESPCommand("ASKING")) }
            pipeline.append(commands[item.index])
        }
        // Repeating is up to `exchange`, which knows where the slots are.
        let answers = try nodes.pool(endpoint).exchange(pipeline, mayRepeat: false, by: deadline)
        nodes.succeeded(endpoint)
        var position = 0
        var isWaiting = false
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
            case .tryAgain: isWaiting = true
            }
            again.append(item)
        }
        return isWaiting
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
