import CacheModel

/// One caller at a time asks for what is missing: the first gets the lease, the others wait for what it brings or go on
/// without. The lease holds across processes where they share a store of leases.
struct SingleFlight: Sendable {
    let flights: FlightTable
    /// Where processes agree on leases; `nil` when there is only this one.
    let leases: (any LeaseStore)?
    let clock: any WallClock
    let random: @Sendable () -> UInt64
    /// Whether the store of leases can be asked.
    let isAnswering: @Sendable () -> Bool
    /// The clock of epochs, which a lease remembers.
    let epoch: @Sendable () -> Int64

    /// How long a follower of another process's lease waits before it looks again, nanoseconds.
    private static let remotePause: UInt64 = 25_000_000
    /// And one of its other followers, in case that one goes away.
    private static let remotePatience: UInt64 = 250_000_000

    /// What the caller brings: what to answer with a lease, what without one, and how to look again after a wait.
    struct Caller<Reply: Sendable>: Sendable {
        /// How long a lease lasts, nanoseconds.
        var life: UInt64
        /// Until when the caller waits for another's answer, nanoseconds of the monotonic clock; 0 for not at all.
        var waitUntil: UInt64
        /// Called when the flight is this caller's, before `lead`.
        var describe: @Sendable () -> Void = {}
        var lead: @Sendable (Lease) -> Reply
        var alone: @Sendable () -> Reply
        var again: @Sendable () -> Step<Reply>
    }

    /// What becomes of a caller who misses what `key` names.
    func share<Reply>(_ key: LeaseKey, _ caller: Caller<Reply>) -> Step<Reply> {
        let now = clock.monotonicNanoseconds()
        let token = Hexadecimal.encode(Digest256(random(), random(), 0, 0).bytes.prefix(16))
        switch flights.join(key, token: token, now: now, until: now &+ caller.life, epoch: epoch()) {
        case .follows(let until): return wait(key, until: until, caller)
        case .leads:
            caller.describe()
            let milliseconds = Int(caller.life / 1_000_000)
            let lease = Lease(token: token, milliseconds: milliseconds)
            guard let leases, isAnswering() else { return .done(caller.lead(lease)) }
            return .blocking { [self] in
                // A store that fails costs a call more, never a call less.
                let outcome = try? leases.acquire(key, token: token, milliseconds: milliseconds)
                guard case .held(let milliseconds)? = outcome else { return .done(caller.lead(lease)) }
                let now = clock.monotonicNanoseconds()
                let until = now &+ UInt64(milliseconds) * 1_000_000
                flights.yield(key, token: token, until: until, askAgain: now &+ Self.remotePause)
                return wait(key, until: min(until, now &+ Self.remotePause), caller)
            }
        }
    }

    private func wait<Reply>(_ key: LeaseKey, until: UInt64, _ caller: Caller<Reply>) -> Step<Reply> {
        let now = clock.monotonicNanoseconds()
        let patience = caller.waitUntil > now ? caller.waitUntil - now : 0
        guard patience > 0 else { return .done(caller.alone()) }
        var pause = min(patience, until > now ? until - now : 1)
        if leases != nil { pause = min(pause, Self.remotePatience) }
        return .waiting(
            Waiting(
                nanoseconds: pause, subscribe: { [flights] wake in flights.wait(for: key, wake) }, resume: caller.again)
        )
    }

    /// Tells other processes which leases have ended.
    func releaseEnded() {
        // Taken in any case: without other processes to tell they would only pile up.
        let ended = flights.takeEnded()
        guard let leases else { return }
        for lease in ended where isAnswering() { try? leases.release(lease.key, token: lease.token) }
    }
}
