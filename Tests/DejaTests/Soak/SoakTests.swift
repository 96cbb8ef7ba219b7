import CacheModel
import Foundation
import TestSupport
import Testing

/// Mixed load with labelled truth while everything around it fails: `make soak` for half an hour, a few seconds here.
@Suite(.serialized) struct SoakTests {
    /// How long each of the three takes, seconds: DEJA_TEST_SOAK_SECONDS, from `make soak`.
    private static let seconds =
        ProcessInfo.processInfo.environment["DEJA_TEST_SOAK_SECONDS"].flatMap(Double.init) ?? 8
    private static let seed = ProcessInfo.processInfo.environment["DEJA_TEST_SOAK_SEED"].flatMap(UInt64.init) ?? 1
    private static let isLong = seconds > 60

    @Test func nothingIsWrongOrLostOnSQLite() throws { try soak(on: .sqlite) }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func nothingIsWrongOrLostOnRedis() throws { try soak(on: .redis) }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func nothingIsWrongOrLostOnACluster() throws { try soak(on: .cluster) }

    private func soak(on store: SoakStore) throws {
        let site = try SoakSite(store)
        let workers = (0..<3).map { number in
            SoakWorker(
                number: number, seed: Self.seed, socket: site.socket, questions: 300)
        }
        let isOver = Locked(false)
        let ended = DispatchGroup()
        for worker in workers {
            ended.enter()
            Thread.detachNewThread {
                worker.run { isOver.withLock { $0 } }
                ended.leave()
            }
        }
        var memory: [Int] = []
        try injectFaults(site) { memory.append(site.residentBytes) }
        isOver.withLock { $0 = true }
        ended.wait()
        #expect(
            try site.awaitCalm(),
            "what waits for the store is written once it is there again: \(site.lastStatistics)")
        for worker in workers { worker.settle() }
        let counts = workers.map(\.counts).reduce(SoakCounts(), +)
        report(site, counts, memory)
        check(site, counts, memory)
        try checkLedger(site, counts)
        #expect(site.server.stop() == 0, "it ends in order")
    }

    /// Faults one after another, in an order that the seed decides, until the time is over.
    private func injectFaults(_ site: SoakSite, sample: () -> Void) throws {
        var random = SeededRandom(seed: Self.seed &* 31)
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        func elapsed() -> Double { Double(clock.monotonicNanoseconds() - start) / 1e9 }
        var order: [SoakFault] = []
        while elapsed() < Self.seconds {
            // Load without a fault is most of the time.
            usleep(useconds_t((Self.isLong ? Double.random(in: 2...8, using: &random) : 0.4) * 1e6))
            sample()
            if order.isEmpty { order = site.possible.shuffled(using: &random) }
            let fault = order.removeLast()
            trace("\(SystemClock().now().milliseconds) \(fault.rawValue)")
            // What waits in memory is lost with the process, as the documentation says: kill when nothing waits.
            if fault == .killServer, try !site.awaitCalm() { continue }
            try site.inject(fault, seconds: Self.isLong ? Double.random(in: 0.5...4, using: &random) : 0.5)
        }
    }

    private func check(_ site: SoakSite, _ counts: SoakCounts, _ memory: [Int]) {
        #expect(site.crashes == 0)
        #expect(counts.wrong.isEmpty, "\(counts.wrong.prefix(5))")
        #expect(counts.outdated.isEmpty, "\(counts.outdated.prefix(5))")
        #expect(counts.lost.isEmpty, "\(counts.lost.count): \(counts.lost.prefix(5))")
        #expect(counts.hits > 10 && counts.stores > 10, "the load was one: \(counts)")
        // A leak rises all the time; the first third fills caches.
        let settled = memory[(memory.count / 3)...]
        if Self.isLong, let first = settled.first, let last = settled.last {
            #expect(last < first + first / 4 + (32 << 20), "resident memory rose from \(first) to \(last)")
        }
    }

    /// Every lookup that was answered is in the ledger once; of those whose reply was lost nobody knows.
    private func checkLedger(_ site: SoakSite, _ counts: SoakCounts) throws {
        let answered = counts.lookups - counts.unansweredLookups - counts.refusedLookups
        var lookups = 0
        for _ in 0..<200 {
            // Steps of the clock put events into other hours, some of them yet to come: a wide span.
            let until = SystemClock().now().adding(seconds: 2 * 86_400).milliseconds
            let report = try site.server.deja(
                ["report", "--since", "7d", "--until", "\(until)", "--format", "json"]
            ).output
            let total = try? JSONValue(parsing: Array(report.utf8))["total"]
            lookups = Int(total?["lookups"]?.integer ?? 0)
            if lookups >= answered { break }
            usleep(50_000)
        }
        #expect(
            lookups >= answered && lookups <= counts.lookups,
            "ledger \(lookups), answered \(answered) of \(counts.lookups)")
    }

    /// Says what is done, for DEJA_TEST_SOAK_TRACE: not through a buffer, which is lost when the run is cut off.
    private func trace(_ text: String) {
        guard ProcessInfo.processInfo.environment["DEJA_TEST_SOAK_TRACE"] != nil else { return }
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    private func report(_ site: SoakSite, _ counts: SoakCounts, _ memory: [Int]) {
        let faults = site.faults.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
        let text =
            """
            soak on \(site.store.rawValue): \(Int(Self.seconds)) s, seed \(Self.seed), \(counts.operations) requests \
            (\(counts.lookups) lookups, \(counts.hits) hits of which \(counts.semanticHits) semantic, \(counts.stores) stores, \
            \(counts.removals) invalidations, \(counts.appends) turns, \(counts.bad) bad inputs)
              faults survived: \(site.faults.values.reduce(0, +)) (\(faults.joined(separator: ", ")))
              crashes \(site.crashes), wrong answers \(counts.wrong.count), outdated answers \(counts.outdated.count), \
            acknowledged stores lost \(counts.lost.count), requests without a reply \(counts.unanswered), 5xx \(counts.serverErrors)
              resident memory, MiB: \(memory.map { String($0 >> 20) }.joined(separator: " "))

            """
        FileHandle.standardError.write(Data(text.utf8))
    }
}
