import CacheModel

/// Reads alerts and recommendations out of sums by namespace. Every one carries the figures that it was read from.
enum ReportAdvice {
    /// Fewer lookups than this say nothing.
    static let fewest: Int64 = 100

    /// What should be looked at: compared with the same length of time before.
    static func alerts(_ now: [String: LedgerCounts], before: [String: LedgerCounts]) -> [ReportNote] {
        var notes: [ReportNote] = []
        for (namespace, counts) in now.sorted(by: { $0.key < $1.key }) {
            if let former = before[namespace], former.lookups >= fewest, counts.lookups >= fewest,
                counts.hitRate < former.hitRate - 0.05
            {
                notes.append(
                    ReportNote(
                        code: "hit_rate_fell", namespace: namespace,
                        text: "the hit rate fell from \(percent(former.hitRate)) to \(percent(counts.hitRate)) "
                            + "(\(counts.hits) of \(counts.lookups) lookups)"))
            }
            let degraded = counts.reasons["miss:degraded"] ?? 0
            if degraded > 0 {
                notes.append(
                    ReportNote(
                        code: "store_degraded", namespace: namespace,
                        text: "\(degraded) of \(counts.lookups) lookups missed because the store did not answer"))
            }
            if counts[.implausible] > 0 {
                notes.append(
                    ReportNote(
                        code: "implausible_usage", namespace: namespace,
                        text: "\(counts[.implausible]) events had tokens or a cost that make no sense; they are left "
                            + "out of the sums"))
            }
        }
        return notes
    }

    /// What would save more.
    static func recommendations(_ now: [String: LedgerCounts]) -> [ReportNote] {
        var notes: [ReportNote] = []
        for (namespace, counts) in now.sorted(by: { $0.key < $1.key }) {
            func note(_ code: String, _ text: String) {
                notes.append(ReportNote(code: code, namespace: namespace, text: text))
            }
            let misses = counts[.misses]
            if counts.lookups >= fewest && counts.hits == 0 {
                note(
                    "never_hits",
                    "none of \(counts.lookups) lookups hit, and \(counts[.stored]) answers were stored: look at the "
                        + "reasons for the misses, or switch the cache off here")
            }
            let expired = (counts.reasons["miss:expired"] ?? 0) + (counts.reasons["miss:too_old"] ?? 0)
            if misses >= fewest, expired * 5 >= misses {
                note(
                    "raise_ttl",
                    "\(expired) of \(misses) misses had an answer that was too old: a longer ttl would serve them")
            }
            let unsure = (counts.reasons["miss:unsure"] ?? 0) + (counts.reasons["miss:below_threshold"] ?? 0)
            if misses >= fewest, unsure * 5 >= misses {
                note(
                    "near_misses",
                    "\(unsure) of \(misses) misses had a candidate that was not sure enough: feedback, or a larger "
                        + "max_false_hit_rate, would turn some of them into hits")
            }
            let scope = counts.reasons["miss:scope"] ?? 0
            if misses >= fewest, scope * 5 >= misses {
                note(
                    "scope_differs",
                    "\(scope) of \(misses) misses had the same text under another scope: look at model_match, context "
                        + "and the parameters that are sent")
            }
            if counts[.shadowHits] > 0 {
                note(
                    "shadow",
                    "\(counts[.shadowHits]) of \(counts.lookups) lookups would have hit, and saved "
                        + "\(counts[.shadowTokens]) tokens and \(ReportText.dollars(NanoDollars(counts[.shadowNano]))); the model's answer was the same "
                        + "\(counts.reasons["shadow:same"] ?? 0) times, another \(counts.reasons["shadow:other"] ?? 0) times, "
                        + "unclear \(counts.reasons["shadow:unclear"] ?? 0) times: switch 'shadow' off to serve them")
            }
            let unpriced = counts[.chargedUnpriced] + counts[.avoidedUnpriced]
            if unpriced > 0 {
                note(
                    "unpriced_models",
                    "\(unpriced) calls and hits have no known price and count no money: send cost_usd, or add their "
                        + "models to the price table")
            }
            let estimated = counts[.chargedEstimated]
            if counts[.calls] >= fewest, estimated * 2 >= counts[.calls] {
                note("send_usage", "the tokens of \(estimated) of \(counts[.calls]) calls are estimated: send usage")
            }
        }
        return notes
    }

    private static func percent(_ share: Double) -> String { ReportText.percent(share) }
}
