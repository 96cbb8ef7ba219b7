import CacheModel
import Foundation
import TestSupport
import Testing

@testable import MatchJudge

/// A judge fitted to somebody's own pairs.
struct JudgeFitTests {
    /// Judgements of a judge whose log-odds are off by `shift` and stretched by `stretch`.
    private func samples(_ count: Int, shift: Double = 0, stretch: Double = 1, seed: UInt64 = 1) -> [JudgeFitter.Sample]
    {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { number in
            let odds = Double.random(in: -4...7, using: &random)
            let truth = 1 / (1 + exp(-(shift + stretch * odds)))
            return JudgeFitter.Sample(
                probability: 1 / (1 + exp(-odds)), similarity: Double.random(in: 0.3...1, using: &random),
                isSame: Double.random(in: 0..<1, using: &random) < truth, half: number)
        }
    }

    @Test func findsTheLayerThatTheDataHave() throws {
        let outcome = try JudgeFitter.fit(samples(20_000, shift: -1, stretch: 0.7), embedder: "e")
        #expect(abs(outcome.fit.stage.odds - 0.7) < 0.05)
        let middle = outcome.fit.stage.probability(0.5, similarity: 0.65)
        #expect(abs(middle - 1 / (1 + exp(1))) < 0.03)
    }

    @Test func certifiedBudgetsHoldOnNewPairsLikeThem() throws {
        var broken = 0
        for seed in 0..<20 as Range<UInt64> {
            let fit = try JudgeFitter.fit(samples(6000, shift: -1, seed: seed), embedder: "e").fit
            let threshold = try #require(fit.stage.thresholds.last { $0.budget <= 0.05 })
            let fresh = samples(20_000, shift: -1, seed: seed &+ 1000).filter {
                fit.stage.probability($0.probability, similarity: $0.similarity) >= threshold.probability
            }
            if Double(fresh.count { !$0.isSame }) > 0.05 * Double(fresh.count) { broken += 1 }
        }
        #expect(broken <= 3, "95 % confidence: 1 of 20 is expected")
    }

    @Test func refusesTooFewPairsAndSaysHowMany() {
        let few = samples(30)
        #expect {
            try JudgeFitter.fit(few, embedder: "e")
        } throws: { error in
            "\(error)".contains("25 of each kind in each half") && "\(error)".contains("299")
        }
    }

    @Test func certifiesNothingThatThePairsDoNotBear() throws {
        let outcome = try JudgeFitter.fit(samples(250), embedder: "e")
        #expect(!outcome.fit.stage.thresholds.contains { $0.budget <= 0.01 }, "299 right hits are needed for that")
    }

    @Test func refusesAJudgeThatSaysTheContrary() {
        let upside = samples(2000, stretch: -1)
        #expect(throws: JudgeFitter.Refusal.self) { try JudgeFitter.fit(upside, embedder: "e") }
    }

    @Test func comesBackFromItsFolderAndJudges() throws {
        let folder = try TemporaryFolder()
        let fit = try JudgeFitter.fit(samples(6000, shift: -1), embedder: "e@1").fit
        try Data(fit.manifest(base: "base")).write(to: URL(fileURLWithPath: folder.file("manifest.json")))
        let read = try #require(try JudgeFit(folder: folder.path))
        #expect(read == fit)
        let judge = FittedJudge(Shared.judge, fit: read)
        let plain = Shared.judge.begin("How do I enable 2FA?").judge(
            "how to enable 2FA", similarity: 0.9, explain: false)
        let fitted = judge.begin("How do I enable 2FA?").judge("how to enable 2FA", similarity: 0.9, explain: false)
        #expect(fitted.probability == fit.stage.probability(try #require(plain.probability), similarity: 0.9))
        #expect(
            judge.begin("How do I enable 2FA?").judge("How do I disable 2FA?", similarity: 0.9, explain: false).veto
                != nil)
        #expect(judge.requiredProbability(maximumFalseHitRate: 0.0001) > 1, "what is not certified is refused")
        #expect(try JudgeFit(folder: Shared.modelFolder) == nil, "a judge of trees is none")
    }

    /// A judge whose first stage says 0.5 to everything, and whose verifier is sure.
    private struct TwoStages: MatchJudging {
        let identifier = "two"
        var verifies = true
        func begin(_ prompt: String) -> any CandidateJudging { Query() }
        func requiredProbability(maximumFalseHitRate: Double) -> Double { 0.9 }
        func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
            Judgement(probability: 0.99)
        }
        private struct Query: CandidateJudging {
            let refusal: MissReason? = nil
            func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
                Judgement(probability: 0.5, isDoubtful: true)
            }
        }
    }

    @Test func theVerifierKeepsItsWordUnderAFit() throws {
        // The first stage knows little: what it says is far from certified where both stages together are.
        var random = SeededRandom(seed: 3)
        let both = samples(6000, shift: -1).map {
            JudgeFitter.Sample(
                probability: $0.probability, first: Double.random(in: 0.4...0.6, using: &random),
                similarity: $0.similarity, isSame: $0.isSame, half: $0.half)
        }
        let fit = try JudgeFitter.fit(both, embedder: "e@1", verifier: "v@1").fit
        let folder = try TemporaryFolder()
        try Data(fit.manifest(base: "base")).write(to: URL(fileURLWithPath: folder.file("manifest.json")))
        let read = try #require(try JudgeFit(folder: folder.path))
        #expect(read == fit && read.verifier == "v@1")
        let judge = FittedJudge(TwoStages(), fit: read)
        #expect(judge.verifies)
        #expect(judge.begin("a").judge("b", similarity: 0.8, explain: false).isDoubtful)
        let verdict = judge.verify("a", "b", similarity: 0.8, explain: false)
        #expect(verdict?.probability == fit.stage.probability(0.99, similarity: 0.8))
        #expect(judge.requiredProbability(maximumFalseHitRateVerified: 0.05) < 1)
        #expect(judge.requiredProbability(maximumFalseHitRate: 0.05) > 1, "the first stage alone certifies nothing")
        let alone = FittedJudge(TwoStages(verifies: false), fit: read)
        #expect(alone.requiredProbability(maximumFalseHitRateVerified: 0.05) > 1)
    }

    @Test(arguments: [
        #"{"kind":"judge-fit","format":2}"#, #"{"kind":"judge-fit","format":1}"#,
        #"{"kind":"judge-fit","format":1,"embedder":"e","pairs":1,"layer":[0,1],"thresholds":[]}"#,
        #"{"kind":"judge-fit","format":1,"embedder":"e","pairs":1,"layer":[0,-1,0],"thresholds":[]}"#,
        #"{"kind":"judge-fit","format":1,"embedder":"e","pairs":1,"layer":[0,1,0],"thresholds":[[0.1,0.5],[0.2,0.6]]}"#,
        #"{"kind":"judge-fit","format":1,"embedder":"e","pairs":1,"layer":[0,1,0],"thresholds":[["x",0.5]]}"#,
    ])
    func refusesAManifestThatMakesNoSense(text: String) throws {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("manifest.json")))
        #expect(throws: JudgeModelError.self) { try JudgeFit(folder: folder.path) }
    }
}
