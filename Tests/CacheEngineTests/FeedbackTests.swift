import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What feedback on a hit changes.
struct FeedbackTests {
    private func engine(_ store: SQLiteStore, clock: TestClock) throws -> EngineFixture {
        try EngineFixture(store: store) {
            $0.evidence = store
            $0.clock = clock
        }
    }

    private func say(
        _ verdict: Verdict, about reply: LookupReply, to cache: EngineFixture, tenant: String? = nil
    ) -> Result<FeedbackReply, RequestProblem> {
        var request = FeedbackRequest(lookupID: reply.lookupID, verdict: verdict)
        request.tenant = tenant
        return cache.engine.feedback(request).finish()
    }

    private let question = "please reset my password now ok then"
    private let rephrased = "reset my password now please ok then"

    @Test func aSemanticHitThatWasWrongIsNotServedForThatPromptAgain() throws {
        let cache = try EngineFixture()
        cache.store(question)
        let hit = cache.lookup(rephrased)
        #expect(hit.hitType == .semantic)
        #expect(try say(.wrong, about: hit, to: cache).get().effect == .pairRefused)
        let again = cache.lookup(rephrased)
        #expect(again.reason == .feedback)
        #expect(again.nearest?.entryID == hit.entryID)
        #expect(
            cache.lookup("RESET my password  now please ok then").reason == .feedback, "folding makes no difference")
        #expect(cache.lookup(question).hitType == .exact, "the entry's own prompt is another matter")
    }

    @Test func anotherEntryMayStillAnswer() throws {
        let cache = try EngineFixture()
        cache.store(question, "first")
        cache.store("one two three four five six seven")
        // A scope that has served little grows careful after one complaint; this one has served enough.
        for number in 0..<80 {
            #expect(cache.lookup("two one three four five six seven").hitType == .semantic, "\(number)")
        }
        _ = say(.wrong, about: cache.lookup(rephrased), to: cache)
        cache.store("now please ok then reset my password", "second")
        #expect(cache.lookup(rephrased).response == RawJSON("second"))
    }

    @Test func anExactHitThatWasWrongRemovesItsEntry() throws {
        let cache = try EngineFixture()
        cache.store(question)
        #expect(try say(.wrong, about: cache.lookup(question), to: cache).get().effect == .entryRemoved)
        #expect(cache.lookup(question).status == .miss)
        #expect(cache.engine.statistics().entries == 0)
    }

    @Test func sayingTheSameTwiceChangesNothing() throws {
        let cache = try EngineFixture()
        cache.store(question)
        let hit = cache.lookup(rephrased)
        #expect(try say(.right, about: hit, to: cache).get().effect == .counted)
        for _ in 0..<5 { #expect(try say(.right, about: hit, to: cache).get().effect == .unchanged) }
        #expect(cache.engine.statistics().evidence["default"]?.praised == 1)
    }

    @Test func sayingTheOppositeTakesTheFirstBack() throws {
        let cache = try EngineFixture()
        cache.store(question)
        let hit = cache.lookup(rephrased)
        _ = say(.wrong, about: hit, to: cache)
        #expect(try say(.right, about: hit, to: cache).get().effect == .pairRestored)
        #expect(cache.lookup(rephrased).hitType == .semantic)
        let known = try #require(cache.engine.statistics().evidence["default"])
        #expect((known.praised, known.blamed) == (1, 0))
    }

    @Test func aLookupThatWasNoHitIsUnknown() throws {
        let cache = try EngineFixture()
        let miss = cache.lookup(question)
        guard case .failure(let problem) = say(.wrong, about: miss, to: cache) else { return #expect(Bool(false)) }
        #expect(problem.code == .notFound)
        #expect(problem.field == "lookup_id")
    }

    @Test func anotherTenantsLookupIsUnknown() throws {
        let cache = try EngineFixture()
        var request = CacheRequest(prompt: question)
        request.tenant = "acme"
        cache.store(request)
        let hit = cache.lookup(request)
        guard case .failure(let problem) = say(.wrong, about: hit, to: cache, tenant: "nosy") else {
            return #expect(Bool(false))
        }
        #expect(problem.code == .notFound)
        #expect(cache.lookup(request).status == .hit)
        #expect(try say(.wrong, about: hit, to: cache, tenant: "acme").get().effect == .entryRemoved)
    }

    @Test func aRestartForgetsNeitherTheHitNorTheVerdict() throws {
        let clock = TestClock()
        let store = try SQLiteStore(.memory, clock: clock)
        let before = try engine(store, clock: clock)
        before.store(question)
        before.store("one two three four five six", "other")
        let judged = before.lookup(rephrased)
        let waiting = before.lookup("two one three four five six")
        _ = say(.wrong, about: judged, to: before)
        before.engine.tendEvidence()
        let after = try engine(store, clock: clock)
        try after.engine.loadEvidence()
        try after.engine.rebuild()
        #expect(after.lookup(rephrased).reason == .feedback)
        #expect(try say(.wrong, about: judged, to: after).get().effect == .unchanged)
        #expect(try say(.wrong, about: waiting, to: after).get().effect == .pairRefused)
        #expect(after.engine.statistics().evidence["default"]?.blamed == 2)
    }

    @Test func oldHitsGiveWayWithinTheirBounds() throws {
        let cache = try EngineFixture { $0.limits.answeredLookups = 3 }
        cache.store(question)
        let hits = (0..<5).map { _ in cache.lookup(question) }
        let known = hits.map { hit in (try? say(.right, about: hit, to: cache).get()) != nil }
        #expect(known == [false, false, true, true, true])
    }

    @Test func tellsTheStoreOfSemanticHitsFirst() {
        let lookups = AnsweredLookups(capacity: 100)
        for number in 0..<20 {
            lookups.add(
                AnsweredLookup(
                    id: EntryID(high: 1, low: UInt64(number)),
                    entry: EntryReference(id: EntryID(high: 2, low: 0), namespace: "n", scope: Digest256(1, 2, 3, 4)),
                    hitType: number % 5 == 0 ? .semantic : .exact, query: Digest256(0, 0, 0, 0), probability: 1,
                    similarity: 1))
        }
        let taken = lookups.takeUnsaved(limit: 5)
        #expect(taken.prefix(4).allSatisfy { $0.hitType == .semantic })
        #expect(taken.last?.id.low == 19, "then the newest")
        #expect(lookups.takeUnsaved(limit: 5).isEmpty)
    }
}
