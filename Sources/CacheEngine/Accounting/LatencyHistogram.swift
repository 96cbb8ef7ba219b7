/// How long things took, in Prometheus' terms: cumulative buckets, a sum and a count.
public struct LatencyHistogram: Sendable, Equatable {
    /// Upper bounds of the buckets, nanoseconds: from a hit in memory to a store that is at its deadline.
    public static let bounds: [UInt64] = [
        5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 1_000_000_000,
    ]

    /// Those that took at most each bound and more than the one before; the last holds the rest.
    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// All of them, nanoseconds.
    public private(set) var sum: UInt64 = 0

    /// Nothing measured.
    public init() {}

    /// How many were measured.
    public var count: UInt64 { counts.reduce(0, +) }

    /// Adds one.
    public mutating func add(nanoseconds: UInt64) {
        counts[Self.bounds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count] += 1
        sum &+= nanoseconds
    }

    /// The time, nanoseconds, that `share` of them stayed within, by straight lines inside the buckets (as Prometheus'
    /// `histogram_quantile` has it); `nil` without any. What lies beyond the last bound counts as that bound.
    public func quantile(_ share: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below: UInt64 = 0
        for (index, bound) in Self.bounds.enumerated() {
            let upTo = below + counts[index]
            if Double(upTo) >= rank, counts[index] > 0 {
                let start = index == 0 ? 0 : Double(Self.bounds[index - 1])
                return start + (Double(bound) - start) * (rank - Double(below)) / Double(counts[index])
            }
            below = upTo
        }
        return Double(Self.bounds.last!)
    }
}
