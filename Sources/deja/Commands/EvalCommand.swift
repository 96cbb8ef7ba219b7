import CacheModel
import Evaluation
import Foundation

/// `deja eval`
enum EvalCommand: Command {
    static let name = "eval"
    static let abstract = "Measure how well arms decide, on labelled data of your own."
    static let discussion = """
        A data file is one of: labelled pairs (tab-separated 'id text_a text_b label', 1: one answer serves both), clusters
        ('id text cluster'), conversations (JSON lines with 'a', 'b', 'label'), or a log of model calls with 'answer'
        labels; any of them with .gz. Hit rate, false-hit rate with intervals, precision, recall, AUC, calibration and
        coverage are told for each arm, with the threshold to choose, and why.

        """ + EvaluationArms.help
    static let options: [Option] = [
        .value("data", "FILE", "A data file (required).", repeatable: true),
        .value("arm", "ARM", "An arm. Default: verifier, or judge where there is none.", repeatable: true),
        .value("thresholds", "FROM:TO:STEP", "Thresholds to sweep. Default: 0.5:0.95:0.05 for similarities."),
        .value(
            "budgets", "FROM:TO:STEP",
            "False-hit budgets to sweep. Default: six from 0.1 to 10 % for judge and verifier."),
        .value("seed", "N", "Decides how clusters are halved. Default: 1."), .json,
        .flag("csv", "Print the sweeps as comma-separated values."),
        .value("html", "FILE", "Write one page with charts that needs nothing else."), Settings.configOption,
    ]
    static let settings = EvaluationArms.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        guard let paths = arguments.values["data"] else { throw UsageError("'--data FILE' is missing") }
        let arms = EvaluationArms(try Settings(arguments: arguments))
        let chosen = try (arguments.values["arm"] ?? [arms.product()]).map(arms.arm)
        let meter = ProgressMeter()
        var run = EvaluationRun(
            kit: try arms.kit(), coding: ServiceCoding(), sweep: try sweep(arguments), budget: arms.budget,
            seed: UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1))
        run.progress = { meter.show($0, $1, $2) }
        var report = EvaluationReport()
        for path in paths {
            try run.evaluate(try DataFile.read(path, source: DataFiles.source), arms: chosen, into: &report)
        }
        meter.clear()
        try write(report, chosen, arguments)
        return .success
    }

    private static func sweep(_ arguments: Arguments) throws -> Sweep? {
        if arguments.has("thresholds") && arguments.has("budgets") {
            throw UsageError("'--thresholds' and '--budgets' exclude each other")
        }
        func numbers(_ name: String, in range: ClosedRange<Double>) throws -> [Double]? {
            guard let text = arguments.value(name) else { return nil }
            guard let numbers = Sweep.numbers(text), numbers.allSatisfy(range.contains) else {
                throw UsageError(
                    "'--\(name)' must be FROM:TO:STEP within \(range.lowerBound) and \(range.upperBound), found '\(text)'"
                )
            }
            return numbers
        }
        if let thresholds = try numbers("thresholds", in: -1...1.000001) { return .thresholds(thresholds) }
        return try numbers("budgets", in: 0...1.000001).map { .budgets($0) }
    }

    private static func write(_ report: EvaluationReport, _ arms: [Arm], _ arguments: Arguments) throws {
        if let path = arguments.value("html") {
            let page = report.html(
                title: "How well the cache decides",
                note:
                    "deja \(Version.current) eval, arms \(arms.map(\.name).joined(separator: ", "))"
            )
            guard FileManager.default.createFile(atPath: path, contents: Data(page.utf8)) else {
                throw CommandFailure("\(path) cannot be written")
            }
        }
        if arguments.has("json") {
            Console.line(JSONWriter.encode(report.json))
        } else if arguments.has("csv") {
            Console.line(String(report.csv.dropLast()))
        } else {
            Console.line(report.text)
        }
    }
}
