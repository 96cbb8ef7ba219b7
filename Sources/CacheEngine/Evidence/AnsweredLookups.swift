import CacheModel

/// The last hits, kept for the feedback that may come: in memory at once, in the store within a second or so.
///
/// A ring that is searched only when feedback comes, so that a hit pays for a lock and a copy and nothing else.
final class AnsweredLookups: Sendable {
    private struct State {
        var ring: [AnsweredLookup] = []
        /// How many were ever added.
        var added = 0
        /// How many of those the store need not be told any more.
        var saved = 0
    }

    private let state = Locked(State())
    private let capacity: Int

    /// Keeps the last `capacity` hits: some 150 bytes each, taken as they come.
    init(capacity: Int = 65_536) { self.capacity = max(1, capacity) }

    /// Adds a hit. O(1).
    func add(_ lookup: AnsweredLookup) {
        state.withLock { state in
            if state.ring.count < capacity {
                state.ring.append(lookup)
            } else {
                state.ring[state.added % capacity] = lookup
            }
            state.added += 1
        }
    }

    /// The hit of this name. O(capacity).
    func lookup(_ id: EntryID) -> AnsweredLookup? { state.withLock { $0.ring.last { $0.id == id } } }

    /// How many semantic hits of `lookup`'s scope came after `moment`, at its probability or above: all of them, and those
    /// that its entry answered. O(capacity).
    func served(like lookup: AnsweredLookup, after moment: Timestamp?) -> (byScope: Int, byEntry: Int) {
        state.withLock { state in
            var counts = (byScope: 0, byEntry: 0)
            for other in state.ring where other.hitType == .semantic && other.entry.scope == lookup.entry.scope {
                guard other.probability >= lookup.probability, moment.map({ other.id.created > $0 }) ?? true else {
                    continue
                }
                counts.byScope += 1
                if other.entry.id == lookup.entry.id { counts.byEntry += 1 }
            }
            return counts
        }
    }

    /// At most `limit` of the hits that the store has not been told of, semantic ones before exact ones and new ones
    /// before old ones; the rest is let go.
    func takeUnsaved(limit: Int) -> [AnsweredLookup] {
        state.withLock { state in
            let first = max(state.saved, state.added - state.ring.count)
            defer { state.saved = state.added }
            let unsaved = (first..<state.added).reversed().map { state.ring[$0 % capacity] }
            if unsaved.count <= limit { return unsaved }
            return Array(
                (unsaved.filter { $0.hitType == .semantic } + unsaved.filter { $0.hitType == .exact }).prefix(limit))
        }
    }
}
