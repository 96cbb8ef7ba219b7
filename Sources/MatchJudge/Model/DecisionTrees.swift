/// Decision trees as a model file has them: LightGBM's, `x <= threshold` to the left.
struct DecisionTrees: Sendable {
    /// An inner node.
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

    /// The inner nodes of a tree; none of a tree of one leaf. For sound trees.
    func nodes(of tree: Int) -> Range<Int> { Int(starts[tree].node)..<Int(end(of: tree).node) }

    /// The leaves of a tree. For sound trees.
    func leaves(of tree: Int) -> Range<Int> { Int(starts[tree].leaf)..<Int(end(of: tree).leaf) }

    /// Where the next tree begins.
    private func end(of tree: Int) -> (node: Int32, leaf: Int32) {
        tree + 1 < starts.count ? starts[tree + 1] : (Int32(nodes.count), Int32(leaves.count))
    }

    /// Whether every index stays inside its tree, and every path ends: children stand after their parents.
    func isSound(featureCount: Int) -> Bool {
        for (tree, start) in starts.enumerated() {
            let (nodeEnd, leafEnd) = end(of: tree)
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
