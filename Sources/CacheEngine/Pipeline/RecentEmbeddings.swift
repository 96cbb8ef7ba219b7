import CacheModel

/// The embeddings of the last missed lookups, kept for the stores that follow them.
final class RecentEmbeddings: Sendable {
    private let kept: Locked<BoundedTable<Digest256, [Float]>>

    private let capacity: Int

    /// Keeps at most `capacity` embeddings; the oldest gives way.
    init(capacity: Int) {
        self.capacity = capacity
        kept = Locked(BoundedTable(capacity: capacity))
    }

    /// Forgets all.
    func removeAll() { kept.withLock { $0 = BoundedTable(capacity: capacity) } }

    /// Keeps the embedding of the prompt with this exact key.
    func keep(_ vector: [Float], for key: Digest256) { kept.withLock { $0[key] = vector } }

    /// The embedding of the prompt with this exact key, if it is still there.
    func vector(for key: Digest256) -> [Float]? { kept.withLock { $0[key] } }
}
