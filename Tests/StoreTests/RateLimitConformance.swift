import CacheModel
import Foundation
import TestSupport
import Testing

/// What every keeper of rate limits promises.
@Suite struct RateLimitConformance {
    private func request(_ key: String = "k", limit: Int = 5, window: Double = 60, cost: Int = 1) -> RateLimitRequest {
        RateLimitRequest(key: key, limit: limit, window: window, cost: cost)
    }

    @Test("What fits is allowed, what does not is told when it will be", arguments: StoreKind.available)
    func allows(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let start = Timestamp(milliseconds: fixture.clock.now().milliseconds / 60_000 * 60_000)
        for remaining in [4, 3, 2] {
            let outcome = try fixture.rates.take(request(), now: start)
            #expect(outcome.isAllowed && outcome.remaining == remaining && outcome.retryAfter == nil)
        }
        let later = start.adding(seconds: 30)
        #expect(try fixture.rates.take(request(cost: 2), now: later).remaining == 0)
        let refused = try fixture.rates.take(request(), now: later)
        #expect(!refused.isAllowed && refused.remaining == 0)
        #expect(refused.retryAfter == 31, "a slot of a second ends a window after it: \(refused)")
        #expect(refused.resetAfter == 61)
        #expect(try fixture.rates.take(request(cost: 4), now: later).retryAfter == 61)
        #expect(try fixture.rates.take(request(cost: 0), now: later).isAllowed, "a look costs nothing")
        #expect(try fixture.rates.take(request("other"), now: later).isAllowed, "each key counts for itself")
        #expect(try fixture.rates.take(request(window: 3600), now: later).isAllowed, "and so does each window")
        #expect(try !fixture.rates.take(request(), now: start.adding(seconds: 60.999)).isAllowed)
        #expect(try fixture.rates.take(request(), now: start.adding(seconds: 61)).remaining == 2)
    }

    @Test("Never more than the limit in any window, and little less than an exact log", arguments: StoreKind.available)
    func bounds(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        var random = SeededRandom(seed: 5)
        let start = fixture.clock.now()
        let (limit, window) = (20, 6.0)
        var passed: [(at: Double, cost: Int)] = []
        func spent(_ span: Double, before now: Double) -> Int {
            passed.filter { $0.at > now - span }.reduce(0) { $0 + $1.cost }
        }
        var now = 0.0
        for _ in 0..<600 {
            now += Double.random(in: 0...0.5, using: &random)
            let cost = Int.random(in: 0...4, using: &random)
            let outcome = try fixture.rates.take(
                request(limit: limit, window: window, cost: cost), now: start.adding(seconds: now))
            if outcome.isAllowed {
                passed.append((now, cost))
                #expect(spent(window, before: now) <= limit)
                #expect(outcome.remaining >= limit - spent(window * 62 / 60, before: now))
            } else {
                #expect(spent(window * 62 / 60, before: now) + cost > limit, "held up a sixtieth longer at most")
                #expect(try #require(outcome.retryAfter) <= window * 62 / 60)
            }
        }
        #expect(passed.count > 200)
    }

    @Test("Calls at once are counted once each", arguments: StoreKind.available)
    func together(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let allowed = Locked(0)
        let now = fixture.clock.now()
        onThreads(8) { _ in
            for _ in 0..<10 where (try? fixture.rates.take(request(limit: 33), now: now).isAllowed) == true {
                allowed.withLock { $0 += 1 }
            }
        }
        #expect(allowed.withLock { $0 } == 33)
    }

    @Test("A clock that was far ahead, or is behind, holds nobody up for long", arguments: StoreKind.available)
    func clocks(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let now = fixture.clock.now()
        for _ in 0..<5 { _ = try fixture.rates.take(request(), now: now.adding(seconds: 7200)) }
        #expect(try fixture.rates.take(request(), now: now).isAllowed, "two hours ahead is forgotten")
        for _ in 0..<4 { _ = try fixture.rates.take(request(), now: now) }
        let behind = try fixture.rates.take(request(), now: now.adding(seconds: -10))
        #expect(!behind.isAllowed, "ten seconds behind counts with the others")
        #expect(try fixture.rates.take(request(), now: now.adding(seconds: 62)).isAllowed)
    }
}
