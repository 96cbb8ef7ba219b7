import CacheModel

/// Who is asking the model for what, in this process, and who waits for it.
///
/// A flight begins with a lease and ends by a store, a release or its time. All calls O(1) but those over a scope. No
/// callback is called under the lock.
final class FlightTable: Sendable {
    /// What came of joining a flight.
    enum Seat: Sendable, Equatable {
        /// The caller is the first: the lease is its own, as far as this process knows.
        case leads
        /// Another caller holds the lease until then (nanoseconds of the monotonic clock).
        case follows(until: UInt64)
    }

    /// A prompt under way, for those that ask the same in other words.
    struct Prompt: Sendable {
        var key: LeaseKey
        var text: String
        var vector: [Float]
    }

    fileprivate struct Flight {
        var token: String
        var until: UInt64
        /// When the lease's holder is another process: the next time that somebody should ask for the lease again.
        var askAgain = UInt64.max
        var prompt: Prompt?
        var waiters: [@Sendable () -> Void] = []
    }

    fileprivate struct State {
        var flights: [LeaseKey: Flight] = [:]
        var tokens: [String: LeaseKey] = [:]
        /// The clock of epochs when each lease was given, over or not: an answer that comes late is told by it.
        var epochs = BoundedTable<String, Int64>(capacity: 16_384)
        var scopes: [Digest256: Set<LeaseKey>] = [:]
        /// Leases that other processes must learn the end of.
        var ended: [(key: LeaseKey, token: String)] = []
        /// Above this many flights those whose time is over are looked for.
        var tidyAbove = 1024
    }

    /// More prompts of one scope are not compared by meaning.
    private static let comparedPrompts = 64

    private let state = Locked(State())

    /// Whether nothing is under way: one lock for every hit.
    var isEmpty: Bool { state.withLock { $0.flights.isEmpty } }
    /// How many there are.
    var count: Int { state.withLock { $0.flights.count } }

    /// Takes a seat: the lead, under `token`, when there is no flight, its time is over, or it is due to be asked for
    /// again.
    func join(_ key: LeaseKey, token: String, now: UInt64, until: UInt64, epoch: Int64 = 0) -> Seat {
        state.withLock { state in
            if let flight = state.flights[key], flight.until > now, flight.askAgain > now {
                return .follows(until: flight.until)
            }
            var flight = Flight(token: token, until: until)
            // Who waits goes on waiting; only the holder is new.
            if let former = state.flights[key] {
                flight.waiters = former.waiters
                flight.prompt = former.prompt
                state.tokens[former.token] = nil
            }
            state.flights[key] = flight
            state.tokens[token] = key
            state.epochs[token] = epoch
            state.tidy(now)
            return .leads
        }
    }

    /// What the lease of `token` is for.
    func key(ofLease token: String) -> LeaseKey? { state.withLock { $0.tokens[token] } }

    /// The clock of epochs when the lease of `token` was given, even if it is over; `nil` for one that is not of this
    /// process, or from long ago.
    func epoch(ofLease token: String) -> Int64? {
        state.withLock { $0.epochs[token] }
    }

    /// Another process holds the lease: until `until`, to be asked for again at `askAgain`.
    func yield(_ key: LeaseKey, token: String, until: UInt64, askAgain: UInt64) {
        state.withLock { state in
            guard state.flights[key]?.token == token else { return }
            state.flights[key]!.until = until
            state.flights[key]!.askAgain = askAgain
            state.tokens[token] = nil
        }
    }

    /// Names the prompt of a flight, so that others of its scope can be compared with it.
    func describe(_ prompt: Prompt) {
        state.withLock { state in
            guard state.flights[prompt.key] != nil else { return }
            state.flights[prompt.key]!.prompt = prompt
            state.scopes[prompt.key.scope, default: []].insert(prompt.key)
        }
    }

    /// Some of the prompts under way in a scope.
    func prompts(scope: Digest256, now: UInt64) -> [Prompt] {
        state.withLock { state in
            (state.scopes[scope] ?? []).prefix(Self.comparedPrompts).compactMap { key in
                state.flights[key].flatMap { $0.until > now ? $0.prompt : nil }
            }
        }
    }

    /// Calls `wake` when the flight ends; at once when there is none.
    func wait(for key: LeaseKey, _ wake: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.flights[key]?.waiters.append(wake)
            return state.flights[key] == nil
        }
        if isOver { wake() }
    }

    /// Ends the flight of `key` and wakes all who wait.
    func end(_ key: LeaseKey) {
        let waiters = state.withLock { $0.remove(key) }
        for wake in waiters { wake() }
    }

    /// Ends the flight that `token` leads; returns whether there was one.
    @discardableResult
    func end(token: String) -> Bool {
        let waiters = state.withLock { state in state.tokens[token].map { state.remove($0) } }
        for wake in waiters ?? [] { wake() }
        return waiters != nil
    }

    /// The leases that ended since the last call.
    func takeEnded() -> [(key: LeaseKey, token: String)] {
        state.withLock { state in
            defer { state.ended = [] }
            return state.ended
        }
    }
}

extension FlightTable.State {
    fileprivate mutating func remove(_ key: LeaseKey) -> [@Sendable () -> Void] {
        guard let flight = flights.removeValue(forKey: key) else { return [] }
        if tokens.removeValue(forKey: flight.token) != nil { ended.append((key, flight.token)) }
        if flight.prompt != nil {
            scopes[key.scope]?.remove(key)
            if scopes[key.scope]?.isEmpty == true { scopes[key.scope] = nil }
        }
        return flight.waiters
    }

    /// Forgets flights whose time is over; nobody waits for them, because each waits no longer than the lease lasts.
    fileprivate mutating func tidy(_ now: UInt64) {
        guard flights.count > tidyAbove else { return }
        for (key, flight) in flights where flight.until <= now { _ = remove(key) }
        tidyAbove = max(1024, 2 * flights.count)
    }
}
