import CacheModel

/// Keeps callers from waiting for a store that does not answer (Nygard, "Release It!", 2nd edition, 2018, chapter 5).
///
/// Closed, calls pass; after `failures` in a row, errors or time-outs, it opens and calls are refused at once. When the
/// pause is over one probe may try: success closes it, failure doubles the pause. Probes are asked for by
/// `ResilientStore.tend` in the background and never made of a client's call.
final class CircuitBreaker: Sendable {
    /// How it reacts. Times in seconds.
    struct Settings: Sendable {
        /// Failures in a row that open it.
        var failures = 3
        /// From opening to the first probe.
        var firstPause = 0.25
        /// The longest time between two probes.
        var longestPause = 10.0
    }

    private struct State {
        var phase = BreakerState.closed
        var failures = 0
        var pause = 0.0
        var probeAt: UInt64 = 0
    }

    private let state = Locked(State())
    private let settings: Settings
    private let clock: any WallClock
    private let random: @Sendable () -> UInt64

    /// A closed one; `random` spreads the probes of many nodes.
    init(_ settings: Settings = Settings(), clock: any WallClock, random: @escaping @Sendable () -> UInt64) {
        (self.settings, self.clock, self.random) = (settings, clock, random)
    }

    /// What it does with calls now.
    var phase: BreakerState { state.withLock { $0.phase } }

    /// A call that passed has succeeded. One that began before the opening changes nothing: only a probe closes.
    func succeeded() {
        state.withLock { if $0.phase == .closed { $0.failures = 0 } }
    }

    /// A call that passed has failed.
    func failed() {
        let (now, jitter) = (clock.monotonicNanoseconds(), jitter())
        state.withLock { state in
            guard state.phase == .closed else { return }
            state.failures += 1
            guard state.failures >= settings.failures else { return }
            open(&state, pause: settings.firstPause, now: now, jitter: jitter)
        }
    }

    /// Whether a probe is due; if so the caller must make one and say how it went.
    func beginProbe() -> Bool {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            guard state.phase == .open, now >= state.probeAt else { return false }
            state.phase = .halfOpen
            return true
        }
    }

    /// The probe is over.
    func endProbe(succeeded: Bool) {
        let (now, jitter) = (clock.monotonicNanoseconds(), jitter())
        state.withLock { state in
            guard state.phase == .halfOpen else { return }
            if succeeded {
                state = State()
            } else {
                open(&state, pause: min(state.pause * 2, settings.longestPause), now: now, jitter: jitter)
            }
        }
    }

    private func open(_ state: inout State, pause: Double, now: UInt64, jitter: Double) {
        state.phase = .open
        state.pause = pause
        state.probeAt = now &+ UInt64(pause * jitter * 1e9)
    }

    /// 0.75 to 1.25.
    private func jitter() -> Double { 0.75 + Double(random() >> 11) / Double(1 << 53) * 0.5 }
}
