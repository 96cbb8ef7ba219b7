import CacheModel
import Evaluation
import Foundation
import LinearAlgebra

/// Measures the stores alone: microseconds to keep, read and find an entry with an answer of 1 KiB, one by one and in
/// batches, and how fast all headers are read at a start.
struct StoreBench {
    /// Entries of each store.
    let entries: Int

    /// Entries of one batch.
    static let batch = 100

    /// One store's medians, microseconds an entry.
    struct Row {
        let name: String
        var put = 0.0
        var putInBatches = 0.0
        var read = 0.0
        var find = 0.0
        var headersPerSecond = 0.0
    }

    /// Measures SQLite in a file of its own, and a Redis of its own where the program is there.
    func run(progress: (String) -> Void) throws -> [Row] {
        let folder = try DemoFolder()
        var rows = [try measure("SQLite, a file", "sqlite:\(folder.database)", progress)]
        let socket = "\((folder.socket as NSString).deletingLastPathComponent)/redis.sock"
        let redis = try? ChildServer(
            "redis-server", ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"], socket: socket)
        if redis != nil { rows.append(try measure("Redis, a socket", "unix://\(socket)", progress)) }
        withExtendedLifetime(redis) {}
        return rows
    }

    private func measure(_ name: String, _ url: String, _ progress: (String) -> Void) throws -> Row {
        // Measured, not served: a deadline would only hide what takes long.
        let store = try StoreLocation.open(url, timeout: 10) { _ in }
        defer { store.close() }
        var generator = SplitMix64(seed: 1)
        let made = (0..<entries).map { Self.entry($0, &generator) }
        var row = Row(name: name)
        progress("\(name): keeping")
        let half = entries / 2
        row.put = try Self.median(0..<half) { try store.put(made[$0]) }
        let batches = Array(stride(from: half, to: entries, by: Self.batch))
        row.putInBatches =
            try Self.median(batches.indices) { number in
                let start = batches[number]
                try store.put(Array(made[start..<min(start + Self.batch, entries)]))
            } / Double(Self.batch)
        progress("\(name): reading")
        row.read = try Self.median(0..<entries) { number in
            guard try store.entry(made[number].header.reference) != nil else { throw Self.lost }
        }
        row.find = try Self.median(0..<entries) { number in
            let header = made[number].header
            guard
                try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) != nil
            else { throw Self.lost }
        }
        progress("\(name): scanning")
        var seen = 0
        let seconds = try Self.seconds {
            try store.scanHeaders(batchSize: 1000) { headers in
                seen += headers.count
                return true
            }
        }
        guard seen == entries else { throw Self.lost }
        row.headersPerSecond = Double(entries) / seconds
        return row
    }

    private static var lost: CommandFailure { CommandFailure("the store lost an entry while it was measured") }

    private static func entry(_ number: Int, _ generator: inout SplitMix64) -> CacheEntry {
        func digest() -> Digest256 {
            Digest256(generator.next(), generator.next(), generator.next(), generator.next())
        }
        let scope = Digest256(1, 2, 3, UInt64(number % 20))
        let vector = (0..<256).map { _ in generator.nextGaussian() }
        let now = SystemClock().now()
        let header = EntryHeader(
            id: EntryID(created: now, scope: scope, random: generator.next()), namespace: "bench", scope: scope,
            exactKey: digest(), foldedKey: digest(),
            prompt: "How do I change setting number \(number) of my workspace, and who may do that?", isSemantic: true,
            vector: vector.withUnsafeBufferPointer { StoredVector(embedder: "bench@1", quantizing: $0) },
            model: "gpt-4o-mini", provider: "openai", tenant: "acme", user: nil, tags: ["bench"], created: now,
            expires: now.adding(seconds: 3600))
        let answer = String(repeating: "Open Settings and choose Workspace. ", count: 28)
        return CacheEntry(header: header, body: EntryBody(response: RawJSON(.string(answer))))
    }

    /// The median microseconds of `work` over `numbers`.
    private static func median(_ numbers: Range<Int>, _ work: (Int) throws -> Void) throws -> Double {
        let times = try numbers.map { number in try seconds { try work(number) } }
        return (Quantile.value(0.5, of: times) ?? 0) * 1e6
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        try work()
        return Double(clock.monotonicNanoseconds() - start) / 1e9
    }
}

extension BenchTables {
    static func store(_ rows: [StoreBench.Row], _ bench: StoreBench) -> (JSONValue, String) {
        let heads = ["keep us", "in batches", "read us", "find us", "headers/s"]
        let lines = rows.map { row in
            let cells = [
                Format.fixed(row.put, 1), Format.fixed(row.putInBatches, 1), Format.fixed(row.read, 1),
                Format.fixed(row.find, 1), Format.grouped(Int(row.headersPerSecond)),
            ]
            return "  " + row.name.padded(to: 18) + cells.map { $0.leftPadded(to: 12) }.joined()
        }
        let title =
            "store: medians over \(Format.grouped(bench.entries)) entries with answers of 1 KiB; batches of "
            + "\(StoreBench.batch), an entry each"
        let json = rows.map { row -> JSONValue in
            [
                "name": .string(row.name), "put_us": .number(row.put), "put_batch_us": .number(row.putInBatches),
                "read_us": .number(row.read), "find_us": .number(row.find),
                "headers_per_s": .number(row.headersPerSecond.rounded()),
            ]
        }
        let head = "  " + "".padded(to: 18) + heads.map { $0.leftPadded(to: 12) }.joined()
        return (
            ["entries": .integer(Int64(bench.entries)), "stores": .array(json)],
            ([title, head] + lines).joined(separator: "\n")
        )
    }
}
