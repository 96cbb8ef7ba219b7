import CacheModel
import Evaluation

/// The sums of a demo, as a table or as JSON.
struct DemoReport {
    let tally: ReplayTally
    let file: String

    /// The table that ends the demo.
    var table: String {
        rows.map { name, value in "  \(name.padded(to: 26))\(value)" }.joined(separator: "\n")
    }

    private var rows: [(String, String)] {
        var rows: [(String, String)] = [
            ("requests", Format.grouped(tally.lookups)),
            ("exact hits", count(tally.exactHits)),
            ("semantic hits", count(tally.semanticHits)),
            ("hit rate", Format.percent(tally.hitRate.share)),
        ]
        if tally.judgedHits > 0 || tally.answerable > 0 {
            let interval = tally.falseHitRate.wilsonInterval()
            rows += [
                (
                    "WRONG HITS",
                    "\(tally.wrongHits.count) of \(tally.judgedHits) hits"
                        + (interval.map {
                            " (95 % interval \(Format.percent($0.lowerBound, 2)) to \(Format.percent($0.upperBound, 2)))"
                        } ?? "")
                ),
                ("answerable and answered", "\(tally.recall.successes) of \(tally.recall.trials)"),
            ]
        } else {
            rows.append(("wrong hits", "unknown: the log has no 'answer' labels"))
        }
        rows += [
            ("misses by reason", reasons(tally.misses)),
            ("answers kept out", tally.refused.isEmpty ? "0" : reasons(tally.refused)),
            (
                "tokens avoided",
                "\(Format.grouped(tally.avoided.promptTokens)) prompt, \(Format.grouped(tally.avoided.completionTokens)) completion"
            ),
            ("dollars avoided", "$\(Format.fixed(tally.avoidedCost.dollars, 4))"),
            ("model time avoided", "\(Format.fixed(tally.avoidedLatency / 1000, 0)) s"),
            ("lookup latency", "p50 \(microseconds(0.5)), p99 \(microseconds(0.99)) (socket to socket)"),
        ]
        return rows
    }

    /// The same as JSON.
    var json: JSONValue {
        let interval = tally.falseHitRate.wilsonInterval()
        return [
            "file": .string(file), "requests": integer(tally.lookups), "exact_hits": integer(tally.exactHits),
            "semantic_hits": integer(tally.semanticHits), "hit_rate": number(tally.hitRate.share),
            "wrong_hits": integer(tally.wrongHits.count), "judged_hits": integer(tally.judgedHits),
            "false_hit_rate": number(tally.falseHitRate.share),
            "false_hit_rate_interval": .array(
                interval.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? []),
            "answerable": integer(tally.answerable), "recall": number(tally.recall.share),
            "misses": object(tally.misses), "refused": object(tally.refused),
            "avoided": [
                "prompt_tokens": integer(tally.avoided.promptTokens),
                "completion_tokens": integer(tally.avoided.completionTokens),
                "cost_usd": .number(tally.avoidedCost.dollars), "latency_ms": .number(tally.avoidedLatency),
            ],
            "lookup_us": [
                "p50": number(Quantile.value(0.5, of: tally.lookupMicroseconds)),
                "p99": number(Quantile.value(0.99, of: tally.lookupMicroseconds)),
            ],
        ]
    }

    private func count(_ hits: Int) -> String {
        "\(Format.grouped(hits)) (\(Format.percent(Proportion(hits, of: tally.lookups).share)))"
    }

    private func reasons(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", ")
    }

    private func microseconds(_ share: Double) -> String {
        Quantile.value(share, of: tally.lookupMicroseconds).map { "\(Format.fixed($0, 0)) us" } ?? "-"
    }

    private func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    private func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
    private func object(_ counts: [String: Int]) -> JSONValue {
        .object(counts.sorted { $0.key < $1.key }.map { JSONMember($0.key, integer($0.value)) })
    }
}
