import CacheModel
import CacheService
import Foundation
import TestSupport

/// What is done to the server and its store while clients go on.
enum SoakFault: String, CaseIterable {
    case killServer, fullDisk, clockForward, clockBack
    case killRedis, pauseRedis, fillRedis, failOver

    var needsClock: Bool { [.clockForward, .clockBack].contains(self) }
}

/// What the server under test keeps its entries in.
enum SoakStore: String {
    case sqlite = "SQLite"
    /// With an append-only file: without one a Redis that is killed loses what it holds.
    case redis = "Redis"
    /// Three masters and a replica of each.
    case cluster = "Redis Cluster"

    /// The faults that can be done to it.
    var faults: [SoakFault] {
        let server: [SoakFault] = [.killServer, .clockForward, .clockBack]
        return switch self {
        case .sqlite: server + [.fullDisk]
        case .redis: server + [.killRedis, .pauseRedis, .fillRedis]
        case .cluster: server + [.failOver]
        }
    }
}

/// The server under test with the faults that can be done to it.
final class SoakSite {
    let folder: TemporaryFolder
    let store: SoakStore
    private let redis: PrivateRedis?
    private let cluster: PrivateCluster?
    private(set) var server: RunningServer
    private let clock: SoakClock?
    private let address: String?
    /// What the server last said of itself while it was not calm.
    private(set) var lastStatistics = "nothing"
    /// Times that the server ended by itself.
    private(set) var crashes = 0
    private(set) var faults: [SoakFault: Int] = [:]

    init(_ store: SoakStore) throws {
        self.store = store
        folder = try TemporaryFolder()
        redis =
            store == .redis ? try PrivateRedis(arguments: ["--appendonly", "yes", "--appendfsync", "always"]) : nil
        // A master that only takes long is not given up: its replica may lack what it has acknowledged.
        cluster = store == .cluster ? try PrivateCluster(nodeTimeout: 15_000) : nil
        clock = SoakClock(folder: folder)
        address = redis.map { "unix://\($0.socketPath)" } ?? cluster?.url
        server = try Self.start(folder, address, clock)
    }

    var socket: String { server.socket }

    /// The faults that can be done here.
    var possible: [SoakFault] { store.faults.filter { !$0.needsClock || clock != nil } }

    private static func start(_ folder: TemporaryFolder, _ address: String?, _ clock: SoakClock?) throws
        -> RunningServer
    {
        try RunningServer(
            ["--memory", "8MiB", "--store-timeout", "0.2s"], store: address, folder: folder,
            environment: (clock?.environment ?? [:]).merging(["XDG_STATE_HOME": folder.path]) { $1 })
    }

    /// Does something, and undoes it after `seconds`.
    func inject(_ fault: SoakFault, seconds: Double) throws {
        faults[fault, default: 0] += 1
        let pause = useconds_t(seconds * 1e6)
        switch fault {
        case .killServer:
            noteCrash()
            // What was counted while the disk was full is in memory only until the ledger is written out.
            _ = try? DejaClient(.unix(socket)).send("GET", "/v1/report", nil)
            server.kill()
            server = try Self.start(folder, address, clock)
        case .fullDisk:
            try limitFiles(to: "1")
            usleep(pause)
            try limitFiles(to: "unlimited")
        case .clockForward: clock?.step(seconds: 3600)
        case .clockBack: clock?.step(seconds: -3600)
        case .killRedis:
            redis?.kill()
            usleep(pause)
            try redis?.start()
        case .pauseRedis:
            redis?.pause()
            usleep(pause)
            redis?.resume()
        case .fillRedis:
            redis?.command("CONFIG", "SET", "maxmemory", "1")
            usleep(pause)
            redis?.command("CONFIG", "SET", "maxmemory", "0")
        case .failOver: failOver()
        }
        noteCrash()
    }

    /// Waits until nothing waits for the store any more. Returns whether that came about.
    func awaitCalm() throws -> Bool {
        for _ in 0..<600 {
            noteCrash()
            let value = try? DejaClient(.unix(socket)).statistics().json()
            if value?["pending_writes"]?.integer == 0, value?["breaker"]?.string == "closed" { return true }
            lastStatistics = ["breaker", "pending_writes", "lost_writes", "store_errors"].map { name in
                "\(name) \(value?[name].map { String(decoding: JSONWriter.encode($0), as: UTF8.self) } ?? "unknown")"
            }.joined(separator: ", ")
            usleep(50_000)
        }
        return false
    }

    /// Lets a replica take its master's place in order, as before a machine is serviced: the master holds clients until
    /// the replica has all. Takes the thirds in turn.
    private func failOver() {
        guard let cluster else { return }
        let third = faults[.failOver, default: 0] % 3
        let pair = [third, third + 3]
        guard let replica = pair.first(where: { cluster.nodes[$0].command("ROLE").contains("slave") }) else { return }
        cluster.nodes[replica].command("CLUSTER", "FAILOVER")
        try? cluster.wait { $0[replica].command("ROLE").contains("master") }
    }

    /// The server's resident memory, bytes.
    var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(server.processIdentifier)/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }

    /// As if the file system were full: no file may be written beyond `bytes`, and what tries gets an error.
    private func limitFiles(to bytes: String) throws {
        let result = try DejaProcess.run(
            ["--pid", "\(server.processIdentifier)", "--fsize=\(bytes):unlimited"], program: "/usr/bin/prlimit")
        guard result.status == 0 else { throw CannotLimit(errors: result.errors) }
    }

    private struct CannotLimit: Error { let errors: String }

    private func noteCrash() {
        guard !server.isRunning else { return }
        crashes += 1
        if let again = try? Self.start(folder, address, clock) { server = again }
    }
}

/// A wall clock of the server's that steps; `nil` where there is no C compiler to make it with.
final class SoakClock {
    let environment: [String: String]
    private let file: String
    private var offset: Int64 = 0

    init?(folder: TemporaryFolder) {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("clock_step.c")
            .path
        let library = folder.file("clock_step.so")
        file = folder.file("clock")
        environment = ["LD_PRELOAD": library, "DEJA_TEST_CLOCK": file]
        let made = try? DejaProcess.run(
            ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], program: "/usr/bin/cc")
        guard made?.status == 0 else { return nil }
        write()
    }

    func step(seconds: Int64) {
        offset += seconds * 1000
        write()
    }

    /// In place: the server has the file mapped.
    private func write() {
        let descriptor = open(file, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        _ = withUnsafeBytes(of: offset) { pwrite(descriptor, $0.baseAddress, 8, 0) }
    }
}
