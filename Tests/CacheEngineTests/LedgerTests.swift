import CacheModel
import Foundation
import Platform
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// Whoever pays can trust the sums.
struct LedgerTests {
    private let folder: TemporaryFolder
    private let clock = TestClock()
    init() throws { folder = try TemporaryFolder() }

    private func openStore() throws -> SQLiteStore { try SQLiteStore(.file(folder.file("cache.db")), clock: clock) }
    private func openLedger(_ store: any LedgerStore, segmentBytes: Int = 8192) throws -> Ledger {
        let ledger = Ledger(
            store: store, spool: try MappedSpool(folder: folder.file("spool"), segmentBytes: segmentBytes), clock: clock
        )
        try ledger.recover()
        return ledger
    }

    private func event(_ number: Int) -> LedgerEvent {
        var event = LedgerEvent(
            key: LedgerKey(
                hour: 500_000 + Int64(number % 3), namespace: "n", model: "m\(number % 5)", user: "u\(number % 7)"))
        event.add(
            TokenUsage(promptTokens: number, completionTokens: 2 * number), cost: NanoDollars(Int64(number)),
            isEstimated: number % 2 == 0, to: .charged)
        event.add(.calls)
        event.reason = number % 4 == 0 ? "miss:unsure" : nil
        return event
    }

    private func total(_ rows: [LedgerRow]) -> LedgerCounts { rows.reduce(into: LedgerCounts()) { $0 += $1.counts } }
    private let all = LedgerQuery(since: 0, until: 1_000_000)

    private func expected(_ numbers: Range<Int>) -> LedgerCounts {
        numbers.reduce(into: LedgerCounts()) { $0.add(event($1)) }
    }

    @Test func eventsAreTheSameAfterTheSpool() throws {
        var tagged = event(4)
        tagged.key.tags = ["a", "ü"]
        tagged.key.provider = ""
        var weighty = event(5)
        weighty.subject = LedgerSubject(kind: .nearMiss, digest: .max, entry: EntryID(high: 1, low: .max))
        for event in [event(0), event(3), tagged, weighty] {
            let read = try #require(LedgerEvent(record: event.record))
            #expect(read.key == event.key)
            #expect(read.counts == event.counts)
            #expect(read.reason == event.reason)
            #expect(read.subject == event.subject)
            for count in 0..<event.record.count { _ = LedgerEvent(record: Array(event.record[..<count])) }
        }
    }

    @Test func aProcessThatDiesBeforeItFlushesLosesNothing() throws {
        let store = try openStore()
        var ledger: Ledger? = try openLedger(store)
        for number in 0..<1000 { ledger?.record(event(number)) }
        ledger = nil
        let next = try openLedger(store)
        #expect(total(try next.rows(all)) == expected(0..<1000))
        #expect(total(try openLedger(store).rows(all)) == expected(0..<1000), "and nothing comes twice")
    }

    @Test func aReportSeesTheLastEventWhileAnotherThreadFlushes() throws {
        let ledger = try openLedger(try openStore())
        let isOver = Locked(false)
        onThreads(2) { thread in
            if thread == 1 {
                while !isOver.withLock({ $0 }) { try? ledger.flush() }
                return
            }
            for number in 0..<200 {
                ledger.record(event(number))
                #expect((try? total(ledger.rows(all))) == expected(0..<number + 1))
            }
            isOver.withLock { $0 = true }
        }
    }

    @Test func aStoreOutOfReachLosesNothing() throws {
        let store = FlakyStore(try openStore())
        let ledger = try openLedger(store)
        store.isDown.withLock { $0 = true }
        for number in 0..<3000 {
            ledger.record(event(number))
            if number % 100 == 0 { try? ledger.flush() }
        }
        #expect(throws: StoreError.self) { try ledger.flush() }
        store.isDown.withLock { $0 = false }
        #expect(total(try ledger.rows(all)) == expected(0..<3000))
    }

    @Test func aStoreThatTakesABatchAndDoesNotSaySoTakesItOnce() throws {
        let store = FlakyStore(try openStore())
        let ledger = try openLedger(store)
        for number in 0..<500 { ledger.record(event(number)) }
        store.losesReplies.withLock { $0 = true }
        for _ in 0..<3 { #expect(throws: StoreError.self) { try ledger.flush() } }
        store.losesReplies.withLock { $0 = false }
        #expect(total(try ledger.rows(all)) == expected(0..<500))
    }

    @Test func manyThreadsAreCountedExactly() throws {
        let ledger = try openLedger(try openStore())
        let suite = self
        onThreads(8) { thread in
            for number in 0..<2000 {
                ledger.record(suite.event(thread * 2000 + number))
                if number % 500 == 0 { try? ledger.flush() }
            }
        }
        #expect(total(try ledger.rows(all)) == expected(0..<16_000))
    }

    @Test func closingLeavesAnEmptySpool() throws {
        let ledger = try openLedger(try openStore())
        for number in 0..<100 { ledger.record(event(number)) }
        try ledger.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("spool")) == [])
    }

    @Test func aReportThatBeginsInTheMiddleOfARolledUpDayHasThatDay() throws {
        let ledger = try openLedger(try openStore())
        let now = LedgerEvent.hour(of: clock.now())
        for age in 0..<(10 * 24) {
            var event = LedgerEvent(key: LedgerKey(hour: now - Int64(age), namespace: "n\(age % 2)", model: "m"))
            event.add(.misses)
            ledger.record(event)
        }
        try ledger.flush()
        try ledger.compact()
        let builder = ReportBuilder(ledger: ledger)
        func misses(_ days: Double, by: [LedgerDimension]) throws -> Int64 {
            let request = ReportRequest(
                since: clock.now().adding(seconds: -days * 86_400), until: clock.now().adding(seconds: 3600), by: by)
            let report = try builder.build(request)
            #expect(by.isEmpty || report.rows.reduce(0) { $0 + $1.counts[.misses] } == report.total[.misses])
            return report.total[.misses]
        }
        #expect(try misses(2, by: [.model]) == 49)
        #expect(try misses(20, by: [.day]) == 240)
        let start = (now - 5 * 24) - (now - 5 * 24) % 24
        #expect(try misses(5, by: []) == now - start + 1)
    }

    @Test func absurdFiguresAreMarkedAndLeftOut() {
        var event = LedgerEvent(key: LedgerKey(hour: 0, namespace: "n"))
        event.add(
            TokenUsage(promptTokens: -1, completionTokens: 1), cost: NanoDollars(1), isEstimated: false, to: .charged)
        event.add(TokenUsage(promptTokens: .max, completionTokens: 1), cost: nil, isEstimated: false, to: .avoided)
        event.add(TokenUsage(promptTokens: 1), cost: NanoDollars(.max), isEstimated: false, to: .charged)
        var counts = LedgerCounts()
        counts.add(event)
        #expect(counts[.implausible] == 3)
        #expect(counts[.chargedNano] == 0 && counts[.chargedPromptTokens] == 0 && counts[.avoidedUnpriced] == 0)
    }

    @Test func everyAnswerIsCountedOnceOnWhatWasReturned() throws {
        let store = try openStore()
        let ledger = try openLedger(store)
        let cache = try EngineFixture(store: store) { $0.accounting = ledger }
        var request = CacheRequest(prompt: "refund within 30 days of purchase")
        (request.model, request.provider, request.user) = ("priced", "p", "u-1")
        _ = cache.lookup(request)
        cache.store(request) {
            $0.usage = TokenUsage(
                promptTokens: 1000, completionTokens: 100, cachedPromptTokens: 400, reasoningTokens: 7)
            $0.tags = ["b", "a"]
            $0.latencyMilliseconds = 1234.5
        }
        _ = cache.lookup(request)
        var near = request
        near.input = .prompt("refund within 60 days of purchase")
        _ = cache.lookup(near)
        cache.store(near) { $0.statusCode = 429 }
        cache.store(near) { $0.request.model = "unheard of" }
        let rows = try ledger.rows(
            LedgerQuery(since: 0, until: 1_000_000, dimensions: [.provider, .model, .user, .tag]))
        let plain = try #require(rows.first { $0.key.tags.isEmpty && $0.key.model == "priced" }).counts
        #expect(plain.reasons == ["miss:empty": 1, "miss:guard:numbers": 1, "refused:error_status": 1])
        #expect(plain[.calls] == 0, "a failed call costs nothing")
        let tagged = try #require(rows.first { $0.key.tags == ["a", "b"] })
        #expect(tagged.key.provider == "p" && tagged.key.user == "u-1")
        let counts = tagged.counts
        #expect(counts[.exactHits] == 1 && counts[.stored] == 1 && counts[.calls] == 1)
        #expect(counts.charged == NanoDollars(1_000_000))
        #expect(counts.avoided == NanoDollars(1_000_000))
        #expect(counts[.chargedCachedTokens] == 400 && counts[.avoidedReasoningTokens] == 7)
        #expect(counts[.modelMicroseconds] == 1_234_500 && counts[.avoidedModelMicroseconds] == 1_234_500)
        let unknown = try #require(rows.first { $0.key.model == "unheard of" }).counts
        #expect(unknown[.chargedUnpriced] == 1 && unknown[.chargedNano] == 0 && unknown[.chargedEstimated] == 1)
    }

    @Test func aPromptsSavingsAndWhatItsNearMissesCostAreSummedUp() throws {
        let store = try openStore()
        let ledger = try openLedger(store)
        let cache = try EngineFixture(store: store) { $0.ledger = ledger }
        let usage = TokenUsage(promptTokens: 1000, completionTokens: 0)
        var request = CacheRequest(prompt: "refund within 30 days")
        request.model = "priced"
        cache.store(request) { $0.usage = usage }
        for _ in 0..<3 { _ = cache.lookup(request) }
        for number in [60, 90] {
            var near = request
            near.input = .prompt("refund within \(number) days")
            #expect(cache.lookup(near).reason == .guarded(by: "numbers"))
            // Failed, then answered: only the call that was paid for costs.
            if number == 60 { cache.store(near) { $0.cost = NanoDollars(7) } }
        }
        let day = cache.clock.now().milliseconds / 86_400_000
        func top(_ kind: LedgerSubject.Kind) throws -> [LedgerSubjectRow] {
            try ledger.subjects(LedgerSubjectQuery(kind: kind, days: day..<(day + 1), limit: 10))
        }
        let saved = try top(.saved)
        #expect(saved.map(\.count) == [3] && saved.map(\.nano) == [3_000_000])
        let missed = try top(.nearMiss)
        #expect(missed.map(\.count) == [1] && missed.map(\.nano) == [7])
        #expect(missed[0].subject.entry == saved[0].subject.entry, "the miss was near that entry")
        #expect(cache.engine.line(saved[0]).prompt == nil, "prompts are shown only where the namespace allows it")
    }

    @Test func aClockThatGoesBackKeepsTheSums() throws {
        let store = try openStore()
        let ledger = try openLedger(store)
        let cache = try EngineFixture(store: store) { $0.accounting = ledger }
        for _ in 0..<5 {
            _ = cache.lookup("hello there")
            cache.clock.advance(seconds: -7200)
        }
        #expect(total(try ledger.rows(all))[.misses] == 5)
    }
}

/// A store that fails when it is told to.
private final class FlakyStore: LedgerStore {
    let isDown = Locked(false)
    let losesReplies = Locked(false)
    private let store: any LedgerStore

    init(_ store: any LedgerStore) { self.store = store }

    func add(_ batch: LedgerBatch) throws(StoreError) {
        if isDown.withLock({ $0 }) { throw StoreError(.unavailable, "down") }
        try store.add(batch)
        if losesReplies.withLock({ $0 }) { throw StoreError(.timeout, "no reply") }
    }
    func ledger(_ query: LedgerQuery) throws(StoreError) -> [LedgerRow] { try store.ledger(query) }
    func subjects(_ query: LedgerSubjectQuery) throws(StoreError) -> [LedgerSubjectRow] { try store.subjects(query) }
    func compactLedger(now: Int64, retention: LedgerRetention) throws(StoreError) {
        try store.compactLedger(now: now, retention: retention)
    }
}
