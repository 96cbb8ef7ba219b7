import CacheEngine
import CacheModel

/// `/v1/report`.
enum ReportRoutes {
    static let all = [Route("GET", "/v1/report", needs: .admin, report)]

    private static let fields: Set<String> = ["since", "until", "by", "format", "namespace"]

    @Sendable
    private static func report(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        guard let reports = context.cache.reports else {
            throw RequestProblem(.notFound, field: "", "this cache keeps no ledger")
        }
        let query = try QueryFields(request.query, known: fields)
        let format = try format(query.text("format") ?? "json")
        return reports.report(try decode(query, now: context.clock.now())).map { result in
            switch result {
            case .success(let report):
                HTTPReply(contentType: format.mediaType, body: Array(format.text(report).utf8))
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            }
        }
    }

    private static func decode(_ query: QueryFields, now: Timestamp) throws(RequestProblem) -> ReportRequest {
        let until = try moment(query.text("until"), "until", now: now) ?? now
        let since = try moment(query.text("since"), "since", now: now) ?? until.adding(seconds: -7 * 86_400)
        guard since <= until else {
            throw RequestProblem(.invalidValue, field: "since", "lies behind until")
        }
        var by: [LedgerDimension] = []
        for word in (query.text("by") ?? "").split(separator: ",") {
            guard let dimension = LedgerDimension(rawValue: String(word)) else {
                let known = LedgerDimension.allCases.map(\.rawValue).joined(separator: ", ")
                throw RequestProblem(.invalidValue, field: "by", "must be some of \(known), separated by commas")
            }
            if !by.contains(dimension) { by.append(dimension) }
        }
        return ReportRequest(since: since, until: until, by: by, namespace: try query.name("namespace"))
    }

    private static func format(_ word: String) throws(RequestProblem) -> ReportFormat {
        if let format = ReportFormat(rawValue: word) { return format }
        let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestProblem(.invalidValue, field: "format", "must be one of \(known)")
    }

    /// A span before now (`90m`, `12h`, `7d`), a day (`2027-01-15`), or milliseconds since 1970.
    private static func moment(_ text: String?, _ field: String, now: Timestamp) throws(RequestProblem) -> Timestamp? {
        guard let text else { return nil }
        let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86_400]
        if let last = text.last, let unit = units[last], let count = Double(text.dropLast()), (0...1e7).contains(count)
        {
            return now.adding(seconds: -count * unit)
        }
        if let moment = CivilDate.day(text) { return moment }
        if let milliseconds = Int64(text), (0...253_402_300_800_000).contains(milliseconds) {
            return Timestamp(milliseconds: milliseconds)
        }
        throw RequestProblem(
            .invalidValue, field: field,
            "must be a span before now (12h, 7d), a day (2027-01-15) or milliseconds since 1970")
    }
}

extension CivilDate {
    /// A moment in UTC, from `2027-01-15T08:00:00Z` or `…:00.000Z` (RFC 3339, without other zones).
    static func moment(_ text: String) -> Timestamp? {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[1].hasSuffix("Z"), let day = day(String(halves[0])) else { return nil }
        let clock = halves[1].dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hours = Int(clock[0]), let minutes = Int(clock[1]), let seconds = Double(clock[2]),
            (0..<24).contains(hours), (0..<60).contains(minutes), (0..<60).contains(seconds),
            clock[0].utf8.count == 2, clock[1].utf8.count == 2
        else { return nil }
        return Timestamp(milliseconds: day.milliseconds + Int64((hours * 60 + minutes) * 60_000))
            .adding(seconds: seconds)
    }

    /// The start of a day in UTC, from `2027-01-15` (Howard Hinnant's "days from civil").
    static func day(_ text: String) -> Timestamp? {
        let pieces = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard pieces.count == 3, (1970...9999).contains(pieces[0]), (1...12).contains(pieces[1]),
            (1...31).contains(pieces[2])
        else { return nil }
        let year = pieces[1] <= 2 ? pieces[0] - 1 : pieces[0]
        let yearOfEra = year % 400
        let dayOfYear = (153 * (pieces[1] > 2 ? pieces[1] - 3 : pieces[1] + 9) + 2) / 5 + pieces[2] - 1
        let days = year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Timestamp(milliseconds: Int64(days) * 86_400_000)
    }
}
