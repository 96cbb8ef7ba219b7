import CacheModel
import Evaluation
import Foundation
import FoundationXML
import Testing

@Suite("Evaluation reports")
struct ReportTests {
    private func report(_ arms: [Arm]) throws -> EvaluationReport {
        var run = EvaluationRun(kit: Bench.kit, coding: PromptCoding(), sweep: .thresholds([0.5, 0.9]))
        run.threads = 1
        var report = EvaluationReport()
        let pairs = PairSet(
            name: "pa<i>rs",
            pairs: (0..<60).map {
                Bench.pair(
                    "open door \($0) please", "open \($0 % 2 == 0 ? "door" : "gate") \($0) please", $0 % 2 == 0,
                    id: "k\($0 % 3)/\($0)")
            })
        try run.evaluate(.pairs(pairs), arms: arms, into: &report)
        let texts = (0..<20).map {
            ClusteredText(id: "\($0)", text: "word \($0 % 10) and \($0)", cluster: "\($0 % 10)")
        }
        try run.evaluate(.clusters(ClusterSet(name: "clusters", texts: texts)), arms: arms, into: &report)
        let log = try TrafficLog.parse(Array(#"{"prompt":"a b c","response":"r","answer":"x"}"#.utf8), file: "l")
        try run.evaluate(.traffic(name: "log", events: log + log), arms: arms, into: &report)
        let context =
            #"{"id":"1","kind":"k","a":[{"role":"user","content":"a b"}],"b":[{"role":"user","content":"a b"}],"label":1}"#
        try run.evaluate(.context(ContextSet.parse(Array(context.utf8), file: "c")), arms: arms, into: &report)
        return report
    }

    @Test func allFormsTellTheSame() throws {
        let report = try report([Bench.bag, Bench.judged])
        #expect(report.pairs.count == 2 && report.simulations.count == 2 && report.traffic.count == 2)
        #expect(report.contexts[0].total.rightHits == 1)
        #expect(report.traffic[0].tally.exactHits == 1)
        let json = try JSONValue(parsing: JSONWriter.encode(report.json))
        let first = json["pairs"]?.array?[0]
        #expect(first?["pairs"]?.integer == 60)
        #expect(first?["sweep"]?.array?.count == 2)
        #expect(first?["own"]?["lookups"]?.integer == 60)
        let csv = report.csv.split(separator: "\r\n")
        #expect(csv.count == 1 + 2 * 3)
        #expect(Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }) == [16])
        #expect(report.text.contains("60 pairs, 30 the same (50.0 %)"))
    }

    @Test func thePageIsWellFormedAndWhole() throws {
        let html = try report([Bench.bag, Bench.judged]).html(title: "A & B", note: "deja eval")
        let document = try #require(html.split(separator: "\n", maxSplits: 1).last)
            .replacing("<meta charset=\"utf-8\">", with: "").replacing(
                /<meta name="[a-z-]+" content="[^"]+">/, with: "")
        let parser = XMLParser(data: Data(document.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError)) at line \(parser.lineNumber)")
        #expect(html.contains("pa&lt;i&gt;rs"))
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(!html.contains("http") && !html.contains("<script") && !html.contains("src="))
        #expect(
            html.components(separatedBy: "role=\"img\"").count - 1 == html.components(separatedBy: "<desc").count - 1)
    }

    @Test func promptsAloneCannotBeMeasured() throws {
        let prompts = try PromptSet.parse(Array(#"{"id":"1","prompt":"p"}"#.utf8), file: "p.jsonl")
        var report = EvaluationReport()
        let run = EvaluationRun(kit: Bench.kit, coding: PromptCoding(), sweep: .budgets([0.01]))
        #expect(throws: DataError.self) { try run.evaluate(.prompts(prompts), arms: [Bench.bag], into: &report) }
    }

    @Test func budgetsAreForArmsThatKnowThem() {
        let curve = OperatingCurve(scores: [PairScore(0.95), PairScore(0.85)], isSame: [true, false])
        let sweep = Sweep.budgets([0.01, 0.02])
        #expect(sweep.rows(curve, Bench.bag.scorer).isEmpty)
        #expect(sweep.rows(curve, Bench.judged.scorer).map(\.point.hits) == [1, 2])
    }
}
