import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What the cache learns from the answers that follow its misses.
struct ComparisonTests {
    private func policy(_ change: (inout NamespacePolicy) -> Void) -> PolicyTable {
        var policy = NamespacePolicy()
        change(&policy)
        return PolicyTable(fallback: policy)
    }

    private let question = "please reset my password now ok then"
    private let rephrased = "reset my password now please ok then"

    /// A lease would be held by nobody: what only watches is answered a miss without one.
    @Test func aStaleAnswerThatIsOnlyWatchedHoldsNoLease() throws {
        var shadow = NamespacePolicy()
        (shadow.isShadow, shadow.ttl, shadow.staleTTL) = (true, 100, 1000)
        let cache = try EngineFixture(policies: PolicyTable(fallback: shadow))
        cache.store("question", "old")
        cache.clock.advance(seconds: 110)
        #expect(cache.lookup("question").reason == .shadow)
        #expect(cache.engine.singleFlight.flights.isEmpty)
    }

    @Test func anAnswerAfterANearMissIsEvidence() throws {
        let cache = try EngineFixture()
        cache.store("one two three four", "17")
        #expect(cache.lookup("one two three five").reason == .unsure)
        cache.store("one two three five", " 17")
        #expect(cache.lookup("one two three zulu").reason == .unsure)
        cache.store("one two three zulu", "18")
        #expect(cache.lookup("one two three quebec").reason == .unsure)
        cache.store("one two three quebec", "It depends on what you have seen before.")
        let known = try #require(cache.engine.statistics().evidence["default"])
        #expect((known.nearMissSame, known.nearMissOther, known.unclear) == (1, 1, 1))
        #expect(known.falseHits.trials == 0, "none of them was a hit")
    }

    @Test func nothingIsLearntWhereThePolicySaysSo() throws {
        let cache = try EngineFixture(policies: policy { $0.isAdaptive = false })
        cache.store("one two three four", "the answer")
        _ = cache.lookup("one two three five")
        cache.store("one two three five", "17")
        #expect(cache.engine.statistics().evidence.isEmpty)
    }

    @Test func aStoreWithoutALookupTellsNothing() throws {
        let cache = try EngineFixture()
        cache.store("one two three four", "the answer")
        cache.store("one two three five", "17")
        #expect(cache.engine.statistics().evidence.isEmpty)
    }

    @Test func whatAgesAtOnceIsNotCompared() throws {
        let cache = try EngineFixture()
        cache.store("weather one two three four", "17")
        _ = cache.lookup("weather one two three five")
        cache.store("weather one two three five", "18")
        #expect(cache.engine.statistics().evidence.isEmpty)
    }

    @Test func aShareOfWouldBeHitsIsLetThroughToLearn() throws {
        let cache = try EngineFixture(policies: policy { $0.shadowShare = 0.25 })
        cache.store(question, "17")
        var explored = 0
        for _ in 0..<400 where cache.lookup(rephrased).reason == .exploring { explored += 1 }
        #expect((70...130).contains(explored), "\(explored)")
    }

    @Test func anExploredHitThatWouldHaveBeenWrongCloses() throws {
        let cache = try EngineFixture(policies: policy { $0.shadowShare = 1 })
        cache.store(question, "17")
        let reply = cache.lookup(rephrased)
        #expect(reply.reason == .exploring)
        #expect(reply.nearest?.probability != nil)
        cache.store(rephrased, "18")
        let known = try #require(cache.engine.statistics().evidence["default"])
        #expect(known.exploredOther == 1)
        #expect(known.falseHits == Proportion(1, of: 1))
        #expect(cache.lookup("now please ok then reset my password").reason == .unsure, "the scope has grown careful")
    }

    @Test func exploringIsRepeatedByItsRandomWords() throws {
        func reasons() throws -> [MissReason?] {
            let cache = try EngineFixture(policies: policy { $0.shadowShare = 0.5 })
            cache.store(question)
            return (0..<50).map { _ in cache.lookup(rephrased).reason }
        }
        #expect(try reasons() == reasons())
    }

    @Test func aShadowServesNothingAndCountsEverything() throws {
        let cache = try EngineFixture(policies: policy { $0.isShadow = true })
        var request = CacheRequest(prompt: question)
        request.model = "priced"
        let usage = TokenUsage(promptTokens: 1000, completionTokens: 100)
        cache.store(request, "17") { $0.usage = usage }
        let exact = cache.lookup(request)
        #expect(exact.status == .miss)
        #expect(exact.reason == .shadow)
        #expect(exact.response == nil)
        #expect(exact.nearest != nil)
        cache.store(request, "17") { $0.usage = usage }
        var other = request
        other.input = .prompt(rephrased)
        #expect(cache.lookup(other).reason == .shadow)
        cache.store(other, "18") { $0.usage = usage }
        #expect(cache.lookup("quantum chromodynamics").reason != .shadow)
        let tally = try #require(cache.engine.statistics().shadows["default"])
        #expect((tally.exactHits, tally.semanticHits) == (1, 1))
        #expect(tally.tokens == 2200)
        // 1000 tokens at 1 $/M and 100 at 2 $/M, twice.
        #expect(tally.cost == NanoDollars(2_400_000))
        #expect(tally.exactAnswers.same == 1)
        #expect(tally.semanticAnswers.other == 1)
        let statistics = cache.engine.statistics()
        #expect(statistics.hits == 0)
        #expect(statistics.avoidedCost == NanoDollars(0), "nothing was avoided")
    }

    @Test func aShadowAnswersNobodyWhoWaits() throws {
        let cache = try EngineFixture(policies: policy { $0.isShadow = true })
        cache.store(question)
        var request = CacheRequest(prompt: question)
        request.wantsLease = true
        request.waitMilliseconds = 1000
        let reply = cache.lookup(request)
        #expect(reply.reason == .shadow)
        #expect(reply.lease == nil)
    }

    @Test func anArmRunsBesideTheJudgeAndServesNothing() throws {
        let cache = try EngineFixture(policies: policy { $0.shadowArm = "loose" }) {
            $0.shadowArms = ["loose": ShadowArm(name: "loose", judge: WordJudge(), maximumFalseHitRate: 0.02)]
        }
        cache.store("one two three four", "17")
        #expect(cache.lookup("one two three five").reason == .unsure, "the arm would serve it, the judge does not")
        cache.store("one two three five", "18")
        #expect(cache.lookup("four three two one").hitType == .semantic)
        #expect(cache.lookup("one two zero nought").reason == .unsure)
        let tally = try #require(cache.engine.statistics().arms["default"])
        #expect(tally.arm == "loose")
        #expect((tally.onlyArm, tally.bothSame, tally.neither) == (1, 1, 1))
        #expect((tally.answers.same, tally.answers.other) == (0, 1))
    }

    @Test func theStoreKeepsWhatWasLearnt() throws {
        let clock = TestClock()
        let store = try SQLiteStore(.memory, clock: clock)
        func engine() throws -> EngineFixture {
            try EngineFixture(policies: policy { $0.shadowShare = 1 }, store: store) {
                $0.evidence = store
                $0.clock = clock
            }
        }
        let before = try engine()
        before.store(question, "17")
        _ = before.lookup(rephrased)
        before.store(rephrased, "18")
        before.engine.tendEvidence()
        let after = try engine()
        try after.engine.loadEvidence()
        try after.engine.rebuild()
        #expect(after.engine.statistics().evidence["default"]?.exploredOther == 1)
        #expect(after.lookup("now please ok then reset my password").reason == .unsure)
    }
}
