import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// What a gateway gets from `lookup` after `store`.
struct LookupTests {
    @Test func hitsExactlyAndReturnsTheResponseByteForByte() throws {
        let cache = try EngineFixture()
        let response = try RawJSON(checking: Array(#"{"b": 1.50, "a":"\u00e9","b":[ ]}"#.utf8))
        var request = StoreRequest(request: CacheRequest(prompt: "How are you?"), response: response)
        request.usage = TokenUsage(promptTokens: 3, completionTokens: 5)
        guard case .stored(let id) = cache.engine.store(request).finish() else { return #expect(Bool(false)) }
        let reply = cache.lookup("How are you?")
        #expect(reply.status == .hit)
        #expect(reply.hitType == .exact)
        #expect(reply.entryID == id)
        #expect(reply.response == response)
        #expect(reply.usage == TokenUsage(promptTokens: 3, completionTokens: 5))
        #expect(reply.similarity == 1)
    }

    @Test func hitsExactlyAfterFolding() throws {
        let cache = try EngineFixture()
        cache.store("How  are you?")
        #expect(cache.lookup("how are YOU?").hitType == .exact)
    }

    @Test func hitsByMeaningAndSaysHowSure() throws {
        let cache = try EngineFixture()
        cache.store("reset my password now please ok then")
        let reply = cache.lookup("please reset my password now ok then")
        #expect(reply.hitType == .semantic)
        #expect(reply.similarity! > 0.99)
        #expect(reply.probability! > 0.99)
    }

    @Test func refusesTheNearMissAndNamesTheGuard() throws {
        let cache = try EngineFixture()
        cache.store("refund within 30 days of purchase")
        let reply = cache.lookup("refund within 60 days of purchase")
        #expect(reply.status == .miss)
        #expect(reply.reason == .guarded(by: "numbers"))
        #expect(reply.nearest!.similarity > 0.7)
    }

    @Test func aVetoedNeighbourDoesNotHideTheRightOne() throws {
        let cache = try EngineFixture()
        cache.store("refund within 60 days of purchase today", "sixty")
        cache.store("refund within 30 days of purchase", "thirty")
        let reply = cache.lookup("of purchase refund within 30 days")
        #expect(reply.response == RawJSON("thirty"))
    }

    @Test func missesWithTheNearestWhenUnsure() throws {
        let cache = try EngineFixture()
        cache.store("reset my password")
        let reply = cache.lookup("reset my router settings")
        #expect(reply.reason == .unsure)
        #expect(reply.nearest?.probability != nil)
    }

    @Test func aLooserBudgetAcceptsWhatAStricterRefuses() throws {
        let cache = try EngineFixture()
        cache.store("one two three four")
        var request = CacheRequest(prompt: "one two three five")
        #expect(cache.lookup(request).reason == .unsure)
        request.controls.maximumFalseHitRate = 0.02
        #expect(cache.lookup(request).status == .hit)
        request.controls.minimumSimilarity = 0.9
        #expect(cache.lookup(request).reason == .belowThreshold)
    }

    @Test func saysWhyThereIsNothing() throws {
        let cache = try EngineFixture()
        #expect(cache.lookup("hello there").reason == .empty)
        cache.store("hello there")
        #expect(cache.lookup("quantum chromodynamics").reason == .noCandidate)
        var elsewhere = CacheRequest(prompt: "hello there")
        elsewhere.model = "other"
        #expect(cache.lookup(elsewhere).reason == .scope)
        elsewhere.tenant = "nosy"
        #expect(cache.lookup(elsewhere).reason == .empty, "another tenant's prompts must not show")
    }

    @Test func emptyPromptsNeverMatch() throws {
        let cache = try EngineFixture()
        for prompt in ["", "   ", "\n"] {
            #expect(cache.store(prompt) == .refused(.emptyPrompt))
            #expect(cache.lookup(prompt).reason == .emptyPrompt)
        }
    }

    @Test func followUpsMatchExactlyOnly() throws {
        let cache = try EngineFixture()
        cache.store("why not ?")
        #expect(cache.lookup("why?").reason == .followUp)
        cache.store("why?")
        #expect(cache.lookup("why?").hitType == .exact)
    }

    @Test func modesAndControlsAreObeyed() throws {
        let cache = try EngineFixture()
        cache.store("one two three four")
        var request = CacheRequest(prompt: "four three two one")
        request.controls.mode = .exact
        #expect(cache.lookup(request).reason == .exactOnly)
        request.controls.mode = .off
        #expect(cache.lookup(request).status == .bypass)
        request.controls = CacheControls()
        request.controls.noCache = true
        #expect(cache.lookup(request).status == .bypass)
        #expect(cache.lookup(request).reason == .noCache)
    }

    @Test func entriesDieAtTheirTimeAndHitsDoNotProlongThem() throws {
        var policy = NamespacePolicy()
        policy.ttl = 60
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy))
        cache.store("hello world")
        cache.clock.advance(seconds: 59)
        let reply = cache.lookup("hello world")
        #expect(reply.age == 59)
        #expect(reply.ttl == 1)
        cache.clock.advance(seconds: 1)
        #expect(cache.lookup("hello world").reason == .expired)
        #expect(cache.engine.statistics().entries == 0)
    }

    @Test func aRequestsOwnTTLHoldsUpToThePolicysMaximum() throws {
        var policy = NamespacePolicy()
        policy.maximumTTL = 100
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy))
        var request = CacheRequest(prompt: "short lived")
        request.controls.ttl = 10
        cache.store(request)
        #expect(cache.lookup("short lived").ttl == 10)
        request = CacheRequest(prompt: "long lived")
        request.controls.ttl = 1e9
        cache.store(request)
        #expect(cache.lookup("long lived").ttl == 100)
    }

    @Test func anAnswerOlderThanTheRequestAcceptsIsNoHit() throws {
        let cache = try EngineFixture()
        cache.store("hello world")
        cache.clock.advance(seconds: 30)
        var request = CacheRequest(prompt: "hello world")
        request.controls.maximumAge = 20
        #expect(cache.lookup(request).reason == .tooOld)
        request.controls.maximumAge = 40
        #expect(cache.lookup(request).status == .hit)
    }

    @Test func theLaterAnswerReplacesTheEarlier() throws {
        let cache = try EngineFixture()
        cache.store("hello world", "first")
        cache.store("hello world", "second")
        #expect(cache.lookup("hello world").response == RawJSON("second"))
        #expect(cache.engine.statistics().entries == 1)
    }

    @Test func savingsComeFromThePriceTableOrTheGateway() throws {
        let cache = try EngineFixture()
        var request = CacheRequest(prompt: "priced question")
        request.model = "priced"
        cache.store(request) {
            $0.usage = TokenUsage(promptTokens: 1000, completionTokens: 100, cachedPromptTokens: 400)
        }
        // 600 tokens at 1 $/M, 400 at 0.5 $/M and 100 at 2 $/M are 600,000 + 200,000 + 200,000 nano-dollars.
        #expect(cache.lookup(request).avoided?.cost == NanoDollars(1_000_000))
        request.model = "unknown"
        cache.store(request)
        #expect(cache.lookup(request).avoided?.cost == nil)
        #expect(cache.engine.statistics().unpricedHits == 1)
        cache.store(request) { $0.cost = NanoDollars(7) }
        #expect(cache.lookup(request).avoided?.cost == NanoDollars(7))
    }

    @Test func explainsItself() throws {
        let cache = try EngineFixture()
        cache.store("refund within 30 days of purchase")
        var request = CacheRequest(prompt: "refund within 60 days of purchase")
        request.explain = true
        request.unknownFields = ["colour"]
        let explanation = try #require(cache.lookup(request).explanation)
        #expect(explanation.candidates.first?.judgement.veto?.guardName == "numbers")
        #expect(explanation.candidates.first?.judgement.features.first?.name == "similarity")
        #expect(explanation.stages.map(\.name) == ["keys", "exact", "embed", "search", "judge"])
        #expect(explanation.unknownFields == ["colour"])
        #expect(explanation.partitionCount == 1)
    }

    @Test func aBatchStopsWhereItsReplyIsFull() throws {
        let cache = try EngineFixture()
        cache.store("large", .string(String(repeating: "word ", count: (3 << 20) / 5)))
        let requests = [CacheRequest](repeating: CacheRequest(prompt: "large"), count: 30)
        let replies = cache.engine.lookup(batch: requests).finish()
        // The one that reaches 64 MiB is the last.
        #expect(replies.count == 22)
        #expect(replies.allSatisfy { $0.status == .hit })
    }

    @Test func batchesAnswerEachForItselfInOrder() throws {
        let cache = try EngineFixture()
        let stored = cache.engine.store(
            batch: ["alpha beta", "", "gamma delta"].map {
                StoreRequest(request: CacheRequest(prompt: $0), response: RawJSON(.string($0)))
            }
        ).finish()
        #expect(stored[1] == .refused(.emptyPrompt))
        let replies = cache.engine.lookup(
            batch: ["gamma delta", "nothing", "beta alpha"].map(CacheRequest.init(prompt:))
        )
        .finish()
        #expect(replies.map(\.status) == [.hit, .miss, .hit])
        #expect(replies[2].response == RawJSON("alpha beta"))
    }

    @Test func countsWhatItAnswered() throws {
        let cache = try EngineFixture()
        cache.store("alpha beta")
        _ = (cache.lookup("alpha beta"), cache.lookup("beta alpha"), cache.lookup("unrelated"))
        let statistics = cache.engine.statistics()
        #expect(statistics.lookups == 3)
        #expect(statistics.exactHits == 1)
        #expect(statistics.semanticHits == 1)
        #expect(statistics.misses == [.noCandidate: 1])
        #expect(statistics.stored == 1)
        #expect(abs(statistics.hitRate - 2.0 / 3) < 1e-12)
    }
}
