import CacheModel

/// What a report is to say.
public struct ReportRequest: Sendable, Equatable {
    /// When it begins; rounded down to the hour.
    public var since: Timestamp
    /// When it ends; rounded up to the hour.
    public var until: Timestamp
    /// What the rows are told apart by, in this order; none for the total only.
    public var by: [LedgerDimension]
    /// Only this namespace.
    public var namespace: String?

    /// A request.
    public init(since: Timestamp, until: Timestamp, by: [LedgerDimension] = [], namespace: String? = nil) {
        self.since = since
        self.until = until
        self.by = by
        self.namespace = namespace
    }
}

/// What the cache did over some time, in lookups, tokens and money.
public struct Report: Sendable {
    /// Sums of one group.
    public struct Row: Sendable, Equatable {
        /// What the group is, in the order of `ReportRequest.by`; `-` where the gateway named nothing.
        public var labels: [String]
        /// The sums.
        public var counts: LedgerCounts
    }

    /// Sums of an hour or a day.
    public struct Moment: Sendable, Equatable {
        /// When it begins, hours since 1970.
        public var hour: Int64
        /// The sums.
        public var counts: LedgerCounts
    }

    /// What was asked.
    public var request: ReportRequest
    /// The first hour and the hour after the last.
    public var hours: Range<Int64>
    /// The groups, the one that avoided most first; by time when told apart by it.
    public var rows: [Row]
    /// Everything.
    public var total: LedgerCounts
    /// The sums of each day, or of each hour where the report is about three days at most, in their order.
    public var trend: [Moment]
    /// The prompts that saved most.
    public var saved: [SubjectLine]
    /// The prompts that misses were near to, by what the calls after them cost.
    public var nearMisses: [SubjectLine]
    /// What should be looked at now.
    public var alerts: [ReportNote]
    /// What would save more, with the figures that say so.
    public var recommendations: [ReportNote]
}

/// Something a report draws attention to.
public struct ReportNote: Sendable, Equatable {
    /// A stable word for programs: `hit_rate_fell`, `never_hits`, …
    public var code: String
    /// The namespace it is about; `nil` for all.
    public var namespace: String?
    /// What of the namespace it is about, where there may be several: a user and period, a reason.
    public var subject: String?
    /// What it is, and the figures behind it.
    public var text: String

    /// A note.
    public init(code: String, namespace: String? = nil, subject: String? = nil, text: String) {
        (self.code, self.namespace, self.subject, self.text) = (code, namespace, subject, text)
    }
}

/// What the service asks for reports.
public protocol ReportServing: Sendable {
    /// A report.
    func report(_ request: ReportRequest) -> Step<Result<Report, RequestProblem>>
}

/// How a report is written.
public enum ReportFormat: String, Sendable, CaseIterable {
    case table, json, csv, markdown, html

    /// The text of `report`.
    public func text(_ report: Report) -> String {
        switch self {
        case .table: report.table
        case .json: report.json
        case .csv: report.csv
        case .markdown: report.markdown
        case .html: report.html
        }
    }

    /// The media type.
    public var mediaType: String {
        switch self {
        case .table: "text/plain; charset=utf-8"
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8"
        case .markdown: "text/markdown; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        }
    }
}
