import CacheModel

/// The threshold to choose for a false-hit budget, and why.
public struct Recommendation: Sendable, Equatable {
    /// The budget: the share of hits that may be wrong.
    public var maximumFalseHitRate: Double
    /// The threshold and what it would have done on this sample; `nil` when none can be recommended.
    public var point: OperatingPoint?
    /// The highest false-hit rate that the sample leaves possible at that threshold.
    public var upperBound: Double?
    /// The reason, in words.
    public var reason: String

    /// How sure the bound is to hold for all candidates together.
    static let confidence = 0.95
    /// How many thresholds are tried, at equal steps of the hit rate.
    static let candidates = 32

    /// Chooses the lowest threshold whose false-hit rate is at most `limit` with 95 % confidence.
    ///
    /// Selection with guaranteed risk (Y. Geifman & R. El-Yaniv, "Selective classification for deep neural networks",
    /// NeurIPS 2017): the exact binomial upper bound (C. J. Clopper & E. S. Pearson, Biometrika 26, 1934) at each of 32
    /// thresholds, each at level 0.05/32, so that all hold together (Bonferroni); then the one with the most hits. The
    /// guarantee is for lookups like the sample's.
    public init(curve: OperatingCurve, maximumFalseHitRate limit: Double) {
        maximumFalseHitRate = limit
        let level = (1 - Self.confidence) / Double(Self.candidates)
        var best: (point: OperatingPoint, bound: Double)?
        for point in Self.candidatePoints(curve) {
            guard Double(point.wrongHits) <= limit * Double(point.hits) else { continue }
            let bound = BinomialBound.upper(point.wrongHits, of: point.hits, level: level)
            if bound <= limit { best = (point, bound) }
        }
        point = best?.point
        upperBound = best?.bound
        reason = best.map { Self.reason($0.point, $0.bound, limit) } ?? Self.refusal(curve, limit, level)
    }

    private static func candidatePoints(_ curve: OperatingCurve) -> [OperatingPoint] {
        let points = curve.points
        guard points.count > candidates else { return points }
        let most = points.last!.hits
        var chosen: [OperatingPoint] = []
        var next = 1
        for point in points where next <= candidates && point.hits >= most * next / candidates {
            chosen.append(point)
            while next <= candidates, point.hits >= most * next / candidates { next += 1 }
        }
        return chosen
    }

    private static func reason(_ point: OperatingPoint, _ bound: Double, _ limit: Double) -> String {
        "\(point.wrongHits) of \(point.hits) hits are wrong there, so with 95 % confidence at most "
            + "\(Figure.percent(bound, 2)) are, within the \(Figure.percent(limit, 2)) allowed; it is the threshold with the most "
            + "hits (\(Figure.percent(point.hitRate.share)) of the lookups) of which that can be said"
    }

    private static func refusal(_ curve: OperatingCurve, _ limit: Double, _ level: Double) -> String {
        let needed = BinomialBound.trialsWithoutFailure(upper: limit, level: level)
        guard let best = curve.mostHits(falseHitRate: limit) else {
            return
                "no threshold keeps wrong hits within \(Figure.percent(limit, 2)): already the most alike pairs are wrong"
        }
        return
            "no threshold can be shown to keep wrong hits within \(Figure.percent(limit, 2)): that takes at least \(needed) hits "
            + "without a wrong one. In hindsight \(Figure.fixed(best.threshold, 3)) would have (\(best.wrongHits) wrong of "
            + "\(best.hits) hits), which may be luck"
    }
}
