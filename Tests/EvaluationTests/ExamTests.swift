import CacheModel
import Testing

@testable import Evaluation

@Suite("Exam")
struct ExamTests {
    @Test func aSplitKeepsGroupsTogether() {
        var split = QuestionSplit(hasher: FnvHasher())
        let pairs = (0..<400).map { Bench.pair("Question  \($0)", "rephrased \($0)", $0 % 2 == 0) }
        split.link(PairSet(name: "s", pairs: pairs), linksDifferent: true)
        for pair in pairs { #expect(split.part(of: pair.a) == split.part(of: pair.b)) }
        let test = split.testPairs(PairSet(name: "s", pairs: pairs))
        #expect((10...90).contains(test.pairs.count))
        #expect(split.part(of: "question 3") == split.part(of: " QUESTION 3 "))
    }

    @Test func changedNumbersChangeOneNumber() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<50 {
            let edited = ChangedNumbers.edit("Tom has 12 apples and 1 pear for 30 days.", &random)!
            #expect(edited.contains("1 pear"))
            #expect(edited.contains("12 apples") != edited.contains("30 days"))
        }
        #expect(ChangedNumbers.edit("no number, one 1", &random) == nil)
    }

    @Test func benignEditsKeepTheWords() {
        let set = BenignEdits.pairs(["What is the wonderful capital of France?"], seed: 1)
        #expect(set.pairs.map { $0.category! } == ["case", "punctuation", "typing slip", "politeness", "contraction"])
        #expect(set.pairs[0].a == "what is the wonderful capital of france?")
        #expect(set.pairs[1].a == "What is the wonderful capital of France")
        #expect(set.pairs[2].a != set.pairs[2].b && set.pairs[2].a.sorted() == set.pairs[2].b.sorted())
        #expect(set.pairs[3].a.contains("What is the wonderful capital of France?"))
        #expect(set.pairs[4].a == "What's the wonderful capital of France?")
    }

    @Test func reusePairsTakeTheNearestOfAnotherCluster() {
        let texts = [
            ("block my card", "block"), ("please block card", "block"), ("order my card", "order"),
            ("new card order", "order"),
        ]
        let set = ReusePairs.make(
            ClusterSet(name: "bank", texts: texts.map { ClusteredText(id: "bank/\($0.0)", text: $0.0, cluster: $0.1) }),
            limit: 10, seed: 1)
        #expect(set.pairs.count == 8)
        #expect(set.pairs.contains { $0.a == "block my card" && $0.b == "order my card" && !$0.isSame })
        #expect(set.pairs.contains { $0.a == "block my card" && $0.b == "please block card" && $0.isSame })
        #expect(Set(set.pairs.map { set.category($0) }) == ["bank"])
    }

    @Test func rowsPassOrFallShort() {
        let report = {
            var report = ExamReport()
            report.rows = [
                .init("AUC", 0.9, bar: 0.87, aim: 0.95),
                .init("traps", 0.04, bar: 0.03, aim: 0.01, isUpperBound: true, unit: .percent),
                .init("verifier", nil, bar: 1, aim: 2),
            ]
            return report
        }()
        #expect(report.rows.map(\.passes) == [true, false, nil])
        #expect(report.rows[0].reachesAim == false)
        #expect(!report.passes)
        #expect(report.markdown.contains("| traps | ≤ 3.0 % | ≤ 1.0 % | 4.0 % | SHORT |  |"))
        #expect(report.text.contains("not measured"))
    }
}
