import CacheModel

extension CacheEngine {
    /// How long a follower of another process's lease waits before it looks again, nanoseconds.
    private static let remotePause: UInt64 = 25_000_000
    /// And one of its other followers, in case that one goes away.
    private static let remotePatience: UInt64 = 250_000_000

    /// What becomes of a miss whose caller asked for a lease or is ready to wait: one gets the lease, the others wait for
    /// its answer, at most `wait_ms`, and then look again.
    func singleFlight(
        _ reply: LookupReply, _ pass: LookupPass, finish: @escaping @Sendable (LookupReply, LookupPass) -> LookupReply,
        again: @escaping @Sendable (LookupPass) -> Step<LookupReply>
    ) -> Step<LookupReply> {
        guard pass.policy.singleFlight != .off, pass.request.wantsLease || pass.request.waitMilliseconds > 0 else {
            return .done(finish(reply, pass))
        }
        let now = parts.clock.monotonicNanoseconds()
        let life = UInt64(pass.policy.leaseTTL * 1e9)
        let folded =
            pass.folded
            ?? keyMaker.foldedKeys(of: pass.keys, namespace: pass.request.namespace, tenant: pass.request.tenant)
        let own = LeaseKey(namespace: pass.request.namespace, scope: pass.keys.scope, text: folded.key)
        let key =
            pass.policy.singleFlight == .semantic && folded.isSemantic ? sameQuestion(as: own, pass, now) ?? own : own
        let token = Hexadecimal.encode(Digest256(parts.random(), parts.random(), 0, 0).bytes.prefix(16))
        let wait = { @Sendable [self] (until: UInt64) in
            waitForFlight(key, until: until, reply, pass, finish: finish, again: again)
        }
        switch flights.join(key, token: token, now: now, until: now &+ life) {
        case .follows(let until): return wait(until)
        case .leads:
            if pass.policy.singleFlight == .semantic, folded.isSemantic {
                flights.describe(.init(key: key, text: pass.keys.prompt, vector: embedding(of: pass.keys)))
            }
            let lead = { @Sendable () -> LookupReply in
                var reply = reply
                reply.lease = Lease(token: token, milliseconds: Int(life / 1_000_000))
                return finish(reply, pass)
            }
            guard let leases = parts.leases, store.isAnswering else { return .done(lead()) }
            return .blocking { [self] in
                // A store that fails costs a model call more, never a call less.
                let outcome = try? leases.acquire(key, token: token, milliseconds: Int(life / 1_000_000))
                guard case .held(let milliseconds)? = outcome else { return .done(lead()) }
                let now = parts.clock.monotonicNanoseconds()
                let until = now &+ UInt64(milliseconds) * 1_000_000
                flights.yield(key, token: token, until: until, askAgain: now &+ Self.remotePause)
                return wait(min(until, now &+ Self.remotePause))
            }
        }
    }

    private func waitForFlight(
        _ key: LeaseKey, until: UInt64, _ reply: LookupReply, _ pass: LookupPass,
        finish: @escaping @Sendable (LookupReply, LookupPass) -> LookupReply,
        again: @escaping @Sendable (LookupPass) -> Step<LookupReply>
    ) -> Step<LookupReply> {
        let now = parts.clock.monotonicNanoseconds()
        let patience = pass.waitUntil > now ? pass.waitUntil - now : 0
        guard patience > 0 else { return .done(finish(reply, pass)) }
        var pause = min(patience, until > now ? until - now : 1)
        if parts.leases != nil { pause = min(pause, Self.remotePatience) }
        return .waiting(
            Waiting(nanoseconds: pause, subscribe: { [flights] wake in flights.wait(for: key, wake) }) {
                var pass = pass
                pass.refresh()
                pass.flight = key
                return again(pass)
            })
    }

    /// The flight in the scope whose prompt the judge calls the same as this one's.
    private func sameQuestion(as own: LeaseKey, _ pass: LookupPass, _ now: UInt64) -> LeaseKey? {
        let others = flights.prompts(scope: own.scope, now: now)
        if others.isEmpty || others.contains(where: { $0.key == own }) { return nil }
        let decision = MatchDecision(judge: parts.judge, request: pass.request, policy: pass.policy)
        let query = parts.judge.begin(pass.keys.prompt)
        guard query.refusal == nil else { return nil }
        let vector = embedding(of: pass.keys)
        return others.first { other in
            let similarity = Double(zip(vector, other.vector).reduce(Float(0)) { $0 + $1.0 * $1.1 })
            guard similarity >= decision.requiredSimilarity else { return false }
            let judgement = query.judge(other.text, similarity: similarity, explain: false)
            return judgement.veto == nil && (judgement.probability ?? 0) >= decision.requiredProbability
        }?.key
    }

    /// The call that a lease was for is over, well or not: who waits looks again.
    func endFlight(_ key: LeaseKey, lease: String?) {
        guard !flights.isEmpty else { return }
        flights.end(key)
        if let lease { flights.end(token: lease) }
    }

    /// As above, for a request whose answer is not kept.
    func endFlight(of request: CacheRequest, _ keys: CacheKeys, lease: String?) {
        guard !flights.isEmpty else { return }
        let folded = keyMaker.foldedKeys(of: keys, namespace: request.namespace, tenant: request.tenant)
        endFlight(LeaseKey(namespace: request.namespace, scope: keys.scope, text: folded.key), lease: lease)
    }

    /// Tells other processes which leases have ended.
    func releaseLeases() {
        guard let leases = parts.leases else { return }
        for lease in flights.takeEnded() where store.isAnswering {
            try? leases.release(lease.key, token: lease.token)
        }
    }

    /// Gives a lease back without an answer; returns whether it was held.
    public func release(lease token: String) -> Step<Bool> {
        guard flights.end(token: token) else { return .done(false) }
        guard parts.leases != nil else { return .done(true) }
        return .blocking { [self] in
            releaseLeases()
            return .done(true)
        }
    }
}
