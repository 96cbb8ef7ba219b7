import CacheModel

/// Two arms compared over the same requests.
public struct ArmComparison: Sendable {
    /// The sums of one arm.
    public struct Side: Sendable, Equatable {
        /// The arm's name.
        public var name: String
        /// Answered requests.
        public var hits = 0
        /// Answered requests of which it is known whether rightly.
        public var judgedHits = 0
        /// Of those, the wrong ones.
        public var wrongHits = 0
        /// What was saved, nano-dollars.
        public var avoided: Int64 = 0
        /// Half of the lookups took no longer, nanoseconds.
        public var medianNanoseconds = 0.0
        /// 99 % of the lookups took no longer, nanoseconds.
        public var p99Nanoseconds = 0.0

        /// Wrong hits / hits of which it is known.
        public var falseHitRate: Proportion { Proportion(wrongHits, of: judgedHits) }
    }

    /// A difference, the second arm's figure less the first's, with the 95 % interval of resampling whole groups.
    public struct Difference: Sendable, Equatable {
        /// What differs.
        public var name: String
        /// Second less first; `nil` where one of them has no value.
        public var value: Double?
        /// The interval.
        public var interval: ClosedRange<Double>?
    }

    /// Requests.
    public let requests: Int
    /// Groups of requests that one answer serves.
    public let groups: Int
    /// The first arm.
    public let a: Side
    /// The second arm.
    public let b: Side
    /// Requests that both answered, only the first, only the second, neither.
    public let bothHit, onlyA, onlyB, neither: Int
    /// McNemar's test of requests answered rightly.
    public let rightAnswers: McNemarTest
    /// McNemar's test of requests answered wrongly: `onlyFirst` counts wrong answers of the first alone.
    public let wrongAnswers: McNemarTest
    /// Differences of hit rate, false-hit rate, wrong hits over lookups, and dollars per thousand requests.
    public let differences: [Difference]
    /// Cases that only one arm has right or wrong, the ones that matter most first.
    public let examples: [PairedCase]

    /// Compares arms called `a` and `b` over `cases`; `seed` decides the resampling.
    public init(a: String, b: String, cases: [PairedCase], seed: UInt64, resamples: Int = 2000) {
        requests = cases.count
        self.a = Self.side(a, cases.map(\.a))
        self.b = Self.side(b, cases.map(\.b))
        bothHit = cases.count { $0.a.isHit && $0.b.isHit }
        onlyA = cases.count { $0.a.isHit && !$0.b.isHit }
        onlyB = cases.count { !$0.a.isHit && $0.b.isHit }
        neither = cases.count { !$0.a.isHit && !$0.b.isHit }
        rightAnswers = McNemarTest(
            onlyFirst: cases.count { $0.a.isRight && !$0.b.isRight },
            onlySecond: cases.count { !$0.a.isRight && $0.b.isRight })
        wrongAnswers = McNemarTest(
            onlyFirst: cases.count { $0.a.isWrong == true && $0.b.isWrong != true },
            onlySecond: cases.count { $0.a.isWrong != true && $0.b.isWrong == true })
        let grouped = Dictionary(grouping: cases, by: \.group).sorted { $0.key < $1.key }.map { GroupSums($0.value) }
        groups = grouped.count
        differences = Self.statistics.map { name, statistic in
            Difference(
                name: name, value: statistic(grouped),
                interval: Bootstrap.interval(of: grouped, resamples: resamples, seed: seed, statistic: statistic))
        }
        examples = Self.examples(cases)
    }

    private static func side(_ name: String, _ sides: [PairedCase.Side]) -> Side {
        let times = sides.map { Double($0.nanoseconds) }
        return Side(
            name: name, hits: sides.count(where: \.isHit), judgedHits: sides.count { $0.isWrong != nil },
            wrongHits: sides.count { $0.isWrong == true }, avoided: sides.reduce(0) { $0 + $1.avoided },
            medianNanoseconds: Quantile.value(0.5, of: times) ?? 0, p99Nanoseconds: Quantile.value(0.99, of: times) ?? 0
        )
    }

    /// The counts of one group that the differences are computed from.
    private struct GroupSums {
        var requests = 0
        var hits = (a: 0, b: 0)
        var judged = (a: 0, b: 0)
        var wrong = (a: 0, b: 0)
        var avoided = (a: 0, b: 0)

        init(_ cases: [PairedCase]) {
            requests = cases.count
            hits = (cases.count(where: \.a.isHit), cases.count(where: \.b.isHit))
            judged = (cases.count { $0.a.isWrong != nil }, cases.count { $0.b.isWrong != nil })
            wrong = (cases.count { $0.a.isWrong == true }, cases.count { $0.b.isWrong == true })
            avoided = (cases.reduce(0) { $0 + Int($1.a.avoided) }, cases.reduce(0) { $0 + Int($1.b.avoided) })
        }
    }

    /// What is compared, by name.
    private static var statistics: [(String, ([GroupSums]) -> Double?)] {
        [
            ("hit rate", { difference($0, \.hits.a, \.hits.b, \.requests, \.requests) }),
            ("false-hit rate", { difference($0, \.wrong.a, \.wrong.b, \.judged.a, \.judged.b) }),
            ("wrong hits over lookups", { difference($0, \.wrong.a, \.wrong.b, \.requests, \.requests) }),
            (
                "dollars avoided per 1000 requests",
                { difference($0, \.avoided.a, \.avoided.b, \.requests, \.requests).map { $0 * 1000 / 1e9 } }
            ),
        ]
    }

    /// Share of the second less share of the first; `nil` when either has nothing below its line.
    private static func difference(
        _ sums: [GroupSums], _ a: (GroupSums) -> Int, _ b: (GroupSums) -> Int, _ ofA: (GroupSums) -> Int,
        _ ofB: (GroupSums) -> Int
    ) -> Double? {
        func share(_ part: (GroupSums) -> Int, _ whole: (GroupSums) -> Int) -> Double? {
            let total = sums.reduce(0) { $0 + whole($1) }
            return total == 0 ? nil : Double(sums.reduce(0) { $0 + part($1) }) / Double(total)
        }
        guard let first = share(a, ofA), let second = share(b, ofB) else { return nil }
        return second - first
    }

    /// Wrong hits of one arm alone, then right hits of one arm alone, then other differences; at most 20.
    private static func examples(_ cases: [PairedCase]) -> [PairedCase] {
        let wrong = cases.filter { ($0.a.isWrong == true) != ($0.b.isWrong == true) }
        let right = cases.filter { $0.a.isRight != $0.b.isRight && ($0.a.isWrong == true) == ($0.b.isWrong == true) }
        let unknown = cases.filter { $0.a.isHit != $0.b.isHit && $0.a.isWrong == nil && $0.b.isWrong == nil }
        return Array((wrong.prefix(10) + right.prefix(10) + unknown.prefix(10)).prefix(20))
    }
}
