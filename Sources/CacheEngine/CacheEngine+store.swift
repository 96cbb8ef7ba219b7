import CacheModel

extension CacheEngine {
    public func store(_ request: StoreRequest) -> Step<StoreReply> {
        if let known = continuedFromMemory(request.request) { return store(request, known) }
        return .blocking { [self] in
            guard let continued = try? continuedFromStore(request.request) else {
                account(.refused(.degraded), request, exactKey: nil)
                return .done(.refused(.degraded))
            }
            return store(request, continued)
        }
    }

    private func store(_ request: StoreRequest, _ continued: Continued) -> Step<StoreReply> {
        var whole = request
        whole.request = continued.request
        let step = keep(whole)
        guard continued.addition != nil, AdmissionPolicy.isWhole(request) else { return step }
        return step.then { [self] reply in
            .blocking { [self] in
                _ = append(continued, answer: request.response)
                return .done(reply)
            }
        }
    }

    private func keep(_ request: StoreRequest) -> Step<StoreReply> {
        switch prepare(request) {
        case .failure(let refusal):
            account(.refused(refusal.reason), request, exactKey: refusal.exactKey)
            return .done(.refused(refusal.reason))
        case .success(let prepared):
            return .blocking { [self] in
                let reply = write([prepared])[0]
                account(reply, request, exactKey: prepared.record.exactKey)
                return .done(reply)
            }
        }
    }

    public func store(batch requests: [StoreRequest]) -> Step<[StoreReply]> {
        // Turns of one conversation follow each other: each store must see what the one before has appended.
        if requests.contains(where: { $0.request.conversation != nil }) {
            return .blocking { [self] in .done(requests.map { store($0).finish() }) }
        }
        return .blocking { [self] in
            var replies = [StoreReply?](repeating: nil, count: requests.count)
            var exactKeys: [Digest256] = []
            var pending: [(index: Int, prepared: PreparedEntry)] = []
            for (index, request) in requests.enumerated() {
                switch prepare(request) {
                case .failure(let refusal):
                    replies[index] = .refused(refusal.reason)
                    exactKeys.append(refusal.exactKey)
                case .success(let prepared):
                    pending.append((index, prepared))
                    exactKeys.append(prepared.record.exactKey)
                }
            }
            for (item, reply) in zip(pending, write(pending.map(\.prepared))) { replies[item.index] = reply }
            let complete = replies.map { $0! }
            for (index, reply) in complete.enumerated() {
                account(reply, requests[index], exactKey: exactKeys[index])
            }
            return .done(complete)
        }
    }

    /// An entry ready to be written, with what the directory needs of it.
    private struct PreparedEntry: Sendable {
        var entry: CacheEntry
        var record: EntryRecord
        var vector: [Float]?
        var lease: String?
        /// When the answer was asked for, where that is known by the time it took alone.
        var askedAt: Timestamp?
    }

    private struct Refusal: Error {
        let reason: RefusalReason
        let exactKey: Digest256
    }

    private func prepare(_ request: StoreRequest) -> Result<PreparedEntry, Refusal> {
        let policy = parts.policies.policy(of: request.request.namespace)
        let keys = keyMaker.keys(of: request.request, policy: policy)
        if let reason = admission.refusal(of: request, keys: keys, policy: policy) {
            if let status = request.statusCode, status >= 500 { noteFailure(of: request.request, keys) }
            endFlight(of: request.request, keys, lease: request.lease)
            return .failure(Refusal(reason: reason, exactKey: keys.exact))
        }
        let folded = keyMaker.foldedKeys(
            of: keys, namespace: request.request.namespace, tenant: request.request.tenant)
        let question = Question(request, lease: request.lease.flatMap { flights.epoch(ofLease: $0) }, parts.clock.now())
        let header = header(of: request, keys, folded, policy, question)
        let record = EntryRecord(header, textName: folded.textName)
        if let reason = lateRefusal(record, askedAt: question.askedAt) {
            endFlight(record.leaseKey, lease: request.lease)
            return .failure(Refusal(reason: reason, exactKey: keys.exact))
        }
        let body = EntryBody(
            response: request.response, usage: request.usage ?? UsageEstimate.usage(request),
            isUsageEstimated: request.usage == nil, cost: request.cost,
            latencyMilliseconds: request.latencyMilliseconds)
        return .success(
            PreparedEntry(
                entry: CacheEntry(header: header, body: body), record: record,
                vector: header.vector?.floats.normalized(), lease: request.lease, askedAt: question.askedAt))
    }

    private func header(
        of request: StoreRequest, _ keys: CacheKeys, _ folded: FoldedKeys, _ policy: NamespacePolicy,
        _ question: Question
    ) -> EntryHeader {
        let (call, now) = (request.request, question.now)
        let isSemantic = folded.isSemantic && policy.match == .semantic && call.controls.mode != .exact
        let ttl = admission.lifetime(of: request, keys: keys, policy: policy, cost: cost(of: request))
        var header = EntryHeader(
            id: EntryID(created: now, scope: keys.scope, random: parts.random()), namespace: call.namespace,
            scope: keys.scope, exactKey: keys.exact, foldedKey: folded.key, prompt: keys.prompt,
            isSemantic: isSemantic, vector: isSemantic ? storedVector(of: keys) : nil, model: call.model,
            provider: call.provider, tenant: call.tenant, user: call.user, tags: request.tags, created: now,
            expires: ttl.map { now.adding(seconds: $0) })
        header.epoch = min(question.epoch ?? .max, epochs.clock)
        (header.template, header.dependsOn) = (call.template, request.dependsOn)
        let extra = max(policy.staleTTL, policy.staleIfErrorTTL)
        if extra > 0, let end = header.expires {
            (header.staleAt, header.expires) = (end, end.adding(seconds: extra))
        }
        boundLife(of: &header)
        return header
    }

    /// The prompt's embedding as it is stored; `nil` when there was nothing to embed.
    private func storedVector(of keys: CacheKeys) -> StoredVector? {
        // The store keeps the embedding of all of the prompt, whatever is known of templates now.
        let isWhole = templates.text(of: keys.prompt, scope: keys.scope) == keys.prompt
        let vector = isWhole ? embedding(of: keys) : parts.embedder.embed(keys.prompt)
        guard vector.contains(where: { $0 != 0 }) else { return nil }
        return vector.withUnsafeBufferPointer { StoredVector(embedder: parts.embedder.identifier, quantizing: $0) }
    }

    /// Writes to the store first, then to the directory: what is served is also kept.
    private func write(_ prepared: [PreparedEntry]) -> [StoreReply] {
        defer {
            for item in prepared { endFlight(item.record.leaseKey, lease: item.lease) }
            releaseLeases()
        }
        // Before the new entries take the places of others.
        let comparisons = prepared.map { readyComparison($0.entry.header.exactKey) }
        do throws(StoreError) {
            let entries = prepared.map(\.entry)
            try accessStore { (store) throws(StoreError) in
                if entries.count == 1 { try store.put(entries[0]) } else { try store.put(entries) }
            }
        } catch {
            return prepared.map { _ in .refused(.degraded) }
        }
        for (item, ready) in zip(prepared, comparisons) {
            guard let ready else { continue }
            learn(ready, from: item.entry.body.response, namespace: item.record.namespace)
        }
        return prepared.map { item in
            memory.insert(item.entry.body, id: item.record.id)
            let vector = item.vector.map { templatedVector(of: item.record, whole: $0) }
            if let replaced = directory.insert(item.record, vector: vector) {
                memory.remove(replaced.id)
                removeDependents(of: replaced)
            }
            failures.clear(item.record.leaseKey)
            // After it is in: what came before finds it here, what comes now in the directory.
            if let reason = lateRefusal(item.record, askedAt: item.askedAt) {
                discard(item.record)
                return .refused(reason)
            }
            // Another process has removed or replaced it already.
            if follower.hasRemoved(item.record.id) {
                forget([item.record.id])
                return .stored(item.record.id)
            }
            if vector != nil { learnTemplate(from: item.record) }
            return .stored(item.record.id)
        }
    }
}

extension [Float] {
    /// The vector at unit length; unchanged when all zeros.
    func normalized() -> [Float] {
        let norm = reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? map { $0 / norm } : self
    }
}
