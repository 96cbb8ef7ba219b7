import CacheModel

/// Invalidations that an entry read from the store must be held against before it is served.
///
/// One whose search of a shared store was cut short by an outage stays until the store has been searched again. One that
/// was carried out stays for a while too: a lookup that had fetched an entry before it must not bring the entry back.
final class UnsettledInvalidations: Sendable {
    /// One invalidation: entries created until `moment` that meet `request` are gone.
    struct Item: Sendable {
        var request: InvalidationRequest
        var moment: Timestamp
        /// The clock of epochs then: an answer that was asked for at an earlier value is one of before.
        var epoch: Int64
        /// The clock of epochs here when it was heard of: an answer that was asked for at an earlier value must not be
        /// stored here.
        var heard: Int64
        /// Whether the whole store has been searched for it.
        var isSettled: Bool
        /// Its name where all processes are told of it; `nil` while they are not.
        var name: String?
        /// Whether another process is about to search the store for it.
        var isAnothers = false
        /// Whether a thread of this process is searching the store for it: nobody else is to take it over.
        var isUnderWay = false
        fileprivate var number: UInt64

        /// Whether it is about `record`, whatever its request.
        func covers(_ record: EntryRecord, now: Timestamp) -> Bool {
            UnsettledInvalidations.covers(moment, epoch, record, now: now)
        }
    }

    private struct State {
        var items: [Item] = []
        var next: UInt64 = 0
    }

    /// How long a carried-out one is remembered, seconds: longer than a call of a model takes, whose answer may be stored
    /// afterwards.
    private static let memorySeconds = 600.0
    /// More unsettled ones than this are not told apart any more; carried-out ones give way first.
    private static let maximumCount = 4096

    private let state = Locked(State())

    /// Whether an invalidation of `moment` and `raised` is about an entry: one that was there, or one that came later with an
    /// answer asked for before, through a process that had not heard of it yet.
    ///
    /// Wall clocks may be set back, the clock of epochs never goes back: an entry of an epoch from `raised` on came
    /// afterwards, whatever the time says, and one of an earlier epoch that was created later than now came before.
    static func covers(_ moment: Timestamp, _ raised: Int64, _ record: EntryRecord, now: Timestamp) -> Bool {
        guard record.epoch < raised else { return false }
        return record.created.seconds(since: moment) < memorySeconds || record.created > now
    }

    /// Whether any must be thought of: asked on every entry that comes from the store.
    var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

    /// Those that a search of the store would settle.
    var unsettled: [Item] { state.withLock { $0.items.filter { !$0.isSettled } } }

    /// Remembers one from `moment` on; `settle` says when it has been carried out. One of a name that is known is what it
    /// was. `epoch`, `heard` (as `epoch`), `name`, `isAnothers` and `isUnderWay`: see `Item`.
    @discardableResult
    func begin(
        _ request: InvalidationRequest, at moment: Timestamp, epoch: Int64, heard: Int64? = nil,
        name: String? = nil, isAnothers: Bool = false, isUnderWay: Bool = false
    ) -> Item {
        state.withLock { state in
            if let name, let known = state.items.first(where: { $0.name == name }) { return known }
            state.items.removeAll { $0.isSettled && moment.seconds(since: $0.moment) > Self.memorySeconds }
            state.next += 1
            var item = Item(
                request: request, moment: moment, epoch: epoch, heard: heard ?? epoch, isSettled: false, name: name,
                isAnothers: isAnothers, isUnderWay: isUnderWay, number: state.next)
            if state.items.count >= Self.maximumCount {
                if let oldest = state.items.firstIndex(where: \.isSettled) {
                    state.items.remove(at: oldest)
                } else {
                    // Too many to tell apart: all that is older goes, which costs hits and no more.
                    item.request = InvalidationRequest()
                    state.items = []
                }
            }
            state.items.append(item)
            return item
        }
    }

    /// The thread that searched the store for `item` has ended; another may where it is not settled.
    func leave(_ item: Item) { update({ $0.number == item.number }) { $0.isUnderWay = false } }

    /// The store has been searched for `item`.
    func settle(_ item: Item) { update({ $0.number == item.number }) { $0.isSettled = true } }

    /// Whether one of this name is remembered.
    func knows(_ name: String) -> Bool { state.withLock { $0.items.contains { $0.name == name } } }

    /// The one that means the same, if it is remembered.
    func item(of request: InvalidationRequest, at moment: Timestamp) -> Item? {
        state.withLock { $0.items.first { $0.moment == moment && $0.request == request } }
    }

    /// Everybody has been told of `item`, by this name.
    func name(_ item: Item, _ name: String) { update({ $0.number == item.number }) { $0.name = name } }

    /// Another process has searched the store for the one of this name.
    func settle(name: String) { update({ $0.name == name }) { $0.isSettled = true } }

    private func update(_ isMeant: (Item) -> Bool, _ change: (inout Item) -> Void) {
        state.withLock { state in
            for index in state.items.indices where isMeant(state.items[index]) { change(&state.items[index]) }
        }
    }

    /// Whether an answer that was asked for at `epoch`, or at `askedAt` where that is known, has been outrun; `meets` tells
    /// whether it meets an item's request.
    func outruns(epoch: Int64, askedAt: Timestamp?, _ meets: (Item) -> Bool) -> Bool {
        let items = state.withLock { $0.items }
        return items.contains { item in
            (epoch < item.heard || askedAt.map { $0 <= item.moment } ?? false) && meets(item)
        }
    }

    /// Whether an entry is gone; `meets` tells whether it meets an item's request.
    func forbids(_ record: EntryRecord, now: Timestamp, _ meets: (Item) -> Bool) -> Bool {
        let items = state.withLock { $0.items }
        return items.contains { $0.covers(record, now: now) && meets($0) }
    }
}
