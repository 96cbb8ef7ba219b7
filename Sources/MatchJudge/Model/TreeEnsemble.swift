/// Gradient-boosted decision trees: the sum of one leaf of each tree is the log-odds (J. H. Friedman, "Greedy function
/// approximation: a gradient boosting machine", 2001).
///
/// Evaluated as C. Lucchese et al. do ("QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
/// trees", SIGIR 2015): the tests of all trees stand by feature in rising order, so that those that a row fails are read one
/// after another. A failed test rules out the leaves to its left by a mask of its tree, and the first leaf that is left is the
/// tree's. No path is followed, so nothing waits for memory, or for a branch that nobody could foresee.
struct TreeEnsemble: Sendable {
    /// A bit for each leaf of a tree.
    private typealias Mask = UInt32
    /// A tree has at most as many leaves.
    static let mostLeaves = Mask.bitWidth

    /// The thresholds by feature, rising; and of each the tree, and the leaves that are left when the test fails.
    private var thresholds: [Float] = []
    private var trees: [UInt16] = []
    private var masks: [Mask] = []
    /// Where the tests of each feature begin, and the end.
    private var bounds: [Int] = []
    /// The leaves of each tree from left to right, and where they begin.
    private var leaves: [Float] = []
    private var firstLeaves: [Int] = []

    /// Lays trees out; `nil` where an index points outside its tree, where a leaf is reached twice or never, and where there
    /// are more than `mostLeaves` of them, or 65,536 trees.
    init?(_ file: DecisionTrees, featureCount: Int) {
        guard file.isSound(featureCount: featureCount), file.starts.count <= Int(UInt16.max) + 1 else { return nil }
        var tests: [Test] = []
        for tree in file.starts.indices {
            firstLeaves.append(leaves.count)
            // Before any walk: a tree is no deeper than its nodes are many.
            guard file.nodes(of: tree).count < Self.mostLeaves,
                lay(file, tree, file.nodes(of: tree).isEmpty ? -1 : 0, &tests),
                leaves.count - firstLeaves[tree] == file.leaves(of: tree).count
            else { return nil }
        }
        tests.sort { ($0.feature, $0.threshold, $0.tree) < ($1.feature, $1.threshold, $1.tree) }
        thresholds = tests.map(\.threshold)
        trees = tests.map(\.tree)
        masks = tests.map(\.mask)
        bounds = Array(repeating: 0, count: featureCount + 1)
        for test in tests { bounds[test.feature + 1] += 1 }
        for feature in 0..<featureCount { bounds[feature + 1] += bounds[feature] }
    }

    private struct Test {
        let feature: Int
        let threshold: Float
        let tree: UInt16
        let mask: Mask
    }

    /// Appends the leaves and tests below a place of a tree, leaves from left to right; false where there are too many.
    private mutating func lay(_ file: DecisionTrees, _ tree: Int, _ place: Int32, _ tests: inout [Test]) -> Bool {
        guard place >= 0 else {
            leaves.append(file.leaves[file.leaves(of: tree).lowerBound + Int(-1 - place)])
            return leaves.count - firstLeaves[tree] <= Self.mostLeaves
        }
        let node = file.nodes[file.nodes(of: tree).lowerBound + Int(place)]
        let first = leaves.count - firstLeaves[tree]
        guard lay(file, tree, node.left, &tests) else { return false }
        let count = leaves.count - firstLeaves[tree] - first
        let left = count == Mask.bitWidth ? Mask.max : ((1 << Mask(count)) - 1) << Mask(first)
        tests.append(
            Test(feature: Int(node.feature), threshold: node.threshold, tree: UInt16(tree), mask: ~left))
        return lay(file, tree, node.right, &tests)
    }

    /// The log-odds for one row of features. O(tests failed + trees), no allocation.
    func score(_ features: [Float]) -> Float {
        withUnsafeTemporaryAllocation(of: Mask.self, capacity: max(1, firstLeaves.count)) { left in
            left.initialize(repeating: .max)
            thresholds.withUnsafeBufferPointer { thresholds in
                trees.withUnsafeBufferPointer { trees in
                    masks.withUnsafeBufferPointer { masks in
                        for feature in 0..<bounds.count - 1 {
                            let value = features[feature]
                            var test = bounds[feature]
                            let end = bounds[feature + 1]
                            // What is not a number fails every test.
                            while test < end, !(value <= thresholds[test]) {
                                left[Int(trees[test])] &= masks[test]
                                test += 1
                            }
                        }
                    }
                }
            }
            var sum: Float = 0
            for tree in firstLeaves.indices { sum += leaves[firstLeaves[tree] + left[tree].trailingZeroBitCount] }
            return sum
        }
    }
}
