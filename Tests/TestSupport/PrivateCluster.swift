import Foundation
import Platform

/// A Redis Cluster of a test's own on the loopback: three masters with a third of the slots each, and a replica of each.
public final class PrivateCluster: Sendable {
    /// The masters that it began with, then their replicas in the same order.
    public let nodes: [PrivateRedis]
    /// Where they listen.
    public let ports: [UInt16]

    /// It did not come about in time: what its first node says.
    public struct NotReady: Error { let info: String }

    /// Starts six nodes, which declare a node dead after `nodeTimeout` milliseconds, and waits until they agree.
    public init(nodeTimeout: Int = 1000, arguments: [String] = []) throws {
        let ports = FreePorts.next(6)
        self.ports = ports
        nodes = try ports.map { port in
            try PrivateRedis(
                arguments: [
                    "--port", "\(port)", "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-config-file",
                    "nodes.conf", "--cluster-node-timeout", "\(nodeTimeout)", "--repl-diskless-sync", "yes",
                    "--repl-diskless-sync-delay", "0", "--cluster-allow-replica-migration", "no",
                ] + arguments)
        }
        for (index, range) in [(0, 5460), (5461, 10_922), (10_923, 16_383)].enumerated() {
            nodes[index].command("CLUSTER", "ADDSLOTSRANGE", "\(range.0)", "\(range.1)")
            nodes[index].command("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
        }
        for port in ports.dropFirst() { nodes[0].command("CLUSTER", "MEET", "127.0.0.1", "\(port)") }
        try wait { $0.allSatisfy { $0.command("CLUSTER", "INFO").contains("cluster_known_nodes:6") } }
        for index in 0..<3 { try replicate(index) }
        try wait { nodes in
            nodes.allSatisfy { $0.command("CLUSTER", "INFO").contains("cluster_state:ok") }
                && nodes[3...].allSatisfy { $0.command("INFO", "replication").contains("master_link_status:up") }
        }
    }

    /// The address for a store.
    public var url: String { "redis+cluster://" + ports.map { "127.0.0.1:\($0)" }.joined(separator: ",") }

    /// The node that has a slot now, as any living node says; `nil` when none does.
    public func master(of slot: Int, asking index: Int) -> Int? {
        for line in nodes[index].command("CLUSTER", "NODES").split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 8 else { continue }
            let flags = words[2].split(separator: ",")
            guard flags.contains("master"), !flags.contains("fail"), !flags.contains("fail?") else { continue }
            let holds = words[8...].contains { range in
                let bounds = range.split(separator: "-").compactMap { Int($0) }
                return bounds.count > 0 && bounds[0] <= slot && slot <= bounds.last!
            }
            let port = words[1].split(separator: "@")[0].split(separator: ":").last.flatMap { UInt16($0) }
            if holds { return port.flatMap { ports.firstIndex(of: $0) } }
        }
        return nil
    }

    /// Whether a master's replica comes to have everything that was written to it, in so many seconds.
    ///
    /// WAIT does not say: it speaks of what its own connection wrote.
    public func isReplicated(_ master: Int, within seconds: Double) -> Bool {
        let replica = nodes[(master + 3) % 6]
        func offset(_ node: PrivateRedis, _ field: String) -> Int? {
            let info = node.command("INFO", "replication")
            return info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field) }
                .flatMap { Int($0.dropFirst(field.count)) }
        }
        let deadline = Deadline(seconds: seconds)
        repeat {
            if let written = offset(nodes[master], "master_repl_offset:"),
                let had = offset(replica, "slave_repl_offset:"), had >= written
            {
                return true
            }
            usleep(5000)
        } while !deadline.hasPassed
        return false
    }

    /// Moves a slot with all its keys from one node to another, key by key, as `redis-cli --cluster reshard` does.
    public func move(slot: Int, from source: Int, to target: Int) {
        beginMove(slot: slot, from: source, to: target)
        while true {
            let keys = nodes[source].command("CLUSTER", "GETKEYSINSLOT", "\(slot)", "5").split(separator: "\r\n")
                .map(String.init).filter { !$0.hasPrefix("+") && !$0.hasPrefix("*") && !$0.hasPrefix("$") }
            if keys.isEmpty { break }
            nodes[source].command(
                words: ["MIGRATE", "127.0.0.1", "\(ports[target])", "\"\"", "0", "5000", "KEYS"] + keys)
        }
        let targetID = id(of: target)
        for node in [target, source] { nodes[node].command("CLUSTER", "SETSLOT", "\(slot)", "NODE", targetID) }
    }

    /// Opens a slot on both sides, as `move` does first: its keys stay where they are, and new ones belong on `target`.
    public func beginMove(slot: Int, from source: Int, to target: Int) {
        nodes[target].command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", id(of: source))
        nodes[source].command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", id(of: target))
    }

    private func id(of index: Int) -> String {
        String(nodes[index].command("CLUSTER", "MYID").split(separator: "\r\n")[1])
    }

    /// Makes the node after the masters a replica, when its master is known to it.
    private func replicate(_ index: Int) throws {
        let master = id(of: index)
        try wait { $0[index + 3].command("CLUSTER", "REPLICATE", master).hasPrefix("+OK") }
    }

    /// Waits until `isDone` says yes, at most so many seconds.
    public func wait(seconds: Double = 30, _ isDone: ([PrivateRedis]) -> Bool) throws {
        let deadline = Deadline(seconds: seconds)
        while !isDone(nodes) {
            if deadline.hasPassed { throw NotReady(info: nodes[0].command("CLUSTER", "NODES")) }
            usleep(20_000)
        }
    }
}
