import CacheModel

/// The best neighbours so far: at most `limit`, none below `minimumSimilarity`.
struct TopNeighbors {
    /// The largest number kept.
    let limit: Int
    /// The least similarity kept.
    let minimumSimilarity: Float
    /// What a neighbour must reach to be kept now: `minimumSimilarity`, or the worst kept once `limit` are.
    private(set) var floor: Float
    /// A heap whose root is the worst.
    private var heap: [Neighbor] = []

    /// Whether `limit` neighbours are kept.
    var isFull: Bool { heap.count == limit }

    init(limit: Int, minimumSimilarity: Float) {
        self.limit = limit
        self.minimumSimilarity = minimumSimilarity
        floor = minimumSimilarity
    }

    /// Keeps a neighbour if it belongs among the best. O(log limit).
    @inline(__always)
    mutating func offer(slot: UInt32, similarity: Float) {
        guard similarity >= floor else { return }
        keep(Neighbor(slot: slot, similarity: similarity))
    }

    /// The neighbours kept, best first; ties by slot.
    consuming func sorted() -> [Neighbor] {
        if heap.count > 1 { heap.sort { Self.isWorse($1, $0) } }
        return heap
    }

    private static func isWorse(_ a: Neighbor, _ b: Neighbor) -> Bool {
        a.similarity != b.similarity ? a.similarity < b.similarity : a.slot > b.slot
    }

    private mutating func keep(_ neighbor: Neighbor) {
        if heap.count < limit {
            heap.append(neighbor)
            rise(heap.count - 1)
        } else if Self.isWorse(heap[0], neighbor) {
            heap[0] = neighbor
            sink(0)
        }
        if heap.count == limit { floor = heap[0].similarity }
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isWorse(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var worst = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < heap.count && Self.isWorse(heap[child], heap[worst]) { worst = child }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
