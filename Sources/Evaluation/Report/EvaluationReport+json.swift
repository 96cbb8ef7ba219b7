import CacheModel

extension EvaluationReport {
    /// The report as JSON: counts beside shares, so that everything can be computed again.
    public var json: JSONValue {
        [
            "pairs": .array(pairs.map(Self.json)), "clusters": .array(simulations.map(Self.json)),
            "conversations": .array(contexts.map(Self.json)), "traffic": .array(traffic.map(Self.json)),
        ]
    }

    private static func json(_ result: PairResult) -> JSONValue {
        let report = result.report
        return [
            "set": .string(report.set), "arm": .string(report.arm), "scale": .string(report.scale.rawValue),
            "pairs": .count(report.curve.lookups), "positives": .count(report.curve.positives),
            "seconds": .number(result.seconds), "ranking": json(report.ranking),
            "calibration": report.calibration.map(json) ?? .null, "own": json(report.ownPoint),
            "sweep": .array(
                result.sweep.map { row in
                    .object([JSONMember("budget", .figure(row.budget))] + (json(row.point).members ?? []))
                }),
            "coverage": .array(
                PairReport.coverageLimits.map { limit in
                    [
                        "max_false_hit_rate": .number(limit),
                        "point": report.curve.mostHits(falseHitRate: limit).map(json) ?? .null,
                    ]
                }),
            "recommendation": json(report.recommendation),
            "categories": .array(
                report.categories.map {
                    ["name": .string($0.name), "ranking": json($0.ranking), "own": json($0.point)]
                }),
            "vetoes": .array(
                report.vetoes.map {
                    ["guard": .string($0.name), "rightly": .count($0.right), "wrongly": .count($0.wrong)]
                }),
            "worst_wrong": .array(report.worstWrong.map(json)),
            "closest_missed": .array(report.closestMissed.map(json)),
        ]
    }

    static func json(_ ranking: RankingMetrics) -> JSONValue {
        [
            "auc": .figure(ranking.auc), "auc_interval": .interval(ranking.aucInterval),
            "average_precision": .figure(ranking.averagePrecision),
        ]
    }

    private static func json(_ calibration: Calibration) -> JSONValue {
        [
            "ece": .number(calibration.error), "ece_equal_mass": .number(calibration.equalMassError),
            "brier": .number(calibration.brier), "pairs": .count(calibration.count),
            "bins": .array(
                calibration.bins.map {
                    [
                        "from": .number($0.range.lowerBound), "to": .number($0.range.upperBound),
                        "mean_probability": .number($0.meanProbability), "observed": .share($0.observed),
                    ]
                }),
        ]
    }

    static func json(_ point: OperatingPoint) -> JSONValue {
        [
            "threshold": .number(point.threshold), "lookups": .count(point.lookups),
            "positives": .count(point.positives),
            "right_hits": .count(point.rightHits), "wrong_hits": .count(point.wrongHits),
            "hit_rate": .share(point.hitRate), "false_hit_rate": .share(point.falseHitRate),
            "false_hit_share": .share(point.falseHitShare), "precision": .share(point.precision),
            "recall": .share(point.recall), "false_accept_rate": .share(point.falseAcceptRate),
        ]
    }

    private static func json(_ recommendation: Recommendation) -> JSONValue {
        [
            "max_false_hit_rate": .number(recommendation.maximumFalseHitRate),
            "point": recommendation.point.map(json) ?? .null, "upper_bound": .figure(recommendation.upperBound),
            "reason": .string(recommendation.reason),
        ]
    }

    private static func json(_ example: PairReport.Example) -> JSONValue {
        [
            "id": .string(example.pair.id), "text_a": .string(example.pair.a), "text_b": .string(example.pair.b),
            "label": .count(example.pair.isSame ? 1 : 0), "value": .number(example.score.value),
            "veto": example.score.veto.map(JSONValue.string) ?? .null,
        ]
    }

    static func json(_ result: SimulationResult) -> JSONValue {
        let own = result.outcome.decided(at: result.threshold)
        return [
            "set": .string(result.set), "arm": .string(result.arm), "inserted": .count(result.outcome.inserted),
            "asked": .count(result.outcome.curve.lookups), "answerable": .count(result.outcome.answerable),
            "recall_at_false_hit_share": .array(
                simulationShares.map {
                    ["max_false_hit_share": .number($0), "recall": .share(result.outcome.recall(falseHitShare: $0))]
                }),
            "own": [
                "threshold": .number(result.threshold), "recall": .share(own.recall),
                "false_hit_rate": .share(own.falseHitRate),
            ],
        ]
    }

    private static func json(_ result: ContextResult) -> JSONValue {
        [
            "set": .string(result.set), "arm": .string(result.arm), "total": json(result.total),
            "kinds": .array(result.kinds.map { ["name": .string($0.name), "point": json($0.point)] }),
        ]
    }

    private static func json(_ result: TrafficResult) -> JSONValue {
        let tally = result.tally
        return [
            "set": .string(result.set), "arm": .string(result.arm), "budget": .figure(result.budget),
            "requests": .count(tally.lookups), "exact_hits": .count(tally.exactHits),
            "semantic_hits": .count(tally.semanticHits), "hit_rate": .share(tally.hitRate),
            "false_hit_rate": .share(tally.falseHitRate), "recall": .share(tally.recall),
            "avoided_usd": .number(tally.avoidedCost.dollars),
        ]
    }

    /// The sweeps as comma-separated values (RFC 4180), one row for each set, arm and threshold.
    public var csv: String {
        let header =
            "set,arm,budget,threshold,lookups,positives,right_hits,wrong_hits,hit_rate,false_hit_rate,false_hit_rate_low,"
            + "false_hit_rate_high,false_hit_share,precision,recall,auc"
        let rows = pairs.flatMap { result in
            (result.sweep + [SweepRow(budget: nil, point: result.report.ownPoint)]).map { Self.csv(result.report, $0) }
        }
        return ([header] + rows).joined(separator: "\r\n") + "\r\n"
    }

    private static func csv(_ report: PairReport, _ row: SweepRow) -> String {
        let point = row.point
        let interval = point.falseHitRate.wilsonInterval()
        let figures: [Double?] = [
            point.hitRate.share, point.falseHitRate.share, interval?.lowerBound, interval?.upperBound,
            point.falseHitShare.share, point.precision.share, point.recall.share, report.ranking.auc,
        ]
        let counts = [point.lookups, point.positives, point.rightHits, point.wrongHits]
        return
            ([quoted(report.set), quoted(report.arm), row.budget.map { "\($0)" } ?? "", "\(point.threshold)"]
            + counts.map(String.init) + figures.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",")
    }

    private static func quoted(_ text: String) -> String {
        text.contains(where: { ",\"\r\n".contains($0) }) ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}

extension JSONValue {
    /// A count.
    static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    /// A figure that there may be none of.
    static func figure(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
    /// Both ends of an interval.
    static func interval(_ range: ClosedRange<Double>?) -> JSONValue {
        range.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
    }
    /// A share with its counts and its 95 % interval.
    static func share(_ share: Proportion) -> JSONValue {
        [
            "share": .figure(share.share), "count": .count(share.successes), "of": .count(share.trials),
            "interval": .interval(share.wilsonInterval()),
        ]
    }
}
