import Foundation
import TestSupport
import Testing

/// DEJA_CHAOS_SECONDS makes it longer, DEJA_CHAOS_SEED another.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct ChaosTests {
    @Test func whatWasInvalidatedStaysGoneAndNothingIsCountedTwice() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["DEJA_CHAOS_SECONDS"].flatMap(Double.init) ?? 15
        let seed = environment["DEJA_CHAOS_SEED"].flatMap(UInt64.init) ?? 7
        let outcome = try ChaosScenario(seconds: seconds, seed: seed).run()
        #expect(outcome.problems == [])
        #expect(outcome.hits > 100)
        #expect(outcome.stored > 100)
        #expect(outcome.invalidations > 10)
        let times = outcome.propagation
        #expect(times.count == 100)
        // Milliseconds on a quiet machine; this one may be busy.
        #expect(times[50] < 500)
        print(
            """
            chaos: \(Int(seconds)) s, seed \(seed): \(outcome.lookups) lookups, \(outcome.hits) hits, \
            \(outcome.stores) stores, \(outcome.invalidations) invalidations; \
            \(outcome.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")); \
            a store is in the other indexes after \(times[50]) ms (median), \(times[98]) ms (p99)
            """)
    }
}
