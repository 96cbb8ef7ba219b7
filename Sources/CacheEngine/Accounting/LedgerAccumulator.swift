import CacheModel

/// Events added up in memory until they become a batch.
struct LedgerAccumulator {
    /// The most subjects of a batch: the weightiest of a second or of a full segment.
    static let mostSubjects = 512

    private struct SubjectKey: Hashable {
        var day: Int64
        var namespace: String
        var kind: LedgerSubject.Kind
        var digest: UInt64
    }

    private var rows: [LedgerKey: LedgerCounts] = [:]
    private var subjects: [SubjectKey: LedgerSubjectRow] = [:]

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ event: LedgerEvent) {
        rows[event.key, default: LedgerCounts()].add(event)
        guard let subject = event.subject else { return }
        let day = SpendLimit.Period.day.hours(around: event.key.hour).lowerBound / 24
        let key = SubjectKey(
            day: day, namespace: event.key.namespace, kind: subject.kind, digest: subject.digest)
        var row =
            subjects[key]
            ?? LedgerSubjectRow(day: day, namespace: event.key.namespace, subject: subject, count: 0, nano: 0)
        row.count += 1
        row.nano = row.nano.adding(saturating: event.subjectNano)
        row.subject.entry = max(row.subject.entry, subject.entry)
        subjects[key] = row
    }

    /// The batch of this name. The same events give the same subjects, however they were added.
    func batch(_ id: [UInt8]) -> LedgerBatch {
        let weighty = subjects.values.sorted(by: LedgerSubjectRow.weightier).prefix(Self.mostSubjects)
        return LedgerBatch(
            id: id, rows: rows.map { LedgerRow(key: $0.key, counts: $0.value) }, subjects: Array(weighty))
    }
}
