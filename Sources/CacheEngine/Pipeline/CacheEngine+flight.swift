import CacheModel

extension CacheEngine {
    /// What becomes of a miss whose caller asked for a lease or is ready to wait: one gets the lease, the others wait for
    /// its answer, at most `wait_ms`, and then look again.
    func singleFlight(
        _ reply: LookupReply, _ pass: LookupPass, finish: @escaping @Sendable (LookupReply, LookupPass) -> LookupReply,
        again: @escaping @Sendable (LookupPass) -> Step<LookupReply>
    ) -> Step<LookupReply> {
        guard pass.policy.singleFlight != .off, !pass.policy.isShadow,
            pass.request.wantsLease || pass.request.waitMilliseconds > 0
        else {
            return .done(finish(reply, pass))
        }
        let folded =
            pass.folded
            ?? keyMaker.foldedKeys(of: pass.keys, namespace: pass.request.namespace, tenant: pass.request.tenant)
        let own = LeaseKey(namespace: pass.request.namespace, scope: pass.keys.scope, text: folded.key)
        let isSemantic = pass.policy.singleFlight == .semantic && folded.isSemantic
        let now = parts.clock.monotonicNanoseconds()
        let key = isSemantic ? sameQuestion(as: own, pass, now) ?? own : own
        return singleFlight.share(
            key,
            SingleFlight.Caller(
                life: UInt64(pass.policy.leaseTTL * 1e9), waitUntil: pass.waitUntil,
                describe: { [self] in
                    guard isSemantic else { return }
                    flights.describe(.init(key: key, text: pass.keys.prompt, vector: embedding(of: pass.keys)))
                },
                lead: { lease in
                    var reply = reply
                    reply.lease = lease
                    return finish(reply, pass)
                },
                alone: { finish(reply, pass) },
                again: {
                    var pass = pass
                    pass.refresh()
                    pass.flight = key
                    return again(pass)
                }))
    }

    /// The flight in the scope whose prompt the judge calls the same as this one's.
    private func sameQuestion(as own: LeaseKey, _ pass: LookupPass, _ now: UInt64) -> LeaseKey? {
        let others = flights.prompts(scope: own.scope, now: now)
        if others.isEmpty || others.contains(where: { $0.key == own }) { return nil }
        // The first stage alone: whose call to share must be known at once.
        var policy = pass.policy
        policy.verify = false
        let decision = MatchDecision(judge: parts.judge, request: pass.request, policy: policy)
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
    func releaseLeases() { singleFlight.releaseEnded() }

    /// Gives a lease back because the model has failed.
    public func release(failedLease token: String) -> Step<Bool> {
        if let key = flights.key(ofLease: token) { noteFailure(key) }
        return release(lease: token)
    }

    /// The model has failed on a prompt: for as long as a lease lasts, answers past their life are better than none.
    func noteFailure(_ key: LeaseKey) {
        let life = parts.policies.policy(of: key.namespace).leaseTTL
        failures.note(key, until: parts.clock.monotonicNanoseconds() &+ UInt64(life * 1e9))
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
