/// What a row of the ledger is about.
public struct LedgerKey: Hashable, Sendable {
    /// Whole hours since 1970: when the row's time begins.
    public var hour: Int64
    /// The namespace.
    public var namespace: String
    /// Who runs the model.
    public var provider: String?
    /// The model.
    public var model: String?
    /// Who asked.
    public var user: String?
    /// The tags, sorted. A row is about the whole set, so that an event with two tags is counted once.
    public var tags: [String]

    /// A key.
    public init(
        hour: Int64, namespace: String, provider: String? = nil, model: String? = nil, user: String? = nil,
        tags: [String] = []
    ) {
        self.hour = hour
        self.namespace = namespace
        self.provider = provider
        self.model = model
        self.user = user
        self.tags = tags
    }
}

/// One row.
public struct LedgerRow: Sendable, Equatable {
    /// What it is about.
    public var key: LedgerKey
    /// The sums.
    public var counts: LedgerCounts

    /// A row.
    public init(key: LedgerKey, counts: LedgerCounts) {
        self.key = key
        self.counts = counts
    }
}

/// Rows that are added together, once: a batch of a name that the store knows is not added again.
public struct LedgerBatch: Sendable, Equatable {
    /// The name: 16 random bytes.
    public var id: [UInt8]
    /// The rows, each key once.
    public var rows: [LedgerRow]
    /// The weightiest subjects, each once.
    public var subjects: [LedgerSubjectRow]

    /// A batch.
    public init(id: [UInt8], rows: [LedgerRow], subjects: [LedgerSubjectRow] = []) {
        self.id = id
        self.rows = rows
        self.subjects = subjects
    }
}

/// What rows can be told apart by.
public enum LedgerDimension: String, Sendable, CaseIterable {
    case hour, day, month, namespace, provider, model, user, tag
}

/// What a report asks of the ledger.
public struct LedgerQuery: Sendable, Equatable {
    /// The first hour.
    public var since: Int64
    /// The hour after the last.
    public var until: Int64
    /// What the rows are told apart by; everything else is summed up. Of the times the finest counts.
    public var dimensions: Set<LedgerDimension>
    /// Only this namespace.
    public var namespace: String?

    /// A query.
    public init(since: Int64, until: Int64, dimensions: Set<LedgerDimension> = [], namespace: String? = nil) {
        self.since = since
        self.until = until
        self.dimensions = dimensions
        self.namespace = namespace
    }

    /// The key that rows of `key` are summed up under. Days keep their first hour, months are the caller's to join.
    public func reduced(_ key: LedgerKey) -> LedgerKey {
        func wants(_ dimension: LedgerDimension) -> Bool { dimensions.contains(dimension) }
        let day = key.hour - ((key.hour % 24) + 24) % 24
        return LedgerKey(
            hour: wants(.hour) ? key.hour : wants(.day) || wants(.month) ? day : 0,
            namespace: wants(.namespace) ? key.namespace : "", provider: wants(.provider) ? key.provider : nil,
            model: wants(.model) ? key.model : nil, user: wants(.user) ? key.user : nil,
            tags: wants(.tag) ? key.tags : [])
    }
}

/// How long the ledger keeps what.
public struct LedgerRetention: Sendable, Equatable {
    /// Hours before rows of hours are rolled up into days.
    public var hourly: Int64 = 72
    /// Hours before rows of days are rolled up into months.
    public var daily: Int64 = 400 * 24
    /// Hours before rows of months go.
    public var monthly: Int64 = 10 * 366 * 24

    /// The defaults: 3 days, 400 days, 10 years.
    public init() {}
}
