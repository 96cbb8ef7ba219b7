import CacheEngine
import CacheModel
import Foundation
import Platform
import SQLiteStore

/// Measures the ledger: a month of made-up events over 20 models and 1,000 users into an SQLite file, through the spool,
/// with flushes and roll-ups as a server makes them.
struct LedgerBench {
    /// How many events there are.
    let events: Int

    /// What was measured.
    struct Result {
        var events = 0
        var ingestSeconds = 0.0
        var recordNanoseconds = 0.0
        var bytes = 0
        var rows = 0
        var reportByModel = 0.0
        var reportByModelUser = 0.0
        var reportByUser = 0.0
        var isExact = false
    }

    /// What the reports must say, added up event by event.
    private struct Oracle {
        private var byModel: [String: SIMD32<Int64>] = [:]
        private var byUser: [String: SIMD32<Int64>] = [:]
        private var byBoth: [[String]: SIMD32<Int64>] = [:]

        mutating func add(_ event: LedgerEvent) {
            let (model, user) = (event.key.model ?? "-", event.key.user ?? "-")
            byModel[model, default: SIMD32()] &+= event.counts
            byUser[user, default: SIMD32()] &+= event.counts
            byBoth[[model, user], default: SIMD32()] &+= event.counts
        }

        /// Whether every counter of every row is what it must be, and no row is missing or too many.
        func agrees(_ models: Report, _ both: Report, _ users: Report) -> Bool {
            func same(_ report: Report, _ sums: [[String]: SIMD32<Int64>]) -> Bool {
                report.rows.count == sums.count && report.rows.allSatisfy { sums[$0.labels] == $0.counts.values }
            }
            func keyed(_ sums: [String: SIMD32<Int64>]) -> [[String]: SIMD32<Int64>] {
                Dictionary(uniqueKeysWithValues: sums.map { ([$0.key], $0.value) })
            }
            return same(models, keyed(byModel)) && same(users, keyed(byUser)) && same(both, byBoth)
        }
    }

    private static let hours = 30 * 24
    private static let firstHour: Int64 = 490_000

    /// Runs everything; `progress` gets the events so far.
    func run(progress: (Int) -> Void) throws -> Result {
        let folder = try DemoFolder()
        let path = (folder.socket as NSString).deletingLastPathComponent + "/ledger.db"
        let clock = BenchClock(hour: Self.firstHour)
        let store = try SQLiteStore(.file(path), clock: clock)
        defer { store.close() }
        let ledger = Ledger(store: store, spool: try MappedSpool(folder: path + "-spool"), clock: clock)
        var result = Result(events: events)
        var random = SplitMixRandom(state: 1)
        var oracle = Oracle()
        var recording: UInt64 = 0
        let system = SystemClock()
        let start = system.monotonicNanoseconds()
        for hour in 0..<Self.hours {
            clock.hour.withLock { $0 = Self.firstHour + Int64(hour) }
            let last = events * (hour + 1) / Self.hours
            let first = events * hour / Self.hours
            let made = (first..<last).map { _ in Self.event(hour, &random) }
            for event in made { oracle.add(event) }
            let before = system.monotonicNanoseconds()
            for event in made { ledger.record(event) }
            recording += system.monotonicNanoseconds() - before
            try ledger.flush()
            try ledger.compact()
            progress(last)
        }
        result.ingestSeconds = Double(system.monotonicNanoseconds() - start) / 1e9
        result.recordNanoseconds = Double(recording) / Double(max(1, events))
        try ledger.close()
        let reports = ReportBuilder(ledger: ledger)
        func time(_ by: [LedgerDimension]) throws -> (Report, Double) {
            let start = system.monotonicNanoseconds()
            let request = ReportRequest(
                since: Timestamp(milliseconds: Self.firstHour * 3_600_000),
                until: Timestamp(milliseconds: (Self.firstHour + Int64(Self.hours)) * 3_600_000), by: by)
            let report = try reports.build(request)
            return (report, Double(system.monotonicNanoseconds() - start) / 1e9)
        }
        let (report, seconds) = try time([.model])
        result.reportByModel = seconds
        let (finest, finestSeconds) = try time([.model, .user])
        result.reportByModelUser = finestSeconds
        let (byUser, userSeconds) = try time([.user])
        result.reportByUser = userSeconds
        result.isExact = oracle.agrees(report, finest, byUser)
        result.bytes = try store.statistics().bytes ?? 0
        result.rows = try ledger.rows(
            LedgerQuery(since: 0, until: .max / 4_000_000, dimensions: [.hour, .namespace, .model, .user])
        ).count
        return result
    }

    /// Users and models by a skewed law: the square of an even share, as few ask most.
    private static func event(_ hour: Int, _ random: inout SplitMixRandom) -> LedgerEvent {
        func skewed(_ count: Int) -> Int {
            let share = Double(random.next() >> 11) / Double(1 << 53)
            return Int(share * share * Double(count))
        }
        let (model, user) = (skewed(20), skewed(1000))
        var event = LedgerEvent(
            key: LedgerKey(
                hour: firstHour + Int64(hour), namespace: "support", provider: "openai", model: "model-\(model)",
                user: "u-\(user)"))
        let usage = TokenUsage(promptTokens: 20 + skewed(2000), completionTokens: 10 + skewed(800))
        let cost = NanoDollars(Int64(usage.promptTokens * 150 + usage.completionTokens * 600))
        switch random.next() % 10 {
        case 0..<4:
            event.add(.exactHits)
            event.add(usage, cost: cost, isEstimated: false, to: .avoided)
            let prompt = UInt64(skewed(100_000))
            event.subject = LedgerSubject(kind: .saved, digest: prompt, entry: EntryID(high: 1, low: prompt))
        case 4..<7:
            event.add(.misses)
            event.reason = "miss:no_candidate"
        default:
            event.add(.stored)
            event.add(.calls)
            event.add(usage, cost: cost, isEstimated: false, to: .charged)
        }
        event.add(.cacheNanoseconds, 12_000)
        return event
    }
}

/// A clock that the bench moves from hour to hour.
private final class BenchClock: WallClock {
    let hour: Locked<Int64>
    init(hour: Int64) { self.hour = Locked(hour) }
    func now() -> Timestamp { Timestamp(milliseconds: hour.withLock { $0 } * 3_600_000) }
    func monotonicNanoseconds() -> UInt64 { SystemClock().monotonicNanoseconds() }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): the same events in every run.
private struct SplitMixRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
