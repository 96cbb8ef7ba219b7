import CacheModel

/// The lists nearest to a query, one by one, nearest first. Valid as long as the similarities are.
///
/// The first few are picked at once, the others only when they are asked for, and only those in reach then: a
/// near-duplicate never sorts what it will not look through.
struct NearestLists {
    private let similarities: UnsafePointer<Float>
    private let count: Int
    private let limit: Int
    private var order: [Neighbor]
    private var taken = 0
    private var isComplete: Bool

    private static let first = 8

    /// At most `limit` of `count` lists, by their centroids' similarities.
    init(_ similarities: UnsafePointer<Float>, count: Int, limit: Int) {
        self.similarities = similarities
        self.count = count
        self.limit = limit
        order = Self.best(min(limit, Self.first), of: similarities, count: count, atLeast: -.infinity)
        isComplete = limit <= Self.first
    }

    /// Whether the number of lists taken is 1, 2, 4, 8, …
    var isAtMark: Bool { taken & (taken - 1) == 0 }

    /// The next list, unless its centroid is further than `gap` below the nearest one's similarity.
    mutating func next(within gap: Float) -> Int? {
        guard let nearest = order.first else { return nil }
        if taken == order.count, !isComplete {
            isComplete = true
            order = Self.best(limit, of: similarities, count: count, atLeast: nearest.similarity - gap)
        }
        guard taken < order.count, order[taken].similarity >= nearest.similarity - gap else { return nil }
        taken += 1
        return Int(order[taken - 1].slot)
    }

    private static func best(
        _ wanted: Int, of similarities: UnsafePointer<Float>, count: Int, atLeast least: Float
    ) -> [Neighbor] {
        var top = TopNeighbors(limit: wanted, minimumSimilarity: least)
        for list in 0..<count { top.offer(slot: UInt32(list), similarity: similarities[list]) }
        return top.sorted()
    }
}
