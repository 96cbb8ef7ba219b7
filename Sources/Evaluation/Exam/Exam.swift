import CacheModel

/// The measurements that releases are judged by, on the sets that `ExamData` names.
public struct Exam: Sendable {
    private let data: ExamData
    private let arms: [Arm]
    private let kit: EngineKit
    private let seed: UInt64
    private let clock: any WallClock
    private let progress: @Sendable (String, Int, Int) -> Void

    /// An exam of `arms`, from the plainest to the whole. `learned` is the arm whose cosine is examined, the last arm with
    /// probabilities the one whose probability is.
    public init(
        data: ExamData, arms: [Arm], kit: EngineKit, seed: UInt64 = 1, clock: any WallClock = SystemClock(),
        progress: @escaping @Sendable (_ what: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) {
        self.data = data
        self.arms = arms
        self.kit = kit
        self.seed = seed
        self.clock = clock
        self.progress = progress
    }

    private var cosine: Arm? { arms.first { $0.name == "learned" } }
    private var probability: Arm? { arms.last { $0.scale == .probability } }

    /// Measures everything.
    public func run() -> ExamReport {
        var report = ExamReport()
        report.arms = arms.map { ($0.name, $0.scorer.defaultThreshold) }
        var scored: [String: [String: PairReport]] = [:]
        for set in allSets {
            for arm in arms {
                let measured = measure(set, arm)
                scored[set.name, default: [:]][arm.name] = measured
                report.stages.append(stage(measured))
            }
        }
        report.rows = rankingRows(scored) + simulationRows() + domainRows(scored) + trapRows(scored)
        report.rows.append(benignRow(scored["benign edits"]))
        report.rows += [streamRow(&report), calibrationRow(scored)].compactMap(\.self)
        report.rows += latencyRows()
        return report
    }

    /// Every set of pairs, the exam's own made ones included.
    private var allSets: [PairSet] {
        var sets = data.pairs.values.sorted { $0.name < $1.name } + data.reuse + domains + traps
        let texts = data.questions.test.map(\.text).shuffled(seed: seed).prefix(600)
        var benign = BenignEdits.pairs(Array(texts), seed: seed)
        let orders = data.merged("word order", ["checklist_qqp_mft"]) { pair in
            pair.isSame && (pair.id.contains("order_does_not_matter") || pair.id.contains("a_and_or_b_is_the_same"))
        }
        benign.pairs += orders.pairs.enumerated().map { number, pair in
            LabelledPair(id: "word order/\(number)", a: pair.a, b: pair.b, isSame: true)
        }
        sets.append(benign)
        return sets
    }

    /// Domains that no model learns from, each as one set.
    private var domains: [PairSet] {
        [
            data.merged("SQL-backed questions", ["text2sql_restaurants", "text2sql_scholar"]),
            data.merged(
                "logical forms",
                [
                    "overnight_calendar.train", "overnight_calendar.test", "overnight_housing.train",
                    "overnight_housing.test",
                ]),
        ]
    }

    /// Pairs that must not be accepted, by what makes them differ.
    private var traps: [PairSet] {
        let real = "checklist_qqp_real.dev"
        let made = "checklist_qqp_mft"
        func trap(_ name: String, _ names: [String], _ words: [String]) -> PairSet {
            data.merged("trap: \(name)", names) { pair in
                !pair.isSame && (words.isEmpty || words.contains { pair.id.contains($0) })
            }
        }
        let maths = ChangedNumbers.pairs(Array(data.problems.shuffled(seed: seed).prefix(2000)), seed: seed)
        return [
            trap("numbers", [real], ["change_numbers"]),
            trap("negation", [made, "cannot_negated"], ["/Negation/", "cannot/"]),
            trap("antonyms", ["semantoneg.dev", made], ["semantoneg/", "become_more_x_how_can_i_become_less_x"]),
            trap("roles", [made], ["/SRL/", "/Coref/"]), trap("time", [made], ["/Temporal/"]),
            trap("entities", [real, made], ["change_first", "change_location", "/NER/same_adjectives"]),
            trap("SQL values", ["text2sql_restaurants", "text2sql_scholar"], []),
            PairSet(name: "trap: changed maths problems", pairs: maths.pairs),
        ]
    }

    private func measure(_ set: PairSet, _ arm: Arm) -> PairReport {
        let progress = progress
        let total = set.pairs.count
        let run = ScoringRun { progress("\(set.name), \(arm.name)", $0, total) }
        let scores = run.scores(of: set.pairs, by: arm.scorer)
        return PairReport(set, scores: scores, scorer: arm.scorer, budget: JudgedScorer.defaultFalseHitRate)
    }

    private func stage(_ report: PairReport) -> ExamReport.Stage {
        ExamReport.Stage(
            set: report.set, pairs: Proportion(report.curve.positives, of: report.curve.lookups), arm: report.arm,
            auc: report.ranking.auc, falseAccepts: report.ownPoint.falseAcceptRate, recall: report.ownPoint.recall,
            calibrationError: report.calibration?.error)
    }
}

// MARK: The lines

extension Exam {
    private typealias Scored = [String: [String: PairReport]]

    private func auc(
        _ name: String, _ set: String, _ arm: Arm?, _ scored: Scored, bar: Double, aim: Double
    ) -> ExamReport.Row {
        let report = arm.flatMap { scored[set]?[$0.name] }
        let interval = report?.ranking.aucInterval.map {
            "[\(Figure.fixed($0.lowerBound, 3)), \(Figure.fixed($0.upperBound, 3))], "
        }
        return ExamReport.Row(
            name, report?.ranking.auc, bar: bar, aim: aim,
            note: "\(interval ?? "")\(report?.curve.lookups ?? 0) pairs, arm \(arm?.name ?? "-")")
    }

    private func rankingRows(_ scored: Scored) -> [ExamReport.Row] {
        [
            auc("Quora questions, AUC of cosine", "qqp.dev", cosine, scored, bar: 0.87, aim: 0.90),
            auc("Quora questions, AUC of probability", "qqp.dev", probability, scored, bar: 0.92, aim: 0.96),
        ]
    }

    private func domainRows(_ scored: Scored) -> [ExamReport.Row] {
        [
            auc("doctors' questions, AUC", "medical_rqe.train", probability, scored, bar: 0.83, aim: 0.90),
            auc("SQL-backed questions, AUC", "SQL-backed questions", probability, scored, bar: 0.93, aim: 0.98),
            auc("reuse decisions in banking, AUC", "banking77.train", probability, scored, bar: 0.75, aim: 0.88),
            auc("word swaps (PAWS), AUC", "paws_wiki.dev", probability, scored, bar: 0.62, aim: 0.80),
            auc("logical forms, AUC", "logical forms", probability, scored, bar: 0.65, aim: 0.80),
        ]
    }

    /// Questions of the test part, halved; the cache is filled up with questions of the development part to the size of
    /// the simulation that the bars were set on.
    private func simulationRows() -> [ExamReport.Row] {
        let bars = [(0.01, 0.27, 0.40), (0.02, 0.38, 0.50), (0.05, 0.56, 0.68)]
        guard let arm = probability else { return [] }
        let halves = CacheSimulation(halving: data.questions.test, seed: seed)
        let others = data.questions.development.shuffled(seed: seed).prefix(max(0, 12_108 - halves.inserted.count))
        let simulation = CacheSimulation(inserted: halves.inserted + others, asked: halves.asked)
        let progress = progress
        let total = simulation.asked.count
        let outcome = simulation.run(arm) { progress("cache simulation", $0, total) }
        return bars.map { share, bar, aim in
            let recall = outcome.recall(falseHitShare: share)
            return ExamReport.Row(
                "cache simulation, answered at \(Figure.percent(share, 0)) false", recall.share, bar: bar, aim: aim,
                note: "\(recall.successes) of \(recall.trials) answerable; \(outcome.inserted) cached, \(total) asked")
        }
    }

    private func trapRows(_ scored: Scored) -> [ExamReport.Row] {
        traps.map { trap in
            let accepted = probability.flatMap { scored[trap.name]?[$0.name] }?.ownPoint.falseAcceptRate
            return ExamReport.Row(
                "\(trap.name), false accepts", accepted?.share, bar: 0.03, aim: 0.01, isUpperBound: true,
                unit: .percent,
                note: accepted.map { "\($0.successes) of \($0.trials), \(Figure.percent($0))" } ?? "")
        }
    }

    /// Each kind of edit counts the same, however often it applies.
    private func benignRow(_ reports: [String: PairReport]?) -> ExamReport.Row {
        let report = probability.flatMap { reports?[$0.name] }
        let shares = report?.categories.map { ($0.name, $0.point.recall.share ?? 0) } ?? []
        let mean = shares.isEmpty ? nil : shares.reduce(0) { $0 + $1.1 } / Double(shares.count)
        return ExamReport.Row(
            "benign edits accepted", mean, bar: 0.85, aim: 0.95, unit: .percent,
            note: shares.map { "\($0.0) \(Figure.percent($0.1, 0))" }.joined(separator: ", "))
    }

    private func calibrationRow(_ scored: Scored) -> ExamReport.Row? {
        guard let arm = probability else { return nil }
        let errors = scored.compactMap { name, reports -> (String, Double)? in
            guard let report = reports[arm.name], let error = report.calibration?.error, report.curve.lookups >= 300,
                report.curve.positives > 0, report.curve.positives < report.curve.lookups
            else { return nil }
            return (name, error)
        }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        let worst = errors.prefix(4).map { "\($0.0) \(Figure.fixed($0.1, 3))" }.joined(separator: ", ")
        let fine = errors.count { $0.1 <= 0.08 }
        return ExamReport.Row(
            "calibration error, the worst set", errors.first?.1, bar: 0.08, aim: 0.03, isUpperBound: true,
            note: "\(fine) of \(errors.count) sets within; worst: \(worst)")
    }

    private func streamRow(_ report: inout ExamReport) -> ExamReport.Row? {
        guard let arm = probability else { return nil }
        let stream = StreamSimulation(pairs: streamPairs, unrelated: Array(data.unrelated.prefix(2000)), seed: seed)
        let progress = progress
        let outcome = stream.run(kit.engine(arm, seed: seed)) { progress("stream", $0, stream.items.count) }
        let total = outcome.total
        report.remarks.append(Self.remark(outcome))
        report.wrongHits = outcome.wrongHits
        // Two texts of different sets were never compared; such hits are counted beside, not among the wrong ones.
        let labelled = Proportion(total.labelledWrongHits, of: total.rightHits + total.labelledWrongHits)
        return ExamReport.Row(
            "wrong hits on the stream at a budget of 1 %", labelled.share, bar: 0.02, aim: 0.01, isUpperBound: true,
            unit: .percent,
            note: "\(Figure.percent(labelled)), \(labelled.successes) of \(labelled.trials) hits with a label; "
                + "\(total.wrongHits - total.labelledWrongHits) more join texts that nobody compared; recall "
                + "\(Figure.percent(total.recall.share))")
    }

    private var streamPairs: [(kind: String, pairs: [LabelledPair])] {
        func sample(_ name: String, _ count: Int) -> [LabelledPair] {
            Array((data.pairs[name]?.pairs ?? []).filter(\.isSame).shuffled(seed: seed).prefix(count))
        }
        let paraphrases = [
            ("paraphrase: Quora", sample("qqp.dev", 1500)), ("paraphrase: doctors", sample("medical_rqe.train", 500)),
            ("paraphrase: SQL", sample("text2sql_scholar", 400) + sample("text2sql_restaurants", 100)),
            ("paraphrase: chatbots", sample("gptcache_mock", 500)),
        ]
        return paraphrases + traps.map { ($0.name, Array($0.pairs.shuffled(seed: seed).prefix(250))) }
    }

    private static func remark(_ outcome: StreamSimulation.Outcome) -> String {
        var table = TextTable(["kind", "lookups", "answerable", "right hits", "wrong hits", "labelled wrong"])
        for (name, tally) in outcome.kinds {
            table.add([
                name, "\(tally.lookups)", "\(tally.answerable)", "\(tally.rightHits)", "\(tally.wrongHits)",
                "\(tally.labelledWrongHits)",
            ])
        }
        return
            "The stream, by kind. A wrong hit that is not labelled so joins two texts that nobody compared: some are "
            + "right in truth.\n\n\(table.markdown)"
    }

    private func latencyRows() -> [ExamReport.Row] {
        guard let arm = probability else { return [] }
        let texts = data.questions.test.map(\.text).filter { (90...110).contains($0.utf8.count) }.prefix(500)
        let pairs = Array(zip(texts, texts.dropFirst()))
        let embed = median(Array(texts)) { _ = arm.embedder.embed($0) }
        let judge = median(pairs.map { (arm.judge.begin($0), $1) }) { query, candidate in
            _ = query.judge(candidate, similarity: 0.8, explain: false)
        }
        let note = "median of \(texts.count) on this machine, other work included"
        // What asks the same is read in both orders; most of what does not, in one.
        let alike = texts.prefix(200).map { ($0, "Please, \($0)") }
        let verify = median(arm.judge.verifies ? alike : []) { prompt, candidate in
            _ = arm.judge.verify(prompt, candidate, similarity: 0.8, explain: false)
        }
        return [
            ExamReport.Row(
                "embed one prompt of 100 characters", embed, bar: 15, aim: 5, isUpperBound: true, unit: .microseconds,
                note: note),
            ExamReport.Row(
                "judge one candidate", judge, bar: 30, aim: 10, isUpperBound: true, unit: .microseconds, note: note),
            ExamReport.Row(
                "verify one candidate", verify, bar: 20_000, aim: 2_000, isUpperBound: true, unit: .microseconds,
                note: verify == nil ? "no verifier" : "both prompts of 100 characters, a hit: both orders"),
        ]
    }

    /// Median microseconds of a call, after a round that is not counted; `nil` without cases.
    private func median<Case>(_ cases: [Case], _ call: (Case) -> Void) -> Double? {
        cases.forEach(call)
        let times = cases.map { item in
            let start = clock.monotonicNanoseconds()
            call(item)
            return Double(clock.monotonicNanoseconds() - start) / 1000
        }
        return Quantile.value(0.5, of: times)
    }
}
