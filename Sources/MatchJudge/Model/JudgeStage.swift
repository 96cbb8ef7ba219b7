/// From features to a decision: trees, the calibration of their score, and the budget's thresholds.
struct JudgeStage: Sendable {
    private let trees: TreeEnsemble
    private let calibration: Calibration
    let curve: RiskCurve

    /// Reads a stage. counts: of trees, inner nodes, leaves, knots and budgets.
    init(
        _ reader: inout BinaryReader, counts: [Int], featureCount: Int, file: String
    ) throws(JudgeModelError) {
        let read = DecisionTrees(
            starts: try reader.starts(counts[0]), nodes: try reader.nodes(counts[1]),
            leaves: try reader.floats(counts[2]))
        guard let trees = TreeEnsemble(read, featureCount: featureCount) else {
            throw JudgeModelError(
                .corrupt,
                "the trees of \(file) point outside themselves, or have more than \(TreeEnsemble.mostLeaves) leaves")
        }
        self.trees = trees
        let knots = try reader.floats(counts[3] * 2)
        let pairs = stride(from: 0, to: knots.count, by: 2).map { (score: knots[$0], probability: knots[$0 + 1]) }
        guard let calibration = Calibration(knots: pairs) else {
            throw JudgeModelError(.corrupt, "the calibration of \(file) does not rise")
        }
        let budgets = try reader.doubles(counts[4] * 2)
        let points = stride(from: 0, to: budgets.count, by: 2).map { (budget: budgets[$0], threshold: budgets[$0 + 1]) }
        guard let curve = RiskCurve(points: points) else {
            throw JudgeModelError(.corrupt, "the budget curve of \(file) does not fall")
        }
        (self.calibration, self.curve) = (calibration, curve)
    }

    /// The calibrated probability of a row of features. O(trees × depth), no allocation.
    func probability(_ features: [Float]) -> Double { calibration.probability(trees.score(features)) }

    /// The same under another calibration.
    func probability(_ features: [Float], by other: Calibration) -> Double { other.probability(trees.score(features)) }
}
