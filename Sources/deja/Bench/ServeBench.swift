import CacheModel
import CacheService
import Evaluation
import Foundation

/// Measures a server process over its socket: exact hits and misses over HTTP and RESP, beside Redis's own GET, all
/// driven by the same client in the same run, in turns.
struct ServeBench {
    /// Requests of each measurement.
    let requests: Int
    /// How often the whole set is measured; medians are reported.
    let rounds: Int

    private static let connectionCounts = [1, 16, 64]
    private static let entries = 1000

    /// One measured kind of request at one number of connections.
    struct Row {
        let name: String
        let connections: Int
        var throughputs: [Double] = []
        var p50: [Double] = []
        var p99: [Double] = []

        mutating func add(_ result: LoadGenerator.Result) {
            let sample = result.latencies.map { Double($0) / 1000 }
            throughputs.append(result.throughput)
            p50.append(Quantile.value(0.5, of: sample) ?? 0)
            p99.append(Quantile.value(0.99, of: sample) ?? 0)
        }

        var throughput: Double { Quantile.value(0.5, of: throughputs) ?? 0 }
        var median: Double { Quantile.value(0.5, of: p50) ?? 0 }
        var tail: Double { Quantile.value(0.5, of: p99) ?? 0 }
    }

    /// A kind of request: where it goes, how its replies are read, and its bytes.
    private struct Load {
        let name: String
        let socket: String
        let replies: LoadGenerator.Replies
        /// What of the requests is asked: misses take longer.
        let share: Double
        let command: (Int) -> [UInt8]
    }

    /// Runs everything; `progress` gets a line before each measurement.
    func run(progress: (String) -> Void) throws -> [Row] {
        let folder = try DemoFolder()
        let socket = folder.socket
        let deja = try ChildServer(
            Paths.program, ["serve", "--socket", socket, "--store", "memory:", "--log-level", "error"], socket: socket)
        try fill(socket)
        let redisSocket = "\((socket as NSString).deletingLastPathComponent)/redis.sock"
        let redis = try? ChildServer(
            "redis-server", ["--port", "0", "--unixsocket", redisSocket, "--save", "", "--appendonly", "no"],
            socket: redisSocket)
        if redis != nil { try set(redisSocket) }
        let loads = self.loads(deja: socket, redis: redis == nil ? nil : redisSocket)
        var rows = Self.connectionCounts.flatMap { count in loads.map { Row(name: $0.name, connections: count) } }
        for round in 1...rounds {
            for (index, row) in rows.enumerated() {
                let load = loads[index % loads.count]
                progress("round \(round)/\(rounds): \(row.name), \(row.connections) connections")
                var generator = LoadGenerator(.unix(load.socket))
                generator.connections = row.connections
                generator.replies = load.replies
                let offset = (round * rows.count + index) * requests
                let result = try generator.run(count: Int(Double(requests) * load.share)) { load.command(offset + $0) }
                guard result.errors == 0 else { throw CommandFailure("\(row.name): \(result.errors) requests failed") }
                rows[index].add(result)
            }
        }
        withExtendedLifetime((deja, redis)) {}
        return rows
    }

    private func loads(deja: String, redis: String?) -> [Load] {
        let hits = (0..<Self.entries).map { Self.prompt($0) }
        let respHits = hits.map { Self.resp(["LOOKUP", "prompt", $0]) }
        let httpHits = hits.map { Self.http(["prompt": .string($0)]) }
        let gets = (0..<Self.entries).map { Self.resp(["GET", "key:\($0)"]) }
        func miss(_ number: Int) -> String { "Is order \(number) of customer \(number &* 7) already on its way?" }
        let reference = redis.map { socket in
            Load(name: "redis GET", socket: socket, replies: .resp, share: 1) { number in gets[number % gets.count] }
        }
        let ours = [
            Load(name: "RESP exact hit", socket: deja, replies: .resp, share: 1) { number in
                respHits[number % respHits.count]
            },
            Load(name: "HTTP exact hit", socket: deja, replies: .http, share: 1) { number in
                httpHits[number % httpHits.count]
            },
            Load(name: "RESP miss", socket: deja, replies: .resp, share: 0.1) { number in
                Self.resp(["LOOKUP", "prompt", miss(number)])
            },
            Load(name: "HTTP miss", socket: deja, replies: .http, share: 0.1) { number in
                Self.http(["prompt": .string(miss(number))])
            },
        ]
        return (reference.map { [$0] } ?? []) + ours
    }

    private static func prompt(_ number: Int) -> String {
        "How do I change setting number \(number) of my workspace, and who may do that?"
    }

    /// An answer of about 1 KiB, as chat answers are.
    private static let answer = String(repeating: "Open Settings and choose Workspace. ", count: 28)

    private func fill(_ socket: String) throws {
        let connection = ServerConnection(socket: socket)
        for start in stride(from: 0, to: Self.entries, by: 250) {
            let requests = (start..<(start + 250)).map { number -> JSONValue in
                ["prompt": .string(Self.prompt(number)), "response": .string(Self.answer)]
            }
            _ = try connection.post("/v1/store/batch", ["requests": .array(requests)])
        }
    }

    private func set(_ socket: String) throws {
        let value = Array(Self.answer.utf8)
        _ = try LoadGenerator(.unix(socket)).run(count: Self.entries) {
            LoadGenerator.command([Array("SET".utf8), Array("key:\($0)".utf8), value])
        }
    }

    private static func resp(_ words: [String]) -> [UInt8] { LoadGenerator.command(words.map { Array($0.utf8) }) }

    private static func http(_ body: JSONValue) -> [UInt8] {
        let bytes = JSONWriter.encode(body)
        return Array("POST /v1/lookup HTTP/1.1\r\nHost: deja\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8) + bytes
    }
}
