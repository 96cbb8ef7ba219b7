import CacheModel

/// The last events, for whoever listens: a ring that never waits for a reader.
///
/// Events are numbered in order; a reader asks for those after a number and is told how many it has missed. Numbers begin
/// with the start's time, so that one of an earlier run is never taken for one of this. O(1) for each event.
public final class EventHub: Sendable {
    private struct State {
        /// The event of number n, n counted from `first`, lies at n modulo the capacity.
        var ring: [CacheEvent] = []
        /// The number of the next event.
        var next: UInt64
        var listeners: [UInt64: @Sendable () -> Void] = [:]
        var nextListener: UInt64 = 0
        /// Whether the listeners have been told of something that nobody has read yet.
        var isTold = false
    }

    private let state: Locked<State>
    /// The number of the first event.
    private let first: UInt64
    private let capacity: Int
    private let clock: any WallClock

    /// A ring of `capacity` events.
    public init(capacity: Int = 8192, clock: any WallClock = SystemClock()) {
        self.capacity = max(1, capacity)
        self.clock = clock
        first = UInt64(clamping: clock.now().milliseconds) << 20 + 1
        state = Locked(State(next: first))
    }

    /// The number of the latest event, or the one before the first.
    public var latest: UInt64 { state.withLock { $0.next - 1 } }

    /// Whether `number` is of a run before this one.
    public func isEarlier(_ number: UInt64) -> Bool { number != 0 && number < first - 1 }

    /// Adds an event, numbered and timed, and tells the listeners unless they have been told already.
    func post(_ event: CacheEvent) {
        var event = event
        event.at = clock.now()
        let listeners = state.withLock { state -> [@Sendable () -> Void] in
            event.number = state.next
            let place = Int((state.next - first) % UInt64(capacity))
            if place < state.ring.count { state.ring[place] = event } else { state.ring.append(event) }
            state.next += 1
            if state.isTold || state.listeners.isEmpty { return [] }
            state.isTold = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener() }
    }

    /// What a reader gets.
    public struct Page: Sendable {
        /// The events, oldest first.
        public var events: [CacheEvent]
        /// How many events of this run after the number asked for are gone.
        public var lost: UInt64
        /// The number to ask after next.
        public var position: UInt64
    }

    /// At most `limit` events after `number`; a number that is yet to come counts as the latest.
    public func read(after number: UInt64, limit: Int) -> Page {
        state.withLock { state in
            state.isTold = false
            let oldest = state.next - UInt64(state.ring.count)
            // Bounded before one is added: a reader may name the greatest number there is.
            let wanted = min(max(number, first - 1), state.next - 1) + 1
            let start = max(wanted, oldest)
            let end = min(state.next, start + UInt64(max(0, limit)))
            let events = (start..<end).map { state.ring[Int(($0 - first) % UInt64(capacity))] }
            return Page(events: events, lost: start - wanted, position: end - 1)
        }
    }

    /// Calls `wake` when there is something new, on any thread, until `unsubscribe`; once for any number of events until
    /// somebody reads.
    public func subscribe(_ wake: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = wake
            return state.nextListener
        }
    }

    /// Ends a subscription.
    public func unsubscribe(_ listener: UInt64) { state.withLock { _ = $0.listeners.removeValue(forKey: listener) } }
}
