import CacheModel

/// Small texts of reports.
enum ReportText {
    /// `2.1% [0.7%, 6.0%] of 143 judged`; `nil` without feedback.
    static func falseHits(_ counts: LedgerCounts) -> String? {
        let judged = counts.falseHits
        guard let share = judged.share, let interval = judged.wilsonInterval() else { return nil }
        return "\(percent(share)) [\(percent(interval.lowerBound)), \(percent(interval.upperBound))] of "
            + "\(judged.trials) judged"
    }

    /// `41.3%`.
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }

    /// Dollars, exact to the nano-dollar: `0.00007335`.
    static func dollars(_ amount: NanoDollars) -> String {
        let (whole, fraction) = amount.amount.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var digits = String(fraction)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.count > 2, digits.hasSuffix("0") { digits.removeLast() }
        return "\(amount.amount < 0 ? "-" : "")\(whole).\(digits)"
    }

    /// `1.2 s`, `340 ms`, `12 us`.
    static func duration(nanoseconds: Double) -> String {
        if nanoseconds >= 1e9 { return "\((nanoseconds / 1e8).rounded() / 10) s" }
        if nanoseconds >= 1e6 { return "\((nanoseconds / 1e5).rounded() / 10) ms" }
        return "\((nanoseconds / 1e2).rounded() / 10) us"
    }
}

extension Report {
    /// The figures that every format shows, in order: name and value of a group's sums.
    static let columns: [(name: String, value: @Sendable (LedgerCounts) -> String)] = [
        ("lookups", { "\($0.lookups)" }), ("exact_hits", { "\($0[.exactHits])" }),
        ("semantic_hits", { "\($0[.semanticHits])" }), ("stale_hits", { "\($0[.staleHits])" }),
        ("hit_rate", { "\(($0.hitRate * 10_000).rounded() / 10_000)" }), ("calls", { "\($0[.calls])" }),
        ("charged_prompt_tokens", { "\($0[.chargedPromptTokens])" }),
        ("charged_cached_tokens", { "\($0[.chargedCachedTokens])" }),
        ("charged_completion_tokens", { "\($0[.chargedCompletionTokens])" }),
        ("charged_reasoning_tokens", { "\($0[.chargedReasoningTokens])" }),
        ("charged_usd", { ReportText.dollars($0.charged) }),
        ("charged_unpriced", { "\($0[.chargedUnpriced])" }), ("charged_estimated", { "\($0[.chargedEstimated])" }),
        ("avoided_prompt_tokens", { "\($0[.avoidedPromptTokens])" }),
        ("avoided_cached_tokens", { "\($0[.avoidedCachedTokens])" }),
        ("avoided_completion_tokens", { "\($0[.avoidedCompletionTokens])" }),
        ("avoided_reasoning_tokens", { "\($0[.avoidedReasoningTokens])" }),
        ("avoided_usd", { ReportText.dollars($0.avoided) }),
        ("avoided_unpriced", { "\($0[.avoidedUnpriced])" }), ("avoided_estimated", { "\($0[.avoidedEstimated])" }),
        ("avoided_latency_s", { "\(Double($0[.avoidedModelMicroseconds] / 1000) / 1000)" }),
        ("stored", { "\($0[.stored])" }), ("refused", { "\($0[.refused])" }),
        ("implausible", { "\($0[.implausible])" }),
        ("feedback_right", { "\($0[.feedbackRight])" }), ("feedback_wrong", { "\($0[.feedbackWrong])" }),
    ]

    /// The figures that fit a line for people.
    private static let shown: [(name: String, value: @Sendable (LedgerCounts) -> String)] = [
        ("lookups", { "\($0.lookups)" }), ("hits", { ReportText.percent($0.hitRate) }),
        ("exact", { "\($0[.exactHits])" }), ("semantic", { "\($0[.semanticHits])" }),
        ("charged tokens", { "\($0[.chargedPromptTokens] + $0[.chargedCompletionTokens])" }),
        ("charged $", { ReportText.dollars($0.charged) }),
        ("avoided tokens", { "\($0[.avoidedPromptTokens] + $0[.avoidedCompletionTokens])" }),
        ("avoided $", { ReportText.dollars($0.avoided) }),
        ("latency avoided", { ReportText.duration(nanoseconds: Double($0[.avoidedModelMicroseconds]) * 1000) }),
    ]

    /// `2027-01-15T08:00Z to 2027-01-22T08:00Z`.
    var period: String {
        "\(ReportTime.text(hour: hours.lowerBound)) to \(ReportTime.text(hour: hours.upperBound))"
    }

    private var lines: [[String]] {
        let head = request.by.map(\.rawValue) + Self.shown.map(\.name)
        let body = rows.map { row in row.labels + Self.shown.map { $0.value(row.counts) } }
        var labels = request.by.map { _ in "" }
        if !labels.isEmpty { labels[0] = "total" }
        return [head] + body + [labels + Self.shown.map { $0.value(total) }]
    }

    /// For a terminal.
    var table: String {
        let lines = lines.map { $0.map(Self.printable) }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var text = "Deja report, \(period)\n\n"
        for line in lines {
            let cells = zip(line, widths).enumerated().map { index, cell in
                let pad = String(repeating: " ", count: cell.1 - cell.0.count)
                return index < request.by.count ? cell.0 + pad : pad + cell.0
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        return text + notes(bullet: "  ", heading: { "\n\($0)\n" })
    }

    /// For a chat or a ticket.
    var markdown: String {
        var text = "# Deja report\n\n\(period)\n\n"
        for (index, line) in lines.enumerated() {
            text += "| " + line.map { Self.printable($0).replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
            if index == 0 { text += "|" + line.map { _ in "---|" }.joined() + "\n" }
        }
        return text + notes(bullet: "- ", heading: { "\n## \($0)\n\n" })
    }

    private func notes(bullet: String, heading: (String) -> String) -> String {
        var text = ""
        for (name, notes) in [("Alerts", alerts), ("Recommendations", recommendations)] where !notes.isEmpty {
            text += heading(name)
            for note in notes {
                text +=
                    "\(bullet)\(note.namespace.map { "\(Self.printable($0)): " } ?? "")\(note.text) [\(note.code)]\n"
            }
        }
        for (name, lines) in [("Prompts that saved most", saved), ("Near-misses that cost most", nearMisses)]
        where !lines.isEmpty {
            text += heading(name)
            for line in lines.prefix(10) {
                text += "\(bullet)\(line.row.count)x $\(ReportText.dollars(NanoDollars(line.row.nano))) "
                text += "\(Self.printable(String((line.prompt ?? line.digest).prefix(100))))\n"
            }
        }
        if let judged = ReportText.falseHits(total) { text += heading("False hits") + "\(bullet)\(judged)\n" }
        let reasons = total.reasons.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        if !reasons.isEmpty {
            text += heading("Misses and refusals by reason")
            for (reason, count) in reasons { text += "\(bullet)\(reason): \(count)\n" }
        }
        return text
    }

    /// For a spreadsheet (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe in front.
    var csv: String {
        var text = (request.by.map(\.rawValue) + Self.columns.map(\.name)).joined(separator: ",") + "\r\n"
        let all = rows.isEmpty ? [Row(labels: [], counts: total)] : rows
        for row in all {
            let cells = row.labels.map(Self.cell) + Self.columns.map { $0.value(row.counts) }
            text += cells.joined(separator: ",") + "\r\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        let isFormula = text.count > 1 && "=+-@\t\r".contains(text.first!)
        let safe = isFormula ? "'" + text : text
        guard safe.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }

    /// Without what would steer a terminal.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
    }
}
