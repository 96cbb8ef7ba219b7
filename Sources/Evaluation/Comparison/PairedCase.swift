/// One request as two arms answered it.
public struct PairedCase: Sendable {
    /// What one arm did.
    public struct Side: Sendable {
        /// Whether it answered.
        public var isHit: Bool
        /// Whether it answered with what another request needed; `nil` when it did not answer or nobody knows.
        public var isWrong: Bool?
        /// The similarity or probability that it went by.
        public var value: Double?
        /// Why it did not answer.
        public var reason: String?
        /// The request whose answer it served.
        public var served: String?
        /// What it saved, nano-dollars.
        public var avoided: Int64 = 0
        /// How long it took, nanoseconds.
        public var nanoseconds: UInt64 = 0

        /// Whether it answered, and rightly as far as is known.
        public var isRight: Bool { isHit && isWrong == false }
    }

    /// The request, as a person reads it.
    public var title: String
    /// What belongs together: rephrasings of one question.
    public var group: String
    /// The first arm's side.
    public var a: Side
    /// The second arm's side.
    public var b: Side
}

/// Runs two arms over the same cases in the same order.
public enum PairedRun {
    /// Each arm over the log through a cache of its own, as a gateway would use it.
    public static func traffic(
        _ events: [TrafficEvent], a: any CacheClient, b: any CacheClient, progress: (Int) -> Void = { _ in }
    ) throws -> [PairedCase] {
        var (first, second) = (TrafficReplay(client: a), TrafficReplay(client: b))
        return try events.enumerated().map { number, event in
            let sides = (try first.send(event), try second.send(event))
            progress(number + 1)
            return PairedCase(
                title: event.title, group: event.answer ?? "#\(number)", a: side(sides.0), b: side(sides.1))
        }
    }

    private static func side(_ outcome: TrafficReplay.Outcome) -> PairedCase.Side {
        let figures = outcome.isHit ? outcome.reply : outcome.reply["nearest"]
        // Arms that go by similarity know no probabilities but 0 and 1.
        let probability = figures?["probability"]?.double.flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
        return PairedCase.Side(
            isHit: outcome.isHit, isWrong: outcome.isWrongHit, value: probability ?? figures?["similarity"]?.double,
            reason: outcome.reply["reason"]?.string, served: outcome.source?.title,
            avoided: outcome.isHit ? outcome.avoidedCost.amount : 0, nanoseconds: outcome.nanoseconds)
    }

    /// Each arm on the same labelled pairs, at its own threshold; texts that one answer
    /// serves are one group.
    public static func pairs(_ set: PairSet, a: Arm, b: Arm, run: ScoringRun) -> [PairedCase] {
        var groups = TextGroups()
        for pair in set.pairs where pair.isSame { groups.join(pair.a, pair.b) }
        let scores = (run.scores(of: set.pairs, by: a.scorer), run.scores(of: set.pairs, by: b.scorer))
        return set.pairs.indices.map { index in
            let pair = set.pairs[index]
            return PairedCase(
                title: pair.a, group: groups.name(of: pair.a),
                a: side(pair, scores.0[index], a.scorer.defaultThreshold),
                b: side(pair, scores.1[index], b.scorer.defaultThreshold))
        }
    }

    private static func side(_ pair: LabelledPair, _ score: PairScore, _ threshold: Double) -> PairedCase.Side {
        let isHit = score.isHit(at: threshold)
        return PairedCase.Side(
            isHit: isHit, isWrong: isHit ? !pair.isSame : nil, value: score.value,
            reason: isHit ? nil : score.veto.map { "guard:\($0)" } ?? "below_threshold", served: pair.b)
    }
}
