import CacheModel
import Evaluation

/// `deja ab`
enum ABCommand: Command {
    static let name = "ab"
    static let abstract = "Compare two arms over the same traffic in the same order."
    static let discussion = """
        The data file is a log of model calls (JSON lines with the fields of a lookup and a store, and 'answer' labels
        where wrong hits are to be known), which each arm answers through a cache of its own, or labelled pairs. Told are
        the hits of both and of one alone, wrong hits, dollars avoided, latency, McNemar's exact test, intervals from
        resampling whole groups, and examples on which the arms differ.

        """ + EvaluationArms.help
    static let options: [Option] = [
        .value("data", "FILE", "The data file (required)."), .value("a", "ARM", "The first arm. Default: jaccard."),
        .value("b", "ARM", "The second arm. Default: verifier, or judge where there is none."),
        .value("seed", "N", "Decides the resampling. Default: 1."), .json, Settings.configOption,
    ]
    static let settings = EvaluationArms.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        guard let path = arguments.value("data") else { throw UsageError("'--data FILE' is missing") }
        let arms = EvaluationArms(try Settings(arguments: arguments))
        let a = try arms.arm(arguments.value("a") ?? "jaccard")
        let b = try arms.arm(arguments.value("b") ?? arms.product())
        let meter = ProgressMeter()
        let cases: [PairedCase]
        switch try DataFile.read(path, source: DataFiles.source) {
        case .traffic(_, let events):
            let kit = try arms.kit()
            func client(_ arm: Arm) -> EngineClient { EngineClient(engine: kit.engine(arm), coding: ServiceCoding()) }
            cases = try PairedRun.traffic(events, a: client(a), b: client(b)) {
                meter.show("comparing", $0, events.count)
            }
        case .pairs(let set):
            let run = ScoringRun { meter.show("scoring", $0, set.pairs.count) }
            cases = PairedRun.pairs(set, a: a, b: b, run: run)
        default: throw CommandFailure("\(path) is neither a log of model calls nor a file of labelled pairs")
        }
        meter.clear()
        let names = a.name == b.name ? ("\(a.name) (a)", "\(b.name) (b)") : (a.name, b.name)
        let comparison = ArmComparison(
            a: names.0, b: names.1, cases: cases, seed: UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1))
        Console.line(arguments.has("json") ? JSONWriter.encode(comparison.json) : Array(comparison.text.utf8))
        return .success
    }
}
