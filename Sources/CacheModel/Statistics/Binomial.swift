import Foundation

/// The binomial distribution, in logarithms so that large counts do not underflow.
public enum Binomial {
    /// P(X ≤ `successes`) for X ~ B(`trials`, `share`). O(successes).
    public static func cumulative(_ successes: Int, of trials: Int, share: Double) -> Double {
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

/// Exact bounds of a binomial proportion.
public enum BinomialBound {
    /// The largest share at which seeing at most `failures` of `trials` still has the probability `level`
    /// (Clopper–Pearson, one-sided). 1 without trials.
    public static func upper(_ failures: Int, of trials: Int, level: Double) -> Double {
        guard trials > failures else { return 1 }
        var (low, high) = (Double(failures) / Double(trials), 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if Binomial.cumulative(failures, of: trials, share: middle) > level { low = middle } else { high = middle }
        }
        return high
    }

    /// How many trials without a failure bring the upper bound down to `upper`: (1 − upper)ⁿ ≤ level.
    public static func trialsWithoutFailure(upper: Double, level: Double) -> Int {
        guard upper > 0, upper < 1 else { return upper <= 0 ? .max : 1 }
        return Int((log(level) / log1p(-upper)).rounded(.up))
    }
}
