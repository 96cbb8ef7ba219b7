import CacheModel

/// What the verifier has made of pairs of prompts of late. A rephrasing that is asked again is answered without it: a hit
/// stores nothing, so the next time it is no exact hit either.
final class RecentVerdicts: Sendable {
    /// A prompt, by its exact key, and the entry that it was held against. Neither changes.
    struct Pair: Hashable {
        var prompt: Digest256
        var entry: EntryID
    }

    private let kept: Locked<BoundedTable<Pair, Double>>

    /// Keeps at most `capacity` of them, some 100 bytes each; the oldest gives way.
    init(capacity: Int) { kept = Locked(BoundedTable(capacity: capacity)) }

    /// The probability that a pair was given, if it is still known.
    subscript(pair: Pair) -> Double? {
        get { kept.withLock { $0[pair] } }
        set { kept.withLock { $0[pair] = newValue } }
    }
}
