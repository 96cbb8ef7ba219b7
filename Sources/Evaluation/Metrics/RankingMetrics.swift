/// How well scores order pairs, without any threshold.
public struct RankingMetrics: Sendable, Equatable {
    /// The probability that a random positive pair is ranked above a random negative one, ties counting half; `nil`
    /// unless there are pairs of both labels.
    public var auc: Double?
    /// The 95 % interval of `auc`.
    public var aucInterval: ClosedRange<Double>?
    /// The mean of the precision over the recall; `nil` without positive pairs.
    public var averagePrecision: Double?

    /// Measures scores against labels. O(n log n).
    ///
    /// The area under the ROC curve by midranks, which is the Mann–Whitney U over the product of the counts (H. B. Mann
    /// & D. R. Whitney, Ann. Math. Stat. 18, 1947); its variance by DeLong's structural components (E. R. DeLong et al.,
    /// Biometrics 44, 1988), computed from midranks as X. Sun & W. Xu do (IEEE Signal Proc. Letters 21, 2014).
    public init(ranks: [Double], isSame: [Bool]) {
        precondition(ranks.count == isSame.count, "each score has a label")
        averagePrecision = Self.averagePrecision(ranks, isSame)
        let all = Self.midranks(ranks)
        let positives = ranks.indices.filter { isSame[$0] }
        let negatives = ranks.indices.filter { !isSame[$0] }
        guard !positives.isEmpty, !negatives.isEmpty else { return }
        let (m, n) = (Double(positives.count), Double(negatives.count))
        let u = positives.reduce(0) { $0 + all[$1] } - m * (m + 1) / 2
        let area = u / (m * n)
        let amongPositives = Self.midranks(positives.map { ranks[$0] })
        let amongNegatives = Self.midranks(negatives.map { ranks[$0] })
        let above = zip(positives, amongPositives).map { (all[$0] - $1) / n }
        let below = zip(negatives, amongNegatives).map { 1 - (all[$0] - $1) / m }
        let error = (Self.variance(above, mean: area) / m + Self.variance(below, mean: area) / n).squareRoot()
        auc = area
        aucInterval = max(0, area - 1.959964 * error)...min(1, area + 1.959964 * error)
    }

    /// Ranks from 1, ties sharing the mean of their ranks.
    static func midranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for position in start..<end { ranks[order[position]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    private static func variance(_ values: [Double], mean: Double) -> Double {
        guard values.count > 1 else { return 0 }
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }

    /// Σ (R_k − R_(k−1)) P_k over the distinct scores from above: no interpolation, ties taken together.
    private static func averagePrecision(_ ranks: [Double], _ isSame: [Bool]) -> Double? {
        let positives = isSame.count(where: { $0 })
        guard positives > 0 else { return nil }
        var sum = 0.0
        var previous = 0
        for point in OperatingCurve.cumulate(values: ranks, isSame: isSame) {
            sum += Double(point.right - previous) * Double(point.right) / Double(point.right + point.wrong)
            previous = point.right
        }
        return sum / Double(positives)
    }
}
