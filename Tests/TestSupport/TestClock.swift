import CacheModel

/// A clock that moves only when a test says so.
public final class TestClock: WallClock {
    private let time: Locked<Int64>

    /// Starts at `milliseconds` since the epoch.
    public init(milliseconds: Int64 = 1_800_000_000_000) { time = Locked(milliseconds) }

    public func now() -> Timestamp { Timestamp(milliseconds: time.withLock { $0 }) }
    public func monotonicNanoseconds() -> UInt64 { UInt64(time.withLock { $0 }) * 1_000_000 }

    /// Moves on (or back, if negative).
    public func advance(seconds: Double) { time.withLock { $0 += Int64(seconds * 1000) } }
}
