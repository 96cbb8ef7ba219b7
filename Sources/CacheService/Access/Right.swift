/// What a token allows.
public enum AccessRight: String, Sendable, CaseIterable {
    /// Asking: lookups, entries, conversations, values.
    case read
    /// Adding: stores, turns, values.
    case write
    /// Taking away and overseeing: deletions, invalidations, reports.
    case admin
}

/// What an endpoint or a command asks of its caller. Each row of the two tables names one.
enum Requirement: Sendable, Equatable {
    /// Nothing: it answers before any token is shown.
    case open
    /// Some token, whatever it allows: nothing of any tenant is told.
    case known
    /// A right; what the caller is bound to is seen to by `CallerCache`.
    case right(AccessRight)
    /// The right to administer the whole cache: it tells of, or touches, all tenants at once, so that a caller who is
    /// bound to some may not.
    case whole
    /// Nobody has said what it needs. Treated as `whole`, and a test fails for the row.
    case undeclared

    static let read = right(.read)
    static let write = right(.write)
    static let admin = right(.admin)
}
