/// A share of a count, with what may be said about the truth behind it.
public struct Proportion: Sendable, Equatable {
    /// How many had the property.
    public var successes: Int
    /// Out of how many.
    public var trials: Int

    /// `successes` of `trials`.
    public init(_ successes: Int, of trials: Int) {
        self.successes = successes
        self.trials = trials
    }

    /// successes / trials; `nil` without trials.
    public var share: Double? { trials == 0 ? nil : Double(successes) / Double(trials) }

    /// Wilson's score interval (E. B. Wilson, JASA 22, 1927) at `z` standard deviations (1.96: 95 %); `nil` without
    /// trials. Stays inside [0, 1] and is honest for small counts, where the normal interval is not.
    public func wilsonInterval(z: Double = 1.959964) -> ClosedRange<Double>? {
        guard trials > 0 else { return nil }
        let (n, p) = (Double(trials), Double(successes) / Double(trials))
        let denominator = 1 + z * z / n
        let centre = (p + z * z / (2 * n)) / denominator
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / denominator
        return max(0, centre - half)...min(1, centre + half)
    }
}
