import CacheModel

/// Remembers since when each alert has been one, and what the last report said.
final class AlertBook: Sendable {
    private struct Name: Hashable {
        var code: String
        var namespace: String?
        var subject: String?
    }

    private struct State {
        var since: [Name: Timestamp] = [:]
        var fromReport: (at: Timestamp, notes: [ReportNote])?
    }

    private let state = Locked(State())

    /// How long what a report said counts, seconds: reading the ledger for each call would be too much.
    private static let reportLife = 60.0

    /// `notes` with the moment since when each has been one; those that are no more are forgotten.
    func alerts(_ notes: [ReportNote], at now: Timestamp) -> [Alert] {
        state.withLock { state in
            let former = state.since
            state.since = [:]
            return notes.map { note in
                let name = Name(code: note.code, namespace: note.namespace, subject: note.subject)
                let since = former[name] ?? now
                state.since[name] = since
                return Alert(note: note, since: since)
            }
        }
    }

    /// What the last report said, or what `read` says now if that is too long ago.
    func reportNotes(at now: Timestamp, _ read: () -> [ReportNote]?) -> [ReportNote] {
        if let known = state.withLock({ $0.fromReport }), abs(now.seconds(since: known.at)) < Self.reportLife {
            return known.notes
        }
        guard let notes = read() else { return [] }
        state.withLock { $0.fromReport = (now, notes) }
        return notes
    }
}

extension CacheEngine {
    /// The share of a budget from which on it is an alert.
    static let budgetWarning = 0.8

    /// What should be looked at: the store, the budgets, and what the last day was like beside the day before.
    func liveNotes(at now: Timestamp) -> [ReportNote] {
        var notes = storeNotes()
        notes += budgets.all(at: now).compactMap(ReportNote.init)
        notes += alertBook.reportNotes(at: now) {
            guard let ledger = parts.ledger else { return nil }
            let request = ReportRequest(since: now.adding(seconds: -86_400), until: now)
            let builder = ReportBuilder(ledger: ledger, policies: parts.policies)
            return (try? builder.build(request))?.alerts
        }
        return notes
    }

    private func storeNotes() -> [ReportNote] {
        var notes: [ReportNote] = []
        if store.phase != .closed || store.failures.detail != nil {
            notes.append(
                ReportNote(
                    code: "store_unreachable",
                    text:
                        "the store does not answer (\(store.failures.detail ?? "the breaker is \(store.phase.rawValue)"))"
                ))
        }
        let lost = store.pending.counts.lost
        if lost > 0 {
            notes.append(ReportNote(code: "lost_writes", text: "\(lost) answers found no room to wait for the store"))
        }
        if indexState.withLock({ $0 == .incomplete }) {
            notes.append(ReportNote(code: "index_incomplete", text: "the index could not be read whole from the store"))
        }
        return notes
    }
}

extension ReportNote {
    /// A budget that is spent, or nearly.
    init?(_ budget: BudgetState) {
        guard budget.share >= CacheEngine.budgetWarning else { return nil }
        let whose = budget.key.user.map { "user \($0)'s" } ?? "the"
        let until = "until \(ReportTime.text(hour: LedgerEvent.hour(of: budget.resets)))"
        self.init(
            code: budget.isSpent ? "budget_spent" : "budget_near", namespace: budget.key.namespace,
            subject: "\(budget.key.user ?? "")/\(budget.key.period.rawValue)",
            text: "\(whose) \(budget.key.period.rawValue)'s budget of $\(ReportText.dollars(budget.limit)) is "
                + "\(ReportText.percent(budget.share)) spent ($\(ReportText.dollars(budget.spent))) \(until)")
    }
}
