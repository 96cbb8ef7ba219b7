import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// What evidence makes of the least probability of a hit.
struct EvidenceCurveTests {
    private let base = 0.833
    private let budget = 0.01

    private func evidence(
        _ probability: Double, _ verdict: Verdict, _ source: Evidence.Source = .nearMiss, number: UInt64 = 0
    ) -> Evidence {
        Evidence(
            lookup: AnsweredLookup(
                id: EntryID(high: 1, low: number),
                entry: EntryReference(id: EntryID(high: 2, low: 2), namespace: "n", scope: Digest256(1, 2, 3, 4)),
                hitType: .semantic, query: Digest256(5, 6, 7, 8), probability: probability, similarity: 0.9),
            verdict: verdict, source: source, at: Timestamp(milliseconds: 0))
    }

    @Test func withoutEvidenceTheJudgesThresholdStands() {
        for base in [0.0, 0.3, 0.833, 1.0, 2.0] {
            #expect(EvidenceCurve().requiredProbability(base: base, budget: budget) == base)
        }
        #expect(EvidenceCurve().requiredProbability(base: 2, budget: 0) == 2)
    }

    @Test func oneWrongAnswerClosesEverythingUpToItsProbability() {
        var curve = EvidenceCurve()
        curve.add(evidence(0.9, .wrong), served: 0, replaced: nil)
        let required = curve.requiredProbability(base: base, budget: budget)
        #expect(required > 0.9)
        #expect(required <= 0.97, "what is surer than that stays open")
    }

    @Test func seventyFiveRightAnswersMakeUpForOneWrongAtOnePercent() {
        var curve = EvidenceCurve()
        curve.add(evidence(0.9, .wrong), served: 0, replaced: nil)
        for _ in 0..<73 { curve.add(evidence(0.9, .right), served: 0, replaced: nil) }
        #expect(curve.requiredProbability(base: base, budget: budget) > base)
        for _ in 0..<2 { curve.add(evidence(0.9, .right), served: 0, replaced: nil) }
        #expect(curve.requiredProbability(base: base, budget: budget) == base)
    }

    @Test func aComplaintIsHeldAgainstAllHitsThatItCouldHaveBeenAbout() {
        var little = EvidenceCurve()
        little.add(evidence(0.9, .wrong, .feedback), served: 20, replaced: nil)
        #expect(little.requiredProbability(base: base, budget: budget) > 0.9)
        var much = EvidenceCurve()
        much.add(evidence(0.9, .wrong, .feedback), served: 5000, replaced: nil)
        #expect(much.requiredProbability(base: base, budget: budget) == base)
    }

    @Test func theOppositeVerdictTakesTheFormerBack() {
        var curve = EvidenceCurve()
        curve.add(evidence(0.9, .wrong, .feedback), served: 10, replaced: nil)
        curve.add(evidence(0.9, .right, .feedback), served: 10, replaced: .wrong)
        #expect(curve.requiredProbability(base: base, budget: budget) == base)
        #expect(curve.blamed.wrappedSum() == 0)
        #expect(curve.praised.wrappedSum() == 1)
    }

    @Test(arguments: [(0.01, 350...600), (0.05, 70...130), (0.2, 15...40)])
    func itTakesManyRightAnswersToServeBelowTheJudgesThreshold(budget: Double, expected: ClosedRange<Int>) {
        var curve = EvidenceCurve()
        var needed = 0
        while curve.requiredProbability(base: base, budget: budget) == base, needed < 2000 {
            curve.add(evidence(0.78, .right), served: 0, replaced: nil)
            needed += 1
        }
        #expect(expected.contains(needed), "\(needed)")
        #expect(curve.requiredProbability(base: base, budget: budget) == 0.74, "and no further than there is evidence")
    }

    @Test func praiseOpensNothing() {
        var curve = EvidenceCurve()
        for _ in 0..<3000 { curve.add(evidence(0.82, .right, .feedback), served: 1, replaced: nil) }
        #expect(curve.requiredProbability(base: base, budget: budget) == base)
    }

    @Test func aBudgetBeyondWhatTheJudgeCertifiesCanBeEarned() {
        var curve = EvidenceCurve()
        for _ in 0..<2000 { curve.add(evidence(0.99, .right), served: 0, replaced: nil) }
        #expect(curve.requiredProbability(base: EvidenceCurve.refuseAll, budget: 0.005) == 0.97)
    }

    @Test func whatIsOldWeighsLess() {
        var curve = EvidenceCurve()
        for _ in 0..<200 { curve.add(evidence(0.9, .wrong), served: 0, replaced: nil) }
        for _ in 0..<30_000 { curve.add(evidence(0.9, .right), served: 0, replaced: nil) }
        #expect(curve.requiredProbability(base: base, budget: budget) <= base, "another time, other answers")
    }

    @Test func theThresholdNeverRisesWithTheBudget() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var curve = EvidenceCurve()
            for _ in 0..<Int.random(in: 0..<300, using: &random) {
                let verdict: Verdict = Double.random(in: 0..<1, using: &random) < 0.03 ? .wrong : .right
                let source = Evidence.Source.allCases.randomElement(using: &random)!
                curve.add(
                    evidence(Double.random(in: 0...1, using: &random), verdict, source),
                    served: Int.random(in: 0..<100, using: &random), replaced: nil)
            }
            var former = EvidenceCurve.refuseAll
            for budget in [0.001, 0.01, 0.05, 0.2] {
                let required = curve.requiredProbability(base: base, budget: budget)
                #expect(required <= former)
                former = required
            }
        }
    }
}

/// What the evidence of a whole stream does: simulated scopes whose candidates are right as often as the test says.
struct AdaptiveStreamTests {
    private struct Result {
        var hits = 0
        var wrong = 0
        var lateHits = 0
        var lateWrong = 0
        /// Hits of the judge's threshold alone.
        var staticHits = 0
        var staticWrong = 0
    }

    /// Candidates of a uniform probability p; `wrongShare(p)` of them would be wrong. Of the misses `decided` can be
    /// compared, and `shadowShare` of the would-be hits are let through.
    private func run(
        lookups: Int, budget: Double, shadowShare: Double, decided: Double = 0.5, seed: UInt64,
        wrongShare: (Double) -> Double
    ) -> Result {
        var random = SeededRandom(seed: seed)
        var curve = EvidenceCurve()
        var result = Result()
        let base = 0.675
        for number in 0..<lookups {
            let probability = Double.random(in: 0.3...1, using: &random)
            let isWrong = Double.random(in: 0..<1, using: &random) < wrongShare(probability)
            let serves = probability >= curve.requiredProbability(base: base, budget: budget)
            if probability >= base {
                result.staticHits += 1
                if isWrong { result.staticWrong += 1 }
            }
            if serves, Double.random(in: 0..<1, using: &random) >= shadowShare {
                result.hits += 1
                if isWrong { result.wrong += 1 }
                guard number >= lookups / 2 else { continue }
                result.lateHits += 1
                if isWrong { result.lateWrong += 1 }
            } else if Double.random(in: 0..<1, using: &random) < decided {
                let evidence = Evidence(
                    lookup: AnsweredLookup(
                        id: EntryID(high: 1, low: UInt64(number)),
                        entry: EntryReference(
                            id: EntryID(high: 2, low: 2), namespace: "n", scope: Digest256(1, 2, 3, 4)),
                        hitType: .semantic, query: Digest256(0, 0, 0, 0), probability: probability, similarity: 1),
                    verdict: isWrong ? .wrong : .right, source: serves ? .exploration : .nearMiss,
                    at: Timestamp(milliseconds: 0))
                curve.add(evidence, served: 0, replaced: nil)
            }
        }
        return result
    }

    @Test func inAScopeOfTrapsTheFalseHitRateFallsToTheBudget() {
        var late = (hits: 0, wrong: 0)
        var all = (hits: 0, wrong: 0)
        var fixed = (hits: 0, wrong: 0)
        for seed in 0..<40 as Range<UInt64> {
            // The calibration promised 5 % at 0.675; here 30 % are wrong, and 3 % of the surest.
            let result = run(lookups: 20_000, budget: 0.05, shadowShare: 0.05, seed: seed) { $0 < 0.93 ? 0.3 : 0.03 }
            late = (late.hits + result.lateHits, late.wrong + result.lateWrong)
            all = (all.hits + result.hits, all.wrong + result.wrong)
            fixed = (fixed.hits + result.staticHits, fixed.wrong + result.staticWrong)
        }
        let (lateRate, fixedRate) = (Double(late.wrong) / Double(late.hits), Double(fixed.wrong) / Double(fixed.hits))
        print(
            "traps: static \(fixedRate), adaptive \(Double(all.wrong) / Double(all.hits)), its second half \(lateRate)")
        #expect(fixedRate > 0.2, "the judge alone is wrong that often")
        #expect(lateRate <= 0.05)
        #expect(late.hits > 1000, "what is sure is still served")
    }

    @Test func whereNothingIsRightNothingIsServed() {
        let result = run(lookups: 20_000, budget: 0.05, shadowShare: 0.05, seed: 1) { _ in 0.9 }
        #expect(result.lateHits == 0)
        #expect(result.wrong < 400, "\(result.wrong)")
    }

    @Test func inABenignScopeHitsRiseWithinTheBudget() {
        var (hits, wrong, fixed, over) = (0, 0, 0, 0)
        for seed in 0..<40 as Range<UInt64> {
            let result = run(lookups: 4000, budget: 0.05, shadowShare: 0.05, seed: seed) { _ in 0.01 }
            hits += result.lateHits
            wrong += result.lateWrong
            fixed += result.staticHits / 2
            if Double(result.lateWrong) > 0.05 * Double(result.lateHits) { over += 1 }
        }
        print("benign: \(fixed) hits of the judge alone, \(hits) with evidence, \(wrong) wrong")
        #expect(Double(hits) > 1.5 * Double(fixed))
        #expect(Double(wrong) <= 0.05 * Double(hits))
        #expect(over == 0)
    }

    @Test func whereTheBudgetIsJustMissedNothingIsOpenedMoreOftenThanTheConfidenceAllows() {
        // Everywhere 6 % wrong at a budget of 5 %: each scope that serves below the judge's threshold is a mistake.
        var opened = 0
        for seed in 0..<200 as Range<UInt64> {
            let result = run(lookups: 3000, budget: 0.05, shadowShare: 0, seed: seed) { $0 < 0.67 ? 0.06 : 0.0 }
            if result.hits > result.staticHits + 50 { opened += 1 }
        }
        print("just missed: \(opened) of 200 scopes were opened")
        #expect(opened <= 16, "5 % of 200 are 10; 16 leaves room for chance")
    }
}
