import CacheModel

/// What whoever runs the cache may look at: lists and pictures, none of which holds a response.
public protocol InsightServing: Sendable {
    /// The latest lookups, the newest first.
    func recent(namespace: String?, limit: Int) -> [RecentLookup]
    /// How candidates of the latest lookups fared.
    func matching(namespace: String?) -> MatchingPicture
    /// A page of the entries.
    func entries(_ query: EntryQuery) -> Step<EntryPage>
    /// The prompts that saved most, or the near-misses that cost most.
    func subjects(_ query: LedgerSubjectQuery) -> Step<Result<[SubjectLine], RequestProblem>>
    /// Budgets: those that a namespace and user fall under, or all that something was spent of.
    func budgets(namespace: String?, user: String?) -> [BudgetState]
    /// What should be looked at now.
    func alerts() -> Step<[Alert]>
}

/// A subject of the ledger as lists show it.
public struct SubjectLine: Sendable, Equatable {
    /// The sums.
    public var row: LedgerSubjectRow
    /// The entry's prompt, where the namespace allows it and the entry is still there.
    public var prompt: String?
    /// Twelve hexadecimal digits that name it.
    public var digest: String { Digest256(row.subject.digest, 0, 0, 0).short }
}

/// Something that should be looked at, and since when it is so.
public struct Alert: Sendable, Equatable {
    /// What.
    public var note: ReportNote
    /// Since when this process has known it.
    public var since: Timestamp
}

extension CacheEngine: InsightServing {
    public var insight: (any InsightServing)? { self }

    public func recent(namespace: String?, limit: Int) -> [RecentLookup] {
        Array(activity.latest(namespace: namespace).prefix(limit))
    }

    public func matching(namespace: String?) -> MatchingPicture {
        MatchingPicture(activity.latest(namespace: namespace))
    }

    public func entries(_ query: EntryQuery) -> Step<EntryPage> {
        .blocking { [self] in
            .done(EntryLister(directory: directory, policies: parts.policies, now: parts.clock.now()).page(query))
        }
    }

    public func subjects(_ query: LedgerSubjectQuery) -> Step<Result<[SubjectLine], RequestProblem>> {
        guard let ledger = parts.ledger else { return .done(.success([])) }
        return .blocking { [self] in
            do throws(StoreError) {
                return .done(.success(try ledger.subjects(query).map(line)))
            } catch {
                return .done(.failure(RequestProblem(.unavailable, field: "", error.message)))
            }
        }
    }

    /// A subject with its prompt, where it may be shown.
    func line(_ row: LedgerSubjectRow) -> SubjectLine {
        let policy = parts.policies.policy(of: row.namespace)
        guard policy.showsText else { return SubjectLine(row: row) }
        return SubjectLine(row: row, prompt: directory.record(row.subject.entry).flatMap { policy.shown($0.prompt) })
    }

    public func budgets(namespace: String?, user: String?) -> [BudgetState] {
        let now = parts.clock.now()
        return namespace.map { budgets.states(namespace: $0, user: user, at: now) } ?? budgets.all(at: now)
    }

    public func alerts() -> Step<[Alert]> {
        .blocking { [self] in
            let now = parts.clock.now()
            return .done(alertBook.alerts(liveNotes(at: now), at: now))
        }
    }

    /// Reads what is spent of budgets from the ledger: once before serving, and now and then where other nodes spend too.
    /// Blocks.
    public func refreshBudgets() throws(StoreError) {
        guard hasBudgets, let ledger = parts.ledger else { return }
        try budgets.read(ledger)
    }

    /// Whether other nodes' spending has to be read now and then.
    public var sharesBudgets: Bool { hasBudgets && store.isShared }
}
