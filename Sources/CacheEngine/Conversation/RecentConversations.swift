import CacheModel

/// The turns of conversations that were used lately, bounded by their bytes.
///
/// A reader takes a ticket before it asks the store, and what it read is kept only if nothing has changed the
/// conversation since: an old history is never remembered over a newer one.
final class RecentConversations: Sendable {
    private struct Item {
        var turns: [ChatMessage]
        var bytes: Int
        var expires: Timestamp?
        var lastUse: UInt64
    }

    private struct State {
        var items: [ConversationKey: Item] = [:]
        var bytes = 0
        var tick: UInt64 = 0
        /// The last change of a conversation whose name falls into a slot.
        var changes = [UInt64](repeating: 0, count: 1024)
    }

    private let state = Locked(State())
    private let byteCapacity: Int

    init(byteCapacity: Int) { self.byteCapacity = byteCapacity }

    /// The turns, if they are known; none for a conversation that is known not to be there.
    func turns(of key: ConversationKey, now: Timestamp) -> [ChatMessage]? {
        state.withLock { state in
            guard let item = state.items[key] else { return nil }
            if let expires = item.expires, expires <= now {
                Self.remove(key, &state)
                return nil
            }
            state.tick += 1
            state.items[key]!.lastUse = state.tick
            return item.turns
        }
    }

    /// What `keep` has to be shown after the store was read.
    func ticket(for key: ConversationKey) -> UInt64 { state.withLock { $0.changes[Self.slot(key)] } }

    /// Remembers what the store returned, unless the conversation has changed since the ticket was taken.
    /// Returns whether it did.
    func keep(_ conversation: Conversation?, _ key: ConversationKey, _ ticket: UInt64) -> Bool {
        let turns = conversation?.turns.map(\.message) ?? []
        let bytes = turns.reduce(256) { $1.parts.reduce($0 + 64) { $0 + $1.estimatedBytes } }
        guard bytes <= byteCapacity / 4 else { return false }
        return state.withLock { state in
            guard state.changes[Self.slot(key)] == ticket else { return false }
            Self.remove(key, &state)
            state.tick += 1
            state.items[key] = Item(
                turns: turns, bytes: bytes, expires: conversation?.expires, lastUse: state.tick)
            state.bytes += bytes
            if state.bytes > byteCapacity { Self.makeRoom(&state, below: byteCapacity / 4 * 3) }
            return true
        }
    }

    /// Forgets a conversation; what was read before is not kept either.
    func forget(_ key: ConversationKey) {
        state.withLock { state in
            state.changes[Self.slot(key)] += 1
            Self.remove(key, &state)
        }
    }

    private static func remove(_ key: ConversationKey, _ state: inout State) {
        if let former = state.items.removeValue(forKey: key) { state.bytes -= former.bytes }
    }

    /// Drops what was not used for longest, a quarter at a time, so that sorting is rare.
    private static func makeRoom(_ state: inout State, below bytes: Int) {
        for (key, _) in state.items.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if state.bytes <= bytes { return }
            remove(key, &state)
        }
    }

    private static func slot(_ key: ConversationKey) -> Int { Int(UInt(bitPattern: key.hashValue) % 1024) }
}
