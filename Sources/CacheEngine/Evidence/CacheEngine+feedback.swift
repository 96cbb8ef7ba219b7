import CacheModel

extension CacheEngine {
    /// How many hits a second the store is told of at most.
    private static let rememberedLookups = 2000

    public func feedback(_ request: FeedbackRequest) -> Step<Result<FeedbackReply, RequestProblem>> {
        .blocking { [self] in
            // Another process may have been told already.
            if store.isShared && store.isAnswering { try? evidence.follow() }
            return .done(lookup(meantBy: request).map { take(request, on: $0) })
        }
    }

    private func lookup(meantBy request: FeedbackRequest) -> Result<AnsweredLookup, RequestProblem> {
        var found = answered.lookup(request.lookupID)
        if found == nil {
            guard store.isAnswering else { return .failure(.feedbackUnavailable) }
            do throws(StoreError) { found = try evidence.answeredLookup(request.lookupID) } catch {
                store.report(error)
                return .failure(.feedbackUnavailable)
            }
        }
        guard let found, request.mayConcern(found) else { return .failure(.unknownLookup) }
        return .success(found)
    }

    private func take(_ request: FeedbackRequest, on lookup: AnsweredLookup) -> FeedbackReply {
        var reply = FeedbackReply(lookup: lookup, verdict: request.verdict, effect: .unchanged)
        let former = evidence.book.verdict(on: lookup.id)
        let served = answered.served(
            like: lookup, after: evidence.book.lastFeedback(scope: lookup.entry.scope))
        let isNew = evidence.add(
            Evidence(
                lookup: lookup, verdict: request.verdict, source: .feedback, servedByScope: served.byScope,
                servedByEntry: served.byEntry, at: parts.clock.now(), note: request.note))
        guard isNew else { return reply }
        account(lookup, request.verdict)
        reply.effect = effect(of: request.verdict, on: lookup, former: former)
        flushEvidence()
        return reply
    }

    private func effect(
        of verdict: Verdict, on lookup: AnsweredLookup, former: Verdict?
    ) -> FeedbackReply.Effect {
        switch (lookup.hitType, verdict) {
        case (.semantic, .wrong): return .pairRefused
        case (.semantic, .right): return former == .wrong ? .pairRestored : .counted
        case (.exact, .wrong):
            return delete(lookup.entry.id).finish() == .success(true) ? .entryRemoved : .counted
        case (.exact, .right): return .counted
        }
    }

    private func account(_ lookup: AnsweredLookup, _ verdict: Verdict) {
        guard let sink = parts.accounting ?? parts.ledger else { return }
        let record = directory.record(lookup.entry.id)
        var event = LedgerEvent(
            key: LedgerKey(
                hour: LedgerEvent.hour(of: parts.clock.now()), namespace: lookup.entry.namespace,
                provider: record?.provider, model: record?.model))
        event.add(verdict == .right ? .feedbackRight : .feedbackWrong)
        sink.record(event)
    }

    /// Reads the evidence that the store holds. To be called before the first lookup, so that nothing is served that
    /// feedback has refused; `tendEvidence` tries again where the store did not answer. Blocks.
    public func loadEvidence() throws(StoreError) { try evidence.follow() }

    /// Tells the store of new hits and evidence, and learns what other processes have told it. Called every second or so
    /// by the service; blocks for as long as the store takes.
    public func tendEvidence() {
        guard store.isAnswering else { return }
        do throws(StoreError) {
            try evidence.remember(answered.takeUnsaved(limit: Self.rememberedLookups))
            try evidence.flush()
            if store.isShared || !evidence.isLoaded { try evidence.follow() }
        } catch { store.report(error) }
    }

    /// Forgets evidence on what is gone.
    func removeOldEvidence(now: Timestamp) {
        if indexState.withLock({ $0 == .built }) {
            evidence.book.keepEntries { directory.record($0) != nil }
        }
        if store.isAnswering { try? evidence.removeOld(now: now) }
    }

    private func flushEvidence() {
        guard store.isAnswering else { return }
        do throws(StoreError) { try evidence.flush() } catch { store.report(error) }
    }
}

extension RequestProblem {
    fileprivate static let unknownLookup = RequestProblem(
        .notFound, field: "lookup_id",
        "names no hit that is remembered: give the lookup_id of a hit of the last days (misses take no feedback)")
    fileprivate static let feedbackUnavailable = RequestProblem(
        .unavailable, field: "lookup_id", "cannot be looked up now, because the store does not answer; try again later")
}
