import CacheModel

/// What is counted of each answer: once, on what was returned.
extension CacheEngine {
    /// Counts a lookup.
    func account(_ reply: LookupReply, _ pass: LookupPass) {
        let elapsed = pass.elapsedNanoseconds
        counters.count(reply, nanoseconds: elapsed)
        tell(reply, pass, nanoseconds: elapsed)
        if !pass.stages.isEmpty { counters.count(stages: pass.stages) }
        activity.note(recent(reply, pass, nanoseconds: elapsed))
        guard let sink = parts.accounting ?? parts.ledger else { return }
        let request = pass.request
        var event = LedgerEvent(
            key: LedgerKey(
                hour: LedgerEvent.hour(of: pass.now), namespace: request.namespace,
                provider: request.provider ?? pass.provider, model: request.model ?? reply.model, user: request.user,
                tags: pass.tags.sorted()))
        switch reply.status {
        case .hit: event.add(reply.hitType == .exact ? .exactHits : .semanticHits)
        case .stale: event.add(.staleHits)
        case .bypass: event.add(.bypasses)
        case .miss:
            event.add(.misses)
            event.reason = "miss:\(reply.reason?.rawValue ?? "unknown")"
            noteNearMiss(reply, pass)
        }
        if let digest = pass.servedDigest, let entry = reply.entryID {
            event.subject = LedgerSubject(kind: .saved, digest: digest, entry: entry)
        }
        event.add(.cacheNanoseconds, Int64(clamping: elapsed))
        if let avoided = reply.avoided {
            event.add(avoided.usage, cost: avoided.cost, isEstimated: pass.isUsageEstimated, to: .avoided)
            event.add(.avoidedModelMicroseconds, Self.microseconds(avoided.latencyMilliseconds))
        }
        if let watched = pass.watched {
            event.add(.shadowHits)
            event.add(.shadowTokens, Int64(min(max(0, watched.usage.totalTokens), LedgerEvent.maximumTokens)))
            event.add(.shadowNano, min(watched.cost?.amount ?? 0, LedgerEvent.maximumNano))
        }
        sink.record(event)
    }

    /// Counts a store, and the model call before it: a call was paid for whether its answer is kept or not, unless it
    /// failed and the gateway names no cost.
    func account(_ reply: StoreReply, _ request: StoreRequest, exactKey: Digest256?) {
        counters.count(reply)
        tell(reply, request)
        guard request.isCounted else { return }
        let sink = parts.accounting ?? parts.ledger
        guard sink != nil || hasBudgets else { return }
        let common = request.request
        var event = LedgerEvent(
            key: LedgerKey(
                hour: LedgerEvent.hour(of: parts.clock.now()), namespace: common.namespace, provider: common.provider,
                model: common.model, user: common.user, tags: request.tags.sorted()))
        switch reply {
        case .stored: event.add(.stored)
        case .refused(let reason):
            event.add(.refused)
            event.reason = "refused:\(reason.rawValue)"
        }
        let failed = request.statusCode.map { !(200..<300).contains($0) } ?? false
        if !failed || request.cost != nil {
            let usage = request.usage ?? UsageEstimate.usage(request)
            let price = common.model.flatMap { parts.pricing.cost(of: usage, model: $0, provider: common.provider) }
            event.add(.calls)
            event.add(usage, cost: request.cost ?? price, isEstimated: request.usage == nil, to: .charged)
            event.add(.modelMicroseconds, Self.microseconds(request.latencyMilliseconds))
            event.subject = exactKey.flatMap(nearMisses.take)
        }
        if hasBudgets {
            budgets.charge(
                event.counts[LedgerCounter.chargedNano.rawValue], namespace: common.namespace, user: common.user,
                hour: event.key.hour)
        }
        sink?.record(event)
    }

    /// Remembers what a miss was near, until the store that follows says what it cost.
    private func noteNearMiss(_ reply: LookupReply, _ pass: LookupPass) {
        guard let nearest = reply.nearest, let reason = reply.reason,
            reason == .unsure || reason == .belowThreshold || reason.rawValue.hasPrefix("guard:"),
            let record = directory.record(nearest.entryID)
        else { return }
        nearMisses.note(
            pass.keys.exact, LedgerSubject(kind: .nearMiss, digest: record.foldedKey.w0, entry: record.id))
    }

    private func recent(_ reply: LookupReply, _ pass: LookupPass, nanoseconds: UInt64) -> RecentLookup {
        let request = pass.request
        return RecentLookup(
            at: pass.now, lookupID: reply.lookupID, namespace: request.namespace, model: request.model,
            user: request.user, status: reply.status, hitType: reply.hitType, reason: reply.reason,
            entryID: reply.entryID ?? reply.nearest?.entryID, similarity: reply.similarity ?? reply.nearest?.similarity,
            probability: reply.probability ?? reply.nearest?.probability,
            requiredProbability: pass.decision?.requiredProbability, promptDigest: pass.keys.exact.w0,
            prompt: pass.policy.shown(pass.keys.prompt).map { String($0.prefix(Self.shownCharacters)) },
            nanoseconds: nanoseconds, avoided: reply.avoided?.cost)
    }

    /// How much of a prompt a list shows.
    private static let shownCharacters = 400

    /// A latency as the ledger sums it: what is no latency is none, and a day is the most.
    private static func microseconds(_ milliseconds: Double?) -> Int64 {
        guard let milliseconds, milliseconds.isFinite, milliseconds > 0 else { return 0 }
        return Int64(min(milliseconds, 86_400_000) * 1000)
    }
}
