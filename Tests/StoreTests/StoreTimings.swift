import CacheModel
import Foundation
import Platform
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

    private func microseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        let began = SystemClock().monotonicNanoseconds()
        try body()
        return Double(SystemClock().monotonicNanoseconds() - began) / 1000 / Double(count)
    }
}
