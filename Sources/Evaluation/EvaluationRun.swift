import CacheEngine
import CacheModel

/// Evaluates arms on files of any kind: what `deja eval` does.
public struct EvaluationRun: Sendable {
    /// What all arms share when they run through an engine.
    public var kit: EngineKit
    /// Turns logged bodies into requests.
    public var coding: any WireCoding
    /// What to sweep; `nil` for what fits each arm.
    public var sweep: Sweep?
    /// The share of hits that may be wrong, for recommendations and budgets.
    public var budget: Double
    /// Decides what is drawn by chance.
    public var seed: UInt64
    /// How many threads score.
    public var threads = 2
    /// The time that scoring takes.
    public var clock: any WallClock = SystemClock()
    /// Called with what is being done, how much of it is done, and out of how much; from any thread.
    public var progress: @Sendable (_ what: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }

    /// A run.
    public init(
        kit: EngineKit, coding: any WireCoding, sweep: Sweep?, budget: Double = JudgedScorer.defaultFalseHitRate,
        seed: UInt64 = 1
    ) {
        self.kit = kit
        self.coding = coding
        self.sweep = sweep
        self.budget = budget
        self.seed = seed
    }

    /// Evaluates each arm on `file` and adds what it finds to `report`.
    ///
    /// - Throws: what the log's requests are refused with; `DataError` for prompts, which have no answers to measure by.
    public func evaluate(_ file: DataFile, arms: [Arm], into report: inout EvaluationReport) throws {
        for arm in arms {
            switch file {
            case .pairs(let set): report.pairs.append(pairs(set, arm))
            case .clusters(let set): report.simulations.append(clusters(set, arm))
            case .context(let set): report.contexts.append(context(set, arm))
            case .traffic(let name, let events): report.traffic += try traffic(name, events, arm)
            case .prompts(let set):
                throw DataError(
                    file: set.name,
                    "holds prompts without labels: there is nothing to measure; wanted pairs, clusters, conversations or a log"
                )
            }
        }
    }

    private func pairs(_ set: PairSet, _ arm: Arm) -> EvaluationReport.PairResult {
        let start = clock.monotonicNanoseconds()
        let total = set.pairs.count
        let progress = progress
        let run = ScoringRun(threads: threads) { progress("\(set.name), \(arm.name)", $0, total) }
        let scores = run.scores(of: set.pairs, by: arm.scorer)
        let seconds = Double(clock.monotonicNanoseconds() - start) / 1e9
        let report = PairReport(set, scores: scores, scorer: arm.scorer, budget: arm.maximumFalseHitRate ?? budget)
        return EvaluationReport.PairResult(
            report: report, sweep: (sweep ?? .fitting(arm.scale)).rows(report.curve, arm.scorer), seconds: seconds)
    }

    private func clusters(_ set: ClusterSet, _ arm: Arm) -> EvaluationReport.SimulationResult {
        let simulation = CacheSimulation(halving: set.texts, seed: seed)
        let progress = progress
        let total = simulation.asked.count
        let outcome = simulation.run(arm, threads: threads) { progress("\(set.name), \(arm.name)", $0, total) }
        return EvaluationReport.SimulationResult(
            set: set.name, arm: arm.name, threshold: arm.scorer.defaultThreshold, outcome: outcome)
    }

    /// Each pair in a tenant of its own, so that nothing but its other half can be found.
    private func context(_ set: ContextSet, _ arm: Arm) -> EvaluationReport.ContextResult {
        let engine = kit.engine(arm, seed: seed)
        var decisions: [(kind: String, isHit: Bool, isSame: Bool)] = []
        for (number, pair) in set.pairs.enumerated() {
            var stored = CacheRequest(input: .messages(pair.b))
            var asked = CacheRequest(input: .messages(pair.a))
            stored.tenant = "\(number)"
            asked.tenant = stored.tenant
            _ = engine.store(StoreRequest(request: stored, response: RawJSON(.string(pair.id)))).finish()
            decisions.append((pair.kind, engine.lookup(asked).finish().status == .hit, pair.isSame))
            progress("\(set.name), \(arm.name)", number + 1, set.pairs.count)
        }
        let kinds = Dictionary(grouping: decisions, by: \.kind).sorted { $0.key < $1.key }
        func point(_ part: [(kind: String, isHit: Bool, isSame: Bool)]) -> OperatingPoint {
            OperatingPoint(
                threshold: arm.scorer.defaultThreshold, rightHits: part.count { $0.isHit && $0.isSame },
                wrongHits: part.count { $0.isHit && !$0.isSame }, lookups: part.count,
                positives: part.count(where: \.isSame))
        }
        return EvaluationReport.ContextResult(
            set: set.name, arm: arm.name, kinds: kinds.map { ($0.key, point($0.value)) }, total: point(decisions))
    }

    /// The log once at the arm's own threshold, or once at each budget of the sweep where the arm goes by budgets.
    private func traffic(_ name: String, _ events: [TrafficEvent], _ arm: Arm) throws -> [EvaluationReport
        .TrafficResult]
    {
        var budgets: [Double?] = [nil]
        if case .budgets(let values) = sweep, arm.maximumFalseHitRate != nil { budgets = values }
        return try budgets.map { budget in
            var kit = kit
            if let budget { kit.policies = kit.policies.with(maximumFalseHitRate: budget) }
            let engine = kit.engine(budget == nil ? arm : arm.withoutBudget, seed: seed)
            var replay = TrafficReplay(client: EngineClient(engine: engine, coding: coding))
            var tally = ReplayTally()
            for (number, event) in events.enumerated() {
                tally.add(try replay.send(event))
                progress("\(name), \(arm.name)", number + 1, events.count)
            }
            return EvaluationReport.TrafficResult(set: name, arm: arm.name, budget: budget, tally: tally)
        }
    }
}
