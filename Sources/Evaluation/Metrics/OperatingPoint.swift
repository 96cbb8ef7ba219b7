import CacheModel

/// What happens at one threshold, when each pair stands for one lookup whose nearest cached prompt is the other text.
public struct OperatingPoint: Sendable, Equatable {
    /// Pairs of this value and above are hits.
    public var threshold: Double
    /// Hits that the label agrees with.
    public var rightHits: Int
    /// Hits that the label denies.
    public var wrongHits: Int
    /// Pairs.
    public var lookups: Int
    /// Pairs whose label is 1.
    public var positives: Int

    /// A point from its counts.
    public init(threshold: Double, rightHits: Int, wrongHits: Int, lookups: Int, positives: Int) {
        self.threshold = threshold
        self.rightHits = rightHits
        self.wrongHits = wrongHits
        self.lookups = lookups
        self.positives = positives
    }

    /// Hits of both kinds.
    public var hits: Int { rightHits + wrongHits }
    /// hits / lookups: the coverage of selective classification.
    public var hitRate: Proportion { Proportion(hits, of: lookups) }
    /// Wrong hits / hits.
    public var falseHitRate: Proportion { Proportion(wrongHits, of: hits) }
    /// Wrong hits / lookups.
    public var falseHitShare: Proportion { Proportion(wrongHits, of: lookups) }
    /// Right hits / pairs that one answer serves.
    public var recall: Proportion { Proportion(rightHits, of: positives) }
    /// Right hits / hits.
    public var precision: Proportion { Proportion(rightHits, of: hits) }
    /// Wrong hits / pairs that one answer does not serve.
    public var falseAcceptRate: Proportion { Proportion(wrongHits, of: lookups - positives) }
}

/// All that can be had by moving the threshold.
public struct OperatingCurve: Sendable {
    /// One point for each distinct value, from the highest threshold down; vetoed pairs are in none.
    public let points: [OperatingPoint]
    /// Pairs.
    public let lookups: Int
    /// Pairs whose label is 1.
    public let positives: Int

    /// The curve of scored pairs. O(n log n).
    public init(scores: [PairScore], isSame: [Bool]) {
        precondition(scores.count == isSame.count, "each score has a label")
        let lookups = scores.count
        let positives = isSame.count(where: { $0 })
        let open = scores.indices.filter { scores[$0].veto == nil }
        points = Self.cumulate(values: open.map { scores[$0].value }, isSame: open.map { isSame[$0] }).map {
            OperatingPoint(
                threshold: $0.value, rightHits: $0.right, wrongHits: $0.wrong, lookups: lookups, positives: positives)
        }
        self.lookups = lookups
        self.positives = positives
    }

    /// The counts of both labels at and above each distinct value, from the highest down.
    static func cumulate(values: [Double], isSame: [Bool]) -> [(value: Double, right: Int, wrong: Int)] {
        var sums: [(value: Double, right: Int, wrong: Int)] = []
        var (right, wrong) = (0, 0)
        for index in values.indices.sorted(by: { values[$0] > values[$1] }) {
            if isSame[index] { right += 1 } else { wrong += 1 }
            if sums.last?.value == values[index] {
                sums[sums.count - 1] = (values[index], right, wrong)
            } else {
                sums.append((values[index], right, wrong))
            }
        }
        return sums
    }

    /// What happens at `threshold`, whether it is a value of the sample or not. O(log n).
    public func point(at threshold: Double) -> OperatingPoint {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].threshold >= threshold { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else {
            return OperatingPoint(
                threshold: threshold, rightHits: 0, wrongHits: 0, lookups: lookups, positives: positives)
        }
        var point = points[low - 1]
        point.threshold = threshold
        return point
    }

    /// The lowest threshold at which at most `limit` of the hits are wrong: the most hits under that rate, in hindsight.
    public func mostHits(falseHitRate limit: Double) -> OperatingPoint? {
        points.last { Double($0.wrongHits) <= limit * Double($0.hits) }
    }

    /// The lowest threshold at which wrong hits are at most `limit` of the lookups.
    public func mostHits(falseHitShare limit: Double) -> OperatingPoint? {
        points.last { Double($0.wrongHits) <= limit * Double($0.lookups) }
    }
}
