import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

/// What every store promises of evidence.
@Suite struct EvidenceStoreConformance {
    private func lookup(
        _ number: UInt64, _ fixture: StoreFixture, hitType: LookupReply.HitType = .semantic, tenant: String? = nil
    ) -> AnsweredLookup {
        AnsweredLookup(
            id: EntryID(created: fixture.clock.now(), scope: .sample(0), random: number),
            entry: EntryReference(
                id: EntryID(high: 7, low: number), namespace: "a|b{}\"", scope: .sample(number % 3)),
            tenant: tenant, hitType: hitType, query: .sample(number), probability: 0.1 + Double(number) / 3000,
            similarity: -0.25)
    }

    private func evidence(_ number: UInt64, _ fixture: StoreFixture, _ verdict: Verdict = .wrong) -> Evidence {
        Evidence(
            lookup: lookup(number, fixture), verdict: verdict, source: number % 2 == 0 ? .feedback : .nearMiss,
            servedByScope: Int(number), servedByEntry: 1, at: fixture.clock.now(), note: number == 0 ? "ü\n\"x" : nil)
    }

    private func everything(_ store: any EvidenceStore, batch: Int = 7) throws -> [Evidence] {
        var all: [Evidence] = []
        var position: String?
        while true {
            let found = try store.evidence(after: position, limit: batch)
            guard let last = found.last else { return all }
            #expect(found.count <= batch)
            all += found.map(\.evidence)
            position = last.position
        }
    }

    @Test("A lookup comes back as it was", arguments: StoreKind.every)
    func lookups(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let lookups = [
            lookup(1, fixture), lookup(2, fixture, hitType: .exact, tenant: ""), lookup(3, fixture, tenant: "acme"),
        ]
        try fixture.evidence.remember(lookups)
        try fixture.evidence.remember([])
        for lookup in lookups { #expect(try fixture.evidence.answeredLookup(lookup.id) == lookup) }
        #expect(try fixture.evidence.answeredLookup(EntryID(high: lookups[0].id.high, low: 99)) == nil)
    }

    @Test("Evidence comes back in its order, from any position on", arguments: StoreKind.every)
    func order(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        #expect(try fixture.evidence.evidence(after: nil, limit: 10).isEmpty)
        let first = (0..<20).map { evidence($0, fixture) }
        try fixture.evidence.add(first)
        let position = try #require(try fixture.evidence.evidence(after: nil, limit: 100).last).position
        #expect(try fixture.evidence.evidence(after: position, limit: 10).isEmpty)
        let second = [evidence(3, fixture, .right), evidence(21, fixture)]
        try fixture.evidence.add(second)
        #expect(try everything(fixture.evidence) == first + second, "a later verdict does not overwrite an earlier one")
        #expect(try fixture.evidence.evidence(after: position, limit: 10).map(\.evidence) == second)
    }

    @Test("What is too old goes, but not what refuses a pair of a living entry")
    func retention() throws {
        let fixture = try StoreFixture(.sqliteFile)
        let entry = fixture.entry(1)
        try fixture.store.put(entry)
        let old = lookup(1, fixture)
        var refusal = evidence(2, fixture)
        refusal.lookup.entry = entry.header.reference
        try fixture.evidence.remember([old])
        try fixture.evidence.add([evidence(4, fixture), refusal])
        fixture.clock.advance(seconds: EvidenceRetention.evidence + 1)
        #expect(try fixture.evidence.answeredLookup(old.id) == nil, "its week is over")
        try fixture.evidence.removeOldEvidence(now: fixture.clock.now())
        #expect(try everything(fixture.evidence) == [refusal])
    }

    @Test func keepsTheSemanticHitsOfABusyHourInRedis() throws {
        try #require(PrivateRedis.isInstalled, "\(PrivateRedis.skipReason)")
        let fixture = try StoreFixture(.redis)
        let many = (0..<UInt64(RedisStore.hourly)).map { lookup($0, fixture, hitType: .exact) }
        let semantic = lookup(1_000_000, fixture)
        try fixture.evidence.remember(many + [semantic])
        #expect(try fixture.evidence.answeredLookup(semantic.id) == semantic)
        let late = lookup(1_000_001, fixture)
        try fixture.evidence.remember([late])
        #expect(try fixture.evidence.answeredLookup(late.id) == nil, "the hour is full")
    }
}
