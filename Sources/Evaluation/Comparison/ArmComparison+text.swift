import CacheModel

extension ArmComparison {
    /// The comparison for a terminal.
    public var text: String {
        var table = TextTable(["", a.name, b.name])
        func row(_ name: String, _ figure: (Side) -> String) { table.add([name, figure(a), figure(b)]) }
        row("hits") { "\($0.hits)" }
        row("hit rate") { Figure.percent(Proportion($0.hits, of: requests)) }
        row("wrong hits") { "\($0.wrongHits) of \($0.judgedHits)" }
        row("false-hit rate") { Figure.percent($0.falseHitRate) }
        row("dollars avoided") { "$\(Figure.fixed(Double($0.avoided) / 1e9, 4))" }
        if a.medianNanoseconds > 0 {
            row("lookup p50 / p99") {
                "\(Figure.fixed($0.medianNanoseconds / 1000, 0)) / \(Figure.fixed($0.p99Nanoseconds / 1000, 0)) us"
            }
        }
        var lines = ["\(requests) requests in \(groups) groups", "", table.plain.indented, ""]
        lines.append(
            "  both answered \(bothHit), only \(a.name) \(onlyA), only \(b.name) \(onlyB), neither \(neither)")
        lines.append("  " + sentence("answered rightly", rightAnswers))
        lines.append("  " + sentence("answered wrongly", wrongAnswers))
        lines += ["", "  \(b.name) less \(a.name), with 95 % intervals over groups:"]
        lines += differences.map { "    \($0.name): \(Figure.signed($0.value, 4))\(Self.interval($0.interval))" }
        if !examples.isEmpty { lines += ["", "  where they differ:"] + examples.map(example) }
        return lines.joined(separator: "\n")
    }

    private func sentence(_ what: String, _ test: McNemarTest) -> String {
        "\(what) by \(a.name) alone \(test.onlyFirst), by \(b.name) alone \(test.onlySecond) (McNemar, exact: p "
            + "\(test.pValue < 0.0001 ? "< 0.0001" : "= \(Figure.fixed(test.pValue, 4))"))"
    }

    private static func interval(_ range: ClosedRange<Double>?) -> String {
        range.map { " [\(Figure.signed($0.lowerBound, 4)), \(Figure.signed($0.upperBound, 4))]" } ?? ""
    }

    private func example(_ item: PairedCase) -> String {
        "    \(Figure.excerpt(item.title))\n" + "      \(a.name): \(words(item.a))\n      \(b.name): \(words(item.b))"
    }

    private func words(_ side: PairedCase.Side) -> String {
        let value = side.value.map { " (\(Figure.fixed($0, 3)))" } ?? ""
        guard side.isHit else { return "miss\(value) \(side.reason ?? "")" }
        let verdict = side.isWrong.map { $0 ? "WRONG" : "right" } ?? "hit"
        return "\(verdict)\(value) \(side.served.map { Figure.excerpt($0, 80) } ?? "")"
    }

    /// The comparison as JSON.
    public var json: JSONValue {
        [
            "requests": .count(requests), "groups": .count(groups), "a": Self.json(a, requests),
            "b": Self.json(b, requests),
            "both_hit": .count(bothHit), "only_a": .count(onlyA), "only_b": .count(onlyB), "neither": .count(neither),
            "right_answers": Self.json(rightAnswers), "wrong_answers": Self.json(wrongAnswers),
            "differences": .array(
                differences.map {
                    ["name": .string($0.name), "value": .figure($0.value), "interval": .interval($0.interval)]
                }),
            "examples": .array(
                examples.map { ["title": .string($0.title), "a": Self.json($0.a), "b": Self.json($0.b)] }),
        ]
    }

    private static func json(_ side: Side, _ requests: Int) -> JSONValue {
        [
            "name": .string(side.name), "hit_rate": .share(Proportion(side.hits, of: requests)),
            "false_hit_rate": .share(side.falseHitRate), "avoided_usd": .number(Double(side.avoided) / 1e9),
            "lookup_us": [
                "p50": .number(side.medianNanoseconds / 1000), "p99": .number(side.p99Nanoseconds / 1000),
            ],
        ]
    }

    private static func json(_ test: McNemarTest) -> JSONValue {
        ["only_a": .count(test.onlyFirst), "only_b": .count(test.onlySecond), "p": .number(test.pValue)]
    }

    private static func json(_ side: PairedCase.Side) -> JSONValue {
        [
            "hit": .bool(side.isHit), "wrong": side.isWrong.map(JSONValue.bool) ?? .null, "value": .figure(side.value),
            "reason": side.reason.map(JSONValue.string) ?? .null, "served": side.served.map(JSONValue.string) ?? .null,
        ]
    }
}

extension Figure {
    /// A value with its sign, or a dash.
    static func signed(_ value: Double?, _ places: Int) -> String {
        value.map { ($0 > 0 ? "+" : "") + fixed($0, places) } ?? "-"
    }
}
