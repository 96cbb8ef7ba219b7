/// Order statistics of a sample.
public enum Quantile {
    /// The smallest value that at least `share` of the sample does not exceed (the inverse of the empirical distribution,
    /// type 1 of Hyndman & Fan 1996); `nil` for an empty sample. O(n log n).
    public static func value(_ share: Double, of sample: [Double]) -> Double? {
        guard !sample.isEmpty else { return nil }
        let sorted = sample.sorted()
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}
