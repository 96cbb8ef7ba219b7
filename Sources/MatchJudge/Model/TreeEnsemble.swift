/// Gradient-boosted decision trees: the sum of one leaf of each tree is the log-odds.
///
/// Source of the form: Friedman, "Greedy function approximation: a gradient boosting machine" (2001); trees as LightGBM
/// grows them, `x <= threshold` to the left.
struct TreeEnsemble: Sendable {
    /// An inner node, packed.
    struct Node: Sendable {
        var feature: Int32
        var threshold: Float
        /// The next inner node of the tree, or -1 - leaf.
        var left: Int32
        var right: Int32
    }

    /// The first inner node and first leaf of each tree.
    let starts: [(node: Int32, leaf: Int32)]
    let nodes: [Node]
    let leaves: [Float]

    /// The log-odds for one row of features. O(trees × depth), no allocation.
    func score(_ features: [Float]) -> Float {
        var sum: Float = 0
        features.withUnsafeBufferPointer { x in
            nodes.withUnsafeBufferPointer { nodes in
                for (index, start) in starts.enumerated() {
                    var place: Int32 = hasNodes(index) ? 0 : -1
                    while place >= 0 {
                        let node = nodes[Int(start.node + place)]
                        place = x[Int(node.feature)] <= node.threshold ? node.left : node.right
                    }
                    sum += leaves[Int(start.leaf - 1 - place)]
                }
            }
        }
        return sum
    }

    /// A tree of one leaf has no inner node.
    @inline(__always)
    private func hasNodes(_ tree: Int) -> Bool {
        (tree + 1 < starts.count ? starts[tree + 1].node : Int32(nodes.count)) > starts[tree].node
    }

    /// Whether every index stays inside its tree, and every path ends: children stand after their parents.
    func isSound(featureCount: Int) -> Bool {
        for (tree, start) in starts.enumerated() {
            let isLast = tree + 1 == starts.count
            let nodeEnd = isLast ? Int32(nodes.count) : starts[tree + 1].node
            let leafEnd = isLast ? Int32(leaves.count) : starts[tree + 1].leaf
            guard start.node >= 0, start.leaf >= 0, nodeEnd >= start.node, leafEnd > start.leaf else { return false }
            guard nodeEnd <= nodes.count, leafEnd <= leaves.count else { return false }
            for place in start.node..<nodeEnd {
                let node = nodes[Int(place)]
                guard node.feature >= 0, Int(node.feature) < featureCount, node.threshold.isFinite else { return false }
                for child in [node.left, node.right] {
                    let isInside =
                        child >= 0
                        ? child > place - start.node && child < nodeEnd - start.node : -1 - child < leafEnd - start.leaf
                    if !isInside { return false }
                }
            }
        }
        return leaves.allSatisfy(\.isFinite)
    }
}
