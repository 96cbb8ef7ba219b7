import CacheModel
import Evaluation
import Foundation
import Testing

@testable import Evaluation

@Suite("Metrics")
struct MetricsTests {
    @Test func areaCountsPairsOfPairs() {
        // Positives .9 .5, negatives .7 .5 .1: of six comparisons 4 won, 1 tied (.5 against .5), 1 lost.
        let metrics = RankingMetrics(ranks: [0.9, 0.5, 0.7, 0.5, 0.1], isSame: [true, true, false, false, false])
        #expect(abs(metrics.auc! - 4.5 / 6) < 1e-12)
    }

    @Test func areaAgreesWithCountingOnRandomScores() {
        var random = SeededRandom(seed: 3)
        let ranks = (0..<300).map { _ in Double(random.below(40)) }
        let labels = (0..<300).map { _ in random.below(3) == 0 }
        var won = 0.0
        var count = 0.0
        for (a, isSame) in zip(ranks, labels) where isSame {
            for (b, other) in zip(ranks, labels) where !other {
                won += a > b ? 1 : a == b ? 0.5 : 0
                count += 1
            }
        }
        let metrics = RankingMetrics(ranks: ranks, isSame: labels)
        #expect(abs(metrics.auc! - won / count) < 1e-12)
        #expect(metrics.aucInterval!.contains(metrics.auc!))
    }

    @Test func deLongsErrorMatchesTheDefinition() {
        // Placements by hand: positives beat 2, 1 and 2 of 2 negatives; negatives are beaten by 3 and 2 of 3 positives.
        let metrics = RankingMetrics(ranks: [0.9, 0.3, 0.8, 0.1, 0.4], isSame: [true, true, true, false, false])
        let (above, below) = ([1, 0.5, 1], [1, 2.0 / 3])
        let area = 5.0 / 6
        let error = sqrt(
            above.reduce(0) { $0 + pow($1 - area, 2) } / 2 / 3 + below.reduce(0) { $0 + pow($1 - area, 2) } / 1 / 2)
        #expect(abs(metrics.auc! - area) < 1e-12)
        #expect(abs(metrics.aucInterval!.lowerBound - (area - 1.959964 * error)) < 1e-9)
    }

    @Test func averagePrecisionByHand() {
        // Ranks: + - + -, recall steps at 1/2 with precision 1 and at 2/2 with precision 2/3.
        let metrics = RankingMetrics(ranks: [4, 3, 2, 1], isSame: [true, false, true, false])
        #expect(abs(metrics.averagePrecision! - (0.5 + 0.5 * 2 / 3)) < 1e-12)
        // All tied: one step, precision is the share of positives.
        #expect(RankingMetrics(ranks: [1, 1, 1, 1], isSame: [true, false, true, false]).averagePrecision == 0.5)
    }

    @Test func nothingToRankGivesNothing() {
        #expect(RankingMetrics(ranks: [1, 2], isSame: [true, true]).auc == nil)
        #expect(RankingMetrics(ranks: [], isSame: []).averagePrecision == nil)
    }

    private let curve = OperatingCurve(
        scores: [
            PairScore(0.9), PairScore(0.8), PairScore(0.8), PairScore(0.6), PairScore(0.5),
            PairScore(0.99, veto: "numbers"),
        ], isSame: [true, true, false, true, false, false])

    @Test func curveCountsHitsAndLeavesVetoesOut() {
        #expect(curve.points.map(\.threshold) == [0.9, 0.8, 0.6, 0.5])
        #expect(curve.points.map(\.rightHits) == [1, 2, 3, 3])
        #expect(curve.points.map(\.wrongHits) == [0, 1, 1, 2])
        let point = curve.point(at: 0.7)
        #expect(point.hitRate == Proportion(3, of: 6))
        #expect(point.falseHitRate == Proportion(1, of: 3))
        #expect(point.falseHitShare == Proportion(1, of: 6))
        #expect(point.recall == Proportion(2, of: 3))
        #expect(point.precision == Proportion(2, of: 3))
        #expect(point.falseAcceptRate == Proportion(1, of: 3))
        #expect(curve.point(at: 0.95).hits == 0)
        #expect(curve.point(at: 0.8).hits == 3)
        #expect(curve.point(at: -5).hits == 5)
    }

    @Test func mostHitsLookPastALocalRise() {
        // 1/3 wrong at .8, 1/4 at .6: a limit of .3 is exceeded and met again.
        #expect(curve.mostHits(falseHitRate: 0.3)?.threshold == 0.6)
        #expect(curve.mostHits(falseHitRate: 0)?.threshold == 0.9)
        #expect(curve.mostHits(falseHitShare: 1.0 / 6)?.threshold == 0.6)
    }

    @Test func calibrationByHand() {
        // Two bins: .25 (one of four) and .75 (three of four) are perfect.
        let perfect = Calibration(
            probabilities: [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75],
            isSame: [true, false, false, false, true, true, true, false], binCount: 2)!
        #expect(perfect.error == 0)
        #expect(perfect.equalMassError == 0)
        #expect(abs(perfect.brier - 0.1875) < 1e-12)
        let boastful = Calibration(probabilities: [0.9, 0.9, 1, 1], isSame: [true, false, true, false], binCount: 10)!
        #expect(abs(boastful.error - 0.45) < 1e-12)
        #expect(boastful.bins.count == 1)
        #expect(Calibration(probabilities: [], isSame: []) == nil)
    }

    @Test func binomialBounds() {
        #expect(abs(Binomial.cumulative(1, of: 3, share: 0.5) - 0.5) < 1e-12)
        #expect(abs(Binomial.cumulative(0, of: 10, share: 0.1) - pow(0.9, 10)) < 1e-12)
        // Rule of three: no failure in 300 leaves about 1 % possible.
        #expect(abs(BinomialBound.upper(0, of: 300, level: 0.05) - (1 - pow(0.05, 1.0 / 300))) < 1e-9)
        #expect(BinomialBound.upper(0, of: 0, level: 0.05) == 1)
        #expect(BinomialBound.trialsWithoutFailure(upper: 0.01, level: 0.05) == 299)
    }

    @Test func recommendsOnlyWhatTheSampleBears() {
        func curve(_ right: Int, _ wrong: Int) -> OperatingCurve {
            let scores =
                (0..<right).map { PairScore(0.9 - Double($0) * 1e-6) } + (0..<wrong).map { _ in PairScore(0.1) }
            return OperatingCurve(
                scores: scores, isSame: Array(repeating: true, count: right) + Array(repeating: false, count: wrong))
        }
        let rich = Recommendation(curve: curve(5000, 5000), maximumFalseHitRate: 0.01)
        #expect(rich.point?.wrongHits ?? 99 <= 50)
        #expect(rich.point.map { $0.rightHits >= 4500 } == true)
        #expect(rich.upperBound! <= 0.01)
        let poor = Recommendation(curve: curve(100, 100), maximumFalseHitRate: 0.01)
        #expect(poor.point == nil)
        #expect(poor.reason.contains("takes at least 643 hits without a wrong one"))
    }

    @Test func mcNemarIsTheSignTest() {
        #expect(abs(McNemarTest(onlyFirst: 0, onlySecond: 5).pValue - 2.0 / 32) < 1e-12)
        #expect(McNemarTest(onlyFirst: 3, onlySecond: 3).pValue == 1)
        #expect(McNemarTest(onlyFirst: 0, onlySecond: 0).pValue == 1)
    }

    @Test func bootstrapIsRepeatedByItsSeed() {
        let groups = (0..<50).map { Double($0 % 7) }
        func interval(_ seed: UInt64) -> ClosedRange<Double>? {
            Bootstrap.interval(of: groups, resamples: 500, seed: seed) { $0.reduce(0, +) / Double($0.count) }
        }
        #expect(interval(1) == interval(1))
        #expect(interval(1) != interval(2))
        let mean = groups.reduce(0, +) / 50
        #expect(interval(1)!.contains(mean))
        #expect(interval(1)!.upperBound - interval(1)!.lowerBound < 1.5)
        #expect(Bootstrap.interval(of: [Int](), seed: 1) { _ in 1 } == nil)
    }

    @Test func wilsonByHand() {
        // 0 of 10: the upper end is z²/(n+z²).
        let interval = Proportion(0, of: 10).wilsonInterval(z: 2)!
        #expect(interval.lowerBound == 0)
        #expect(abs(interval.upperBound - 4.0 / 14) < 1e-12)
    }

    @Test func figuresRoundAsPeopleDo() {
        #expect(Figure.fixed(1.005, 1) == "1.0")
        #expect(Figure.fixed(-0.04, 1) == "0.0")
        #expect(Figure.fixed(-2.5, 2) == "-2.50")
        #expect(Figure.percent(0.1234) == "12.3 %")
        #expect(Figure.percent(nil as Double?) == "-")
        #expect(Sweep.numbers("0.5:0.7:0.1")?.count == 3)
        #expect(Sweep.numbers("0:1") == nil)
        #expect(Sweep.numbers("0:1:0") == nil)
    }
}
