import CacheModel
import Evaluation
import Testing

@Suite("Scoring")
struct ScoringTests {
    @Test func jaccardByHand() {
        let scores = JaccardScorer().score([
            Bench.pair("How do I reset", "how do I start", true), Bench.pair("a a b", "B A", true),
            Bench.pair("", "", false),
        ])
        #expect(scores.map(\.value) == [3.0 / 5, 1, 0])
        #expect(JaccardScorer().defaultThreshold == 0.6)
    }

    private let vetoed = [
        Bench.pair("reset my password", "reset my password", true),
        Bench.pair("reset my password", "reset my badge", false),
        Bench.pair("open the gate", "shut the door", false),
        Bench.pair("", "reset", false),
    ]

    @Test func vetoedPairsNeverHitAndRankByTheirProbability() {
        let scores = Bench.judged.scorer.score(vetoed[...])
        #expect(scores.map(\.veto) == [nil, "last", "last", "empty_prompt"])
        #expect(scores[0].isHit(at: 0.9))
        #expect(!scores[1].isHit(at: -1))
        #expect(scores[..<3].map(\.rank) == scores[..<3].map(\.value))
        #expect(scores[1].rank > scores[2].rank && scores[2].rank > scores[3].rank)
    }

    @Test func wherePairsGoBySimilarityVetoedOnesComeLast() {
        let arm = Arm.guarded(
            name: "guards", embedder: BagEmbedder(), indexes: PlainIndexes(), judge: LastWordJudge(), threshold: 0.7)
        let scores = arm.scorer.score(vetoed[...])
        #expect(scores[1].value > scores[2].value && scores[1].rank < -1)
    }

    @Test func aVetoedPairInDoubtIsWorthWhatTheVerifierSays() {
        let arm = Arm.judged(
            name: "verifier", embedder: BagEmbedder(), indexes: PlainIndexes(),
            judge: DoubtingJudge(praised: "reset password", vetoed: "reset password"))
        let score = arm.scorer.score([Bench.pair("reset my password", "reset password", true)])[0]
        #expect(score == PairScore(0.95, veto: "numbers", rank: 0.95) && !score.isHit(at: 0))
    }

    @Test func threadsDoNotChangeTheOrder() {
        let pairs = (0..<1000).map { Bench.pair("word \($0 % 17) \($0)", "word \($0 % 13) \($0)", $0 % 2 == 0) }
        let one = ScoringRun(threads: 1, batchSize: 1000).scores(of: pairs, by: Bench.bag.scorer)
        let counts = Locked(0)
        let four = ScoringRun(threads: 4, batchSize: 7) { done in counts.withLock { $0 = max($0, done) } }
            .scores(of: pairs, by: Bench.bag.scorer)
        #expect(one == four)
        #expect(counts.withLock { $0 } == 1000)
        #expect(ScoringRun().scores(of: [], by: Bench.bag.scorer).isEmpty)
    }

    @Test func armsAreFoundByNameAndFigure() throws {
        let catalog = ArmCatalog([
            .init(name: "judge", help: "", figure: .budget, fallback: 0.01) { budget in
                .judged(
                    name: "judge", embedder: BagEmbedder(), indexes: PlainIndexes(), judge: LastWordJudge(),
                    maximumFalseHitRate: budget)
            }
        ])
        #expect(try catalog.arm("jaccard@0.5").scorer.defaultThreshold == 0.5)
        #expect(try catalog.arm("judge").maximumFalseHitRate == 0.01)
        #expect(abs(try catalog.arm("judge@0.02").scorer.defaultThreshold - 0.8) < 1e-12)
        for (text, expected) in [
            ("fuzzy", "there is no arm 'fuzzy'; there are jaccard, judge"),
            ("jaccard@high", "the least similarity of a hit, from -1 to 1, found 'high'"),
            ("judge@2", "the share of hits that may be wrong, from 0 to 1, found '2'"),
        ] {
            do {
                _ = try catalog.arm(text)
                Issue.record("'\(text)' is no arm")
            } catch { #expect("\(error)".contains(expected)) }
        }
    }

    @Test func reportListsWhatMatters() {
        let pairs = [
            Bench.pair("open the door", "open the door", true, id: "same/1"),
            Bench.pair("open the old door", "open the door", true, id: "same/2"),
            Bench.pair("open the big gate", "close the big gate", false, id: "other/1"),
            Bench.pair("lend me a book", "buy apples there", true, id: "same/3"),
        ]
        let set = PairSet(name: "doors", pairs: pairs)
        let scores = ScoringRun().scores(of: pairs, by: Bench.bag.scorer)
        let report = PairReport(set, scores: scores, scorer: Bench.bag.scorer, budget: 0.01)
        #expect(report.ownPoint.hits == 3)
        #expect(report.ownPoint.wrongHits == 1)
        #expect(report.worstWrong.map(\.pair.id) == ["other/1"])
        #expect(report.closestMissed.map(\.pair.id) == ["same/3"])
        #expect(report.categories.map(\.name) == ["other", "same"])
        #expect(report.calibration == nil)
    }
}
