import CacheModel

extension EvaluationReport {
    /// The report for a terminal.
    public var text: String {
        (pairs.map(Self.text) + simulations.map(Self.text) + contexts.map(Self.text) + traffic.map(Self.text))
            .joined(separator: "\n\n")
    }

    private static func text(_ result: PairResult) -> String {
        let report = result.report
        let curve = report.curve
        var lines = [
            "\(report.set) · \(report.arm): \(curve.lookups) pairs, \(curve.positives) the same "
                + "(\(Figure.percent(Proportion(curve.positives, of: curve.lookups).share))), scored in \(Figure.fixed(result.seconds, 1)) s",
            "  AUC \(Figure.fixed(report.ranking.auc, 3))\(interval(report.ranking.aucInterval))   "
                + "average precision \(Figure.fixed(report.ranking.averagePrecision, 3))",
        ]
        if let calibration = report.calibration {
            lines.append(
                "  calibration error \(Figure.fixed(calibration.error, 3)) (equal mass \(Figure.fixed(calibration.equalMassError, 3))), "
                    + "Brier \(Figure.fixed(calibration.brier, 3)), over \(calibration.count) pairs that no guard refused"
            )
        }
        lines.append("  coverage: \(coverage(report))")
        lines.append("")
        lines.append(sweepTable(result).plain.indented)
        lines.append("")
        lines.append(TextPlot.riskCoverage(curve).indented)
        lines.append("")
        lines.append(recommendation(report.recommendation).indented)
        if report.categories.count > 1 { lines += ["", categoryTable(report).plain.indented] }
        if !report.vetoes.isEmpty { lines += ["", vetoTable(report).plain.indented] }
        lines += examples("most alike pairs that another answer serves", report.worstWrong)
        lines += examples("most alike pairs missed", report.closestMissed)
        return lines.joined(separator: "\n")
    }

    private static func coverage(_ report: PairReport) -> String {
        PairReport.coverageLimits.map { limit in
            let point = report.curve.mostHits(falseHitRate: limit)
            return "\(Figure.percent(point?.hitRate.share ?? 0)) at \(Figure.percent(limit)) false hits"
        }.joined(separator: ", ")
    }

    static func recommendation(_ recommendation: Recommendation) -> String {
        let choice = recommendation.point.map { "choose \(Figure.fixed($0.threshold, 3))" } ?? "no recommendation"
        return
            "for at most \(Figure.percent(recommendation.maximumFalseHitRate)) wrong hits: \(choice): \(recommendation.reason)"
    }

    static func sweepTable(_ result: PairResult) -> TextTable {
        var table = TextTable([
            "threshold", "budget", "hit rate", "false-hit rate [95 %]", "false-hit share", "precision", "recall",
        ])
        func add(_ name: String, _ budget: Double?, _ point: OperatingPoint) {
            table.add([
                name, Figure.percent(budget, 2), Figure.percent(point.hitRate.share),
                Figure.percent(point.falseHitRate, 2),
                Figure.percent(point.falseHitShare.share, 2), Figure.fixed(point.precision.share, 3),
                Figure.fixed(point.recall.share, 3),
            ])
        }
        for row in result.sweep { add(Figure.fixed(row.point.threshold, 3), row.budget, row.point) }
        add("\(Figure.fixed(result.report.ownPoint.threshold, 3)) (own)", nil, result.report.ownPoint)
        return table
    }

    static func categoryTable(_ report: PairReport) -> TextTable {
        var table = TextTable(["category", "pairs", "same", "AUC", "false accepts", "recall"])
        for category in report.categories {
            table.add([
                category.name, "\(category.point.lookups)", "\(category.point.positives)",
                Figure.fixed(category.ranking.auc, 3), Figure.percent(category.point.falseAcceptRate.share),
                Figure.percent(category.point.recall.share),
            ])
        }
        return table
    }

    static func vetoTable(_ report: PairReport) -> TextTable {
        var table = TextTable(["refused by guard", "rightly", "wrongly"])
        for veto in report.vetoes { table.add([veto.name, "\(veto.right)", "\(veto.wrong)"]) }
        return table
    }

    private static func examples(_ title: String, _ examples: [PairReport.Example]) -> [String] {
        guard !examples.isEmpty else { return [] }
        return ["", "  \(title):"]
            + examples.map { example in
                let veto = example.score.veto.map { " (refused: \($0))" } ?? ""
                return "    \(Figure.fixed(example.score.value, 3))\(veto)  \(example.pair.id)\n"
                    + "      \(Figure.excerpt(example.pair.a))\n      \(Figure.excerpt(example.pair.b))"
            }
    }

    static func interval(_ range: ClosedRange<Double>?) -> String {
        range.map { " [\(Figure.fixed($0.lowerBound, 3)), \(Figure.fixed($0.upperBound, 3))]" } ?? ""
    }

    private static func text(_ result: SimulationResult) -> String {
        let outcome = result.outcome
        let own = outcome.decided(at: result.threshold)
        var lines = [
            "\(result.set) · \(result.arm): a cache of \(outcome.inserted) questions asked \(outcome.curve.lookups), "
                + "\(outcome.answerable) of them answerable"
        ]
        for share in simulationShares {
            lines.append(
                "  answered rightly while wrong hits are at most \(Figure.percent(share, 0)) of all lookups: "
                    + Figure.percent(outcome.recall(falseHitShare: share)))
        }
        lines.append(
            "  by itself (\(Figure.fixed(result.threshold, 3))): answered rightly \(Figure.percent(own.recall)), "
                + "wrong hits of the hits \(Figure.percent(own.falseHitRate))")
        lines += outcome.worst.map {
            "    \(Figure.fixed($0.score.value, 3))  \(Figure.excerpt($0.asked.text))\n           \(Figure.excerpt($0.candidate.text))"
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ result: ContextResult) -> String {
        var table = TextTable(["kind", "pairs", "same", "false accepts", "recall"])
        for (name, point) in result.kinds + [("all", result.total)] {
            table.add([
                name, "\(point.lookups)", "\(point.positives)", Figure.percent(point.falseAcceptRate),
                Figure.percent(point.recall),
            ])
        }
        return "\(result.set) · \(result.arm): conversations through an engine\n\(table.plain.indented)"
    }

    private static func text(_ result: TrafficResult) -> String {
        let tally = result.tally
        let budget = result.budget.map { " at a budget of \(Figure.percent($0, 2))" } ?? ""
        let wrong =
            tally.judgedHits > 0
            ? "wrong \(tally.wrongHits.count) of \(tally.judgedHits) (\(Figure.percent(tally.falseHitRate)))"
            : "wrong hits unknown: no labels"
        return
            "\(result.set) · \(result.arm)\(budget): \(tally.lookups) requests, hit rate \(Figure.percent(tally.hitRate)), "
            + "\(wrong), $\(Figure.fixed(tally.avoidedCost.dollars, 4)) avoided"
    }
}

extension String {
    /// Each line two spaces to the right.
    var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }
}
