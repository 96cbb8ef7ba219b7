import Foundation

/// The binomial distribution, in logarithms so that large counts do not underflow.
enum Binomial {
    /// P(X ≤ `successes`) for X ~ B(`trials`, `share`). O(successes).
    static func cumulative(_ successes: Int, of trials: Int, share: Double) -> Double {
        guard successes >= 0 else { return 0 }
        guard successes < trials, share > 0 else { return 1 }
        guard share < 1 else { return 0 }
        let (success, failure) = (log(share), log1p(-share))
        var sum = 0.0
        for count in 0...successes {
            sum += exp(logChoose(trials, count) + Double(count) * success + Double(trials - count) * failure)
        }
        return min(1, sum)
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
    }

    private static func logGamma(_ value: Int) -> Double {
        var sign: Int32 = 0
        return lgamma_r(Double(value), &sign)
    }
}

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
