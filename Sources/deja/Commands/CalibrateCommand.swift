import CacheModel
import Evaluation
import Foundation
import MatchJudge

/// `deja calibrate`
enum CalibrateCommand: Command {
    static let name = "calibrate"
    static let abstract = "Fit the judge's probabilities and thresholds to pairs or feedback of your own."
    static let discussion = """
        PAIRS is a tab-separated file 'id text_a text_b label' (1: one answer serves both), or .gz of one; the pairs should
        be such as your cache meets. With --feedback the verdicts and comparisons that the store has collected are used
        instead. A new folder is written, for --judge; the judge in force stays as it is. Nothing is written when the pairs
        are too few to certify the budget: then it is said how many it takes. The verifier in force reads the pairs that the
        judge is unsure of, some milliseconds each; 'verifier off' fits the judge's first stage alone.
        """
    static let options: [Option] = [
        .value("data", "PAIRS", "A file of labelled pairs.", repeatable: true),
        .flag("feedback", "Use what feedback and compared answers have taught the store in force."),
        .value("output", "FOLDER", "Where the fitted judge goes (required); it must not be there yet."), .json,
        Settings.configOption,
    ]
    static let settings: [Setting] = [
        .models, .embedder, .judge, .verifier, .verifyTimeout, .store, .storeTimeout, .maxFalseHitRate,
    ]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        guard let output = arguments.value("output") else { throw UsageError("'--output FOLDER' is missing") }
        guard !FileManager.default.fileExists(atPath: output) else {
            throw CommandFailure("\(output) is there already: name another folder")
        }
        let settings = try Settings(arguments: arguments)
        let assembly = Assembly(settings: settings)
        let budget = settings.policies.fallback.maximumFalseHitRate
        let embedder = try assembly.embedder()
        // A fit is made on the judge that it stands on, not on an earlier fit.
        let (judge, verifier) = try assembly.unfittedJudge(for: embedder)
        let collection = try CalibrationSamples.collect(arguments, assembly, judge: judge, embedder: embedder)
        let outcome: JudgeFitter.Outcome
        do throws(JudgeFitter.Refusal) {
            outcome = try JudgeFitter.fit(collection.samples, embedder: embedder.identifier, verifier: verifier)
        } catch { throw CommandFailure("\(error)") }
        let report = CalibrationReport(
            collection: collection, outcome: outcome, budget: budget,
            former: { judge.requiredProbability(maximumFalseHitRateVerified: $0) })
        guard report.isCertified else { throw CommandFailure(report.refusal) }
        try write(outcome.fit, to: output, base: try assembly.judgeModelFolder())
        Console.line(arguments.has("json") ? JSONWriter.encode(report.json(output)) : Array(report.text(output).utf8))
        return .success
    }

    /// The folder: the fit's manifest, and the judge that it stands on, so that it needs no other.
    private static func write(_ fit: JudgeFit, to output: String, base: String) throws {
        let files = FileManager.default
        // Whole or not at all.
        let draft = "\(output).part-\(getpid())"
        try files.createDirectory(atPath: draft, withIntermediateDirectories: true)
        do {
            try files.copyItem(atPath: base, toPath: "\(draft)/base")
            try Data(fit.manifest(base: "base")).write(to: URL(fileURLWithPath: "\(draft)/manifest.json"))
            try files.moveItem(atPath: draft, toPath: output)
        } catch {
            try? files.removeItem(atPath: draft)
            throw CommandFailure("\(output) cannot be written: \(error.localizedDescription)")
        }
    }
}

/// The labelled judgements that a calibration goes by.
struct CalibrationSamples {
    var samples: [JudgeFitter.Sample] = []
    /// Pairs that a guard refuses, and how many of those one answer would have served.
    var vetoed = Proportion(0, of: 0)

    /// Reads `--data`, or with `--feedback` the store's evidence.
    static func collect(
        _ arguments: Arguments, _ assembly: Assembly, judge: any MatchJudging, embedder: any Embedder
    ) throws -> CalibrationSamples {
        switch (arguments.values["data"], arguments.has("feedback")) {
        case (let paths?, false): return try pairs(paths, judge: judge, embedder: embedder)
        case (nil, true): return try evidence(assembly)
        default: throw UsageError("give either '--data PAIRS' or '--feedback'")
        }
    }

    private static func pairs(
        _ paths: [String], judge: any MatchJudging, embedder: any Embedder
    ) throws -> CalibrationSamples {
        var found = CalibrationSamples()
        var groups = TextGroups()
        var pairs: [LabelledPair] = []
        for path in paths {
            guard case .pairs(let set) = try DataFile.read(path, source: DataFiles.source) else {
                throw CommandFailure("\(path) is no file of labelled pairs")
            }
            pairs += set.pairs
        }
        for pair in pairs { groups.join(pair.a, pair.b) }
        let progress = Locked((line: ProgressLine("judging", total: pairs.count), done: 0))
        let rows = pairs
        // Chunks of some seconds at most: the line moves, and the cores are shared evenly.
        let chunk = 256
        let judged = Parallel.map((rows.count + chunk - 1) / chunk) { number in
            let part = rows[number * chunk..<min(rows.count, (number + 1) * chunk)]
            return zip(part, PairSimilarity.cosines(part, embedder)).map { pair, similarity in
                defer {
                    progress.withLock { progress in
                        progress.done += 1
                        progress.line.update(progress.done)
                    }
                }
                return figures(of: pair, similarity, judge)
            }
        }.flatMap(\.self)
        progress.withLock { $0.line.clear() }
        for (pair, figures) in zip(pairs, judged) {
            guard let figures else {
                found.vetoed = Proportion(
                    found.vetoed.successes + (pair.isSame ? 1 : 0), of: found.vetoed.trials + 1)
                continue
            }
            // Groups stay together, in one of two halves.
            let half = groups.name(of: pair.a).utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            found.samples.append(
                JudgeFitter.Sample(
                    probability: figures.probability, first: figures.first, similarity: figures.similarity,
                    isSame: pair.isSame, half: Int(half >> 16)))
        }
        return found
    }

    /// What both stages and the first one alone make of a pair, and its similarity; `nil` where a guard refuses it.
    private static func figures(
        of pair: LabelledPair, _ similarity: Double, _ judge: any MatchJudging
    ) -> (probability: Double, first: Double, similarity: Double)? {
        let query = judge.begin(pair.a)
        let first = query.judge(pair.b, similarity: similarity, explain: false)
        guard query.refusal == nil, first.veto == nil else { return nil }
        let both = judge.verified(first, pair.a, pair.b, similarity: similarity)
        return (both.probability ?? 0, first.probability ?? 0, similarity)
    }

    private static func sample(_ evidence: CacheModel.Evidence) -> JudgeFitter.Sample {
        let lookup = evidence.lookup
        // An entry's evidence stays together.
        let half = Int(truncatingIfNeeded: lookup.entry.id.low >> 7)
        return JudgeFitter.Sample(
            probability: lookup.probability, similarity: lookup.similarity, isSame: evidence.verdict == .right,
            half: half)
    }

    private static func evidence(_ assembly: Assembly) throws -> CalibrationSamples {
        let store = try assembly.store()
        defer { store.close() }
        guard let evidence = store as? any EvidenceStore else {
            throw CommandFailure("the store \(store.location) keeps no evidence")
        }
        var last: [EntryID: CacheModel.Evidence] = [:]
        var position: String?
        while true {
            let page = try evidence.evidence(after: position, limit: 1000)
            for item in page where item.evidence.lookup.hitType == .semantic {
                last[item.evidence.lookup.id] = item.evidence
            }
            guard let end = page.last else { break }
            position = end.position
        }
        var found = CalibrationSamples()
        for id in last.keys.sorted() { found.samples.append(sample(last[id]!)) }
        return found
    }
}

/// What a calibration changed.
struct CalibrationReport {
    let collection: CalibrationSamples
    let outcome: JudgeFitter.Outcome
    let budget: Double
    let former: (Double) -> Double

    /// Whether the budget in force can be kept with what was learnt.
    var isCertified: Bool { outcome.fit.stage.thresholds.contains { $0.budget <= budget } }

    var refusal: String {
        let needed = JudgeFitter.hitsNeeded(budget: budget)
        let wrong = collection.samples.count { !$0.isSame }
        return
            "these \(collection.samples.count) pairs (\(wrong) of them need different answers) cannot certify a false-hit "
            + "rate of \(Figure.percent(budget, 2)): that takes at least \(needed) pairs at the top without a wrong one, or more "
            + "with some; nothing was written. Give more pairs, or ask for a larger --max-false-hit-rate"
    }

    private var isSame: [Bool] { collection.samples.map(\.isSame) }

    private func calibrationErrors() -> (before: Double, after: Double) {
        func error(_ probabilities: [Double]) -> Double {
            Evaluation.Calibration(probabilities: probabilities, isSame: isSame)?.error ?? 0
        }
        return (error(collection.samples.map(\.probability)), error(outcome.probabilities))
    }

    /// Hits and wrong hits at a threshold.
    private func hits(_ probabilities: [Double], from threshold: Double) -> (hits: Int, wrong: Proportion) {
        let served = probabilities.indices.filter { probabilities[$0] >= threshold }
        return (served.count, Proportion(served.count { !isSame[$0] }, of: served.count))
    }

    private struct Row {
        var budget: Double
        var before: (threshold: Double, hits: Int, wrong: Proportion)
        var after: (threshold: Double, hits: Int, wrong: Proportion)?
    }

    private var rows: [Row] {
        let old = collection.samples.map(\.probability)
        return [0.005, 0.01, 0.02, 0.05, 0.1].map { budget in
            let threshold = former(budget)
            let before = hits(old, from: threshold)
            let certified = outcome.fit.stage.thresholds.last { $0.budget <= budget }
            let after = certified.map { certified in
                let after = hits(outcome.probabilities, from: certified.probability)
                return (certified.probability, after.hits, after.wrong)
            }
            return Row(budget: budget, before: (threshold, before.hits, before.wrong), after: after)
        }
    }

    func text(_ output: String) -> String {
        let (before, after) = calibrationErrors()
        var text =
            "\(collection.samples.count) judgements (\(isSame.count { $0 }) right), each measured by a fit that did not see "
            + "its group; \(collection.vetoed.trials) more that a guard refuses, \(collection.vetoed.successes) of them rightly "
            + "answered by one answer\ncalibration error \(Figure.fixed(before, 3)) before, \(Figure.fixed(after, 3)) after\n\n"
        text += "budget   before: threshold   hits  wrong                     after: threshold   hits  wrong\n"
        for row in rows {
            text += Figure.percent(row.budget, 1).padded(to: 9) + cells(row.before)
            text += row.after.map { cells($0) } ?? "  not certified: too few pairs"
            text += "\n"
        }
        return text + "\nwritten to \(output): use it with --judge \(output)\n"
    }

    private func cells(_ side: (threshold: Double, hits: Int, wrong: Proportion)) -> String {
        let threshold = side.threshold > 1 ? "none" : Figure.fixed(side.threshold, 3)
        return "          \(threshold)".padded(to: 20) + "\(side.hits)".padded(to: 6)
            + Figure.percent(side.wrong, 1).padded(to: 26)
    }

    func json(_ output: String) -> JSONValue {
        let (before, after) = calibrationErrors()
        return [
            "output": .string(output), "judgements": .integer(Int64(collection.samples.count)),
            "vetoed": .integer(Int64(collection.vetoed.trials)), "ece_before": .number(before),
            "ece_after": .number(after),
            "budgets": .array(
                rows.map { row in
                    var members: [JSONMember] = [
                        JSONMember("budget", .number(row.budget)), JSONMember("before", side(row.before)),
                    ]
                    if let after = row.after { members.append(JSONMember("after", side(after))) }
                    return .object(members)
                }),
        ]
    }

    private func side(_ side: (threshold: Double, hits: Int, wrong: Proportion)) -> JSONValue {
        let interval = side.wrong.wilsonInterval()
        return [
            "threshold": .number(side.threshold), "hits": .integer(Int64(side.hits)),
            "wrong": .integer(Int64(side.wrong.successes)),
            "wrong_low": interval.map { .number($0.lowerBound) } ?? .null,
            "wrong_high": interval.map { .number($0.upperBound) } ?? .null,
        ]
    }
}
