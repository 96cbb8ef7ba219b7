import CacheModel

/// Values in memory, in front of a store that only this process changes.
///
/// What was read from the store may be older than a write that came meanwhile, and of two writes nobody knows which the
/// store took last. So who asks the store takes a ticket before, and what it brings is kept only if no write of the same
/// stripe has begun or ended since; a write that finds another beside it forgets the value.
final class ValueMemory: Sendable {
    /// What a reader holds while it asks the store.
    struct Ticket: Sendable, Equatable {
        fileprivate var stripe: Int
        fileprivate var generation: UInt64
    }

    private static let stripeCount = 1024

    private let values: BoundedMemory<ValueKey, KeptValue>
    private let generations = Locked([UInt64](repeating: 0, count: ValueMemory.stripeCount))

    /// A memory of at most `capacity` bytes; zero keeps nothing.
    init(capacity: Int) { values = BoundedMemory(capacity: capacity) }

    /// Bytes held now.
    var bytes: Int { values.bytes }
    /// The bound.
    var capacity: Int { values.capacity }

    /// The value of a name that is there at `now` for who knows the namespace's `epoch`.
    func value(_ key: ValueKey, at now: Timestamp, epoch: Int64) -> KeptValue? {
        guard let value = values.body(of: key) else { return nil }
        if value.isLive(at: now, epoch: epoch) { return value }
        values.remove(key)
        return nil
    }

    /// To be taken before the store is asked.
    func ticket(_ key: ValueKey) -> Ticket {
        let stripe = Self.stripe(of: key)
        return Ticket(stripe: stripe, generation: generations.withLock { $0[stripe] })
    }

    /// Keeps what a reader has found, unless it may have changed since `ticket` was taken.
    func keep(_ value: KeptValue, _ key: ValueKey, _ ticket: Ticket) {
        generations.withLock { generations in
            if generations[ticket.stripe] == ticket.generation { values.insert(value, id: key) }
        }
    }

    /// A write of `key` is about to reach the store: nothing that was read before is kept any more.
    func begin(_ key: ValueKey) -> Ticket {
        let stripe = Self.stripe(of: key)
        return generations.withLock { generations in
            generations[stripe] &+= 1
            values.remove(key)
            return Ticket(stripe: stripe, generation: generations[stripe])
        }
    }

    /// The write that `begin` gave `ticket` for is over and has left `value`, or nothing that is known.
    func end(_ key: ValueKey, _ ticket: Ticket, _ value: KeptValue?) {
        generations.withLock { generations in
            let isAlone = generations[ticket.stripe] == ticket.generation
            generations[ticket.stripe] &+= 1
            if let value, isAlone { values.insert(value, id: key) } else { values.remove(key) }
        }
    }

    /// The same for writes of names that are not known.
    func beginAll() {
        generations.withLock { generations in for stripe in generations.indices { generations[stripe] &+= 1 } }
    }

    private static func stripe(of key: ValueKey) -> Int { Int(UInt(bitPattern: key.hashValue) % UInt(stripeCount)) }
}

extension KeptValue: SizedInMemory {
    package var contentBytes: Int { content.count + tags.reduce(0) { $0 + $1.utf8.count } }
}
