import CacheModel

/// McNemar's test of two ways to decide about the same cases.
public struct McNemarTest: Sendable, Equatable {
    /// Cases that only the first has right.
    public var onlyFirst: Int
    /// Cases that only the second has right.
    public var onlySecond: Int

    /// A test of the discordant counts.
    public init(onlyFirst: Int, onlySecond: Int) {
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
    }

    /// The exact two-sided p: twice the smaller tail of B(discordant, ½), at most 1 (Q. McNemar, Psychometrika 12, 1947;
    /// the exact form after the sign test).
    public var pValue: Double {
        let discordant = onlyFirst + onlySecond
        guard discordant > 0 else { return 1 }
        return min(1, 2 * Binomial.cumulative(min(onlyFirst, onlySecond), of: discordant, share: 0.5))
    }
}
