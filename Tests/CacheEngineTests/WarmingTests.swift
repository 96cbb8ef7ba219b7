import CacheModel
import Platform
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// Reading into memory what the coming hour is likely to ask for.
struct WarmingTests {
    let folder: TemporaryFolder
    var history: SnapshotFile { SnapshotFile(path: folder.file("deja.db.history")) }

    init() throws { folder = try TemporaryFolder() }

    /// An engine whose memory holds about fifty answers, and whose entries never expire.
    func open(store: (any EntryStore)? = nil, readsAhead: Bool = true) throws -> EngineFixture {
        let history = history
        var policy = NamespacePolicy()
        policy.ttl = nil
        policy.match = .exact
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy), store: store, memoryBytes: 32 << 10) {
            $0.limits.readsAhead = readsAhead
            $0.accessHistory = history
        }
        try cache.engine.rebuild()
        return cache
    }

    /// Lets days pass in which the same twenty prompts are asked for between eight and nine, and then many others, each
    /// on one day only; ends before eight.
    func live(
        _ cache: EngineFixture, days: Range<Int>, morning: (Int, Int) -> String = { _, number in "morning \(number)" }
    ) {
        for day in days {
            for number in 0..<20 { ask(cache, morning(day, number)) }
            for hour in 1..<24 {
                pass(cache, hours: 1)
                flood(cache, "at \(hour) on \(day)")
            }
            pass(cache, hours: 1)
        }
    }

    /// Asks twice for what was never asked for before, so that it takes the place of what memory held.
    func flood(_ cache: EngineFixture, _ name: String) {
        for _ in 0..<2 { for number in 0..<12 { ask(cache, "\(name), number \(number)") } }
    }

    /// What the maintenance thread does in an hour, as far as it matters: looks, reads ahead, looks again in the next.
    func pass(_ cache: EngineFixture, hours: Int) {
        for _ in 0..<hours {
            for minutes in [29.0, 29, 2] {
                cache.clock.advance(seconds: minutes * 60)
                while cache.engine.tendWarming() {}
            }
        }
    }

    func ask(_ cache: EngineFixture, _ prompt: String) {
        if cache.lookup(prompt).status != .hit { cache.store(prompt, .string(String(repeating: "a", count: 300))) }
    }

    /// How many of the twenty memory answers, without the store.
    func held(_ cache: EngineFixture, _ morning: (Int) -> String = { "morning \($0)" }) -> Int {
        (0..<20).filter {
            guard case .done(let reply) = cache.engine.lookup(CacheRequest(prompt: morning($0))) else { return false }
            return reply.status == .hit
        }.count
    }

    @Test func `What an hour asks for every day is in memory before it begins`() throws {
        let cache = try open()
        live(cache, days: 0..<8)
        #expect(held(cache) == 20)
        // Once it is known what comes true, little is read in vain.
        let before = cache.engine.statistics()
        live(cache, days: 8..<12)
        let after = cache.engine.statistics()
        #expect(after.readAheadUsed - before.readAheadUsed == 3 * 20)
        #expect(after.readAhead - before.readAhead == 4 * 20, "those of the last are for the day to come")
    }

    @Test func `Without reading ahead eviction alone decides`() throws {
        let cache = try open(readsAhead: false)
        live(cache, days: 0..<6)
        #expect(held(cache) == 0)
        #expect(cache.engine.statistics().readAhead == 0)
    }

    @Test func `Days that are like no other are not read ahead for`() throws {
        let cache = try open()
        live(cache, days: 0..<6) { day, number in "only on \(day): \(number)" }
        #expect(cache.engine.statistics().readAhead == 0)
    }

    @Test func `A weekday is told from a weekend`() throws {
        let cache = try open()
        // The clock starts on a Friday at eight.
        let morning = { (day: Int, number: Int) in
            [1, 2].contains(day % 7) ? "weekend \(number)" : "morning \(number)"
        }
        live(cache, days: 0..<12, morning: morning)
        // It is Wednesday.
        #expect(held(cache) { "weekend \($0)" } == 0)
        #expect(held(cache) == 20)
        live(cache, days: 12..<15, morning: morning)
        // It is Saturday.
        #expect(held(cache) { "weekend \($0)" } == 20)
    }

    @Test func `After a start the hour that runs is read ahead for`() throws {
        let store = try SQLiteStore(.file(folder.file("deja.db")))
        let before = try open(store: store)
        live(before, days: 0..<6)
        try before.engine.saveAccessHistory()

        let after = try open(store: store)
        after.clock.advance(seconds: 6 * 86_400 + 600)
        #expect(held(after) == 0)
        #expect(try after.engine.loadAccessHistory())
        while after.engine.tendWarming() {}
        #expect(held(after) == 20)
    }

    @Test func `An hour goes on after a start within it`() throws {
        let store = try SQLiteStore(.file(folder.file("deja.db")))
        let before = try open(store: store)
        while before.engine.tendWarming() {}
        ask(before, "one")
        before.clock.advance(seconds: 1200)
        try before.engine.saveAccessHistory()
        let after = try open(store: store)
        after.clock.advance(seconds: 1260)
        try after.engine.loadAccessHistory()
        while after.engine.tendWarming() {}
        ask(after, "two")
        pass(after, hours: 1)
        let hour = after.engine.warming.withLock { $0.history.hours[HourOfWeek(hour: 500_000).index] }
        #expect(hour.names.count == 2)
        #expect(abs(hour.watched - (3600 - 60) / 3600) < 0.02)
    }

    @Test func `A history that is none is refused, and a new one begins`() throws {
        var other = SnapshotBytes()
        other.append(UInt64(7))
        // An hour that no clock shows.
        var far = try open().engine.warming.withLock { $0.encoded(at: Timestamp(milliseconds: 0)) }.bytes
        withUnsafeBytes(of: Int64.min) { far.replaceSubrange(8..<16, with: $0) }
        var distant = SnapshotBytes()
        far.withUnsafeBytes { distant.append($0) }
        for parts in [[other], [distant], [], [SnapshotBytes()]] {
            try history.save(parts)
            let cache = try open()
            #expect(throws: SnapshotProblem.self) { try cache.engine.loadAccessHistory() }
            live(cache, days: 0..<1)
            try cache.engine.saveAccessHistory()
            #expect(try open().engine.loadAccessHistory())
        }
    }

    @Test func `A history cut short anywhere is refused`() throws {
        let cache = try open()
        live(cache, days: 0..<2)
        let now = cache.clock.now()
        let whole = cache.engine.warming.withLock { $0.encoded(at: now) }.bytes
        for length in stride(from: 0, to: whole.count, by: 97) {
            #expect(throws: SnapshotProblem.self) {
                try whole[..<length].withUnsafeBytes { _ = try WarmingState(SnapshotCursor($0), at: now) }
            }
        }
        let read = try whole.withUnsafeBytes { try WarmingState(SnapshotCursor($0), at: now) }
        #expect(read.history == cache.engine.warming.withLock { $0.history })
        #expect(read.record == cache.engine.warming.withLock { $0.record })
    }

    @Test func `What was invalidated is not read`() throws {
        let cache = try open()
        live(cache, days: 0..<5)
        let before = cache.engine.statistics().readAhead
        #expect(before > 0)
        _ = cache.engine.bump(.namespace("default")).finish()
        pass(cache, hours: 24)
        #expect(cache.engine.statistics().readAhead == before)
    }

    @Test func `A store that is away is asked again`() throws {
        let store = SwitchedStore(try SQLiteStore(.memory))
        let cache = try open(store: store)
        live(cache, days: 0..<6)
        for number in 0..<20 { ask(cache, "morning \(number)") }
        for hour in 1..<24 {
            pass(cache, hours: 1)
            flood(cache, "at \(hour)")
        }
        cache.clock.advance(seconds: 58 * 60)
        store.isAway.withLock { $0 = true }
        #expect(!cache.engine.tendWarming())
        #expect(held(cache) == 0)
        store.isAway.withLock { $0 = false }
        cache.clock.advance(seconds: 60)
        cache.engine.tendStore()
        while cache.engine.tendWarming() {}
        #expect(held(cache) == 20)
    }

    @Test func `A forecast weighs the hour itself against the same hour of all days`() {
        var history = AccessHistory()
        for day in 0..<7 { history.add(day == 3 ? [1, 2] : [1], share: 1, to: HourOfWeek(hour: day * 24 + 9)) }
        let forecasts = history.forecast(of: HourOfWeek(hour: 3 * 24 + 9)).sorted { $0.name < $1.name }
        // (1 + 2 · 7/8) / (1 + 2) and (1 + 2 · 1/8) / (1 + 2)
        #expect(forecasts.map { ($0.share * 1000).rounded() } == [917, 417])
        #expect(history.forecast(of: HourOfWeek(hour: 10)).isEmpty)
    }

    @Test func `An hour keeps no more entries than it may, those asked for most`() {
        var history = AccessHistory(capacity: 10)
        let hour = HourOfWeek(hour: 5)
        history.add(Set(0..<10), share: 1, to: hour)
        history.add(Set(5..<25), share: 1, to: hour)
        #expect(history.hours[hour.index].names.count == 10)
        #expect(Set(history.hours[hour.index].names).isSuperset(of: 5..<10))
        for _ in 0..<20 { history.add([], share: 1, to: hour) }
        #expect(history.hours[hour.index].names.isEmpty)
    }

    @Test func `Forecasts that do not come true are not followed`() {
        var record = ForecastRecord()
        let likely = (0..<50).map { Forecast(name: $0, share: 0.95) }
        let unlikely = (50..<100).map { Forecast(name: $0, share: 0.35) }
        #expect(record.worthwhile(likely + unlikely).isEmpty, "nothing is known of either yet")
        record.add(likely + unlikely, asked: Set(0..<40))
        #expect(record.worthwhile(likely + unlikely) == likely)
        for _ in 0..<300 { record.add(likely, asked: []) }
        #expect(record.worthwhile(likely).isEmpty)
    }

    @Test func `A clock that is set back or far ahead does no harm`() throws {
        let cache = try open()
        live(cache, days: 0..<6)
        for seconds: Double in [-7200, 31_536_000, -34_560_000] {
            cache.clock.advance(seconds: seconds)
            pass(cache, hours: 2)
        }
        let watched = cache.engine.warming.withLock { $0.history.hours.map(\.watched) }
        let most = 1 / (1 - AccessHistory.fading)
        #expect(watched.min()! >= 0)
        #expect(watched.max()! <= most)
    }
}

/// A store that can be away.
private final class SwitchedStore: EntryStore {
    let isAway = Locked(false)
    private let inner: any EntryStore

    init(_ inner: any EntryStore) { self.inner = inner }

    var location: String { inner.location }
    var isShared: Bool { inner.isShared }

    private func reach() throws(StoreError) -> any EntryStore {
        if isAway.withLock({ $0 }) { throw StoreError(.unavailable, "away") }
        return inner
    }

    func put(_ entry: CacheEntry) throws(StoreError) { try reach().put(entry) }
    func put(_ entries: [CacheEntry]) throws(StoreError) { try reach().put(entries) }
    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? { try reach().entry(reference) }

    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        try reach().entry(exactKey: exactKey, scope: scope, namespace: namespace)
    }

    func remove(_ references: [EntryReference]) throws(StoreError) -> Int { try reach().remove(references) }
    func removeExpired(now: Timestamp) throws(StoreError) -> Int { try reach().removeExpired(now: now) }

    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        try reach().scanHeaders(batchSize: batchSize, body)
    }

    func statistics() throws(StoreError) -> StoreStatistics { try reach().statistics() }
    func check() throws(StoreError) { try reach().check() }
    func close() { inner.close() }
}
