import CacheModel

/// The misses of late that had a candidate, kept until the store that follows says what the miss cost.
final class NearMisses: Sendable {
    private let kept: Locked<BoundedTable<Digest256, LedgerSubject>>

    /// Keeps at most `capacity`; the oldest gives way.
    init(capacity: Int) { kept = Locked(BoundedTable(capacity: capacity)) }

    /// Notes that the prompt of this exact key missed near `subject`.
    func note(_ exactKey: Digest256, _ subject: LedgerSubject) { kept.withLock { $0[exactKey] = subject } }

    /// What the prompt of this exact key missed near, if it did; forgotten with that.
    func take(_ exactKey: Digest256) -> LedgerSubject? {
        kept.withLock { kept in
            defer { kept[exactKey] = nil }
            return kept[exactKey]
        }
    }
}
