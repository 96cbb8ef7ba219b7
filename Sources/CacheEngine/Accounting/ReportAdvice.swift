import CacheModel

/// Reads alerts and recommendations out of sums by namespace. Every one carries the figures that it was read from.
struct ReportAdvice {
    /// The sums of the report's time.
    let now: [String: LedgerCounts]
    /// Those of the same length of time before.
    let before: [String: LedgerCounts]
    /// The near-misses that cost most.
    let nearMisses: [SubjectLine]
    /// Budgets of the present period.
    let budgets: [BudgetState]
    /// What false-hit rates are wanted.
    let policies: PolicyTable
    /// The report's end.
    let moment: Timestamp

    /// Fewer lookups than this say nothing.
    static let fewest: Int64 = 100
    /// A hit rate that falls by less is not worth an alert.
    private static let fall = 0.05
    /// Reasons that make up a smaller share of the misses are not worth a recommendation.
    private static let leastShare = 0.2

    // MARK: Alerts

    /// What should be looked at.
    var alerts: [ReportNote] {
        var notes = budgets.compactMap(ReportNote.init)
        for (namespace, counts) in now.sorted(by: { $0.key < $1.key }) {
            func note(_ code: String, _ text: String) {
                notes.append(ReportNote(code: code, namespace: namespace, text: text))
            }
            if let former = before[namespace], former.lookups >= Self.fewest, counts.lookups >= Self.fewest,
                counts.hitRate < former.hitRate - Self.fall
            {
                note(
                    "hit_rate_fell",
                    "the hit rate fell from \(percent(former.hitRate)) to \(percent(counts.hitRate)) "
                        + "(\(counts.hits) of \(counts.lookups) lookups)")
            }
            let target = policies.policy(of: namespace).maximumFalseHitRate
            if let interval = counts.falseHits.wilsonInterval(), interval.lowerBound > target {
                note(
                    "false_hits_over_target",
                    "\(counts.falseHits.successes) of \(counts.falseHits.trials) judged hits were wrong: at least "
                        + "\(percent(interval.lowerBound)) with 95 % confidence, where \(percent(target)) is allowed")
            }
            let degraded = counts.reasons["miss:degraded"] ?? 0
            if degraded > 0 {
                note(
                    "store_degraded",
                    "\(degraded) of \(counts.lookups) lookups missed because the store did not answer")
            }
            if counts[.implausible] > 0 {
                note(
                    "implausible_usage",
                    "\(counts[.implausible]) events had tokens or a cost that make no sense; they are left out of the "
                        + "sums")
            }
        }
        return notes
    }

    // MARK: Recommendations

    /// What would save more.
    var recommendations: [ReportNote] {
        budgets.compactMap(pace)
            + now.sorted { $0.key < $1.key }.flatMap { namespace, counts in
                (missAdvice(namespace, counts) + shadowAdvice(counts) + moneyAdvice(counts)).map {
                    ReportNote(code: $0.code, namespace: namespace, text: $0.text)
                }
            }
    }

    /// A budget that will be passed if spending goes on as it did.
    private func pace(_ budget: BudgetState) -> ReportNote? {
        let hours = budget.key.period.hours(around: LedgerEvent.hour(of: moment))
        let length = Double(hours.count) * 3600
        let gone = max(0, min(1, 1 - budget.resets.seconds(since: moment) / length))
        // The first hours of a month say little about it.
        guard gone > 0.1, !budget.isSpent, budget.share / gone > 1 else { return nil }
        let whose = budget.key.user.map { "user \($0)'s" } ?? "the"
        return ReportNote(
            code: "budget_pace", namespace: budget.key.namespace,
            subject: "\(budget.key.user ?? "")/\(budget.key.period.rawValue)",
            text: "\(percent(budget.share)) of \(whose) \(budget.key.period.rawValue)'s budget is spent after "
                + "\(percent(gone)) of it: at this pace \(percent(budget.share / gone)) by its end")
    }

    /// What a namespace that only watches would have done.
    private func shadowAdvice(_ counts: LedgerCounts) -> [(code: String, text: String)] {
        guard counts[.shadowHits] > 0 else { return [] }
        func answers(_ outcome: String) -> Int64 { counts.reasons["shadow:\(outcome)"] ?? 0 }
        let saved = "\(counts[.shadowTokens]) tokens and \(ReportText.dollars(NanoDollars(counts[.shadowNano])))"
        return [
            (
                "shadow",
                "\(counts[.shadowHits]) of \(counts.lookups) lookups would have hit and saved \(saved); the model's answer was "
                    + "the same \(answers("same")) times, another \(answers("other")) times, unclear \(answers("unclear")) "
                    + "times: switch 'shadow' off to serve them"
            )
        ]
    }

    private func missAdvice(_ namespace: String, _ counts: LedgerCounts) -> [(code: String, text: String)] {
        var notes: [(String, String)] = []
        let misses = counts[.misses]
        if counts.lookups >= Self.fewest && counts.hits == 0 {
            notes.append(
                (
                    "never_hits",
                    "none of \(counts.lookups) lookups hit, and \(counts[.stored]) answers were stored: look at the "
                        + "reasons for the misses, or switch the cache off here"
                ))
        }
        func count(_ reasons: String...) -> Int64 { reasons.reduce(0) { $0 + (counts.reasons["miss:\($1)"] ?? 0) } }
        func isMany(_ count: Int64) -> Bool {
            misses >= Self.fewest && Double(count) >= Self.leastShare * Double(misses)
        }
        let expired = count("expired", "too_old")
        if isMany(expired) {
            notes.append(
                (
                    "raise_ttl",
                    "\(expired) of \(misses) misses had an answer that was too old: a longer ttl would serve them"
                ))
        }
        let unsure = count("unsure", "below_threshold")
        if isMany(unsure) {
            let near = nearMisses.filter { $0.row.namespace == namespace }
            let cost = NanoDollars(near.reduce(0) { $0 + $1.row.nano })
            let evidence =
                near.isEmpty ? "" : "; the \(near.count) costliest clusters of near-misses cost $\(dollars(cost))"
            notes.append(
                (
                    "near_misses",
                    "\(unsure) of \(misses) misses had a candidate that was not sure enough\(evidence): feedback, or a "
                        + "max_false_hit_rate above \(percent(policies.policy(of: namespace).maximumFalseHitRate)), "
                        + "would turn some of them into hits"
                ))
        }
        let scope = count("scope")
        if isMany(scope) {
            notes.append(
                (
                    "scope_differs",
                    "\(scope) of \(misses) misses had the same text under another scope: look at model_match, context "
                        + "and the parameters that are sent"
                ))
        }
        if let swamp = nearMisses.filter({ $0.row.namespace == namespace }).max(by: { $0.row.count < $1.row.count }),
            isMany(swamp.row.count)
        {
            notes.append(
                (
                    "template_swamps",
                    "\(swamp.row.count) of \(misses) misses were nearest to one entry (\(swamp.row.subject.entry)) and "
                        + "were refused, at $\(dollars(NanoDollars(swamp.row.nano))): a template that they share seems "
                        + "to outweigh what differs; send it as the system prompt"
                ))
        }
        return notes
    }

    private func moneyAdvice(_ counts: LedgerCounts) -> [(code: String, text: String)] {
        var notes: [(String, String)] = []
        let unpriced = counts[.chargedUnpriced] + counts[.avoidedUnpriced]
        if unpriced > 0 {
            notes.append(
                (
                    "unpriced_models",
                    "\(unpriced) calls and hits have no known price and count no money: send cost_usd, or add their "
                        + "models to the price table"
                ))
        }
        let estimated = counts[.chargedEstimated]
        if counts[.calls] >= Self.fewest, estimated * 2 >= counts[.calls] {
            notes.append(
                ("send_usage", "the tokens of \(estimated) of \(counts[.calls]) calls are estimated: send usage"))
        }
        return notes
    }

    private func percent(_ share: Double) -> String { ReportText.percent(share) }
    private func dollars(_ amount: NanoDollars) -> String { ReportText.dollars(amount) }
}
