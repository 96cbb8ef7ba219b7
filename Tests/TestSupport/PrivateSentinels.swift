import Foundation
import Platform

/// A master, its replica and three sentinels of a test's own, on the loopback.
public final class PrivateSentinels: Sendable {
    /// The master that it began with, and its replica.
    public let servers: [PrivateRedis]
    /// Who watches them.
    public let sentinels: [PrivateRedis]
    private let sentinelPorts: [UInt16]
    private let serverPorts: [UInt16]

    /// It did not come about in time.
    public struct NotReady: Error { let info: String }

    /// Starts them; a master that does not answer for `downAfter` milliseconds is replaced.
    public init(downAfter: Int = 500) throws {
        let ports = FreePorts.next(5)
        (serverPorts, sentinelPorts) = (Array(ports[..<2]), Array(ports[2...]))
        func server(_ port: UInt16, _ more: [String] = []) throws -> PrivateRedis {
            try PrivateRedis(
                arguments: [
                    "--port", "\(port)", "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0",
                ] + more)
        }
        let master = try server(ports[0])
        servers = [master, try server(ports[1], ["--replicaof", "127.0.0.1", "\(ports[0])"])]
        sentinels = try sentinelPorts.map { port in
            try PrivateRedis(
                arguments: ["--port", "\(port)", "--bind", "127.0.0.1", "--sentinel"],
                configuration: """
                    sentinel monitor cache 127.0.0.1 \(ports[0]) 2
                    sentinel down-after-milliseconds cache \(downAfter)
                    sentinel failover-timeout cache 3000
                    """)
        }
        try wait {
            $0.allSatisfy {
                let info = $0.command("INFO", "sentinel")
                return info.contains("slaves=1") && info.contains("sentinels=3")
            }
        }
    }

    /// The address for a store.
    public var url: String {
        "redis+sentinel://" + sentinelPorts.map { "127.0.0.1:\($0)" }.joined(separator: ",") + "/cache"
    }

    /// Which of `servers` the first sentinel calls the master.
    public var master: Int? {
        let reply = sentinels[0].command("SENTINEL", "get-master-addr-by-name", "cache")
        return serverPorts.firstIndex { reply.contains("\r\n\($0)\r\n") }
    }

    /// Waits until `isDone` says yes of the sentinels.
    public func wait(_ isDone: ([PrivateRedis]) -> Bool) throws {
        let deadline = Deadline(seconds: 30)
        while !isDone(sentinels) {
            if deadline.hasPassed { throw NotReady(info: sentinels[0].command("INFO", "sentinel")) }
            usleep(20_000)
        }
    }
}
