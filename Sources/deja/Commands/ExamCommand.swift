import CacheModel
import Evaluation
import Platform

/// `deja exam`
enum ExamCommand: Command {
    static let name = "exam"
    static let abstract = "Measure the models in force on the public data sets that releases are judged by."
    static let operands = "DATA"
    static let discussion = """
        DATA is the folder of data sets (pairs/, clusters/, prompts/). Sets that models learn from are measured on groups of
        questions that training never saw; held-out domains whole. Ends with two tables: the figures against what is asked
        of them, and every stage switched on in turn on every set.
        """
    static let options: [Option] = [
        .value("arm", "ARM", "Only these stages. Default: jaccard, hashed, learned, guards, judge.", repeatable: true),
        .flag("markdown", "Print the tables as docs/quality.md has them."),
        .flag("wrong", "List the stream's wrong hits too, on standard error: they quote the data."),
        .flag("strict", "Fail (exit status 2) when a figure falls short."), .json, Settings.configOption,
    ]
    static let settings = EvaluationArms.settings

    /// From the plainest to the whole; without a verifier all but the last.
    private static let stages = ["jaccard", "hashed", "learned", "guards", "judge", "verifier"]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let folder = try arguments.onlyOperand("DATA")
        let arms = EvaluationArms(try Settings(arguments: arguments))
        let chosen = try (arguments.values["arm"] ?? (arms.hasVerifier ? stages : stages.dropLast())).map(arms.arm)
        let meter = ProgressMeter()
        let total = ExamData.learned.count * 2
        let count = Locked(0)
        let data = try ExamData(folder: folder, source: DataFiles.source, hasher: OpenSSLHasher()) { what in
            meter.show(
                "reading the sets",
                count.withLock {
                    $0 += 1; return $0
                }, total)
        }
        let report = Exam(data: data, arms: chosen, kit: try arms.kit()) { meter.show($0, $1, $2) }.run()
        meter.clear()
        if arguments.has("json") {
            Console.line(JSONWriter.encode(report.json))
        } else {
            Console.line(arguments.has("markdown") ? report.markdown : report.text)
        }
        if arguments.has("wrong") { Console.error(report.wrongHitList) }
        return report.passes || !arguments.has("strict") ? .success : .failure
    }
}
