import CacheModel

extension CacheEngine {
    public var reports: (any ReportServing)? {
        parts.ledger.map { ReportBuilder(ledger: $0, policies: parts.policies, budgets: budgets, line: line) }
    }
}

/// Makes reports of a ledger.
public struct ReportBuilder: ReportServing {
    private let ledger: Ledger
    private let policies: PolicyTable
    private let budgets: BudgetBook?
    private let line: @Sendable (LedgerSubjectRow) -> SubjectLine

    /// How many prompts a report lists of each kind.
    private static let subjectCount = 20

    /// A builder over `ledger` alone: without prompts and budgets.
    public init(ledger: Ledger, policies: PolicyTable = PolicyTable()) {
        self.init(ledger: ledger, policies: policies, budgets: nil) { SubjectLine(row: $0) }
    }

    init(
        ledger: Ledger, policies: PolicyTable, budgets: BudgetBook?,
        line: @escaping @Sendable (LedgerSubjectRow) -> SubjectLine
    ) {
        (self.ledger, self.policies, self.budgets, self.line) = (ledger, policies, budgets, line)
    }

    public func report(_ request: ReportRequest) -> Step<Result<Report, RequestProblem>> {
        .blocking { [self] in
            do throws(StoreError) {
                return .done(.success(try build(request)))
            } catch {
                return .done(.failure(RequestProblem(.unavailable, field: "", error.message)))
            }
        }
    }

    /// A report. Blocks.
    public func build(_ request: ReportRequest) throws(StoreError) -> Report {
        // Where hours have been rolled up into days, a day is in the report or not: as a whole it is.
        let asked = LedgerEvent.hour(of: request.since)
        let since = asked < ledger.firstHourKept ? asked - asked % 24 : asked
        let last = LedgerEvent.hour(of: Timestamp(milliseconds: request.until.milliseconds - 1))
        let hours = since..<max(since, last + 1)
        let found = try ledger.rows(
            LedgerQuery(
                since: hours.lowerBound, until: hours.upperBound, dimensions: Set(request.by).union([.namespace]),
                namespace: request.namespace))
        let total = found.reduce(into: LedgerCounts()) { $0 += $1.counts }
        var namespaces: [String: LedgerCounts] = [:]
        for row in found { namespaces[row.key.namespace, default: LedgerCounts()] += row.counts }
        let before = try byNamespace(request, (hours.lowerBound - Int64(hours.count))..<hours.lowerBound)
        let nearMisses = try subjects(.nearMiss, request, hours)
        let concerned = budgets?.all(at: request.until).filter {
            request.namespace == nil || request.namespace == $0.key.namespace
        }
        let advice = ReportAdvice(
            now: namespaces, before: before, nearMisses: nearMisses, budgets: concerned ?? [], policies: policies,
            moment: request.until)
        return Report(
            request: request, hours: hours, rows: Self.rows(found, by: request.by), total: total,
            trend: try trend(request, hours), saved: try subjects(.saved, request, hours), nearMisses: nearMisses,
            alerts: advice.alerts, recommendations: advice.recommendations)
    }

    private func subjects(
        _ kind: LedgerSubject.Kind, _ request: ReportRequest, _ hours: Range<Int64>
    ) throws(StoreError) -> [SubjectLine] {
        let days = hours.lowerBound / 24..<max(hours.lowerBound / 24, (hours.upperBound + 23) / 24)
        return try ledger.subjects(
            LedgerSubjectQuery(kind: kind, days: days, namespace: request.namespace, limit: Self.subjectCount)
        ).map(line)
    }

    private func trend(_ request: ReportRequest, _ hours: Range<Int64>) throws(StoreError) -> [Report.Moment] {
        let dimension: LedgerDimension = hours.count <= 72 ? .hour : .day
        return try ledger.rows(
            LedgerQuery(
                since: hours.lowerBound, until: hours.upperBound, dimensions: [dimension], namespace: request.namespace)
        ).map { Report.Moment(hour: $0.key.hour, counts: $0.counts) }.sorted { $0.hour < $1.hour }
    }

    private func byNamespace(_ request: ReportRequest, _ hours: Range<Int64>) throws(StoreError) -> [String:
        LedgerCounts]
    {
        let rows = try ledger.rows(
            LedgerQuery(
                since: hours.lowerBound, until: hours.upperBound, dimensions: [.namespace], namespace: request.namespace
            ))
        return Dictionary(rows.map { ($0.key.namespace, $0.counts) }) { first, _ in first }
    }

    /// Rows by their labels. An event with two tags is in the row of each; only the total counts it once.
    private static func rows(_ found: [LedgerRow], by: [LedgerDimension]) -> [Report.Row] {
        if by.isEmpty { return [] }
        var groups: [[String]: LedgerCounts] = [:]
        for row in found {
            let tags = by.contains(.tag) && !row.key.tags.isEmpty ? row.key.tags : ["-"]
            for tag in tags {
                groups[by.map { label($0, row.key, tag: tag) }, default: LedgerCounts()] += row.counts
            }
        }
        let rows = groups.map { Report.Row(labels: $0.key, counts: $0.value) }
        let isByTime = by.first.map { [.hour, .day, .month].contains($0) } ?? false
        return rows.sorted { a, b in
            if isByTime || a.counts.avoided == b.counts.avoided { return a.labels.lexicographicallyPrecedes(b.labels) }
            return a.counts.avoided > b.counts.avoided
        }
    }

    private static func label(_ dimension: LedgerDimension, _ key: LedgerKey, tag: String) -> String {
        switch dimension {
        case .hour: ReportTime.text(hour: key.hour)
        case .day: String(ReportTime.text(hour: key.hour).prefix(10))
        case .month: String(ReportTime.text(hour: key.hour).prefix(7))
        case .namespace: key.namespace
        case .provider: key.provider ?? "-"
        case .model: key.model ?? "-"
        case .user: key.user ?? "-"
        case .tag: tag
        }
    }
}

/// Moments as reports write them.
enum ReportTime {
    /// `2027-01-15T08:00Z`.
    static func text(hour: Int64) -> String {
        let hourOfDay = ((hour % 24) + 24) % 24
        return "\(CivilDay(daysSince1970: (hour - hourOfDay) / 24).text)T\(hourOfDay < 10 ? "0" : "")\(hourOfDay):00Z"
    }
}
