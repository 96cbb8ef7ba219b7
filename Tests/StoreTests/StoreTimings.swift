import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import Testing

/// Prints what each store's calls take. Asserts nothing about time; run it alone, in a release build:
/// `DEJA_TIMINGS=1 swift test -c release -Xswiftc -enable-testing --filter StoreTimings`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["DEJA_TIMINGS"] != nil, "DEJA_TIMINGS is not set"))
struct StoreTimings {
    @Test(arguments: StoreKind.available)
    func calls(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let store = fixture.store
        let answer = RawJSON(.string(String(repeating: "An answer of some length. ", count: 80)))
        let count = 2000
        let entries = (0..<UInt64(count)).map { fixture.entry($0, scope: $0 % 50, response: answer) }
        let more = (0..<UInt64(20_000)).map { fixture.entry(1_000_000 + $0, scope: $0 % 50, response: answer) }
        let single = try microseconds(count) { for entry in entries { try store.put(entry) } }
        let batched = try microseconds(more.count) {
            for start in stride(from: 0, to: more.count, by: 500) { try store.put(Array(more[start..<start + 500])) }
        }
        let byName = try microseconds(count) {
            for entry in entries { _ = try store.entry(entry.header.reference) }
        }
        let byKey = try microseconds(count) {
            for header in entries.map(\.header) {
                _ = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
            }
        }
        var found = 0
        let scan = try microseconds(count + more.count) {
            try store.scanHeaders(batchSize: 1000) {
                found += $0.count; return true
            }
        }
        #expect(found == count + more.count)
        let names = ["put", "put in batches of 500", "by name", "by exact key", "scan, each"]
        let figures = zip(names, [single, batched, byName, byKey, scan]).map { name, time in
            "\(name) \(String(format: "%.1f", time))"
        }
        print("\(kind.rawValue), µs: \(figures.joined(separator: ", "))")
    }

    /// What `scripts/scale` reckons with: what an entry takes in Redis and on its way to the other nodes.
    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func costsOfManyNodes() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let count = 20_000
        var random = SeededRandom(seed: 1)
        let words = (0..<4000).map { _ in
            String(
                (0..<Int.random(in: 2...9, using: &random)).map { _ in "etaoinshrdlucmf".randomElement(using: &random)!
                })
        }
        func text(_ length: Int) -> String {
            (0..<length).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
        }
        let entries = (0..<UInt64(count)).map { number in
            var entry = CacheEntry.sample(
                number, scope: number % 200, response: RawJSON(.string(text(170))), lifetime: 86_400)
            entry.header.prompt = text(18)
            entry.header.vector = StoredVector(
                embedder: "deja-en-v2@1", scale: 0.01,
                components: (0..<256).map { _ in Int8.random(in: -127...127, using: &random) })
            return entry
        }
        let before = figure("used_memory:", redis.command("INFO", "memory"))
        for start in stride(from: 0, to: count, by: 500) { try store.put(Array(entries[start..<start + 500])) }
        let memory = (figure("used_memory:", redis.command("INFO", "memory")) - before) / count
        let logs = redis.command("KEYS", "*}:log").split(separator: "\r\n").filter { $0.hasPrefix("deja:") }
        let log = figure(":", redis.command("MEMORY", "USAGE", String(logs[0]), "SAMPLES", "0"))
        let length = figure(":", redis.command("XLEN", String(logs[0])))
        let sent = figure("total_net_output_bytes:", redis.command("INFO", "stats"))
        _ = try store.allHeaders(batchSize: 500)
        let header = (figure("total_net_output_bytes:", redis.command("INFO", "stats")) - sent) / count
        let names = try microseconds(count) {
            try store.scanHeaders(batchSize: 500, where: { _ in false }) { _ in true }
        }
        let calls = redis.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_hmget:")
        }
        print(
            """
            Redis, \(count) entries of \(entries[0].header.prompt.utf8.count) bytes of prompt and about 1 KB of answer: \
            \(memory) bytes an entry, \(log / max(1, length)) bytes a change in a log of \(length), \
            \(header) bytes a header on the wire, \(Int(1e6 / names)) names a second; \(calls ?? "")
            """)
    }

    private func figure(_ name: String, _ text: String) -> Int {
        guard let range = text.range(of: name) else { return 0 }
        return Int(text[range.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    private func microseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        let began = SystemClock().monotonicNanoseconds()
        try body()
        return Double(SystemClock().monotonicNanoseconds() - began) / 1000 / Double(count)
    }
}
