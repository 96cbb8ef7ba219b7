import CacheModel

/// How the latest lookups that had a candidate fared: what the judge's decision looks like from outside.
public struct MatchingPicture: Sendable {
    /// What became of a candidate.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It was served.
        case served
        /// Its probability was too small.
        case unsure
        /// It was less similar than demanded.
        case belowThreshold = "below_threshold"
        /// A guard refused it.
        case guarded
    }

    /// Bins of a histogram over [0, 1].
    public static let bins = 50

    /// Counts by outcome and bin of similarity; similarities below zero count in the first.
    public private(set) var similarity: [Outcome: [Int]] = [:]
    /// Counts by outcome and bin of probability, of those that were judged.
    public private(set) var probability: [Outcome: [Int]] = [:]
    /// The probability that the latest of them demanded.
    public private(set) var requiredProbability: Double?
    /// How many there are.
    public private(set) var count = 0

    /// The picture of `lookups`, the latest first.
    init(_ lookups: [RecentLookup]) {
        for outcome in Outcome.allCases {
            similarity[outcome] = [Int](repeating: 0, count: Self.bins)
            probability[outcome] = [Int](repeating: 0, count: Self.bins)
        }
        for lookup in lookups {
            guard let outcome = Self.outcome(lookup), let cosine = lookup.similarity else { continue }
            count += 1
            similarity[outcome]![Self.bin(cosine)] += 1
            if let share = lookup.probability { probability[outcome]![Self.bin(share)] += 1 }
            if requiredProbability == nil { requiredProbability = lookup.requiredProbability }
        }
    }

    private static func bin(_ value: Double) -> Int { max(0, min(bins - 1, Int(value * Double(bins)))) }

    private static func outcome(_ lookup: RecentLookup) -> Outcome? {
        if lookup.hitType == .semantic { return .served }
        switch lookup.reason {
        case .unsure?: return .unsure
        case .belowThreshold?: return .belowThreshold
        case let reason? where reason.rawValue.hasPrefix("guard:"): return .guarded
        default: return nil
        }
    }
}
