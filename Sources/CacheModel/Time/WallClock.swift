import Foundation

/// Where the time comes from; tests inject their own.
public protocol WallClock: Sendable {
    /// The wall-clock time: what TTLs and reports go by. May step.
    func now() -> Timestamp
    /// Nanoseconds of a clock that never steps: what durations and deadlines go by.
    func monotonicNanoseconds() -> UInt64
}

/// The machine's clocks (`CLOCK_REALTIME`, `CLOCK_MONOTONIC`).
public struct SystemClock: WallClock {
    /// The machine's clocks.
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
