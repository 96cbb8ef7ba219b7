import CacheModel

/// What the service asks about versions, appointments and answers to be refreshed.
public protocol FreshnessServing: Sendable {
    /// Makes everything older that belongs to `subject` invisible at once.
    func bump(_ subject: EpochSubject) -> Step<EpochReply>
    /// All epochs.
    var epochTable: EpochTable { get }
    /// Invalidations that are yet to come, soonest first.
    func scheduledInvalidations() -> Step<Result<[ScheduledInvalidation], RequestProblem>>
    /// Forgets one; returns whether it was there.
    func cancelInvalidation(_ id: EntryID) -> Step<Result<Bool, RequestProblem>>
    /// Popular answers near their end, the most served first; with a lease for each that nobody else is refreshing, where
    /// `query` takes them.
    func refreshable(_ query: RefreshQuery) -> Step<[RefreshCandidate]>
}

/// What came of a bump.
public struct EpochReply: Sendable, Equatable {
    /// The subject's epoch now.
    public var epoch: Int64
    /// Whether the store has it: if not, it holds here, and others learn of it when the store is back.
    public var isSaved: Bool

    /// A reply.
    public init(epoch: Int64, isSaved: Bool) { (self.epoch, self.isSaved) = (epoch, isSaved) }
}

/// Which answers are to be refreshed.
public struct RefreshQuery: Sendable, Equatable {
    /// Of this namespace; `nil` for all.
    public var namespace: String?
    /// Of this tenant; `nil` for all.
    public var tenant: String?
    /// At most so many.
    public var limit = 100
    /// Whether the caller is going to refresh them.
    public var takesLeases = false

    /// All, to look at.
    public init() {}
}

/// An answer to be refreshed.
public struct RefreshCandidate: Sendable {
    /// The entry.
    public var entryID: EntryID
    /// How often it was served, by this process.
    public var hits: Int
    /// Its age, seconds.
    public var age: Double
    /// What is left of its life, seconds; below zero when it is stale.
    public var ttl: Double
    /// What to ask the model.
    public var request: CacheRequest
    /// The caller's right to do so; goes back with the store.
    public var lease: Lease?
}

extension CacheEngine: FreshnessServing {
    public var freshness: (any FreshnessServing)? { self }

    // MARK: Epochs

    public var epochTable: EpochTable { epochs.table }

    public func bump(_ subject: EpochSubject) -> Step<EpochReply> {
        // True here before the store is asked.
        epochs.raise(subject)
        return .blocking { [self] in
            let isSaved = saveEpochs()
            return .done(
                EpochReply(epoch: epochs.table.values[epochs.bounded(subject)] ?? epochs.clock, isSaved: isSaved))
        }
    }

    /// Takes over the epochs that the store knows: before the first lookup. When it cannot say, its entries are not served
    /// until it has.
    public func loadEpochs() throws(StoreError) {
        do throws(StoreError) { try epochs.synchronize() } catch {
            // What is stored from now on is newer than any bump so far.
            epochs.raise(nil)
            throw error
        }
    }

    /// Gives the store the epochs that it lacks and takes over those of others; returns whether it has all. Blocks.
    @discardableResult
    func saveEpochs() -> Bool {
        guard store.isAnswering else { return false }
        do throws(StoreError) {
            try epochs.synchronize()
            store.report(nil)
            return true
        } catch {
            store.report(error)
            return false
        }
    }

    /// Whether an entry is of an epoch that is over.
    func isOver(_ record: EntryRecord) -> Bool {
        epochs.isOver(record.epoch, namespace: record.namespace, model: record.model, template: record.template)
    }

    /// Removes entries of epochs that are over from memory and the store: nobody sees them any more, this gives their room
    /// back.
    func removeOverdue() {
        var overdue: [EntryRecord] = []
        var slot: Int? = 0
        while let start = slot {
            let page = directory.records(from: start, count: 4096)
            overdue += page.records.filter { isOver($0) }
            slot = page.next
        }
        directory.remove(overdue.map(\.id))
        for batch in overdue.chunked(by: 512) {
            memory.remove(batch.map(\.id))
            _ = try? accessStore { (store) throws(StoreError) in try store.remove(batch.map(\.reference)) }
        }
    }

    /// Removes entries that nobody asks for any more from the store, which knows no better than that they live.
    func removeIdle(_ records: [EntryRecord]) {
        for batch in records.map(\.reference).chunked(by: 512) {
            _ = try? accessStore { (store) throws(StoreError) in try store.remove(batch) }
        }
    }

    // MARK: Appointments

    public func scheduledInvalidations() -> Step<Result<[ScheduledInvalidation], RequestProblem>> {
        askSchedule { (book) throws(StoreError) in try book.all() }
    }

    public func cancelInvalidation(_ id: EntryID) -> Step<Result<Bool, RequestProblem>> {
        askSchedule { (book) throws(StoreError) in try book.cancel(id) }
    }

    private func askSchedule<Value: Sendable>(
        _ ask: @escaping @Sendable (ScheduleBook) throws(StoreError) -> Value
    ) -> Step<Result<Value, RequestProblem>> {
        guard let schedule else {
            return .done(.failure(RequestProblem(.notFound, field: "", "this cache keeps no appointments")))
        }
        return .blocking { [self] in
            do throws(StoreError) {
                let value = try ask(schedule)
                store.report(nil)
                return .done(.success(value))
            } catch {
                store.report(error)
                return .done(.failure(RequestProblem(.unavailable, field: "", "the store does not answer")))
            }
        }
    }

    /// Carries out what is due. Once it has been, on any node, entries that came after the moment are none of its: a second
    /// time changes nothing.
    func carryOutAppointments() {
        guard let schedule, store.isAnswering, indexState.withLock({ $0 == .built }) else { return }
        do throws(StoreError) {
            for item in try schedule.due() {
                var request = item.request
                (request.at, request.createdUntil) = (nil, item.at)
                guard invalidateBlocking(request).isComplete else { continue }
                _ = try schedule.cancel(item.id)
            }
        } catch { store.report(error) }
    }

    // MARK: Refreshing

    /// Remembers the request behind a hit on a popular answer near its end.
    func noteUse(of match: Match, _ pass: LookupPass) {
        let record = match.record
        record.use.note(at: pass.now)
        guard pass.policy.refreshAhead > 0, record.use.count >= pass.policy.refreshHits, let end = record.freshUntil
        else { return }
        let rest = end.seconds(since: pass.now)
        guard rest <= pass.policy.refreshAhead * end.seconds(since: record.created) else { return }
        // The entry's own prompt: an answer to another spelling would be another entry, and this one stay as it is.
        refreshes.note(record, pass.request.asking(record.prompt))
    }

    public func refreshable(_ query: RefreshQuery) -> Step<[RefreshCandidate]> {
        let now = parts.clock.now()
        let found = refreshes.candidates(gone: { directory.record($0.id) == nil || isOver($0) }) { record in
            (query.namespace == nil || record.namespace == query.namespace)
                && (query.tenant == nil || record.tenant == query.tenant)
        }
        let candidates = found.sorted { ($0.record.use.count, $1.record.id) > ($1.record.use.count, $0.record.id) }
            .prefix(query.limit)
        let replies = candidates.map { record, request in
            RefreshCandidate(
                entryID: record.id, hits: record.use.count, age: max(0, now.seconds(since: record.created)),
                ttl: record.freshUntil?.seconds(since: now) ?? 0, request: request)
        }
        guard query.takesLeases else { return .done(replies) }
        let keys = candidates.map { ($0.record.leaseKey, parts.policies.policy(of: $0.record.namespace).leaseTTL) }
        return .blocking { [self] in
            var leased: [RefreshCandidate] = []
            for (reply, (key, life)) in zip(replies, keys) {
                guard let lease = takeLease(key, life: life) else { continue }
                var reply = reply
                reply.lease = lease
                leased.append(reply)
            }
            return .done(leased)
        }
    }

    /// The lease of `key`, unless somebody has it. Blocks where leases are shared.
    private func takeLease(_ key: LeaseKey, life: Double) -> Lease? {
        singleFlight.share(
            key,
            SingleFlight.Caller<Lease?>(
                life: UInt64(life * 1e9), waitUntil: 0, lead: { $0 }, alone: { nil }, again: { .done(nil) })
        ).finish()
    }
}
