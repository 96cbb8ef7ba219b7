import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// The verifier's stage of a lookup: when it is asked, where it runs, and what its word is worth.
@Suite struct VerificationTests {
    /// Doubts every candidate; verified hits need 0.9, others 0.99.
    private struct DoubtingJudge: MatchJudging {
        let identifier = "doubts@1"
        var first = 0.5
        /// What the verifier says; `nil` for nothing.
        var second: Double?
        let asked = Locked<[String]>([])
        var verifies: Bool { true }

        func begin(_ prompt: String) -> any CandidateJudging { Candidate(first: first) }
        func requiredProbability(maximumFalseHitRate: Double) -> Double { 0.99 }
        func requiredProbability(maximumFalseHitRateVerified: Double) -> Double { 0.9 }

        func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
            asked.withLock { $0.append("\(prompt) | \(candidate)") }
            return second.map {
                Judgement(probability: $0, features: explain ? [.init(name: "verifierForward", value: 3)] : [])
            }
        }

        struct Candidate: CandidateJudging {
            let first: Double
            var refusal: MissReason? { nil }
            func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
                let veto: Judgement.Veto? = candidate.contains("vetoed") ? .init(guardName: "numbers", detail: "") : nil
                return Judgement(probability: first, veto: veto, isDoubtful: veto == nil)
            }
        }
    }

    private func engine(
        _ judge: DoubtingJudge, policies: PolicyTable = PolicyTable()
    ) throws -> EngineFixture {
        let cache = try EngineFixture(policies: policies) { $0.judge = judge }
        cache.store("alpha beta gamma")
        return cache
    }

    @Test func servesWhatTheVerifierPraises() throws {
        let judge = DoubtingJudge(second: 0.95)
        let reply = try engine(judge).lookup("alpha beta delta")
        #expect(reply.status == .hit && reply.hitType == .semantic)
        #expect(reply.probability == 0.95)
        #expect(judge.asked.withLock { $0 } == ["alpha beta delta | alpha beta gamma"])
    }

    @Test func missesWhatTheVerifierDoubts() throws {
        let reply = try engine(DoubtingJudge(first: 0.995, second: 0.85)).lookup("alpha beta delta")
        #expect(reply.status == .miss && reply.reason == .unsure)
        #expect(reply.nearest?.probability == 0.85)
    }

    @Test func aRephrasingThatIsAskedAgainIsNotVerifiedAgain() throws {
        let judge = DoubtingJudge(second: 0.95)
        let cache = try engine(judge)
        for _ in 0..<3 { #expect(cache.lookup("alpha beta delta").probability == 0.95) }
        #expect(judge.asked.withLock { $0.count } == 1)
        // Another answer under the same prompt is another entry, and explaining asks anew.
        cache.store("alpha beta gamma", "another answer")
        #expect(cache.lookup("alpha beta delta").response == RawJSON(.string("another answer")))
        var request = CacheRequest(prompt: "alpha beta delta")
        request.explain = true
        #expect(cache.lookup(request).explanation?.stages.contains { $0.name == "verify" } == true)
        #expect(judge.asked.withLock { $0.count } == 3)
    }

    @Test func whatTheVerifierDidNotReadIsNotRemembered() throws {
        let judge = DoubtingJudge(first: 0.95)
        let cache = try engine(judge)
        for _ in 0..<2 { #expect(cache.lookup("alpha beta delta").reason == .unsure) }
        #expect(judge.asked.withLock { $0.count } == 2)
    }

    /// Without the verifier's word the first stage is held against its own threshold, not against the verified one.
    @Test func theFirstStageDecidesWhenTheVerifierIsSilent() throws {
        #expect(try engine(DoubtingJudge(first: 0.95)).lookup("alpha beta delta").reason == .unsure)
        #expect(try engine(DoubtingJudge(first: 0.995)).lookup("alpha beta delta").status == .hit)
    }

    /// The event loop's thread runs the first step: it must end before the verifier is asked.
    @Test func neverVerifiesOnTheCallersThread() throws {
        let judge = DoubtingJudge(second: 0.95)
        let step = try engine(judge).engine.lookup(CacheRequest(prompt: "alpha beta delta"))
        guard case .blocking(let work) = step else {
            Issue.record("the lookup did not ask for a worker")
            return
        }
        #expect(judge.asked.withLock { $0 }.isEmpty)
        #expect(work().finish().status == .hit)
    }

    @Test func exactHitsAreNotVerified() throws {
        let judge = DoubtingJudge(second: 0.1)
        #expect(try engine(judge).lookup("alpha beta gamma").hitType == .exact)
        #expect(judge.asked.withLock { $0 }.isEmpty)
    }

    @Test func asksAboutTheBestCandidateWithoutAVetoOnly() throws {
        let judge = DoubtingJudge(second: 0.2)
        let cache = try engine(judge)
        cache.store("alpha beta delta vetoed")
        cache.store("alpha epsilon")
        #expect(cache.lookup("alpha beta delta").status == .miss)
        #expect(judge.asked.withLock { $0 } == ["alpha beta delta | alpha beta gamma"])
    }

    @Test func aNamespaceCanDoWithout() throws {
        let judge = DoubtingJudge(first: 0.95, second: 0.95)
        var policy = NamespacePolicy()
        policy.verify = false
        let reply = try engine(judge, policies: PolicyTable(fallback: policy)).lookup("alpha beta delta")
        #expect(reply.reason == .unsure)
        #expect(judge.asked.withLock { $0 }.isEmpty)
    }

    @Test func tooLittleSimilarityIsNotWorthVerifying() throws {
        let judge = DoubtingJudge(second: 0.95)
        var request = CacheRequest(prompt: "alpha beta delta")
        request.controls.minimumSimilarity = 0.99
        #expect(try engine(judge).lookup(request).reason == .belowThreshold)
        #expect(judge.asked.withLock { $0 }.isEmpty)
    }

    @Test func theStageAndItsLogitsAreExplained() throws {
        var request = CacheRequest(prompt: "alpha beta delta")
        request.explain = true
        let explanation = try #require(try engine(DoubtingJudge(second: 0.2)).lookup(request).explanation)
        #expect(explanation.stages.map(\.name) == ["keys", "exact", "embed", "search", "judge", "verify"])
        #expect(explanation.candidates.first?.judgement.features.map(\.name) == ["verifierForward"])
        #expect(explanation.requiredProbability == 0.9)
    }
}
