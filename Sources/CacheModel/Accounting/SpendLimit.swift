/// Money that may be spent on model calls in each day or month (UTC).
public struct SpendLimit: Hashable, Sendable {
    /// What the money is for.
    public enum Period: String, Sendable, CaseIterable { case day, month }

    /// The money.
    public var amount: NanoDollars
    /// What it is for.
    public var period: Period

    /// A limit.
    public init(_ amount: NanoDollars, per period: Period) { (self.amount, self.period) = (amount, period) }
}

extension SpendLimit.Period {
    /// The hours since 1970 of the period that the hour lies in.
    public func hours(around hour: Int64) -> Range<Int64> {
        let day = (hour - ((hour % 24) + 24) % 24) / 24
        switch self {
        case .day: return (day * 24)..<((day + 1) * 24)
        case .month:
            let civil = CivilDay(daysSince1970: day)
            let first = day - civil.day + 1
            return (first * 24)..<(civil.nextMonth.daysSince1970 * 24)
        }
    }
}

/// What a budget is about.
public struct BudgetKey: Hashable, Sendable {
    /// The namespace.
    public var namespace: String
    /// One user of it; `nil` for all together.
    public var user: String?
    /// The period.
    public var period: SpendLimit.Period

    /// A key.
    public init(namespace: String, user: String?, period: SpendLimit.Period) {
        (self.namespace, self.user, self.period) = (namespace, user, period)
    }
}

/// How much of a budget is left.
public struct BudgetState: Hashable, Sendable {
    /// What it is about.
    public var key: BudgetKey
    /// The money of the period.
    public var limit: NanoDollars
    /// What model calls have cost in it so far.
    public var spent: NanoDollars
    /// When the next period begins.
    public var resets: Timestamp
    /// Whether misses are answered `over_budget` once nothing is left.
    public var isEnforced: Bool

    /// A state.
    public init(key: BudgetKey, limit: NanoDollars, spent: NanoDollars, resets: Timestamp, isEnforced: Bool) {
        self.key = key
        self.limit = limit
        self.spent = spent
        self.resets = resets
        self.isEnforced = isEnforced
    }

    /// What may still be spent; never below zero.
    public var left: NanoDollars { NanoDollars(max(0, limit.amount - spent.amount)) }
    /// spent / limit; one where the limit is zero.
    public var share: Double { limit.amount > 0 ? Double(spent.amount) / Double(limit.amount) : 1 }
    /// Whether nothing is left.
    public var isSpent: Bool { spent >= limit }
}
