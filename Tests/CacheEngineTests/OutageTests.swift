import CacheModel
import RedisStore
import TestSupport
import Testing

@testable import CacheEngine

/// What the gateway gets while Redis is slow or dead, and when it is back.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct OutageTests {
    let redis: PrivateRedis
    let cache: EngineFixture

    init() throws {
        redis = try PrivateRedis()
        cache = try Self.node(redis)
    }

    /// A node of its own on `redis`; time-outs are short, because the tests wait for them.
    private static func node(
        _ redis: PrivateRedis, seed: UInt64 = 1, memoryBytes: Int = 1 << 20,
        _ change: (inout CacheEngine.Parts) -> Void = { _ in }
    ) throws -> EngineFixture {
        var configuration = RedisConfiguration(.unix(path: redis.socketPath))
        configuration.timeout = 0.1
        let random = Locked(SeededRandom(seed: seed))
        return try EngineFixture(store: RedisStore(configuration), memoryBytes: memoryBytes) {
            $0.random = { random.withLock { $0.next() } }
            change(&$0)
        }
    }

    /// Lets the node find out that Redis is away.
    private func openBreaker() {
        for number in 0..<3 { _ = cache.lookup("unknown \(number)") }
        #expect(cache.engine.readiness().breaker == .open)
    }

    /// Lets time pass until the next probe, and the node look after its store.
    private func recover() {
        cache.clock.advance(seconds: 15)
        cache.engine.tendStore()
        #expect(cache.engine.readiness() == Readiness(isIndexBuilt: false, isStoreReachable: true))
        #expect(cache.engine.statistics().pendingWrites == 0)
    }

    @Test func timeOutsOpenTheBreakerAndNobodyWaitsAnyMore() throws {
        redis.pause()
        openBreaker()
        let clock = SystemClock()
        let began = clock.monotonicNanoseconds()
        for number in 0..<100 { #expect(cache.lookup("another \(number)").status == .miss) }
        // One time-out is 0.1 s: a hundred would be ten.
        #expect(clock.monotonicNanoseconds() - began < 1_000_000_000)
        #expect(!cache.engine.readiness().isStoreReachable)
        redis.resume()
        recover()
    }

    @Test func aPauseForWritesIsATimeOutToo() throws {
        redis.command("CLIENT", "PAUSE", "600000", "WRITE")
        openBreaker()
        redis.kill()
        try redis.start()
        recover()
    }

    /// Nanoseconds of 2,000 hits in memory, sorted; each on the calling thread, as the event loop runs them.
    private static func timings(_ engine: CacheEngine) -> [UInt64] {
        let clock = SystemClock()
        return (0..<2000).map { round in
            let began = clock.monotonicNanoseconds()
            guard case .done(let reply) = engine.lookup(CacheRequest(prompt: "question \(round % 50)")) else {
                Issue.record("a hit in memory asked for a worker")
                return 0
            }
            #expect(reply.status == .hit)
            return clock.monotonicNanoseconds() - began
        }.sorted()
    }

    @Test func hitsInMemoryNeverWaitForAPausedRedis() throws {
        for number in 0..<50 { cache.store("question \(number)") }
        let engine = cache.engine
        let normal = Self.timings(engine)
        redis.pause()
        // Other clients' lookups hang in the store meanwhile.
        let isOver = Locked(false)
        onThreads(4) { thread in
            if thread == 0 {
                let paused = Self.timings(engine)
                isOver.withLock { $0 = true }
                // Twice the normal p99, and some room for a machine that others use too.
                #expect(paused[1980] <= max(2 * normal[1980], 2_000_000))
            } else {
                var number = 0
                while !isOver.withLock({ $0 }) {
                    number += 1
                    _ = engine.lookup(CacheRequest(prompt: "missing \(thread) \(number)")).finish()
                }
            }
        }
        redis.resume()
    }

    @Test func whatIsStoredDuringAnOutageIsServedAndWrittenLaterInOrder() throws {
        cache.store("hello world", "old")
        redis.kill()
        cache.store("hello world", "new")
        cache.store("good morning", "first")
        cache.store("good morning", "second")
        cache.store("to be deleted", "gone")
        openBreaker()
        #expect(cache.store("stored while open", "kept") != .refused(.degraded))
        var removal = InvalidationRequest()
        removal.prompt = "to be deleted"
        #expect(cache.engine.invalidate(removal).finish().matched == 1)
        #expect(cache.lookup("hello world").response == RawJSON("new"))
        #expect(cache.lookup("stored while open").response == RawJSON("kept"))
        #expect(cache.lookup("to be deleted").status == .miss)

        try redis.start()
        recover()
        let other = try Self.node(redis, seed: 2)
        #expect(other.lookup("hello world").response == RawJSON("new"))
        #expect(other.lookup("good morning").response == RawJSON("second"))
        #expect(other.lookup("stored while open").response == RawJSON("kept"))
        #expect(other.lookup("to be deleted").status == .miss)
        #expect(cache.engine.statistics().lostWrites == 0)
    }

    @Test func waitingAnswersAreServedWithoutAMemoryTier() throws {
        let cache = try Self.node(redis, seed: 3, memoryBytes: 0)
        redis.kill()
        cache.store("hello world", "new")
        #expect(cache.lookup("hello world").response == RawJSON("new"))
    }

    @Test func anEntryThatCannotBeReadIsNotSaidToBeGone() throws {
        guard case .stored(let id) = cache.store("hello world") else { return #expect(Bool(false)) }
        redis.kill()
        #expect {
            try cache.engine.entry(id).finish().get()
        } throws: {
            ($0 as? RequestProblem)?.code == .unavailable
        }
    }

    @Test func aDeletionDuringAnOutageHidesTheEntryUntilRedisHasRemovedIt() throws {
        guard case .stored(let id) = cache.store("hello world") else { return #expect(Bool(false)) }
        redis.pause()
        openBreaker()
        #expect(try cache.engine.delete(id).finish().get())
        redis.resume()
        // Redis answers again and still holds the entry, but the removal is yet to be written.
        cache.clock.advance(seconds: 15)
        #expect(cache.engine.store.pending.isRemoved(id))
        #expect(cache.lookup("hello world").status == .miss)
        recover()
        #expect(cache.lookup("hello world").status == .miss)
        #expect(try Self.node(redis, seed: 2).lookup("hello world").status == .miss)
    }

    @Test func anInvalidationDuringAnOutageAlsoMeansWhatOtherNodesHadStored() throws {
        let other = try Self.node(redis, seed: 2)
        other.store(CacheRequest(prompt: "hello world"), "theirs") { $0.tags = ["greeting"] }
        other.store(CacheRequest(prompt: "good night"), "theirs") { $0.tags = ["farewell"] }
        redis.pause()
        openBreaker()
        var request = InvalidationRequest()
        request.tags = ["greeting"]
        #expect(cache.engine.invalidate(request).finish().matched == 0)
        redis.resume()
        cache.clock.advance(seconds: 15)
        // The store answers, but has not been searched yet.
        #expect(cache.engine.store.tend())
        #expect(cache.lookup("hello world").status == .miss)
        #expect(cache.lookup("good night").status == .hit)
        recover()
        #expect(try Self.node(redis, seed: 3).lookup("hello world").status == .miss)
        #expect(cache.engine.invalidations.unsettled.isEmpty)
    }

    @Test func beyondTheBoundStoresAreRefusedAndCountedButDeletionsNeverForgotten() throws {
        let cache = try Self.node(redis, seed: 4) { $0.limits.pendingWrites = 2 }
        guard case .stored(let id) = cache.store("before") else { return #expect(Bool(false)) }
        redis.kill()
        #expect(cache.store("one") != .refused(.degraded))
        #expect(cache.store("two") != .refused(.degraded))
        #expect(cache.store("three") == .refused(.degraded))
        #expect(try cache.engine.delete(id).finish().get())
        let statistics = cache.engine.statistics()
        #expect(statistics.lostWrites == 1)
        #expect(statistics.pendingWrites == 3)
        #expect(statistics.pendingWriteBytes > 0)
        #expect(cache.engine.store.pending.isRemoved(id))
    }

    @Test func anIndexWhoseReadingWasCutShortIsReadWhenRedisIsBack() throws {
        cache.store("hello world")
        let other = try Self.node(redis, seed: 2)
        redis.pause()
        #expect(throws: StoreError.self) { try other.engine.rebuild() }
        redis.resume()
        other.engine.tendStore()
        #expect(other.engine.readiness().isIndexBuilt)
        #expect(other.engine.statistics().entries == 1)
    }
}
