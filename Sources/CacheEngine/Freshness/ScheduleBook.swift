import CacheModel

/// Invalidations that are yet to come, as this process knows them: read at the start, and again now and then, because
/// others may share the store.
final class ScheduleBook: Sendable {
    private struct State {
        var items: [ScheduledInvalidation] = []
        var readAt: UInt64?
    }

    /// How often what others have scheduled is looked for, nanoseconds.
    private static let interval: UInt64 = 1_000_000_000

    private let state = Locked(State())
    private let store: any ScheduleStore
    private let clock: any WallClock

    init(store: any ScheduleStore, clock: any WallClock) { (self.store, self.clock) = (store, clock) }

    /// Keeps one. Blocks.
    func add(_ item: ScheduledInvalidation) throws(StoreError) {
        try store.schedule(item)
        state.withLock { state in
            state.items.removeAll { $0.id == item.id }
            state.items.append(item)
        }
    }

    /// Forgets one; returns whether it was there. Blocks.
    func cancel(_ id: EntryID) throws(StoreError) -> Bool {
        let wasThere = try store.cancelInvalidation(id)
        state.withLock { $0.items.removeAll { $0.id == id } }
        return wasThere
    }

    /// All of them, soonest first. Blocks.
    func all() throws(StoreError) -> [ScheduledInvalidation] {
        let items = try store.scheduledInvalidations()
        let now = clock.monotonicNanoseconds()
        state.withLock { ($0.items, $0.readAt) = (items, now) }
        return items
    }

    /// Those whose moment has come. Asks the store at the start and once a second. Blocks.
    func due() throws(StoreError) -> [ScheduledInvalidation] {
        let now = clock.monotonicNanoseconds()
        let isFresh = state.withLock { $0.readAt.map { now &- $0 < Self.interval } ?? false }
        if !isFresh { _ = try all() }
        let moment = clock.now()
        return state.withLock { $0.items.filter { $0.at <= moment } }
    }
}
