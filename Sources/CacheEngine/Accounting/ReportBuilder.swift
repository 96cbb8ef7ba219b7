import CacheModel

extension CacheEngine {
    public var reports: (any ReportServing)? { parts.ledger.map { ReportBuilder(ledger: $0) } }
}

/// Makes reports of a ledger.
public struct ReportBuilder: ReportServing {
    private let ledger: Ledger

    /// A builder over `ledger`.
    public init(ledger: Ledger) { self.ledger = ledger }

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
        return Report(
            request: request, hours: hours, rows: Self.rows(found, by: request.by), total: total,
            alerts: ReportAdvice.alerts(namespaces, before: before),
            recommendations: ReportAdvice.recommendations(namespaces))
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
    /// `2027-01-15T08:00Z` (days from civil: Howard Hinnant, "chrono-compatible low-level date algorithms").
    static func text(hour: Int64) -> String {
        let hourOfDay = ((hour % 24) + 24) % 24
        let shifted = (hour - hourOfDay) / 24 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))T\(two(hourOfDay)):00Z"
    }
}
