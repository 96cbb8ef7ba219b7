import CacheModel

/// A lookup as lists of the latest show it. Holds no response, and a prompt only where the namespace allows it.
public struct RecentLookup: Sendable {
    /// When.
    public var at: Timestamp
    /// Its name.
    public var lookupID: EntryID
    /// The namespace.
    public var namespace: String
    /// The model asked for.
    public var model: String?
    /// Who asked.
    public var user: String?
    /// How it ended.
    public var status: LookupReply.Status
    /// Which tier answered.
    public var hitType: LookupReply.HitType?
    /// Why there was no hit.
    public var reason: MissReason?
    /// The entry served, or the nearest one that was not.
    public var entryID: EntryID?
    /// Its cosine similarity.
    public var similarity: Double?
    /// Its probability.
    public var probability: Double?
    /// The probability that was demanded.
    public var requiredProbability: Double?
    /// Names the prompt without saying it: the first word of its exact key.
    public var promptDigest: UInt64
    /// The prompt, where the namespace allows it.
    public var prompt: String?
    /// How long it took in the cache.
    public var nanoseconds: UInt64
    /// The money that a hit avoided.
    public var avoided: NanoDollars?
}

/// The latest lookups: a ring that never grows.
final class ActivityLog: Sendable {
    private struct State {
        var ring: [RecentLookup] = []
        var next = 0
    }

    private let state = Locked(State())
    private let capacity: Int

    /// Keeps the last `capacity` lookups.
    init(capacity: Int) { self.capacity = capacity }

    /// Keeps a lookup in place of the oldest.
    func note(_ lookup: RecentLookup) {
        state.withLock { state in
            if state.ring.count < capacity {
                state.ring.append(lookup)
            } else {
                state.ring[state.next] = lookup
                state.next = (state.next + 1) % capacity
            }
        }
    }

    /// The lookups of `namespace` (of all, if `nil`), the latest first.
    func latest(namespace: String? = nil) -> [RecentLookup] {
        let (ring, next) = state.withLock { ($0.ring, $0.next) }
        let ordered = (ring[next...] + ring[..<next]).reversed()
        return namespace.map { name in ordered.filter { $0.namespace == name } } ?? Array(ordered)
    }
}
