import TestSupport
import Testing

@testable import CacheEngine

/// How soon a store is left alone, and how it is found again.
struct CircuitBreakerTests {
    private let clock = TestClock()
    /// Half way: no jitter.
    private var breaker: CircuitBreaker { CircuitBreaker(clock: clock, random: { 1 << 63 }) }

    @Test func threeFailuresInARowOpenIt() {
        let breaker = breaker
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
        breaker.failed()
        breaker.failed()
        #expect(breaker.phase == .closed)
        breaker.failed()
        #expect(breaker.phase == .open)
    }

    @Test func oneProbeAtATimeAndEachLaterThanTheLast() {
        let breaker = breaker
        for _ in 0..<3 { breaker.failed() }
        var pauses: [Double] = []
        for _ in 0..<8 {
            var waited = 0.0
            while !breaker.beginProbe() {
                clock.advance(seconds: 0.25)
                waited += 0.25
            }
            pauses.append(waited)
            #expect(breaker.phase == .halfOpen)
            #expect(!breaker.beginProbe())
            breaker.endProbe(succeeded: false)
        }
        #expect(pauses == [0.25, 0.5, 1, 2, 4, 8, 10, 10])
    }

    @Test func aCallFromBeforeTheOpeningClosesNothing() {
        let breaker = breaker
        for _ in 0..<3 { breaker.failed() }
        breaker.succeeded()
        #expect(breaker.phase == .open)
        clock.advance(seconds: 1)
        #expect(breaker.beginProbe())
        breaker.endProbe(succeeded: true)
        #expect(breaker.phase == .closed)
        breaker.failed()
        breaker.failed()
        #expect(breaker.phase == .closed)
    }
}
