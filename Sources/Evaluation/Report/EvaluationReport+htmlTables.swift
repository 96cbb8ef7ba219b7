import CacheModel

extension EvaluationReport {
    /// What one arm did on one set, beyond the charts.
    func details(_ result: PairResult) -> String {
        let report = result.report
        var parts = [
            "<details><summary>\(HTML.escaped(report.arm)): thresholds, categories, examples</summary>",
            "<p>\(HTML.escaped(Self.recommendation(report.recommendation)))</p>",
            HTML.table("Thresholds", Self.sweepHeader, Self.sweepRows(result)),
        ]
        if report.categories.count > 1 { parts.append(categoryBars(report)) }
        if !report.vetoes.isEmpty {
            parts.append(
                HTML.table(
                    "Refused by guards", ["guard", "rightly", "wrongly"],
                    report.vetoes.map { [$0.name, "\($0.right)", "\($0.wrong)"] }))
        }
        parts.append(examples("Most alike pairs that another answer serves", report.worstWrong))
        parts.append(examples("Most alike pairs missed", report.closestMissed))
        parts.append("</details>")
        return parts.joined(separator: "\n")
    }

    private static let sweepHeader = [
        "threshold", "budget", "hit rate", "false-hit rate", "false-hit share", "precision", "recall",
    ]

    private static func sweepRows(_ result: PairResult) -> [[String]] {
        (result.sweep + [SweepRow(budget: nil, point: result.report.ownPoint)]).map { row in
            [
                Figure.fixed(row.point.threshold, 3), Figure.percent(row.budget, 2), Figure.percent(row.point.hitRate),
                Figure.percent(row.point.falseHitRate, 2), Figure.percent(row.point.falseHitShare, 2),
                Figure.fixed(row.point.precision.share, 3), Figure.fixed(row.point.recall.share, 3),
            ]
        }
    }

    /// A table whose cells carry bars: recall, and different pairs accepted, at the arm's own threshold.
    private func categoryBars(_ report: PairReport) -> String {
        let rows = report.categories.map { category in
            "<tr><th scope=\"row\">\(HTML.escaped(category.name))</th><td>\(category.point.lookups)</td>"
                + "<td>\(Figure.fixed(category.ranking.auc, 3))</td>\(bar(category.point.recall, "right"))"
                + "\(bar(category.point.falseAcceptRate, "wrong"))</tr>"
        }.joined(separator: "\n")
        return "<div class=\"scroll\"><table><caption>Categories at the arm's own threshold</caption><thead><tr>"
            + ["category", "pairs", "AUC", "recall", "different pairs accepted"].map { "<th scope=\"col\">\($0)</th>" }
            .joined()
            + "</tr></thead><tbody>\n\(rows)\n</tbody></table></div>"
    }

    private func bar(_ share: Proportion, _ kind: String) -> String {
        guard let value = share.share else { return "<td>-</td>" }
        let width = Figure.fixed(100 * value, 1)
        return "<td class=\"bar\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
            + "<rect class=\"\(kind)\" width=\"\(width)\" height=\"8\"/></svg> \(Figure.percent(share))</td>"
    }

    private func examples(_ caption: String, _ examples: [PairReport.Example]) -> String {
        if examples.isEmpty { return "" }
        return HTML.table(
            caption, ["id", "value", "refused by", "asked", "in the cache"],
            examples.map { example in
                [
                    example.pair.id, Figure.fixed(example.score.value, 3), example.score.veto ?? "-",
                    Figure.excerpt(example.pair.a, 200), Figure.excerpt(example.pair.b, 200),
                ]
            })
    }

    /// Simulations, conversations and logs.
    var otherTables: String {
        var parts: [String] = []
        if !simulations.isEmpty {
            parts.append(
                HTML.table(
                    "Caches filled with half of the questions and asked the other half: answerable ones answered rightly while "
                        + "wrong hits stay at or under a share of all lookups",
                    ["set", "arm", "cached", "asked", "answerable"]
                        + Self.simulationShares.map { "at \(Figure.percent($0, 0))" },
                    simulations.map { result in
                        [
                            result.set, result.arm, "\(result.outcome.inserted)", "\(result.outcome.curve.lookups)",
                            "\(result.outcome.answerable)",
                        ] + Self.simulationShares.map { Figure.percent(result.outcome.recall(falseHitShare: $0)) }
                    }))
        }
        for result in contexts {
            parts.append(
                HTML.table(
                    "\(result.set), \(result.arm): conversations through an engine",
                    ["kind", "pairs", "different pairs accepted", "recall"],
                    (result.kinds + [("all", result.total)]).map { name, point in
                        [name, "\(point.lookups)", Figure.percent(point.falseAcceptRate), Figure.percent(point.recall)]
                    }))
        }
        if !traffic.isEmpty {
            parts.append(
                HTML.table(
                    "Logs through an engine",
                    ["log", "arm", "budget", "requests", "hit rate", "false-hit rate", "dollars avoided"],
                    traffic.map { result in
                        [
                            result.set, result.arm, Figure.percent(result.budget, 2), "\(result.tally.lookups)",
                            Figure.percent(result.tally.hitRate), Figure.percent(result.tally.falseHitRate, 2),
                            "$\(Figure.fixed(result.tally.avoidedCost.dollars, 4))",
                        ]
                    }))
        }
        return parts.joined(separator: "\n")
    }

    /// Colours from the palette of M. Okabe & K. Ito, which the colour-blind can tell apart.
    static let style = """
        :root { --ink: #1b1b1b; --paper: #fff; --rule: #d0d0d0; --soft: #595959;
          --s0: #0072b2; --s1: #d55e00; --s2: #007a5a; --s3: #a3527f; --s4: #6b6b00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181b; --rule: #3a3d42; --soft: #a8a8a8;
          --s0: #56b4e9; --s1: #f0a060; --s2: #35c99a; --s3: #e59ac4; --s4: #f0e442; } }
        body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0; }
        main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
        h1, h2 { line-height: 1.2; } section { border-top: 1px solid var(--rule); margin-top: 2rem; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
        figure { margin: 0; } figcaption { font-weight: 600; } figure > svg { width: 100%; height: auto; }
        svg text { fill: var(--soft); font-size: 11px; }
        .grid { stroke: var(--rule); fill: none; } .diagonal { stroke: var(--soft); stroke-dasharray: 1 3; fill: none; }
        .line { fill: none; stroke-width: 2; } .s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); }
        .s2 { stroke: var(--s2); } .s3 { stroke: var(--s3); } .s4 { stroke: var(--s4); }
        .dot { stroke-width: 2; fill: none; } .legend span { margin-right: 1rem; white-space: nowrap; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
        td.bar { white-space: nowrap; } td.bar svg { width: 6rem; height: .6rem; background: var(--rule); }
        .right { fill: var(--s2); } .wrong { fill: var(--s1); } summary { cursor: pointer; padding: .4rem 0; }
        """
}
