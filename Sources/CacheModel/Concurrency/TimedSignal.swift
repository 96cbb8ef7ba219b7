/// A counting semaphore whose timed wait goes by the clock that never steps.
///
/// `DispatchSemaphore` waits by the wall clock on Linux (`sem_timedwait`): when that is set back by an hour, a wait of a
/// tenth of a second takes an hour, and whatever the thread looks after stands still for so long.
public final class TimedSignal: @unchecked Sendable {
    // Unchecked: `count` is used inside `locked`.
    private let condition = MonotonicCondition()
    private var count = 0

    /// A semaphore at zero.
    public init() {}

    /// Lets one who waits, or the next one, go on.
    public func signal() {
        condition.locked {
            count += 1
            condition.signal()
        }
    }

    /// Waits for a signal, `seconds` at most. Returns whether one came.
    public func wait(seconds: Double) -> Bool {
        let deadline = SystemClock().monotonicNanoseconds() + UInt64(max(0, min(seconds, 1e9)) * 1e9)
        return condition.locked {
            while count == 0 {
                guard condition.wait(until: deadline) else { break }
            }
            guard count > 0 else { return false }
            count -= 1
            return true
        }
    }
}
