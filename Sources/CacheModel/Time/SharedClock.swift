/// A wall clock that keeps to that of a store which several nodes share: they agree on what came first, whatever becomes
/// of their machines' clocks.
///
/// It goes on with the clock that never steps, and is set by `follow`. Until the store has answered for the first time it
/// says what the machine said at the start.
public final class SharedClock: WallClock {
    private struct State {
        /// What is added to the monotonic clock, milliseconds.
        var offset: Int64
        var isSet = false
    }

    /// Once set, smaller differences are left alone: they come from the way to the store.
    private static let toleranceMilliseconds: Int64 = 500

    private let base: any WallClock
    private let state: Locked<State>

    /// A clock that begins as `base`.
    public init(_ base: any WallClock = SystemClock()) {
        self.base = base
        state = Locked(State(offset: base.now().milliseconds - Self.milliseconds(base.monotonicNanoseconds())))
    }

    public func now() -> Timestamp {
        let elapsed = Self.milliseconds(base.monotonicNanoseconds())
        return Timestamp(milliseconds: state.withLock { $0.offset } + elapsed)
    }

    public func monotonicNanoseconds() -> UInt64 { base.monotonicNanoseconds() }

    /// Sets the clock by what `time` says, which is called once and may block; an error of its leaves the clock as it is.
    public func follow(_ time: () throws(StoreError) -> Timestamp) throws(StoreError) {
        let sent = Self.milliseconds(base.monotonicNanoseconds())
        let told = try time()
        let received = Self.milliseconds(base.monotonicNanoseconds())
        // It was read somewhere in between.
        let offset = told.milliseconds - (sent + (received - sent) / 2)
        state.withLock { state in
            let tolerance = state.isSet ? Self.toleranceMilliseconds + (received - sent) : 0
            if abs(offset - state.offset) > tolerance { state.offset = offset }
            state.isSet = true
        }
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Int64 { Int64(nanoseconds / 1_000_000) }
}
