/// What an arm makes of one pair.
public struct PairScore: Sendable, Equatable {
    /// What the threshold is compared with: a similarity or a probability.
    public var value: Double
    /// The guard that refuses the pair, whatever the value.
    public var veto: String?
    /// Orders pairs by how likely one answer serves both, as far as the arm can tell.
    public var rank: Double

    /// A score.
    ///
    /// - Parameter rank: where the value is not the place in the order. A similarity knows nothing of vetoes, so unless
    ///   something else is said vetoed pairs come after all others, by value among themselves.
    public init(_ value: Double, veto: String? = nil, rank: Double? = nil) {
        self.value = value
        self.veto = veto
        self.rank = rank ?? (veto == nil ? value : value - 10)
    }

    /// Whether the cache would serve one's answer for the other.
    public func isHit(at threshold: Double) -> Bool { veto == nil && value >= threshold }
}

/// What a score's value is.
public enum ScoreScale: String, Sendable {
    /// In [-1, 1], rising with likeness.
    case similarity
    /// In [0, 1], calibrated.
    case probability
}

/// Scores pairs: one way to decide about hits, an arm of a comparison.
public protocol PairScoring: Sendable {
    /// The arm's name.
    var name: String { get }
    /// What its values are.
    var scale: ScoreScale { get }
    /// The threshold that it is used with when nothing else is said.
    var defaultThreshold: Double { get }
    /// The threshold that it demands for a false-hit budget; `nil` when it knows of none.
    func threshold(maximumFalseHitRate: Double) -> Double?
    /// The scores of `pairs`, in order. Called from several threads at once, with hundreds of pairs.
    func score(_ pairs: ArraySlice<LabelledPair>) -> [PairScore]
}

extension PairScoring {
    public func threshold(maximumFalseHitRate: Double) -> Double? { nil }
}
