import CacheModel
import Foundation

/// How far probabilities can be taken at their word.
public struct Calibration: Sendable, Equatable {
    /// Pairs of about the same probability.
    public struct Bin: Sendable, Equatable {
        /// The bounds of the probabilities.
        public var range: ClosedRange<Double>
        /// The mean probability.
        public var meanProbability: Double
        /// The pairs that one answer serves, out of those in the bin.
        public var observed: Proportion
    }

    /// Expected calibration error over 15 bins of equal width: Σ nᵦ/n · |observedᵦ − mean probabilityᵦ| (M. P. Naeini et
    /// al., AAAI 2015; 15 bins as C. Guo et al., ICML 2017).
    public var error: Double
    /// The same over 15 bins of equally many pairs, which no empty bin flatters (K. Nguyen & B. O'Connor, EMNLP 2015).
    public var equalMassError: Double
    /// Mean of (probability − label)² (G. W. Brier, Monthly Weather Review 78, 1950).
    public var brier: Double
    /// The bins of equal width that hold pairs.
    public var bins: [Bin]
    /// How many pairs were measured.
    public var count: Int

    /// Measures probabilities against labels; `nil` without pairs. O(n log n).
    public init?(probabilities: [Double], isSame: [Bool], binCount: Int = 15) {
        precondition(probabilities.count == isSame.count && binCount > 0, "each probability has a label")
        guard !probabilities.isEmpty else { return nil }
        let count = probabilities.count
        self.count = count
        var members = [[Int]](repeating: [], count: binCount)
        for (index, probability) in probabilities.enumerated() {
            members[min(binCount - 1, max(0, Int(probability * Double(binCount))))].append(index)
        }
        let width = 1 / Double(binCount)
        bins = members.enumerated().compactMap { number, indices in
            Self.bin(
                indices, probabilities, isSame, range: Double(number) * width...Double(number + 1) * width)
        }
        error = Self.error(bins, count)
        let order = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
        let equal = (0..<binCount).compactMap { number in
            let part = order[(number * count / binCount)..<((number + 1) * count / binCount)]
            return Self.bin(Array(part), probabilities, isSame, range: nil)
        }
        equalMassError = Self.error(equal, count)
        brier =
            zip(probabilities, isSame).reduce(0) { $0 + pow($1.0 - ($1.1 ? 1 : 0), 2) } / Double(count)
    }

    private static func bin(
        _ indices: [Int], _ probabilities: [Double], _ isSame: [Bool], range: ClosedRange<Double>?
    ) -> Bin? {
        guard !indices.isEmpty else { return nil }
        let values = indices.map { probabilities[$0] }
        return Bin(
            range: range ?? values.min()!...values.max()!,
            meanProbability: values.reduce(0, +) / Double(values.count),
            observed: Proportion(indices.count(where: { isSame[$0] }), of: indices.count))
    }

    private static func error(_ bins: [Bin], _ count: Int) -> Double {
        bins.reduce(0) { sum, bin in
            sum + Double(bin.observed.trials) / Double(count) * abs(bin.observed.share! - bin.meanProbability)
        }
    }
}
