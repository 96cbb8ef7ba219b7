import CacheModel
import Synchronization

/// How often an entry was served, and when last: what idle expiry and refreshing ahead go by. In memory only; after a
/// start every entry counts as just used.
struct EntryUse: ~Copyable, Sendable {
    private let hits = Atomic<UInt32>(0)
    private let seen = Atomic<UInt32>(0)
    private let last: Atomic<Int64>

    init(at moment: Timestamp) { last = Atomic(moment.milliseconds) }

    /// The entry was served.
    func note(at moment: Timestamp) {
        _ = hits.wrappingAdd(1, ordering: .relaxed)
        last.store(moment.milliseconds, ordering: .relaxed)
    }

    /// Whether it was served since this was last asked.
    func isNews() -> Bool {
        let count = hits.load(ordering: .relaxed)
        return seen.exchange(count, ordering: .relaxed) != count
    }

    /// How often it was served.
    var count: Int { Int(hits.load(ordering: .relaxed)) }
    /// When it was served last, or came.
    var lastUsed: Timestamp { Timestamp(milliseconds: last.load(ordering: .relaxed)) }
}
