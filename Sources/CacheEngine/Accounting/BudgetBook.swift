import CacheModel

/// What has been spent of each budget.
///
/// Spending is counted in memory as stores come in, on top of what the ledger held when it was last read. A store of this
/// process alone is read once, before it serves; one that nodes share is read again every few seconds, and what was
/// counted meanwhile may for that long count twice, never not at all.
final class BudgetBook: Sendable {
    private struct Spending {
        /// Which period it is of: the first hour.
        var period: Int64
        var ledger: Int64 = 0
        /// Counted while the ledger is being read, and since.
        var reading: Int64 = 0
        var since: Int64 = 0
        var total: Int64 { ledger.adding(saturating: reading).adding(saturating: since) }
    }

    private let policies: PolicyTable
    private let clock: any WallClock
    private let state = Locked<[BudgetKey: Spending]>([:])

    /// A book of the budgets that `policies` set; nothing is spent yet.
    init(policies: PolicyTable, clock: any WallClock) { (self.policies, self.clock) = (policies, clock) }

    /// Whether any budget is set.
    var isNeeded: Bool {
        ([policies.fallback] + policies.named.values).contains { !$0.budgets.isEmpty || !$0.userBudgets.isEmpty }
    }

    /// Counts what a call cost.
    func charge(_ amount: Int64, namespace: String, user: String?, hour: Int64) {
        let policy = policies.policy(of: namespace)
        guard amount > 0, !policy.budgets.isEmpty || !policy.userBudgets.isEmpty else { return }
        state.withLock { state in
            for (key, _) in Self.keys(policy, namespace: namespace, user: user) {
                Self.add(amount, key, hour: hour, \.since, &state)
            }
        }
    }

    /// The budget with the least left of those that a request falls under; `nil` where none is set.
    func tightest(namespace: String, user: String?, at moment: Timestamp) -> BudgetState? {
        let policy = policies.policy(of: namespace)
        guard !policy.budgets.isEmpty || !policy.userBudgets.isEmpty else { return nil }
        return states(namespace: namespace, user: user, at: moment).max { $0.share < $1.share }
    }

    /// All budgets that a request of `namespace` and `user` falls under.
    func states(namespace: String, user: String?, at moment: Timestamp) -> [BudgetState] {
        let policy = policies.policy(of: namespace)
        let hour = LedgerEvent.hour(of: moment)
        return state.withLock { state in
            Self.keys(policy, namespace: namespace, user: user).map { key, limit in
                Self.state(key, limit, policy, spent: state[key], hour: hour)
            }
        }
    }

    /// Every budget that something was spent of in the present period, the fullest first.
    func all(at moment: Timestamp) -> [BudgetState] {
        let hour = LedgerEvent.hour(of: moment)
        let found = state.withLock { $0 }
        var states: [BudgetState] = []
        for (key, spending) in found {
            let policy = policies.policy(of: key.namespace)
            let limits = key.user == nil ? policy.budgets : policy.userBudgets
            guard let limit = limits.first(where: { $0.period == key.period }) else { continue }
            let state = Self.state(key, limit, policy, spent: spending, hour: hour)
            if state.spent.amount > 0 { states.append(state) }
        }
        return states.sorted {
            ($1.share, $0.key.namespace, $0.key.user ?? "", $0.key.period.rawValue)
                < ($0.share, $1.key.namespace, $1.key.user ?? "", $1.key.period.rawValue)
        }
    }

    /// Reads what the ledger holds of the present periods. Blocks.
    func read(_ ledger: Ledger) throws(StoreError) {
        state.withLock { state in
            for key in state.keys {
                state[key]!.reading = state[key]!.reading.adding(saturating: state[key]!.since)
                state[key]!.since = 0
            }
        }
        let hour = LedgerEvent.hour(of: clock.now())
        var sums: [BudgetKey: Int64] = [:]
        for period in SpendLimit.Period.allCases where isUsed(period) {
            let hours = period.hours(around: hour)
            let rows = try ledger.rows(
                LedgerQuery(
                    since: hours.lowerBound, until: hours.upperBound, dimensions: [.namespace, .user]))
            for row in rows {
                let policy = policies.policy(of: row.key.namespace)
                for (key, _) in Self.keys(policy, namespace: row.key.namespace, user: row.key.user)
                where key.period == period {
                    sums[key] = (sums[key] ?? 0).adding(saturating: row.counts[.chargedNano])
                }
            }
        }
        state.withLock { state in
            for key in Array(state.keys) {
                // A period that is over is nobody's any more.
                if state[key]!.period != key.period.hours(around: hour).lowerBound, state[key]!.since == 0 {
                    state[key] = nil
                } else {
                    state[key]!.reading = 0
                    state[key]!.ledger = 0
                }
            }
            for (key, sum) in sums { Self.add(sum, key, hour: hour, \.ledger, &state) }
        }
    }

    private func isUsed(_ period: SpendLimit.Period) -> Bool {
        ([policies.fallback] + policies.named.values).contains { policy in
            (policy.budgets + policy.userBudgets).contains { $0.period == period }
        }
    }

    private static func keys(
        _ policy: NamespacePolicy, namespace: String, user: String?
    ) -> [(key: BudgetKey, limit: SpendLimit)] {
        var keys = policy.budgets.map {
            (BudgetKey(namespace: namespace, user: nil, period: $0.period), $0)
        }
        if let user {
            keys += policy.userBudgets.map { (BudgetKey(namespace: namespace, user: user, period: $0.period), $0) }
        }
        return keys
    }

    private static func add(
        _ amount: Int64, _ key: BudgetKey, hour: Int64, _ part: WritableKeyPath<Spending, Int64>,
        _ state: inout [BudgetKey: Spending]
    ) {
        let period = key.period.hours(around: hour).lowerBound
        var spending = state[key] ?? Spending(period: period)
        if spending.period < period { spending = Spending(period: period) }
        // A clock that went back counts into the period that it came from.
        spending[keyPath: part] = spending[keyPath: part].adding(saturating: amount)
        state[key] = spending
    }

    private static func state(
        _ key: BudgetKey, _ limit: SpendLimit, _ policy: NamespacePolicy, spent: Spending?, hour: Int64
    ) -> BudgetState {
        let hours = key.period.hours(around: hour)
        let isPresent = spent.map { $0.period >= hours.lowerBound } ?? false
        return BudgetState(
            key: key, limit: limit.amount, spent: NanoDollars(isPresent ? spent!.total : 0),
            resets: Timestamp(milliseconds: hours.upperBound * 3_600_000), isEnforced: policy.enforcesBudgets)
    }
}
