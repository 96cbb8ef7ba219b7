/// One of the largest values and where it stands.
public struct Ranked: Sendable, Equatable {
    /// The place in the values, from 0.
    public let index: Int
    /// The value there.
    public let value: Float

    /// A value at a place.
    public init(index: Int, value: Float) {
        self.index = index
        self.value = value
    }
}

/// Selection of the k largest of n values. O(n + k·log k·log n) for values in random order.
public enum TopK {
    /// The `k` largest of `values`, largest first; of equal ones the earlier comes first. NaN is never picked.
    public static func largest(_ k: Int, of values: UnsafeBufferPointer<Float>) -> [Ranked] {
        guard k > 0 else { return [] }
        var heap: [Ranked] = []
        heap.reserveCapacity(min(k, values.count))
        for index in values.indices {
            let value = values[index]
            if heap.count < k {
                guard !value.isNaN else { continue }
                heap.append(Ranked(index: index, value: value))
                if heap.count == k { heapify(&heap) }
            } else if value > heap[0].value {
                heap[0] = Ranked(index: index, value: value)
                siftDown(&heap, from: 0)
            }
        }
        return heap.sorted { comesLater($1, $0) }
    }

    /// Whether `left` ranks below `right`.
    private static func comesLater(_ left: Ranked, _ right: Ranked) -> Bool {
        left.value < right.value || (left.value == right.value && left.index > right.index)
    }

    private static func heapify(_ heap: inout [Ranked]) {
        for start in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(&heap, from: start) }
    }

    private static func siftDown(_ heap: inout [Ranked], from start: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, comesLater(heap[child + 1], heap[child]) { child += 1 }
            guard comesLater(heap[child], heap[parent]) else { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
