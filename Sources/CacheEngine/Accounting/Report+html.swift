import CacheModel

extension Report {
    /// One self-contained page: no script, nothing from outside.
    var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Deja report</title><style>\(Self.style)</style></head><body>
        <h1>Deja report</h1><p>\(Self.escaped(period))</p>
        <dl>\(headline)</dl>
        \(list("Alerts", alerts))\(trendPlot)\(moneyPlot)\(chart)
        <h2>\(request.by.isEmpty ? "Total" : "By \(request.by.map(\.rawValue).joined(separator: ", "))")</h2>
        <div class="wide"><table>\(htmlRows)</table></div>
        \(list("Recommendations", recommendations))
        \(subjectTable("Prompts that saved most", "hits", "avoided $", saved))
        \(subjectTable("Near-misses that cost most", "calls", "charged $", nearMisses))
        \(reasonPlot)
        </body></html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--bar:#2a6f97;--charged:#b08968;--misses:#9aa3ad;--rate:#1c2330}\
        @media(prefers-color-scheme:dark){:root{--bar:#5ea3cf;--charged:#c9a27f;--misses:#56606c;--rate:#f0f3f7}}\
        figure{margin:1.5rem 0}figcaption{opacity:.7}.hits{fill:var(--bar)}.misses{fill:var(--misses)}\
        .charged{fill:var(--charged)}.axis{stroke:#8886}.rate{fill:none;stroke:var(--rate);stroke-width:1.5}\
        .alerts{border-left:3px solid #c0503f;padding-left:1.5rem}td.p{text-align:left;overflow-wrap:anywhere}\
        body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
        dl{display:flex;flex-wrap:wrap;gap:1rem 2.5rem}dt{opacity:.7}dd{margin:0;font-size:1.5rem}\
        .wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.25rem .75rem;text-align:right}\
        th.l,td.l{text-align:left}tr+tr{border-top:1px solid #8884}svg{width:100%;height:auto}\
        svg text{font:12px system-ui,sans-serif;fill:currentColor}
        """

    private var headline: String {
        let figures = [
            ("Lookups", "\(total.lookups)"), ("Hit rate", ReportText.percent(total.hitRate)),
            ("Avoided", "$\(ReportText.dollars(total.avoided))"), ("Charged", "$\(ReportText.dollars(total.charged))"),
            ("False hits", ReportText.falseHits(total) ?? "no feedback"),
            ("Latency avoided", ReportText.duration(nanoseconds: Double(total[.avoidedModelMicroseconds]) * 1000)),
        ]
        return figures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined()
    }

    /// Bars of money avoided beside money charged, of the first thirty rows.
    private var chart: String {
        let shown = rows.prefix(30)
        let most = shown.map { max($0.counts.avoided, $0.counts.charged).dollars }.max() ?? 0
        guard most > 0 else { return "" }
        var bars = ""
        for (index, row) in shown.enumerated() {
            let y = 24 * index
            bars += "<text x=\"250\" y=\"\(y + 14)\" text-anchor=\"end\">"
            bars += Self.escaped(String(row.labels.joined(separator: " · ").prefix(38))) + "</text>"
            for (offset, amount, color) in [(2, row.counts.avoided, "--bar"), (11, row.counts.charged, "--charged")] {
                let width = (amount.dollars / most * 5400).rounded() / 10
                bars += "<rect x=\"260\" y=\"\(y + offset)\" width=\"\(width)\" height=\"8\" fill=\"var(\(color))\">"
                bars += "<title>$\(ReportText.dollars(amount))</title></rect>"
            }
        }
        return """
            <h2>Dollars avoided (blue) and charged (brown)</h2>
            <svg viewBox="0 0 820 \(24 * shown.count)" role="img" aria-label="Dollars avoided and charged by row">\(bars)</svg>
            """
    }

    private var htmlRows: String {
        let labels = request.by.map(\.rawValue)
        let names = ["lookups", "hit rate", "exact", "semantic", "charged $", "avoided $", "unpriced", "estimated"]
        func cells(_ counts: LedgerCounts) -> [String] {
            [
                "\(counts.lookups)", ReportText.percent(counts.hitRate), "\(counts[.exactHits])",
                "\(counts[.semanticHits])", ReportText.dollars(counts.charged), ReportText.dollars(counts.avoided),
                "\(counts[.chargedUnpriced] + counts[.avoidedUnpriced])",
                "\(counts[.chargedEstimated] + counts[.avoidedEstimated])",
            ]
        }
        var text = "<tr>" + labels.map { "<th class=\"l\">\($0)</th>" }.joined()
        text += names.map { "<th>\($0)</th>" }.joined() + "</tr>"
        for row in rows {
            text += "<tr>" + row.labels.map { "<td class=\"l\">\(Self.escaped($0))</td>" }.joined()
            text += cells(row.counts).map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        text += "<tr>" + labels.indices.map { "<th class=\"l\">\($0 == 0 ? "total" : "")</th>" }.joined()
        return text + cells(total).map { "<th>\($0)</th>" }.joined() + "</tr>"
    }

    private func list(_ name: String, _ notes: [ReportNote]) -> String {
        if notes.isEmpty { return "" }
        let items = notes.map { note in
            "<li>\(note.namespace.map { "<b>\(Self.escaped($0))</b>: " } ?? "")\(Self.escaped(note.text))</li>"
        }
        return "<h2>\(name)</h2><ul class=\"\(name.lowercased())\">\(items.joined())</ul>"
    }

    /// Prompts are shown where their namespace allows it; else what names them.
    private func subjectTable(_ name: String, _ times: String, _ money: String, _ lines: [SubjectLine]) -> String {
        if lines.isEmpty { return "" }
        let rows = lines.map { line in
            let prompt = line.prompt.map { Self.escaped($0) } ?? "<code>\(line.digest)</code>"
            return "<tr><td class=\"p\">\(prompt)</td><td class=\"l\">\(Self.escaped(line.row.namespace))</td>"
                + "<td>\(line.row.count)</td><td>\(ReportText.dollars(NanoDollars(line.row.nano)))</td></tr>"
        }
        let head =
            "<tr><th class=\"l\">prompt</th><th class=\"l\">namespace</th><th>\(times)</th><th>\(money)</th></tr>"
        return "<h2>\(name)</h2><div class=\"wide\"><table>\(head)\(rows.joined())</table></div>"
    }

    static func escaped(_ text: String) -> String {
        printable(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
