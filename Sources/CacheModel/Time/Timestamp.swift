/// A moment of wall-clock time: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64

    /// A moment from its milliseconds.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moment `seconds` later (or earlier, if negative); saturates instead of overflowing.
    public func adding(seconds: Double) -> Timestamp {
        let sum = Double(milliseconds) + seconds * 1000
        if sum >= 9.2e18 { return .distantFuture }
        if sum <= -9.2e18 { return Timestamp(milliseconds: .min) }
        return Timestamp(milliseconds: milliseconds.addingReportingOverflow(Int64(seconds * 1000)).partialValue)
    }

    /// Seconds from `earlier` to this moment.
    public func seconds(since earlier: Timestamp) -> Double {
        Double(milliseconds) / 1000 - Double(earlier.milliseconds) / 1000
    }

    /// Later than every real moment.
    public static let distantFuture = Timestamp(milliseconds: .max)

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}
