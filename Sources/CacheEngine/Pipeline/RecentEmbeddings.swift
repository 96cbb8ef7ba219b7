import CacheModel

/// The embeddings of the last missed lookups, kept for the stores that follow them.
final class RecentEmbeddings: Sendable {
    private struct State {
        var vectors: [Digest256: [Float]] = [:]
        var order: [Digest256]
        var next = 0
    }

    private let state: Locked<State>
    private let capacity: Int

    /// Keeps at most `capacity` embeddings; the oldest gives way.
    init(capacity: Int) {
        self.capacity = capacity
        state = Locked(State(order: []))
    }

    /// Keeps the embedding of the prompt with this exact key.
    func keep(_ vector: [Float], for key: Digest256) {
        state.withLock { state in
            guard state.vectors.updateValue(vector, forKey: key) == nil else { return }
            if state.order.count < capacity {
                state.order.append(key)
            } else {
                state.vectors[state.order[state.next]] = nil
                state.order[state.next] = key
                state.next = (state.next + 1) % capacity
            }
        }
    }

    /// The embedding of the prompt with this exact key, if it is still there.
    func vector(for key: Digest256) -> [Float]? { state.withLock { $0.vectors[key] } }
}
