import CacheModel

/// How far this process has followed what others change.
final class ChangeFollower: Sendable {
    private struct State {
        var position: LogPosition?
        var isBehind = false
        /// Names of entries that others have removed of late, oldest first, and the same to look up in.
        var removed: [EntryID] = []
        var removedNames: Set<EntryID> = []
        var next = 0
    }

    /// How many removals are remembered: many more than come while a store is written and indexed.
    private static let memory = 4096

    private let state = Locked(State())

    /// Where the logs were read up to; `nil` before the first time.
    var position: LogPosition? { state.withLock { $0.position } }

    /// Whether changes were missed, so that the store has to be looked through.
    var isBehind: Bool { state.withLock { $0.isBehind } }

    /// Changes up to here are known.
    func move(to position: LogPosition) { state.withLock { $0.position = position } }

    /// The store is about to be looked through; changes from here on are followed.
    func begin(at position: LogPosition) { state.withLock { ($0.position, $0.isBehind) = (position, false) } }

    /// Changes were missed.
    func fallBehind() { state.withLock { $0.isBehind = true } }

    /// Another process has removed an entry, or this one.
    func noteRemoval(_ id: EntryID) {
        state.withLock { state in
            guard state.removedNames.insert(id).inserted else { return }
            if state.removed.count < Self.memory {
                state.removed.append(id)
            } else {
                state.removedNames.remove(state.removed[state.next])
                state.removed[state.next] = id
                state.next = (state.next + 1) % Self.memory
            }
        }
    }

    /// Whether an entry was removed of late: one that was stored just now may have been replaced already.
    func hasRemoved(_ id: EntryID) -> Bool { state.withLock { $0.removedNames.contains(id) } }
}
