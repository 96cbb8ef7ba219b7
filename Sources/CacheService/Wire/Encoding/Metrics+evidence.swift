import CacheEngine
import CacheModel

/// What is known of the answers, by namespace.
extension MetricsText {
    /// Labels beyond the namespace, written with their comma, and a value.
    private typealias Row = (labels: String, value: String)

    /// Feedback, comparisons and the running false-hit rate. All counts are of the time that evidence is kept, so they
    /// are gauges.
    mutating func evidence(_ engine: EngineStatistics) {
        rows("deja_feedback", "gauge", "Hits that feedback spoke about.", engine.evidence) {
            [(#",verdict="right""#, "\($0.praised)"), (#",verdict="wrong""#, "\($0.blamed)")]
        }
        rows("deja_comparisons", "gauge", "Answers compared with a candidate's.", engine.evidence) {
            [
                (#",kind="explored",outcome="same""#, "\($0.exploredSame)"),
                (#",kind="explored",outcome="other""#, "\($0.exploredOther)"),
                (#",kind="near_miss",outcome="same""#, "\($0.nearMissSame)"),
                (#",kind="near_miss",outcome="other""#, "\($0.nearMissOther)"),
            ]
        }
        rows("deja_false_hit_rate", "gauge", "The running false-hit rate, its 95 % interval.", engine.evidence) {
            guard let share = $0.falseHits.share, let interval = $0.falseHits.wilsonInterval() else { return [] }
            return [
                (#",bound="estimate""#, JSONText.number(share)),
                (#",bound="low""#, JSONText.number(interval.lowerBound)),
                (#",bound="high""#, JSONText.number(interval.upperBound)),
            ]
        }
    }

    /// What namespaces in shadow would have done, and arms beside the judge in force.
    mutating func shadows(_ engine: EngineStatistics) {
        rows("deja_shadow_hits_total", "counter", "Hits that shadows would have had.", engine.shadows) {
            [(#",hit_type="exact""#, "\($0.exactHits)"), (#",hit_type="semantic""#, "\($0.semanticHits)")]
        }
        rows("deja_shadow_avoided_tokens_total", "counter", "Tokens that shadows would have saved.", engine.shadows) {
            [("", "\($0.tokens)")]
        }
        rows(
            "deja_shadow_avoided_cost_dollars_total", "counter", "Money that shadows would have saved, US dollars.",
            engine.shadows
        ) { [("", $0.cost.decimal)] }
        rows("deja_shadow_answers_total", "counter", "What the model's answer then was.", engine.shadows) {
            Self.outcomes($0.exactAnswers, #",hit_type="exact""#)
                + Self.outcomes($0.semanticAnswers, #",hit_type="semantic""#)
        }
        rows("deja_arm_lookups_total", "counter", "Lookups by what an arm in shadow decided.", engine.arms) {
            let arm = #",arm="\#(Self.escaped($0.arm))""#
            return [
                (arm + #",decision="both_same_entry""#, "\($0.bothSame)"),
                (arm + #",decision="both_other_entry""#, "\($0.bothOther)"),
                (arm + #",decision="only_in_force""#, "\($0.onlyInForce)"),
                (arm + #",decision="only_arm""#, "\($0.onlyArm)"), (arm + #",decision="neither""#, "\($0.neither)"),
            ]
        }
        rows("deja_arm_answers_total", "counter", "What the answer was where only the arm would serve.", engine.arms) {
            Self.outcomes($0.answers, #",arm="\#(Self.escaped($0.arm))""#)
        }
    }

    private static func outcomes(_ tally: AgreementTally, _ labels: String) -> [Row] {
        [
            (labels + #",outcome="same""#, "\(tally.same)"), (labels + #",outcome="other""#, "\(tally.other)"),
            (labels + #",outcome="unclear""#, "\(tally.unclear)"),
        ]
    }

    private mutating func rows<Tally>(
        _ name: String, _ type: String, _ help: String, _ tallies: [String: Tally], _ values: (Tally) -> [Row]
    ) {
        let found = tallies.sorted { $0.key < $1.key }.flatMap { namespace, tally in
            values(tally).map { row in
                "\(name){namespace=\"\(Self.escaped(namespace))\"\(row.labels)} \(row.value)\n"
            }
        }
        if found.isEmpty { return }
        head(name, type, help)
        text += found.joined()
    }
}
