import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// How long answers live, and what is served past that.
struct FreshnessTests {
    private static func cache(_ change: (inout NamespacePolicy) -> Void = { _ in }) throws -> EngineFixture {
        var policy = NamespacePolicy()
        policy.ttl = 100
        change(&policy)
        return try EngineFixture(policies: PolicyTable(fallback: policy))
    }

    @Test func aStaleAnswerIsServedToAllWhileExactlyOneRefreshesIt() throws {
        let cache = try Self.cache { $0.staleTTL = 50 }
        cache.store("question", "old")
        #expect(cache.lookup("question").ttl == 100)
        cache.clock.advance(seconds: 100)
        let replies = (0..<20).map { _ in cache.lookup("question") }
        #expect(replies.allSatisfy { $0.status == .stale && $0.response == RawJSON("old") && $0.ttl == 0 })
        #expect(replies.compactMap(\.lease).count == 1)
        cache.store(CacheRequest(prompt: "question"), "new") { $0.lease = replies[0].lease?.token }
        let fresh = cache.lookup("question")
        #expect(fresh.status == .hit && fresh.response == RawJSON("new") && fresh.lease == nil)
        // Past the bound it is a miss, and a while later it is gone.
        cache.clock.advance(seconds: 150)
        #expect(cache.lookup("question").reason == .expired)
    }

    @Test func aRefreshThatFailsGivesTheLeaseToTheNext() throws {
        let cache = try Self.cache { $0.staleTTL = 50 }
        cache.store("question")
        cache.clock.advance(seconds: 101)
        let first = try #require(cache.lookup("question").lease)
        #expect(cache.lookup("question").lease == nil)
        #expect(cache.engine.release(failedLease: first.token).finish())
        #expect(cache.lookup("question").lease != nil)
        cache.clock.advance(seconds: 31)
        #expect(cache.lookup("question").lease != nil)
    }

    @Test func whileTheModelFailsAnAnswerPastItsLifeIsBetterThanNone() throws {
        let cache = try Self.cache { $0.staleIfErrorTTL = 1000 }
        cache.store("question", "old")
        cache.clock.advance(seconds: 200)
        #expect(cache.lookup("question").reason == .expired)
        #expect(cache.store(CacheRequest(prompt: "question")) { $0.statusCode = 503 } == .refused(.errorStatus))
        let stale = cache.lookup("question")
        #expect(stale.status == .stale && stale.response == RawJSON("old") && stale.lease != nil)
        #expect(cache.lookup("question").status == .stale)
        // Only this prompt's model call has failed.
        #expect(cache.lookup("another question").status == .miss)
        // After a while somebody tries again.
        cache.clock.advance(seconds: 31)
        #expect(cache.lookup("question").status == .miss)
        // A client's own mistake is no failure of the model.
        cache.store(CacheRequest(prompt: "question")) { $0.statusCode = 400 }
        #expect(cache.lookup("question").status == .miss)
        cache.store(CacheRequest(prompt: "question")) { $0.statusCode = 500 }
        #expect(cache.lookup("question").status == .stale)
        cache.clock.advance(seconds: 1000)
        cache.store(CacheRequest(prompt: "question")) { $0.statusCode = 500 }
        #expect(cache.lookup("question").status == .miss)
    }

    @Test func aCallerMayRefuseStaleAnswers() throws {
        let cache = try Self.cache { $0.staleTTL = 50 }
        cache.store("question")
        var request = CacheRequest(prompt: "question")
        // In the very millisecond in which the life ends.
        cache.clock.advance(seconds: 100)
        request.controls.maximumStaleness = 0
        #expect(cache.lookup(request).status == .miss)
        cache.clock.advance(seconds: 10)
        for (most, status) in [(0.0, LookupReply.Status.miss), (5, .miss), (10, .stale), (1e9, .stale)] {
            request.controls.maximumStaleness = most
            #expect(cache.lookup(request).status == status, "\(most)")
        }
        request.controls.maximumStaleness = 1e9
        cache.clock.advance(seconds: 41)
        #expect(cache.lookup(request).status == .miss)
    }

    @Test func hitsKeepNoAnswerAliveForEver() throws {
        let cache = try Self.cache { $0.idleTTL = 40 }
        cache.store("question")
        for _ in 0..<3 {
            cache.clock.advance(seconds: 30)
            #expect(cache.lookup("question").status == .hit)
        }
        cache.clock.advance(seconds: 10)
        #expect(cache.lookup("question").status == .miss)
        // One that nobody asks for goes sooner, from the store too.
        cache.store("question")
        cache.clock.advance(seconds: 40)
        #expect(cache.engine.removeExpired() == 1)
        #expect(try cache.store.statistics().entries == 0)
    }

    /// What the directory lacks another process may have stored: a lookup that finds an entry idle must not make the next
    /// one ask the store for it.
    @Test func whatNobodyAskedForDoesNotComeBackFromASharedStore() throws {
        var policy = NamespacePolicy()
        (policy.ttl, policy.idleTTL) = (100, 40)
        let clock = TestClock()
        let store = SharedStore(try SQLiteStore(.memory, clock: clock))
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy), store: store) { $0.clock = clock }
        let engine = cache.engine
        try engine.rebuild()
        cache.store("one two three four")
        let rephrased = CacheRequest(prompt: "four three two one")
        let hit = cache.lookup(rephrased)
        #expect(hit.hitType == .semantic)
        _ = engine.feedback(FeedbackRequest(lookupID: hit.lookupID, verdict: .wrong)).finish()
        #expect(cache.lookup(rephrased).reason == .feedback)
        let id = try #require(hit.entryID)
        let record = try #require(engine.directory.record(id))
        clock.advance(seconds: 40)
        for _ in 0..<3 {
            #expect(cache.lookup("one two three four").reason == .expired)
            // While the store still has it, it is known what it must not answer.
            engine.removeOldEvidence(now: clock.now())
            let keys = engine.keyMaker.keys(of: rephrased, policy: policy)
            let query = engine.keyMaker.foldedKeys(of: keys, namespace: rephrased.namespace, tenant: nil).key
            #expect(engine.evidence.book.refuses(record, query: query))
        }
        #expect(engine.removeExpired() == 1)
        #expect(try store.statistics().entries == 0)
        #expect(cache.lookup("one two three four").status == .miss)
    }

    @Test func aClockThatGoesBackMakesNothingOlder() throws {
        let cache = try Self.cache {
            $0.staleTTL = 50; $0.idleTTL = 60
        }
        cache.store("question")
        cache.clock.advance(seconds: -10_000)
        #expect(cache.lookup("question").status == .hit)
        cache.clock.advance(seconds: 10_000)
        #expect(cache.lookup("question").status == .miss, "idle since it was used, by the clock")
    }

    static let shapes: [(Double, @Sendable (inout StoreRequest) -> Void)] = [
        (100, { _ in }), (50, { $0.confidence = 0.5 }), (10, { $0.confidence = 0 }), (100, { $0.confidence = 1 }),
        (150, { $0.cost = NanoDollars(10_000_000) }), (200, { $0.cost = NanoDollars(100_000_000) }),
        (25, { $0.request.params = [JSONMember("tools", [["name": "look"]])] }),
        (100, { $0.request.params = [JSONMember("tools", [])] }),
        (
            50,
            {
                let turns = ["user", "assistant", "user"].map { ChatMessage(role: $0, text: "fine") }
                $0.request.input = .messages(turns)
            }
        ),
        (
            30,
            {
                $0.request.controls.ttl = 30; $0.confidence = 0.1
            }
        ), (60, { $0.request.input = .prompt("what is the latest?") }),
    ]

    @Test(arguments: shapes)
    func lifeIsShapedByWhatIsKnown(_ ttl: Double, _ change: @Sendable (inout StoreRequest) -> Void) throws {
        let cache = try Self.cache()
        var request = StoreRequest(request: CacheRequest(prompt: "fine"), response: RawJSON("fine"))
        change(&request)
        guard case .stored = cache.engine.store(request).finish() else { return #expect(Bool(false)) }
        #expect(cache.lookup(request.request).ttl == ttl)
    }

    @Test func shapingMayBeSwitchedOffAndNeverExceedsTheLongestLife() throws {
        let off = try Self.cache { $0.shapesTTL = false }
        off.store(CacheRequest(prompt: "fine")) { $0.confidence = 0.1 }
        #expect(off.lookup("fine").ttl == 100)
        let capped = try Self.cache { $0.maximumTTL = 120 }
        capped.store(CacheRequest(prompt: "fine")) { $0.cost = NanoDollars(1_000_000_000) }
        #expect(capped.lookup("fine").ttl == 120)
    }

    @Test(arguments: [
        ("What is the price of the pro plan?", 3600.0), ("What is the price of freedom?", 3600),
        ("Any news on the merger?", 3600), ("Was kostet das? Preise bitte", 3600), ("这个多少钱", 3600),
        ("Explain priceless art", 86_400), ("How do I reset my password?", 86_400), ("What is the latest price?", 60),
    ])
    func answersThatAgeByTheDayLiveAnHour(_ prompt: String, _ ttl: Double) throws {
        let cache = try EngineFixture()
        cache.store(prompt)
        #expect(cache.lookup(prompt).ttl == ttl)
        var skip = NamespacePolicy()
        skip.volatility = .skip
        let strict = try EngineFixture(policies: PolicyTable(fallback: skip))
        // To skip is for answers of the moment: a false alarm here must cost no more than a shorter life.
        #expect((strict.store(prompt) == .refused(.volatile)) == (ttl == 60))
    }

    // MARK: Refreshing ahead

    private func list(_ cache: EngineFixture, leases: Bool = false, _ change: (inout RefreshQuery) -> Void = { _ in })
        -> [RefreshCandidate]
    {
        var query = RefreshQuery()
        query.takesLeases = leases
        change(&query)
        return cache.engine.refreshable(query).finish()
    }

    @Test func popularAnswersNearTheirEndAreListedWithWhatToAskTheModel() throws {
        let cache = try Self.cache()
        var request = CacheRequest(
            input: .messages(
                [ChatMessage(role: "system", text: "Be brief."), ChatMessage(role: "user", text: "question")]))
        (request.model, request.tenant) = ("gpt-4o", "acme")
        request.params = [JSONMember("temperature", 0)]
        let stored = cache.store(request)
        cache.store("unpopular question")
        for _ in 0..<5 { _ = cache.lookup(request) }
        #expect(list(cache).isEmpty, "it is far from its end")
        cache.clock.advance(seconds: 95)
        _ = cache.lookup("unpopular question")
        var asking = request
        (asking.wantsLease, asking.waitMilliseconds, asking.explain) = (true, 5, true)
        _ = cache.lookup(asking)
        let found = try #require(list(cache).first)
        #expect(list(cache).count == 1)
        #expect(stored == .stored(found.entryID))
        #expect((found.hits, found.age, found.ttl) == (6, 95, 5))
        #expect(found.request == request && found.lease == nil)
        #expect(list(cache) { $0.tenant = "other" }.isEmpty && list(cache) { $0.namespace = "other" }.isEmpty)
        // Two gateways never refresh the same.
        let mine = try #require(list(cache, leases: true).first)
        #expect(mine.lease != nil && list(cache, leases: true).isEmpty)
        cache.store(mine.request, "fresh") { $0.lease = mine.lease?.token }
        #expect(cache.lookup(request).response == RawJSON("fresh"))
        #expect(list(cache).isEmpty)
    }

    @Test func aRewordedHitIsRefreshedByTheEntrysOwnPrompt() throws {
        let cache = try Self.cache()
        cache.store("hello big world")
        cache.clock.advance(seconds: 95)
        for _ in 0..<3 { #expect(cache.lookup("big world hello").hitType == .semantic) }
        #expect(list(cache).map(\.request.input) == [.prompt("hello big world")])
    }

    /// An answer to another spelling would be another entry, and this one would be listed again and again.
    @Test func aHitOnAnotherSpellingIsRefreshedByTheEntrysOwnPrompt() throws {
        let cache = try Self.cache()
        cache.store("Hello Big World")
        cache.clock.advance(seconds: 95)
        for _ in 0..<3 { #expect(cache.lookup("hello big world").hitType == .exact) }
        let found = try #require(list(cache).first)
        #expect(found.request.input == .prompt("Hello Big World"))
        cache.store(found.request, "fresh")
        #expect(list(cache).isEmpty)
        #expect(cache.lookup("hello big world").response == RawJSON("fresh"))
    }

    @Test func refreshesAreBoundedInNumberAndBytes() {
        let book = RefreshBook()
        for number in 0..<2000 {
            var header = CacheEntry.header(number)
            header.prompt = "p"
            book.note(EntryRecord(header, textName: 1), CacheRequest(prompt: String(repeating: "x", count: 20_000)))
        }
        let held = book.candidates(gone: { _ in false }) { _ in true }.count
        #expect(held > 500 && held <= 1000)
        #expect(book.candidates(gone: { _ in true }) { _ in true }.isEmpty)
        #expect(book.candidates(gone: { _ in false }) { _ in true }.isEmpty)
    }
}

extension CacheEntry {
    /// A header whose name follows from `number`.
    static func header(_ number: Int) -> EntryHeader {
        let digest = Digest256(1, 2, 3, UInt64(number))
        return EntryHeader(
            id: EntryID(high: 1, low: UInt64(number)), namespace: "default", scope: digest, exactKey: digest,
            foldedKey: digest, prompt: "", isSemantic: false, vector: nil, model: nil, provider: nil, tenant: nil,
            user: nil, tags: [], created: Timestamp(milliseconds: 0), expires: nil)
    }
}
