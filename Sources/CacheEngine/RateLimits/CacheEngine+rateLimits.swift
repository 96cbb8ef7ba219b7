import CacheModel

extension CacheEngine {
    /// Asks the store that nodes share; while it does not answer, each node goes by what it has seen itself.
    public func limitRate(_ request: RateLimitRequest) -> Step<RateLimitOutcome> {
        let now = parts.clock.now()
        guard let shared = parts.rateLimits else { return .done(localRates.takeLocally(request, now: now)) }
        let local = { @Sendable [localRates] in
            var outcome = localRates.takeLocally(request, now: now)
            outcome.isLocal = true
            return outcome
        }
        guard store.isAnswering else { return .done(local()) }
        return .blocking { [store] in
            do throws(StoreError) {
                return .done(try shared.take(request, now: now))
            } catch {
                store.report(error)
                return .done(local())
            }
        }
    }
}
