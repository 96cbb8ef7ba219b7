import CacheModel

/// A missed lookup whose candidate was not served tells something when the model's answer comes.
extension CacheEngine {
    /// Whether a would-be hit is let through as a miss, to see whether it would have been right.
    func explores(_ policy: NamespacePolicy) -> Bool {
        guard policy.shadowShare > 0, policy.isAdaptive, !policy.isShadow else { return false }
        // 53 bits of a random word make a share in [0, 1).
        return Double(parts.random() >> 11) * 0x1p-53 < policy.shadowShare
    }

    /// Remembers what a lookup would have served.
    func awaitAnswer(
        _ pass: LookupPass, _ lookupID: EntryID, _ candidate: Match?, kind: AwaitedAnswer.Kind, arm: EntryReference?
    ) {
        guard candidate != nil && (pass.policy.isAdaptive || kind == .shadow) || arm != nil else { return }
        // What ages at once differs by the hour, whoever asks.
        guard Volatility.level(of: pass.keys.prompt) == .none else { return }
        let lookup = candidate.map { match in
            AnsweredLookup(
                id: lookupID, entry: match.record.reference, tenant: pass.request.tenant, hitType: match.type,
                query: pass.folded?.key ?? pass.keys.exact, probability: match.probability,
                similarity: match.similarity)
        }
        let answer = AwaitedAnswer(candidate: lookup, kind: kind, armCandidate: arm)
        awaited.withLock { $0[pass.keys.exact] = answer }
    }

    /// What is to be compared with the answer to the prompt of this exact key: read before that answer takes the place of
    /// another. Blocks.
    func readyComparison(_ exactKey: Digest256) -> ReadyComparison? {
        let taken = awaited.withLock { table in
            defer { table[exactKey] = nil }
            return table[exactKey]
        }
        guard let awaited = taken else { return nil }
        func answer(_ reference: EntryReference?) -> RawJSON? {
            guard let reference else { return nil }
            if let body = memory.body(of: reference.id) { return body.response }
            let entry = try? accessStore { (store) throws(StoreError) in try store.entry(reference) }
            return (entry ?? nil)?.body.response
        }
        let candidate = answer(awaited.candidate?.entry)
        let arm = awaited.armCandidate == awaited.candidate?.entry ? candidate : answer(awaited.armCandidate)
        return ReadyComparison(awaited: awaited, candidate: candidate, armCandidate: arm)
    }

    /// Learns from the model's answer.
    func learn(_ ready: ReadyComparison, from response: RawJSON, namespace: String) {
        let comparer = ResponseComparer(embedder: parts.embedder, normalizer: parts.normalizer, judge: parts.judge)
        if let other = ready.armCandidate, let name = parts.policies.policy(of: namespace).shadowArm,
            let arm = parts.shadowArms[name]
        {
            let outcome = comparer.compare(other, response)
            shadow.count(namespace, arm: arm.name) { $0.answers.add(outcome) }
        }
        guard let candidate = ready.awaited.candidate, let answer = ready.candidate else { return }
        let outcome = comparer.compare(answer, response)
        if ready.awaited.kind == .shadow { countAgreement(candidate, outcome) }
        guard candidate.hitType == .semantic else { return }
        switch outcome {
        case .unclear: evidence.book.addUnclear(namespace: namespace)
        case .same, .other:
            evidence.add(
                Evidence(
                    lookup: candidate, verdict: outcome == .same ? .right : .wrong, source: ready.awaited.source,
                    at: parts.clock.now()))
        }
    }

    private func countAgreement(_ candidate: AnsweredLookup, _ outcome: ResponseComparer.Outcome) {
        shadow.count(candidate.entry.namespace) { tally in
            if candidate.hitType == .exact {
                tally.exactAnswers.add(outcome)
            } else {
                tally.semanticAnswers.add(outcome)
            }
        }
        guard let sink = parts.accounting ?? parts.ledger else { return }
        var event = LedgerEvent(
            key: LedgerKey(hour: LedgerEvent.hour(of: parts.clock.now()), namespace: candidate.entry.namespace))
        event.reason = "shadow:\(outcome.rawValue)"
        sink.record(event)
    }

    /// Turns a hit of a namespace that only watches into the miss that it is answered as.
    func watched(_ hit: LookupReply, _ pass: inout LookupPass) -> LookupReply {
        var reply = pass.miss(hit.lookupID, .shadow)
        guard let entry = hit.entryID, let type = hit.hitType else { return reply }
        reply.nearest = NearestCandidate(
            entryID: entry, similarity: hit.similarity ?? 1, probability: hit.probability ?? 1)
        pass.watched = hit.avoided
        shadow.count(pass.request.namespace) { tally in
            if type == .exact { tally.exactHits += 1 } else { tally.semanticHits += 1 }
            tally.tokens &+= min(hit.avoided?.usage.totalTokens ?? 0, LedgerEvent.maximumTokens)
            tally.cost = tally.cost + (hit.avoided?.cost ?? NanoDollars(0))
        }
        if let record = directory.record(entry) {
            let match = Match(
                record: record, type: type, similarity: hit.similarity ?? 1, probability: hit.probability ?? 1)
            awaitAnswer(pass, hit.lookupID, match, kind: .shadow, arm: nil)
        }
        return reply
    }
}
