/// A stream of random numbers that a seed repeats: SplitMix64 (G. L. Steele et al., OOPSLA 2014).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The stream of `seed`.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below `bound`, by multiplication (D. Lemire, ACM TOMACS 29, 2019; the bias is below bound/2⁶⁴).
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "there is a number below the bound")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}

extension Array {
    /// The elements in an order that the seed decides (Fisher–Yates).
    func shuffled(seed: UInt64) -> [Element] {
        var random = SeededRandom(seed: seed)
        var elements = self
        for index in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(index, random.below(index + 1))
        }
        return elements
    }
}

/// Intervals by resampling (B. Efron, Ann. Stat. 7, 1979).
public enum Bootstrap {
    /// The percentile interval of `statistic` over samples of whole groups with replacement: what belongs together
    /// (rephrasings of one question) stays together, so that the interval is not too narrow. `nil` where the statistic
    /// has no value on most samples.
    public static func interval<Group>(
        of groups: [Group], resamples: Int = 2000, confidence: Double = 0.95, seed: UInt64,
        statistic: ([Group]) -> Double?
    ) -> ClosedRange<Double>? {
        guard !groups.isEmpty else { return nil }
        var random = SeededRandom(seed: seed)
        var values: [Double] = []
        for _ in 0..<resamples {
            let sample = groups.indices.map { _ in groups[random.below(groups.count)] }
            if let value = statistic(sample) { values.append(value) }
        }
        guard values.count * 2 > resamples else { return nil }
        let tail = (1 - confidence) / 2
        return Quantile.value(tail, of: values)!...Quantile.value(1 - tail, of: values)!
    }
}
