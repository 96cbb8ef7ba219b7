import CacheModel

/// Sliding windows of this process alone: what limits go by when there is no store, or it does not answer.
final class LocalRateLimits: RateLimitStore {
    private struct Name: Hashable {
        var key: String
        var width: Int64
    }

    /// Keys are looked through for what is over when there are this many, and whenever they have doubled.
    private static let fewest = 10_000

    private struct State {
        var windows: [Name: SlidingWindow] = [:]
        var nextSweep = LocalRateLimits.fewest
    }

    private let state = Locked(State())

    func take(_ request: RateLimitRequest, now: Timestamp) throws(StoreError) -> RateLimitOutcome {
        takeLocally(request, now: now)
    }

    /// `take`, which cannot fail here.
    func takeLocally(_ request: RateLimitRequest, now: Timestamp) -> RateLimitOutcome {
        state.withLock { state in
            var window = SlidingWindow(window: request.window)
            let name = Name(key: request.key, width: window.width)
            window = state.windows.removeValue(forKey: name) ?? window
            let outcome = window.take(request, now: now)
            if !window.slots.isEmpty { state.windows[name] = window }
            if state.windows.count > state.nextSweep {
                state.windows = state.windows.filter { $0.value.expiry > now.milliseconds }
                state.nextSweep = max(Self.fewest, 2 * state.windows.count)
            }
            return outcome
        }
    }
}
