import CacheModel

extension CacheEngine {
    public func lookup(_ request: CacheRequest) -> Step<LookupReply> {
        if let known = continuedFromMemory(request) { return lookup(known) }
        return .blocking { [self] in
            do throws(StoreError) {
                return lookup(try continuedFromStore(request))
            } catch {
                // Without its history nothing may be served.
                let pass = LookupPass(
                    request: request, policy: parts.policies.policy(of: request.namespace), clock: parts.clock)
                return .done(finish(pass.miss(lookupID(pass), .degraded), pass))
            }
        }
    }

    private func lookup(_ continued: Continued) -> Step<LookupReply> {
        let step = find(continued.request)
        guard continued.addition != nil else { return step }
        return step.then { [self] reply in
            // Who refreshes a stale answer stores the fresh one: that adds the turns, as after a miss.
            guard reply.status == .hit || reply.status == .stale && reply.lease == nil, let answer = reply.response
            else { return .done(reply) }
            return .blocking { [self] in
                var reply = reply
                reply.isAppended = append(continued, answer: answer)
                return .done(reply)
            }
        }
    }

    private func lookupID(_ pass: LookupPass) -> EntryID {
        EntryID(created: pass.now, scope: Digest256(0, 0, 0, 0), random: parts.random())
    }

    private func find(_ request: CacheRequest) -> Step<LookupReply> {
        let policy = parts.policies.policy(of: request.namespace)
        var pass = LookupPass(
            request: request, policy: policy, clock: parts.clock, isSampled: counters.isSampled())
        let lookupID = lookupID(pass)
        if let reason = bypassReason(request.controls, policy) {
            return .done(finish(LookupReply(status: .bypass, lookupID: lookupID, reason: reason), pass))
        }
        pass.keys = keyMaker.keys(of: request, policy: policy)
        pass.lap("keys")
        if pass.keys.isEmpty { return .done(finish(pass.miss(lookupID, .emptyPrompt), pass)) }
        return exactTier(pass, lookupID)
    }

    public func lookup(batch requests: [CacheRequest]) -> Step<[LookupReply]> {
        // Each request may need the store: the whole batch goes to a worker and the loop stays free.
        .blocking { [self] in
            var replies: [LookupReply] = []
            var bytes = 0
            for chunk in requests.chunked(by: 256) {
                embedTogether(chunk)
                for var request in chunk {
                    guard bytes < ReplyLimit.contentBytes else { return .done(replies) }
                    // One that waited would hold up the others.
                    request.waitMilliseconds = 0
                    let reply = lookup(request).finish()
                    bytes += reply.response?.bytes.count ?? 0
                    replies.append(reply)
                }
            }
            return .done(replies)
        }
    }

    /// Embeds the prompts that will be searched for in one call, for the lookups that follow to find.
    private func embedTogether(_ requests: [CacheRequest]) {
        var missing: [Digest256: String] = [:]
        for request in requests where request.conversation == nil {
            let policy = parts.policies.policy(of: request.namespace)
            guard bypassReason(request.controls, policy) == nil, policy.match == .semantic else { continue }
            let keys = keyMaker.keys(of: request, policy: policy)
            guard keys.endsWithUserText, directory.record(exactKey: keys.exact) == nil,
                embeddings.vector(for: keys.exact) == nil
            else { continue }
            missing[keys.exact] = templates.text(of: keys.prompt, scope: keys.scope)
        }
        let keys = Array(missing.keys)
        let dimension = parts.embedder.dimension
        let vectors = [Float](unsafeUninitializedCapacity: keys.count * dimension) { buffer, count in
            parts.embedder.embed(
                keys.map { missing[$0]! },
                into: UnsafeMutableBufferPointer(rebasing: buffer[..<(keys.count * dimension)]))
            count = keys.count * dimension
        }
        for (row, key) in keys.enumerated() {
            embeddings.keep(Array(vectors[(row * dimension)..<((row + 1) * dimension)]), for: key)
        }
    }

    private func bypassReason(_ controls: CacheControls, _ policy: NamespacePolicy) -> MissReason? {
        if controls.mode == .off || policy.match == .off { return .off }
        return controls.noCache ? .noCache : nil
    }

    // MARK: Exact tier

    private func exactTier(_ pass: LookupPass, _ lookupID: EntryID) -> Step<LookupReply> {
        var pass = pass
        var known = directory.record(exactKey: pass.keys.exact)
        if known == nil {
            let folded = keyMaker.foldedKeys(
                of: pass.keys, namespace: pass.request.namespace, tenant: pass.request.tenant)
            pass.folded = folded
            known = directory.record(foldedKey: folded.key)
        }
        if let record = known {
            pass.lap("exact")
            if let reason = unservable(record, pass) {
                return missed(pass.miss(lookupID, reason), pass)
            }
            return serve(Match(record: record, type: .exact, similarity: 1, probability: 1), pass, lookupID)
        }
        pass.lap("exact")
        guard store.isShared && store.isAnswering else { return semanticTier(pass, lookupID) }
        // Another process may have stored it since the index was built.
        return .blocking { [self, pass] in
            var pass = pass
            let found = try? readStore { (store) throws(StoreError) in
                try store.entry(exactKey: pass.keys.exact, scope: pass.keys.scope, namespace: pass.request.namespace)
            }
            pass.lap("store")
            guard let entry = found ?? nil, let record = adopt(entry) else { return semanticTier(pass, lookupID) }
            if let reason = unservable(record, pass) { return missed(pass.miss(lookupID, reason), pass) }
            return serve(Match(record: record, type: .exact, similarity: 1, probability: 1), pass, lookupID)
        }
    }

    /// Why a record may not be served now, if it may not.
    private func unservable(_ record: EntryRecord, _ pass: LookupPass) -> MissReason? {
        if isOver(record) {
            directory.remove([record.id])
            memory.remove(record.id)
            return .epoch
        }
        if record.isExpired(at: pass.now) {
            counters.count(expired: directory.remove([record.id]))
            memory.remove(record.id)
            tell(.expire, [record])
            return .expired
        }
        // The store knows no better than that it lives: were it forgotten here, the next lookup would take it from there as
        // if it had just been used, and what feedback has said of it would be lost. The sweep removes it from everywhere.
        if isIdle(record, at: pass.now) { return .expired }
        if let end = record.staleAt, end <= pass.now, !mayServeStale(record, since: end, pass) { return .expired }
        if let oldest = pass.request.controls.maximumAge, pass.now.seconds(since: record.created) > oldest {
            return .tooOld
        }
        return nil
    }

    /// Whether nobody has asked for an entry for longer than its namespace lets it lie.
    func isIdle(_ record: EntryRecord, at now: Timestamp) -> Bool {
        guard let idle = parts.policies.policy(of: record.namespace).idleTTL else { return false }
        return now.seconds(since: record.use.lastUsed) >= idle
    }

    /// Whether an entry past its life is still good enough: while a fresh answer is fetched, or while none can be had.
    private func mayServeStale(_ record: EntryRecord, since end: Timestamp, _ pass: LookupPass) -> Bool {
        let staleness = pass.now.seconds(since: end)
        // Nought means none: not even in the very millisecond in which the life ends.
        if let most = pass.request.controls.maximumStaleness, most <= 0 || staleness > most { return false }
        if staleness < pass.policy.staleTTL { return true }
        return staleness < pass.policy.staleIfErrorTTL
            && failures.isFailing(record.leaseKey, now: parts.clock.monotonicNanoseconds())
    }

    // MARK: Semantic tier

    private func semanticTier(_ pass: LookupPass, _ lookupID: EntryID) -> Step<LookupReply> {
        if pass.request.controls.mode == .exact || pass.policy.match == .exact {
            return missed(pass.miss(lookupID, .exactOnly), pass)
        }
        if let reason = pass.folded?.refusal { return missed(pass.miss(lookupID, reason), pass) }
        if let kind = SensitiveScan.first(in: pass.keys.prompt, of: pass.policy.sensitiveKinds(under: .skip)) {
            return missed(pass.miss(lookupID, .sensitive(kind)), pass)
        }
        if directory.count(scope: pass.keys.scope) <= parts.limits.inlineSearchVectors {
            return match(pass, lookupID)
        }
        return .blocking { [self] in match(pass, lookupID) }
    }

    private func match(_ pass: LookupPass, _ lookupID: EntryID) -> Step<LookupReply> {
        var pass = pass
        let query = embedding(of: pass.keys)
        pass.lap("embed")
        let controls = pass.request.controls
        let found = directory.search(
            scope: pass.keys.scope, query: query, limit: parts.limits.candidates,
            minimumSimilarity: parts.limits.candidateSimilarity, exhaustive: controls.exhaustive)
        pass.partitionCount = found.count
        pass.lap("search")
        if found.candidates.isEmpty {
            let reason: MissReason =
                found.count > 0 ? .noCandidate : directory.knows(textName: pass.folded?.textName ?? 0) ? .scope : .empty
            return missed(pass.miss(lookupID, reason), pass)
        }
        let decision = MatchDecision(
            judge: parts.judge, request: pass.request, policy: pass.policy, evidence: evidence.book,
            query: pass.folded?.key)
        let outcome = decision.decide(prompt: pass.keys.prompt, candidates: found.candidates) {
            self.unservable($0, pass)
        }
        pass.lap("judge")
        guard let doubt = outcome.doubt else { return settle(outcome, found.candidates, pass, lookupID) }
        let pair = RecentVerdicts.Pair(prompt: pass.keys.exact, entry: doubt.candidate.record.id)
        if !pass.request.explain, let known = verdicts[pair] {
            let outcome = decision.settled(outcome, by: Judgement(probability: known))
            return settle(outcome, found.candidates, pass, lookupID)
        }
        return .blocking { [self, pass] in
            var pass = pass
            let verdict = decision.verdict(on: doubt, prompt: pass.keys.prompt)
            if let probability = verdict?.probability { verdicts[pair] = probability }
            pass.lap("verify")
            return settle(decision.settled(outcome, by: verdict), found.candidates, pass, lookupID)
        }
    }

    /// Serves what the judge settled on, or says why nothing. `candidates` are what the arm in shadow decides about.
    private func settle(
        _ outcome: MatchDecision.Outcome, _ candidates: [EntryDirectory.Candidate], _ pass: LookupPass,
        _ lookupID: EntryID
    ) -> Step<LookupReply> {
        var pass = pass
        pass.decision = outcome
        let arm = runShadowArm(pass, candidates: candidates, inForce: outcome.match)
        let isExploring = outcome.match != nil && explores(pass.policy)
        if let match = outcome.match, !isExploring { return serve(match, pass, lookupID) }
        awaitAnswer(pass, lookupID, outcome.judged, kind: isExploring ? .exploration : .nearMiss, arm: arm)
        var reply = pass.miss(lookupID, isExploring ? .exploring : outcome.reason ?? .noCandidate)
        reply.nearest = outcome.nearest
        return missed(reply, pass)
    }

    /// The prompt's embedding, kept for the store that a miss is followed by.
    func embedding(of keys: CacheKeys) -> [Float] {
        if let known = embeddings.vector(for: keys.exact) { return known }
        let vector = parts.embedder.embed(templates.text(of: keys.prompt, scope: keys.scope))
        embeddings.keep(vector, for: keys.exact)
        return vector
    }

    // MARK: Serving

    private func serve(_ match: Match, _ pass: LookupPass, _ lookupID: EntryID) -> Step<LookupReply> {
        var pass = pass
        if let body = memory.body(of: match.record.id) {
            pass.lap("fetch")
            let reply = pass.hit(lookupID, match, body)
            return found(reply, match, pass)
        }
        return .blocking { [self, pass] in
            var pass = pass
            let record = match.record
            do throws(StoreError) {
                let entry = try fetch(record.reference)
                pass.lap("fetch")
                guard let entry else { return vanished(match, pass, lookupID) }
                // The epochs may have become known with this very call.
                if isOver(record) { return missed(pass.miss(lookupID, .epoch), pass) }
                memory.insert(entry.body, id: record.id)
                let reply = pass.hit(lookupID, match, entry.body)
                return found(reply, match, pass)
            } catch {
                pass.lap("fetch")
                return missed(pass.miss(lookupID, .degraded), pass)
            }
        }
    }

    /// The store has lost the entry (evicted, or replaced by another process): it leaves the index, and a replacement
    /// under the same exact key is served in its place.
    private func vanished(_ match: Match, _ pass: LookupPass, _ lookupID: EntryID) -> Step<LookupReply> {
        let record = match.record
        counters.count(vanished: directory.remove([record.id]))
        let replacement = try? readStore { (store) throws(StoreError) in
            try store.entry(exactKey: record.exactKey, scope: record.scope, namespace: record.namespace)
        }
        var pass = pass
        guard let entry = replacement ?? nil, entry.header.id != record.id, let adopted = adopt(entry) else {
            return missed(pass.miss(lookupID, .expired), pass)
        }
        var match = match
        match.record = adopted
        if let reason = unservable(match.record, pass) { return missed(pass.miss(lookupID, reason), pass) }
        let reply = pass.hit(lookupID, match, entry.body)
        return found(reply, match, pass)
    }

    /// A hit, or an answer past its life: then exactly one caller gets the lease to fetch a fresh one.
    private func found(_ reply: LookupReply, _ match: Match, _ pass: LookupPass) -> Step<LookupReply> {
        noteUse(of: match, pass)
        guard match.record.isStale(at: pass.now) else { return .done(finish(reply, pass)) }
        var reply = reply
        (reply.status, reply.epoch) = (.stale, epochs.clock)
        let stale = reply
        // Who only watches is answered a miss: a lease would be nobody's.
        if pass.policy.isShadow { return .done(finish(stale, pass)) }
        return singleFlight.share(
            match.record.leaseKey,
            SingleFlight.Caller(
                life: UInt64(pass.policy.leaseTTL * 1e9), waitUntil: 0,
                lead: { [self] lease in
                    var reply = stale
                    reply.lease = lease
                    return finish(reply, pass)
                },
                alone: { [self] in finish(stale, pass) }, again: { [self] in .done(finish(stale, pass)) }))
    }

    /// A miss, unless another caller is about to bring the answer. Where a budget is spent that is enforced, nobody is
    /// to ask the model.
    private func missed(_ reply: LookupReply, _ pass: LookupPass) -> Step<LookupReply> {
        if pass.policy.enforcesBudgets, budget(pass)?.isSpent == true {
            var reply = reply
            reply.reason = .overBudget
            return .done(finish(reply, pass))
        }
        return singleFlight(reply, pass, finish: { [self] in finish($0, $1) }) { [self] in exactTier($0, reply.lookupID)
        }
    }

    /// Takes an entry that the store holds into the directory and the memory tier; `nil` when it was invalidated.
    @discardableResult
    func adopt(_ entry: CacheEntry) -> EntryRecord? {
        let record = self.record(of: entry.header)
        directory.insert(record, vector: vector(of: entry.header).map { templatedVector(of: record, whole: $0) })
        // After it is in: an invalidation that came before finds it here, one that comes now in the directory.
        if isInvalidated(record) {
            discard(record)
            return nil
        }
        if isOver(record) {
            directory.remove([record.id])
            return nil
        }
        memory.insert(entry.body, id: record.id)
        return record
    }

    /// Counts a reply and, where asked, explains it.
    private func finish(_ reply: LookupReply, _ pass: LookupPass) -> LookupReply {
        var (reply, pass) = (reply, pass)
        if reply.status == .miss { reply.epoch = epochs.clock }
        if let usage = reply.usage, let model = reply.model, let avoided = reply.avoided, avoided.cost == nil {
            reply.avoided!.cost = parts.pricing.cost(of: usage, model: model, provider: pass.provider)
        }
        // Another process brought the answer: who waits here can have it from memory now.
        if reply.status == .hit, let flight = pass.flight { flights.end(flight) }
        if pass.policy.isShadow, reply.hitType != nil { reply = watched(reply, &pass) }
        if let entry = reply.entryID, let hitType = reply.hitType {
            answered.add(
                AnsweredLookup(
                    id: reply.lookupID,
                    entry: EntryReference(id: entry, namespace: pass.request.namespace, scope: pass.keys.scope),
                    tenant: pass.request.tenant, hitType: hitType, query: pass.folded?.key ?? pass.keys.exact,
                    probability: reply.probability ?? 1, similarity: reply.similarity ?? 1))
        }
        if pass.request.explain { reply.explanation = pass.explanation() }
        if pass.request.isTimed { reply.stages = pass.stages }
        if hasBudgets { reply.budget = budget(pass) }
        account(reply, pass)
        return reply
    }

    private func budget(_ pass: LookupPass) -> BudgetState? {
        budgets.tightest(namespace: pass.request.namespace, user: pass.request.user, at: pass.now)
    }
}
