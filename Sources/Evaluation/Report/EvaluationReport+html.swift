extension EvaluationReport {
    /// The report as one HTML page that needs nothing else: charts are SVG in the page, there are no scripts and no
    /// outside assets, and it follows the reader's choice of light or dark.
    ///
    /// `note` says where the figures come from: the command, the commit, the machine.
    public func html(title: String, note: String) -> String {
        let bySet = Dictionary(grouping: pairs.indices, by: { pairs[$0].report.set })
        let sets = bySet.sorted { $0.value[0] < $1.value[0] }
        let sections = sets.enumerated().map { number, entry in
            section(entry.key, entry.value.map { pairs[$0] }, number)
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(HTML.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(HTML.escaped(title))</h1>
            <p>\(HTML.escaped(note))</p>
            \((sections + [otherTables]).joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    private func section(_ set: String, _ results: [PairResult], _ number: Int) -> String {
        let id = "set\(number)"
        var parts = [
            "<section aria-labelledby=\"\(id)-h\">", "<h2 id=\"\(id)-h\">\(HTML.escaped(set))</h2>", summary(results),
        ]
        parts.append("<div class=\"charts\">")
        parts.append(figure(riskCoverage(results, id)))
        parts.append(figure(receiverOperating(results, id)))
        let reliable = results.filter { $0.report.calibration != nil }
        if !reliable.isEmpty { parts.append(figure(reliability(reliable, id))) }
        parts.append("</div>")
        for result in results { parts.append(details(result)) }
        parts.append("</section>")
        return parts.joined(separator: "\n")
    }

    private func figure(_ chart: SVGChart) -> String {
        "<figure><figcaption>\(HTML.escaped(chart.title))</figcaption>\n\(chart.element)\n\(chart.legend)</figure>"
    }

    private func summary(_ results: [PairResult]) -> String {
        let rows = results.map { result -> [String] in
            let report = result.report
            let own = report.ownPoint
            return [
                report.arm, "\(Figure.fixed(report.ranking.auc, 3))\(Self.interval(report.ranking.aucInterval))",
                Figure.fixed(report.ranking.averagePrecision, 3), Figure.fixed(report.calibration?.error, 3),
                Figure.fixed(own.threshold, 3), Figure.percent(own.hitRate), Figure.percent(own.falseHitRate, 2),
                Figure.percent(own.recall),
            ]
                + PairReport.coverageLimits.map {
                    Figure.percent(report.curve.mostHits(falseHitRate: $0)?.hitRate.share ?? 0)
                }
        }
        let curve = results[0].report.curve
        return HTML.table(
            "\(curve.lookups) pairs, \(curve.positives) of which one answer serves; in brackets 95 % intervals",
            [
                "arm", "AUC", "average precision", "calibration error", "own threshold", "hit rate", "false-hit rate",
                "recall",
            ] + PairReport.coverageLimits.map { "coverage at \(Figure.percent($0)) false hits" },
            rows)
    }

    private func riskCoverage(_ results: [PairResult], _ id: String) -> SVGChart {
        let series = results.map { result in
            SVGChart.Series(
                name: result.report.arm,
                points: result.report.curve.points.map { ($0.hitRate.share ?? 0, $0.falseHitRate.share ?? 0) })
        }
        let top = series.flatMap(\.points).map(\.y).max() ?? 1
        return SVGChart(
            id: "\(id)-rc", title: "Risk and coverage",
            description: "The false-hit rate over the hit rate as the threshold falls. "
                + results.map { "\($0.report.arm): \(Self.coverageWords($0.report))." }.joined(separator: " "),
            xLabel: "hit rate", yLabel: "false-hit rate", yMaximum: max(0.01, top), series: series)
    }

    private static func coverageWords(_ report: PairReport) -> String {
        PairReport.coverageLimits.map {
            "hit rate \(Figure.percent(report.curve.mostHits(falseHitRate: $0)?.hitRate.share ?? 0)) at \(Figure.percent($0)) false hits"
        }.joined(separator: ", ")
    }

    private func receiverOperating(_ results: [PairResult], _ id: String) -> SVGChart {
        SVGChart(
            id: "\(id)-roc", title: "Receiver operating characteristic",
            description: "Recall over the share of different pairs accepted. "
                + results.map { "\($0.report.arm): area \(Figure.fixed($0.report.ranking.auc, 3))." }.joined(
                    separator: " "),
            xLabel: "different pairs accepted", yLabel: "recall", hasDiagonal: true,
            series: results.map { result in
                SVGChart.Series(
                    name: result.report.arm,
                    points: [(0, 0)]
                        + result.report.curve.points.map { ($0.falseAcceptRate.share ?? 0, $0.recall.share ?? 0) })
            })
    }

    private func reliability(_ results: [PairResult], _ id: String) -> SVGChart {
        SVGChart(
            id: "\(id)-rel", title: "Reliability",
            description:
                "The share of pairs that one answer serves over the mean probability, in bins of equal width; on the "
                + "diagonal the probability can be taken at its word. "
                + results.map {
                    "\($0.report.arm): calibration error \(Figure.fixed($0.report.calibration?.error, 3))."
                }
                .joined(separator: " "),
            xLabel: "mean probability", yLabel: "share that one answer serves", hasDiagonal: true,
            series: results.map { result in
                SVGChart.Series(
                    name: result.report.arm,
                    points: (result.report.calibration?.bins ?? []).map {
                        ($0.meanProbability, $0.observed.share ?? 0)
                    },
                    dotRadius: 4)
            })
    }
}
