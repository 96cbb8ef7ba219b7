import CacheEngine
import CacheModel
import Evaluation

/// `deja replay`
enum ReplayCommand: Command {
    static let name = "replay"
    static let abstract = "Replay a log in its own time, to see what lifetimes, memory and budgets do."
    static let discussion = """
        The log is JSON lines with the fields of a lookup and a store, and 'at', the seconds of arrival. The cache's clock
        follows the log, and an answer is stored only once the model would have given it. Lists are replayed in every
        combination. Without --memories nothing is pushed out; with it, what was used longest ago is.

        """ + EvaluationArms.help
    static let options: [Option] = [
        .value("data", "LOG", "The log (required)."),
        .value("arm", "ARM", "The arm. Default: verifier, or judge where there is none."),
        .value(
            "arrivals", "TRACE", "Times for a log without: CSV with 'arrival_s' or JSON lines with 'timestamp' (ms)."),
        .value("ttls", "TIME,…", "Lives of entries, such as 15m,1d,never. Default: the setting."),
        .value("memories", "SIZE,…", "Room for entries, such as 16MiB,1GiB. Default: no bound."),
        .value("budgets", "SHARE,…", "Shares of hits that may be wrong, for judge and verifier. Default: the setting."),
        .value("first-token", "MS", "The model's latency where the log has none. Default: 400."),
        .value("per-token", "MS", "… and for each token of its answer. Default: 15."),
        .value("stretches", "N", "Parts of the log to tell the hit rate of. Default: 24."), .json,
        Settings.configOption,
    ]
    static let settings = EvaluationArms.settings

    /// One combination of what is varied.
    private struct Variant {
        var ttl: String?
        var memory: String?
        var budget: String?

        var name: String {
            let parts = [
                ttl.map { "ttl \($0)" }, memory.map { "memory \($0)" }, budget.map { "budget \($0)" },
            ].compactMap(\.self)
            return parts.isEmpty ? "as set" : parts.joined(separator: ", ")
        }
    }

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        guard let path = arguments.value("data") else { throw UsageError("'--data LOG' is missing") }
        let arms = EvaluationArms(try Settings(arguments: arguments))
        let arm = try arguments.value("arm") ?? arms.product()
        let events = try self.events(path, arguments)
        let upstream = UpstreamModel(
            firstTokenMilliseconds: try arguments.double("first-token", in: 0...1e6) ?? 400,
            tokenMilliseconds: try arguments.double("per-token", in: 0...1e5) ?? 15)
        let stretches = try arguments.integer("stretches", in: 1...1000) ?? 24
        let kit = try arms.kit()
        let replay = try TimedReplay(events: events, file: path, upstream: upstream, stretchCount: stretches) {
            usage, event in
            guard let model = event.lookup["model"]?.string else { return nil }
            return kit.pricing.cost(of: usage, model: model, provider: event.lookup["provider"]?.string)
        }
        let meter = ProgressMeter()
        let results = try variants(arguments).map { variant in
            let chosen = try arms.arm(variant.budget.map { "\(arm)@\($0)" } ?? arm)
            return try result(variant, replay, kit, chosen) { meter.show(variant.name, $0, events.count) }
        }
        meter.clear()
        let report = ReplayReport(log: path, variants: results)
        Console.line(arguments.has("json") ? JSONWriter.encode(report.json) : Array(report.text.utf8))
        return .success
    }

    private static func events(_ path: String, _ arguments: Arguments) throws -> [TrafficEvent] {
        let events = try TrafficLog.parse(try DataFiles.source(path), file: path)
        guard let trace = arguments.value("arrivals") else { return events }
        let name = trace.hasSuffix(".gz") ? String(trace.dropLast(3)) : trace
        return TimedReplay.timed(events, by: try ArrivalTimes.parse(try DataFiles.source(trace), file: name))
    }

    private static func result(
        _ variant: Variant, _ replay: TimedReplay, _ kit: EngineKit, _ arm: Arm, progress: (Int) -> Void
    ) throws -> ReplayReport.Variant {
        var kit = kit
        if let ttl = variant.ttl {
            let seconds = SettingValue.seconds(ttl)!
            kit.policies = kit.policies.with(ttl: seconds.isFinite ? seconds : nil)
        }
        let store = VolatileStore(capacity: variant.memory.map { SettingValue.bytes($0)! } ?? .max)
        let clock = LogClock()
        // With a bound on the store no second copy may be served from the memory tier.
        let engine = kit.engine(
            arm, store: store, clock: clock, memoryTierBytes: variant.memory == nil ? 1 << 30 : 0)
        let outcome = try replay.run(
            EngineClient(engine: engine, coding: ServiceCoding()), clock: clock, progress: progress)
        return ReplayReport.Variant(name: variant.name, outcome: outcome, evictions: store.evictions)
    }

    private static func variants(_ arguments: Arguments) throws -> [Variant] {
        func list(_ name: String, problem: (String) -> String?) throws -> [String?] {
            guard let text = arguments.value(name) else { return [nil] }
            return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                if let problem = problem(String(part)) { throw UsageError("'--\(name)' \(problem)") }
                return String(part)
            }
        }
        let ttls = try list("ttls") { Setting.ttl.problem(with: $0) }
        let memories = try list("memories") { text in
            SettingValue.bytes(text).map { $0 >= 1024 } == true
                ? nil : "must be sizes from 1KiB, such as 512KiB or 1GiB, found '\(text)'"
        }
        let budgets = try list("budgets") { Setting.maxFalseHitRate.problem(with: $0) }
        return ttls.flatMap { ttl in
            memories.flatMap { memory in budgets.map { Variant(ttl: ttl, memory: memory, budget: $0) } }
        }
    }
}
