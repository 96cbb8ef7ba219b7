import CacheModel
import RedisStore
import TestSupport
import Testing

@testable import CacheEngine

/// How often the model is asked when many ask the cache at once.
struct SingleFlightTests {
    private static func request(_ prompt: String, wait: Int = 10_000) -> CacheRequest {
        var request = CacheRequest(prompt: prompt)
        request.waitMilliseconds = wait
        request.wantsLease = true
        return request
    }

    private static func semantic() -> PolicyTable {
        var policy = NamespacePolicy()
        policy.singleFlight = .semantic
        return PolicyTable(fallback: policy)
    }

    /// The step up to where it would have to wait.
    private static func run(_ step: Step<LookupReply>) -> Step<LookupReply> {
        if case .blocking(let work) = step { run(work()) } else { step }
    }

    private static func isWaiting(_ step: Step<LookupReply>) -> Bool {
        if case .waiting = run(step) { true } else { false }
    }

    @Test func aThousandEqualLookupsAtOnceCauseOneModelCall() throws {
        let cache = try EngineFixture()
        let engine = cache.engine
        let waits = Locked<[Waiting<LookupReply>]>([])
        let leases = Locked<[Lease]>([])
        let woken = Locked(0)
        onThreads(8) { _ in
            for _ in 0..<125 {
                switch engine.lookup(Self.request("hello world")) {
                case .done(let reply): leases.withLock { $0.append(reply.lease!) }
                case .waiting(let waiting):
                    waiting.subscribe { woken.withLock { $0 += 1 } }
                    waits.withLock { $0.append(waiting) }
                case .blocking: Issue.record("no worker is needed")
                }
            }
        }
        #expect(leases.withLock { $0.count } == 1)
        #expect(waits.withLock { $0.count } == 999)
        #expect(woken.withLock { $0 } == 0)
        cache.store(CacheRequest(prompt: "hello world"), "answer") { $0.lease = leases.withLock { $0[0].token } }
        #expect(woken.withLock { $0 } == 999)
        #expect(waits.withLock { $0 }.allSatisfy { $0.resume().finish().response == RawJSON("answer") })
        let statistics = engine.statistics()
        #expect((statistics.lookups, statistics.hits) == (1000, 999))
    }

    /// A process without others to tell must not keep what it would tell them.
    @Test func leasesThatEndedAreForgotten() throws {
        let cache = try EngineFixture()
        for number in 0..<100 {
            let token = try #require(cache.lookup(Self.request("question \(number)")).lease?.token)
            cache.store(CacheRequest(prompt: "question \(number)")) { $0.lease = token }
        }
        #expect(cache.engine.singleFlight.flights.takeEnded().isEmpty)
    }

    @Test func aLeaseSurprisesNobodyWhoDidNotAsk() throws {
        let cache = try EngineFixture()
        #expect(cache.lookup("hello world").lease == nil)
        #expect(cache.lookup(Self.request("hello world", wait: 0)).lease?.milliseconds == 30_000)
        // Whoever does not wait goes on at once.
        #expect(cache.lookup(Self.request("hello world", wait: 0)).lease == nil)
        #expect(cache.lookup("hello world").status == .miss)
    }

    @Test func theNamespaceMaySwitchItOff() throws {
        var policy = NamespacePolicy()
        policy.singleFlight = .off
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy))
        #expect(cache.lookup(Self.request("hello world")).lease == nil)
        #expect(cache.lookup(Self.request("hello world")).lease == nil)
    }

    @Test func aFailedCallHandsTheLeaseToTheNextWhoWaits() throws {
        let cache = try EngineFixture()
        let lease = try #require(cache.lookup(Self.request("hello world")).lease)
        guard case .waiting(let second) = cache.engine.lookup(Self.request("hello world")),
            case .waiting(let third) = cache.engine.lookup(Self.request("hello world"))
        else { return #expect(Bool(false)) }
        #expect(cache.engine.release(lease: lease.token).finish())
        #expect(!cache.engine.release(lease: lease.token).finish())
        #expect(second.resume().finish().lease != nil)
        #expect(Self.isWaiting(third.resume()))
        // A store that tells of an error ends it too.
        cache.store(CacheRequest(prompt: "hello world")) { $0.statusCode = 500 }
        #expect(third.resume().finish().lease != nil)
    }

    @Test func aCallThatNeverReturnsEndsByTime() throws {
        let cache = try EngineFixture()
        _ = cache.lookup(Self.request("hello world"))
        guard case .waiting(let waiting) = cache.engine.lookup(Self.request("hello world", wait: 60_000)) else {
            return #expect(Bool(false))
        }
        #expect(waiting.nanoseconds == 30_000_000_000)
        cache.clock.advance(seconds: 31)
        #expect(waiting.resume().finish().lease != nil)
        // And a wait that is over is a miss.
        guard case .waiting(let other) = cache.engine.lookup(Self.request("hello world", wait: 1000)) else {
            return #expect(Bool(false))
        }
        cache.clock.advance(seconds: 2)
        let reply = other.resume().finish()
        #expect(reply.status == .miss && reply.lease == nil)
    }

    @Test func whatTheJudgeCallsTheSameSharesACallWhereThePolicySaysSo() throws {
        let exact = try EngineFixture()
        #expect(exact.lookup(Self.request("hello big world")).lease != nil)
        #expect(exact.lookup(Self.request("big world hello")).lease != nil)

        let cache = try EngineFixture(policies: Self.semantic())
        #expect(cache.lookup(Self.request("hello big world")).lease != nil)
        guard case .waiting(let waiting) = cache.engine.lookup(Self.request("big world hello")) else {
            return #expect(Bool(false))
        }
        // The judge's veto holds here too, and so does the wall between scopes.
        #expect(cache.lookup(Self.request("hello big world 2")).lease != nil)
        var other = Self.request("big world hello")
        other.tenant = "acme"
        #expect(cache.lookup(other).lease != nil)
        cache.store("hello big world")
        let reply = waiting.resume().finish()
        #expect(reply.hitType == .semantic)
    }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func twoNodesOnOneRedisShareACall() throws {
        let redis = try PrivateRedis()
        func node(_ seed: UInt64) throws -> EngineFixture {
            let store = RedisStore(RedisConfiguration(.unix(path: redis.socketPath)))
            let random = Locked(SeededRandom(seed: seed))
            return try EngineFixture(store: store) {
                $0.random = { random.withLock { $0.next() } }
                $0.leases = store
            }
        }
        let (one, two) = (try node(1), try node(2))
        let lease = try #require(one.lookup(Self.request("hello world", wait: 0)).lease)
        guard case .waiting(let first) = Self.run(two.engine.lookup(Self.request("hello world"))),
            case .waiting(let second) = Self.run(two.engine.lookup(Self.request("hello world")))
        else { return #expect(Bool(false)) }
        let isWoken = Locked(false)
        second.subscribe { isWoken.withLock { $0 = true } }
        // Looking again finds the lease still held.
        two.clock.advance(seconds: 0.1)
        guard case .waiting(let again) = Self.run(first.resume()) else { return #expect(Bool(false)) }
        one.store(CacheRequest(prompt: "hello world"), "theirs") { $0.lease = lease.token }
        guard case .done(let answer) = Self.run(again.resume()) else { return #expect(Bool(false)) }
        #expect(answer.response == RawJSON("theirs"))
        // One look at Redis serves all who wait on this node.
        #expect(isWoken.withLock { $0 })
        #expect(second.resume().finish().response == RawJSON("theirs"))
        // The lease is gone from Redis: the next question gets one at once.
        var removal = InvalidationRequest()
        removal.prompt = "hello world"
        _ = two.engine.invalidate(removal).finish()
        one.clock.advance(seconds: 1)
        two.clock.advance(seconds: 1)
        #expect(two.lookup(Self.request("hello world", wait: 0)).lease != nil)
    }
}
