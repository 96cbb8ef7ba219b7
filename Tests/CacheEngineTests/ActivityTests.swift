import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// Whoever runs the cache sees what it does, and no more of the prompts than the namespace allows.
struct ActivityTests {
    private func policies(showing: Bool) -> PolicyTable {
        var open = NamespacePolicy()
        open.showsText = showing
        return PolicyTable(named: ["open": open])
    }

    private func request(_ prompt: String, namespace: String = "default") -> CacheRequest {
        CacheRequest(namespace: namespace, input: .prompt(prompt))
    }

    @Test func theLatestLookupsAreShownNewestFirstWithWhatTheyWereNear() throws {
        let cache = try EngineFixture(policies: policies(showing: true))
        cache.store(request("refund within 30 days", namespace: "open"))
        _ = cache.lookup(request("refund within 30 days", namespace: "open"))
        let miss = cache.lookup(request("refund within 60 days", namespace: "open"))
        _ = cache.lookup(request("a secret question"))
        let recent = cache.engine.recent(namespace: nil, limit: 10)
        #expect(recent.map(\.status) == [.miss, .miss, .hit])
        #expect(recent[0].prompt == nil && recent[0].promptDigest != 0, "only its digest")
        #expect(recent[1].prompt == "refund within 60 days" && recent[1].lookupID == miss.lookupID)
        #expect(recent[1].reason == .guarded(by: "numbers") && recent[1].entryID == miss.nearest?.entryID)
        #expect(recent[2].hitType == .exact)
        #expect(cache.engine.recent(namespace: "open", limit: 1).map(\.lookupID) == [miss.lookupID])
    }

    @Test func theLogNeverGrows() throws {
        let cache = try EngineFixture { $0.limits.recentLookups = 8 }
        var last: EntryID?
        for number in 0..<100 { last = cache.lookup("question \(number)").lookupID }
        let recent = cache.engine.recent(namespace: nil, limit: 1000)
        #expect(recent.count == 8 && recent.first?.lookupID == last)
        #expect(recent.map(\.at) == recent.map(\.at).sorted().reversed())
    }

    @Test func thePictureShowsWhatBecameOfCandidates() throws {
        let cache = try EngineFixture()
        cache.store("one two three four five six seven eight nine ten eleven twelve")
        _ = cache.lookup("twelve eleven ten nine eight seven six five four three two one")
        _ = cache.lookup("one two three four five six other words here that are not")
        _ = cache.lookup("one two three four five six seven eight nine ten eleven twelve 13")
        let picture = cache.engine.matching(namespace: nil)
        #expect(picture.count == 3)
        #expect(picture.similarity[.served]?.last == 1, "the same words: a cosine of one")
        #expect(picture.similarity[.unsure]?.reduce(0, +) == 1)
        #expect(picture.similarity[.guarded]?.reduce(0, +) == 1)
        #expect(picture.requiredProbability == 0.8)
        #expect(cache.engine.matching(namespace: "elsewhere").count == 0)
    }

    @Test func entriesArePagedYoungestFirstWithoutGapsOrRepeats() throws {
        let cache = try EngineFixture(policies: policies(showing: true))
        for number in 0..<57 {
            cache.store(request("question \(number)", namespace: number % 2 == 0 ? "open" : "default"))
            cache.clock.advance(seconds: 1)
        }
        var query = EntryQuery(limit: 10)
        var found: [EntryID] = []
        repeat {
            let page = cache.engine.entries(query).finish()
            #expect(page.matched == 57 && page.entries.count <= 10)
            found += page.entries.map(\.id)
            query.after = page.next
        } while query.after != nil
        #expect(found.count == 57 && found == found.sorted().reversed() && Set(found).count == 57)
        query.search = "QUESTION 1"
        let page = cache.engine.entries(query).finish()
        #expect(page.matched == 5, "text is searched where it may be shown: 10, 12, 14, 16 and 18")
        #expect(page.entries.allSatisfy { $0.prompt != nil && $0.namespace == "open" })
        query.search = String(found[3].description.prefix(24)).lowercased()
        #expect(
            cache.engine.entries(query).finish().entries.map(\.id).contains(found[3]), "names are searched everywhere")
        query = EntryQuery(limit: 5)
        query.namespace = "default"
        #expect(cache.engine.entries(query).finish().entries.allSatisfy { $0.prompt == nil })
    }

    @Test func oneLookupInSixteenHasItsStagesTimed() throws {
        let cache = try EngineFixture()
        for number in 0..<160 { _ = cache.lookup("question \(number)") }
        let stages = cache.engine.statistics().stages
        #expect(stages["keys"]?.count == 10 && stages["embed"]?.count == 10, "\(stages.mapValues(\.count))")
    }

    @Test func rateLimitsWithoutAStoreAreThisProcessesOwn() throws {
        let cache = try EngineFixture()
        let request = RateLimitRequest(key: "u-1", limit: 2, window: 60)
        let outcomes = (0..<3).map { _ in cache.engine.limitRate(request).finish() }
        #expect(outcomes.map(\.isAllowed) == [true, true, false] && outcomes.allSatisfy { !$0.isLocal })
    }

    @Test func rateLimitsGoOnWhileTheStoreIsAway() throws {
        struct Away: RateLimitStore {
            func take(_ request: RateLimitRequest, now: Timestamp) throws(StoreError) -> RateLimitOutcome {
                throw StoreError(.unavailable, "away")
            }
        }
        let cache = try EngineFixture { $0.rateLimits = Away() }
        let request = RateLimitRequest(key: "u-1", limit: 2, window: 60)
        let outcomes = (0..<3).map { _ in cache.engine.limitRate(request).finish() }
        #expect(outcomes.map(\.isAllowed) == [true, true, false] && outcomes.allSatisfy(\.isLocal))
    }
}
