import CacheModel

/// What an exam found.
public struct ExamReport: Sendable {
    /// One line: a figure against what is asked of it.
    public struct Row: Sendable {
        /// What is measured, and on which sets.
        public var name: String
        /// The figure; `nil` when it cannot be measured yet.
        public var measured: Double?
        /// What must be reached.
        public var bar: Double
        /// What is hoped for.
        public var aim: Double
        /// Whether less is better.
        public var isUpperBound: Bool
        /// What the figure is: a share is shown as one, microseconds as such.
        public var unit: Unit
        /// Interval, counts and reservations.
        public var note: String

        /// How a figure is written.
        public enum Unit: Sendable { case plain, percent, microseconds }

        /// A line.
        public init(
            _ name: String, _ measured: Double?, bar: Double, aim: Double, isUpperBound: Bool = false,
            unit: Unit = .plain, note: String = ""
        ) {
            self.name = name
            self.measured = measured
            self.bar = bar
            self.aim = aim
            self.isUpperBound = isUpperBound
            self.unit = unit
            self.note = note
        }

        /// Whether what must be reached is.
        public var passes: Bool? { measured.map { isUpperBound ? $0 <= bar : $0 >= bar } }
        /// Whether what is hoped for is.
        public var reachesAim: Bool? { measured.map { isUpperBound ? $0 <= aim : $0 >= aim } }
    }

    /// One arm on one set.
    public struct Stage: Sendable {
        /// The set.
        public var set: String
        /// Pairs, and those that one answer serves.
        public var pairs: Proportion
        /// The arm.
        public var arm: String
        /// The area under the ROC curve.
        public var auc: Double?
        /// Accepted pairs that another answer serves, at the arm's own threshold.
        public var falseAccepts: Proportion
        /// Accepted pairs that one answer serves, at the arm's own threshold.
        public var recall: Proportion
        /// Calibration error, for probabilities.
        public var calibrationError: Double?
    }

    /// The figures against what is asked.
    public var rows: [Row] = []
    /// Every arm on every set.
    public var stages: [Stage] = []
    /// The arms, in order, with their own thresholds.
    public var arms: [(name: String, threshold: Double)] = []
    /// What else there is to say, a paragraph each.
    public var remarks: [String] = []

    /// The stream's wrong hits, to be read one by one. They quote the data, so no table of a report has them.
    public var wrongHits: [StreamSimulation.WrongHit] = []

    /// Nothing yet.
    public init() {}

    /// Whether nothing that was measured falls short.
    public var passes: Bool { rows.allSatisfy { $0.passes != false } }

    /// Both tables as Markdown, for `docs/quality.md`.
    public var markdown: String {
        (["## Exam", rowTable.markdown, "## Each stage switched on in turn", stageNote, stageTable.markdown] + remarks)
            .joined(separator: "\n\n") + "\n"
    }

    /// The tables for a terminal.
    public var text: String { ([rowTable.plain, stageNote, stageTable.plain] + remarks).joined(separator: "\n\n") }

    /// The stream's wrong hits, three lines each: what asked and served are examples of, and both texts.
    public var wrongHitList: String {
        wrongHits.map { hit in
            let label = hit.isLabelled ? "labelled" : "nobody compared them"
            return
                "\(hit.asked.kind) <- \(hit.served.kind), probability \(Figure.fixed(hit.probability, 3)), \(label)\n"
                + "  asked:  \(hit.asked.text)\n  served: \(hit.served.text)"
        }.joined(separator: "\n")
    }

    private var rowTable: TextTable {
        var table = TextTable(["what", "at least", "aim", "measured", "", "of what"])
        for row in rows {
            let sign = row.isUpperBound ? "≤ " : ""
            let verdict = row.passes.map { $0 ? (row.reachesAim == true ? "aim" : "pass") : "SHORT" } ?? "not measured"
            table.add([
                row.name, sign + figure(row.bar, row.unit), sign + figure(row.aim, row.unit),
                row.measured.map { figure($0, row.unit) } ?? "-", verdict, row.note,
            ])
        }
        return table
    }

    private func figure(_ value: Double, _ unit: Row.Unit) -> String {
        switch unit {
        case .plain: Figure.fixed(value, 3)
        case .percent: Figure.percent(value)
        case .microseconds: value >= 1000 ? "\(Figure.fixed(value / 1000, 1)) ms" : "\(Figure.fixed(value, 1)) µs"
        }
    }

    private var stageNote: String {
        let thresholds = arms.map { "\($0.name) \(Figure.fixed($0.threshold, 3))" }.joined(separator: ", ")
        return
            "AUC · false accepts · recall, the latter two at each arm's own threshold: \(thresholds). Sets that models learn "
            + "from: only groups of questions that training never saw."
    }

    private var stageTable: TextTable {
        var table = TextTable(["set", "pairs", "same"] + arms.map(\.name))
        var order: [String] = []
        for stage in stages where !order.contains(stage.set) { order.append(stage.set) }
        for set in order {
            let part = stages.filter { $0.set == set }
            table.add(
                [set, "\(part[0].pairs.trials)", "\(part[0].pairs.successes)"]
                    + arms.map { arm in part.first { $0.arm == arm.name }.map(cell) ?? "-" })
        }
        return table
    }

    private func cell(_ stage: Stage) -> String {
        "\(Figure.fixed(stage.auc, 3)) · \(Figure.percent(stage.falseAccepts.share)) · \(Figure.percent(stage.recall.share))"
    }

    /// Both tables as JSON.
    public var json: JSONValue {
        [
            "passes": .bool(passes),
            "rows": .array(
                rows.map {
                    [
                        "name": .string($0.name), "measured": .figure($0.measured), "bar": .number($0.bar),
                        "aim": .number($0.aim), "is_upper_bound": .bool($0.isUpperBound),
                        "passes": $0.passes.map(JSONValue.bool) ?? .null, "note": .string($0.note),
                    ]
                }),
            "stages": .array(
                stages.map {
                    [
                        "set": .string($0.set), "arm": .string($0.arm), "pairs": .count($0.pairs.trials),
                        "positives": .count($0.pairs.successes), "auc": .figure($0.auc),
                        "false_accepts": .share($0.falseAccepts), "recall": .share($0.recall),
                        "ece": .figure($0.calibrationError),
                    ]
                }),
        ]
    }
}
