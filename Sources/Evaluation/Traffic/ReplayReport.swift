import CacheModel

/// One log replayed under several policies.
public struct ReplayReport: Sendable {
    /// One policy and what came of it.
    public struct Variant: Sendable {
        /// What sets the variant apart: `ttl 1h, memory 64MiB, budget 1 %`.
        public var name: String
        /// What came of it.
        public var outcome: TimedReplay.Outcome
        /// Entries pushed out for want of room.
        public var evictions: Int

        /// A variant.
        public init(name: String, outcome: TimedReplay.Outcome, evictions: Int) {
            self.name = name
            self.outcome = outcome
            self.evictions = evictions
        }
    }

    /// The log's name.
    public var log: String
    /// The variants, in the order asked for.
    public var variants: [Variant]

    /// A report.
    public init(log: String, variants: [Variant]) {
        self.log = log
        self.variants = variants
    }

    /// The report for a terminal.
    public var text: String {
        var table = TextTable([
            "policy", "requests", "hit rate", "false-hit rate", "avoided", "charged", "mean wait", "without", "evicted",
        ])
        for variant in variants {
            let outcome = variant.outcome
            table.add([
                variant.name, "\(outcome.tally.lookups)", Figure.percent(outcome.tally.hitRate.share),
                outcome.tally.judgedHits > 0 ? Figure.percent(outcome.tally.falseHitRate, 2) : "no labels",
                "$\(Figure.fixed(outcome.tally.avoidedCost.dollars, 4))",
                "$\(Figure.fixed(Double(outcome.charged) / 1e9, 4))",
                "\(Figure.fixed(Self.mean(outcome.waitsWith), 0)) ms",
                "\(Figure.fixed(Self.mean(outcome.waitsWithout), 0)) ms", "\(variant.evictions)",
            ])
        }
        var parts = ["\(log): \(Self.span(variants.first?.outcome.duration ?? 0)) of traffic", table.plain.indented]
        for variant in variants {
            parts.append("  \(variant.name), hit rate over time:\n\(Self.bars(variant.outcome))")
        }
        return parts.joined(separator: "\n\n")
    }

    private static func bars(_ outcome: TimedReplay.Outcome) -> String {
        outcome.stretches.filter { $0.lookups > 0 }.map { stretch in
            let share = stretch.hitRate.share ?? 0
            let start = span(stretch.start)
            return "    \(String(repeating: " ", count: max(0, 8 - start.count)))\(start) "
                + "\(String(repeating: "#", count: Int((share * 40).rounded()))) \(Figure.percent(share)) of \(stretch.lookups)"
                + (stretch.wrongHits > 0 ? ", \(stretch.wrongHits) wrong" : "")
        }.joined(separator: "\n")
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    /// Seconds as a person says them.
    private static func span(_ seconds: Double) -> String {
        if seconds >= 2 * 3600 { return "\(Figure.fixed(seconds / 3600, 1)) h" }
        return seconds >= 120 ? "\(Figure.fixed(seconds / 60, 1)) min" : "\(Figure.fixed(seconds, 0)) s"
    }

    /// The report as JSON.
    public var json: JSONValue {
        ["log": .string(log), "variants": .array(variants.map(Self.json))]
    }

    private static func json(_ variant: Variant) -> JSONValue {
        let outcome = variant.outcome
        return [
            "name": .string(variant.name), "requests": .count(outcome.tally.lookups),
            "hit_rate": .share(outcome.tally.hitRate), "false_hit_rate": .share(outcome.tally.falseHitRate),
            "recall": .share(outcome.tally.recall), "avoided_usd": .number(outcome.tally.avoidedCost.dollars),
            "charged_usd": .number(Double(outcome.charged) / 1e9), "evictions": .count(variant.evictions),
            "wait_ms": [
                "mean": .number(mean(outcome.waitsWith)), "p50": .figure(Quantile.value(0.5, of: outcome.waitsWith)),
                "p99": .figure(Quantile.value(0.99, of: outcome.waitsWith)),
            ],
            "wait_without_ms": [
                "mean": .number(mean(outcome.waitsWithout)),
                "p50": .figure(Quantile.value(0.5, of: outcome.waitsWithout)),
                "p99": .figure(Quantile.value(0.99, of: outcome.waitsWithout)),
            ],
            "over_time": .array(
                outcome.stretches.map {
                    [
                        "start_s": .number($0.start), "lookups": .count($0.lookups), "hits": .count($0.hits),
                        "wrong_hits": .count($0.wrongHits), "avoided_usd": .number(Double($0.avoided) / 1e9),
                    ]
                }),
        ]
    }
}
