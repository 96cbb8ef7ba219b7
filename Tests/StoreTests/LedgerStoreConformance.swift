import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

/// What every store promises of the ledger.
@Suite struct LedgerStoreConformance {
    private let hour: Int64 = 487_000

    private func row(
        _ key: LedgerKey, _ counters: [LedgerCounter: Int64], reasons: [String: Int64] = [:]
    ) -> LedgerRow {
        var counts = LedgerCounts()
        for (counter, value) in counters { counts[counter] = value }
        counts.reasons = reasons
        return LedgerRow(key: key, counts: counts)
    }

    private func sum(_ rows: [LedgerRow]) -> LedgerCounts { rows.reduce(into: LedgerCounts()) { $0 += $1.counts } }

    private var everything: LedgerQuery {
        LedgerQuery(
            since: 0, until: 1_000_000, dimensions: [.hour, .namespace, .provider, .model, .user, .tag])
    }

    @Test("Rows come back under their keys, and equal keys are summed", arguments: StoreKind.available)
    func roundTrip(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let keys = [
            LedgerKey(hour: hour, namespace: "support"),
            LedgerKey(hour: hour, namespace: "support", provider: "", model: "", user: ""),
            LedgerKey(
                hour: hour, namespace: "a|b{}", provider: "open|ai", model: "m:1", user: "ü,\"%",
                tags: ["", "a,b", "|"]),
            LedgerKey(hour: hour + 1, namespace: "support", model: "m:1"),
        ]
        let rows = keys.enumerated().map { index, key in
            row(key, [.misses: Int64(index + 1), .chargedNano: 9_007_199_254_740_993], reasons: ["miss:guard:a|b": 2])
        }
        try fixture.ledger.add(LedgerBatch(id: .id(1), rows: rows))
        try fixture.ledger.add(LedgerBatch(id: .id(2), rows: [rows[0]]))
        let read = try fixture.ledger.ledger(everything)
        #expect(Set(read.map(\.key)) == Set(keys))
        for (index, key) in keys.enumerated() {
            let counts = try #require(read.first { $0.key == key }).counts
            let times: Int64 = index == 0 ? 2 : 1
            #expect(counts[.misses] == Int64(index + 1) * times)
            #expect(counts[.chargedNano] == 9_007_199_254_740_993 * times, "no digit is lost beyond 2^53")
            #expect(counts.reasons == ["miss:guard:a|b": 2 * times])
        }
    }

    @Test("A batch that comes again changes nothing", arguments: StoreKind.available)
    func idempotence(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let rows = (0..<500).map { number in
            row(
                LedgerKey(hour: hour + Int64(number % 50), namespace: "n\(number % 3)", user: "u\(number)"),
                [
                    .calls: 1, .chargedNano: Int64(number), .chargedPromptTokens: 7, .stored: 1, .misses: 1,
                    .modelMicroseconds: 3,
                ],
                reasons: ["miss:empty": 1])
        }
        for _ in 0..<3 { try fixture.ledger.add(LedgerBatch(id: .id(7), rows: rows)) }
        let total = sum(try fixture.ledger.ledger(everything))
        #expect(total == sum(rows))
        try fixture.ledger.add(LedgerBatch(id: .id(8), rows: rows))
        #expect(sum(try fixture.ledger.ledger(everything))[.chargedNano] == 2 * total[.chargedNano])
    }

    @Test("A query tells apart what it names and sums up the rest", arguments: StoreKind.available)
    func queries(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        var rows: [LedgerRow] = []
        for number in 0..<96 {
            let key = LedgerKey(
                hour: hour + Int64(number), namespace: number % 2 == 0 ? "even" : "odd", model: "m\(number % 3)",
                user: "u\(number % 5)", tags: number % 4 == 0 ? ["t"] : [])
            rows.append(row(key, [.exactHits: 1, .avoidedNano: Int64(number)]))
        }
        try fixture.ledger.add(LedgerBatch(id: .id(1), rows: rows))
        let queries = [
            LedgerQuery(since: 0, until: hour + 1000),
            LedgerQuery(since: hour + 10, until: hour + 20, dimensions: [.hour]),
            LedgerQuery(since: hour, until: hour + 96, dimensions: [.day, .namespace]),
            LedgerQuery(since: hour, until: hour + 50, dimensions: [.model, .user], namespace: "even"),
            LedgerQuery(since: hour, until: hour + 50, dimensions: [.tag]),
            LedgerQuery(since: hour + 500, until: hour + 600, dimensions: [.model]),
        ]
        for query in queries {
            var expected: [LedgerKey: LedgerCounts] = [:]
            for row in rows where row.key.hour >= query.since && row.key.hour < query.until {
                if let namespace = query.namespace, namespace != row.key.namespace { continue }
                expected[query.reduced(row.key), default: LedgerCounts()] += row.counts
            }
            let found = try fixture.ledger.ledger(query)
            #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.counts) }) == expected, "\(query)")
        }
    }

    @Test("Subjects are summed up by prompt, the weightiest first", arguments: StoreKind.available)
    func subjects(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let today = fixture.clock.now().milliseconds / 86_400_000
        func row(_ digest: UInt64, _ nano: Int64, day: Int64, _ namespace: String = "n") -> LedgerSubjectRow {
            LedgerSubjectRow(
                day: day, namespace: namespace,
                subject: LedgerSubject(
                    kind: .saved, digest: digest, entry: EntryID(high: UInt64(day), low: digest)), count: 2, nano: nano)
        }
        var rows = (1...300).map { row(UInt64($0), Int64($0), day: today - 1) }
        rows += [row(7, 1000, day: today), row(.max, 9_007_199_254_740_993, day: today, "a|b{}")]
        let batch = LedgerBatch(
            id: .id(3), rows: [self.row(LedgerKey(hour: hour, namespace: "n"), [.misses: 1])], subjects: rows)
        for _ in 0..<2 { try fixture.ledger.add(batch) }
        func top(_ limit: Int, namespace: String? = nil, from: Int64 = 1) throws -> [LedgerSubjectRow] {
            try fixture.ledger.subjects(
                LedgerSubjectQuery(kind: .saved, days: (today - from)..<(today + 1), namespace: namespace, limit: limit)
            )
        }
        let all = try top(1000)
        #expect(all.count == 301)
        #expect(all[0].nano == 9_007_199_254_740_993 && all[0].subject.digest == .max && all[0].namespace == "a|b{}")
        #expect(all[1].nano == 1007 && all[1].count == 4)
        #expect(all[1].subject.entry == EntryID(high: UInt64(today), low: 7), "the latest entry stands for the prompt")
        #expect(try top(2, namespace: "n").map(\.nano) == [1007, 300])
        #expect(try top(5, from: 0).map(\.nano) == [9_007_199_254_740_993, 1000])
        #expect(try fixture.ledger.subjects(LedgerSubjectQuery(kind: .nearMiss, days: 0..<(today + 1), limit: 9)) == [])
        try fixture.ledger.compactLedger(now: today * 24 + 5, retention: LedgerRetention())
        let kept = try top(1000)
        #expect(kept.count == 202, "of a day that is over the 200 weightiest stay: \(kept.count)")
        #expect(kept[2].nano == 300)
    }

    @Test("Rolling up keeps every sum", arguments: StoreKind.available)
    func compaction(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        // Hours over 500 days up to now, so that hours, days and months appear.
        let now = LedgerEvent.hour(of: fixture.clock.now())
        let rows = stride(from: Int64(0), to: 500 * 24, by: 7).map { age in
            row(
                LedgerKey(hour: now - age, namespace: "n", model: "m\(age % 3)"),
                [.misses: 1, .chargedNano: age], reasons: ["miss:empty": 1])
        }
        try fixture.ledger.add(LedgerBatch(id: .id(1), rows: rows))
        let query = LedgerQuery(since: 0, until: now + 1, dimensions: [.model])
        func totals() throws -> [LedgerKey: LedgerCounts] {
            Dictionary(uniqueKeysWithValues: try fixture.ledger.ledger(query).map { ($0.key, $0.counts) })
        }
        let before = try totals()
        for _ in 0..<2 { try fixture.ledger.compactLedger(now: now, retention: LedgerRetention()) }
        #expect(try totals() == before)
        if !kind.isRedis {
            #expect(try fixture.ledger.ledger(everything).count < rows.count)
            let hours = Set(try fixture.ledger.ledger(everything).map(\.key.hour))
            #expect(hours.filter { $0 > now - 70 }.count == 10, "the last three days keep their hours")
        }
        try fixture.ledger.add(LedgerBatch(id: .id(1), rows: rows))
        #expect(try totals() == before, "the batch is still known")
    }
}

extension [UInt8] {
    /// A batch's name that follows from `number`.
    fileprivate static func id(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 16) }
}
