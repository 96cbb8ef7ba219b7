import CacheModel

/// The moment by which an operation has to end, on the clock that never steps.
public struct Deadline: Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    public let nanoseconds: UInt64

    /// The moment `seconds` from now; less than zero counts as now.
    public init(seconds: Double) {
        let span = UInt64(max(0, min(seconds, 1e9)) * 1e9)
        nanoseconds = SystemClock().monotonicNanoseconds() + span
    }

    /// What is left, rounded up to whole milliseconds as `poll` wants it; 0 when it has passed.
    public var remainingMilliseconds: Int32 {
        let now = SystemClock().monotonicNanoseconds()
        guard nanoseconds > now else { return 0 }
        return Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
    }

    /// Whether it has passed.
    public var hasPassed: Bool { SystemClock().monotonicNanoseconds() >= nanoseconds }
}
