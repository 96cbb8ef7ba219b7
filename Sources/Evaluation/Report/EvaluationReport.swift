/// What an evaluation found, ready to be told in several forms.
public struct EvaluationReport: Sendable {
    /// One line of a sweep.
    public struct SweepRow: Sendable, Equatable {
        /// The budget that the threshold was asked for; `nil` when thresholds themselves were swept.
        public var budget: Double?
        /// What happens there.
        public var point: OperatingPoint
    }

    /// One arm on one set of pairs.
    public struct PairResult: Sendable {
        /// The figures.
        public var report: PairReport
        /// The thresholds or budgets that were asked for.
        public var sweep: [SweepRow]
        /// How long scoring took, seconds.
        public var seconds: Double
    }

    /// One arm on one set of clusters.
    public struct SimulationResult: Sendable {
        /// The set's name.
        public var set: String
        /// The arm's name.
        public var arm: String
        /// The arm's own threshold.
        public var threshold: Double
        /// The figures.
        public var outcome: CacheSimulation.Outcome
    }

    /// One arm on one set of conversations.
    public struct ContextResult: Sendable {
        /// The set's name.
        public var set: String
        /// The arm's name.
        public var arm: String
        /// By kind, in alphabetical order.
        public var kinds: [(name: String, point: OperatingPoint)]
        /// All kinds together.
        public var total: OperatingPoint
    }

    /// One arm on one log.
    public struct TrafficResult: Sendable {
        /// The log's name.
        public var set: String
        /// The arm's name.
        public var arm: String
        /// The budget, where one was asked for.
        public var budget: Double?
        /// The sums.
        public var tally: ReplayTally
    }

    /// Results on labelled pairs.
    public var pairs: [PairResult] = []
    /// Results on clusters.
    public var simulations: [SimulationResult] = []
    /// Results on conversations.
    public var contexts: [ContextResult] = []
    /// Results on logs.
    public var traffic: [TrafficResult] = []

    /// Nothing yet.
    public init() {}

    /// The shares of lookups that may be wrong for which simulations are reported.
    public static let simulationShares = [0.01, 0.02, 0.05]
}

/// What to sweep.
public enum Sweep: Sendable, Equatable {
    /// Thresholds as they are.
    case thresholds([Double])
    /// False-hit budgets, each turned into the threshold that the arm demands for it.
    case budgets([Double])

    /// What tells most of an arm: thresholds of similarities, budgets of probabilities.
    public static func fitting(_ scale: ScoreScale) -> Sweep {
        switch scale {
        case .similarity: .thresholds((10...19).map { Double($0) / 20 })
        case .probability: .budgets([0.001, 0.005, 0.01, 0.02, 0.05, 0.1])
        }
    }

    /// The numbers of `FROM:TO:STEP`; `nil` for anything else or for more than 1000.
    public static func numbers(_ text: String) -> [Double]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 3, let from = parts[0], let to = parts[1], let step = parts[2], step > 0, from <= to else {
            return nil
        }
        let count = ((to - from) / step + 1e-9).rounded(.down) + 1
        guard count <= 1000 else { return nil }
        return (0..<Int(count)).map { from + Double($0) * step }
    }

    /// The rows for one arm; budgets give none for an arm that knows of no budgets.
    public func rows(_ curve: OperatingCurve, _ scorer: any PairScoring) -> [EvaluationReport.SweepRow] {
        switch self {
        case .thresholds(let values): values.map { .init(budget: nil, point: curve.point(at: $0)) }
        case .budgets(let values):
            values.compactMap { budget in
                scorer.threshold(maximumFalseHitRate: budget).map { .init(budget: budget, point: curve.point(at: $0)) }
            }
        }
    }
}
