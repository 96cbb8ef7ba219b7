import CacheModel

/// The clock of a replay: it stands where the log's time is.
public final class LogClock: WallClock {
    /// When replays begin: 2026-01-01T00:00:00Z. Which moment it is does not matter to a cache.
    public static let epochMilliseconds: Int64 = 1_767_225_600_000

    private let elapsed = Locked(0.0)

    /// A clock at the start of the log.
    public init() {}

    /// Seconds since the start of the log.
    public var seconds: Double { elapsed.withLock { $0 } }

    /// Moves on to `seconds` since the start of the log; never back.
    public func advance(to seconds: Double) { elapsed.withLock { $0 = max($0, seconds) } }

    public func now() -> Timestamp {
        Timestamp(milliseconds: Self.epochMilliseconds + Int64((seconds * 1000).rounded()))
    }

    public func monotonicNanoseconds() -> UInt64 { UInt64(max(0, seconds) * 1e9) }
}

/// How long the model takes, and what it costs, when the log does not say.
public struct UpstreamModel: Sendable, Equatable {
    /// Milliseconds until the first token.
    public var firstTokenMilliseconds: Double
    /// Milliseconds for each token of the answer.
    public var tokenMilliseconds: Double

    /// A model of latency, linear in the tokens of the answer; by default about what hosted models of medium size take.
    public init(firstTokenMilliseconds: Double = 400, tokenMilliseconds: Double = 15) {
        self.firstTokenMilliseconds = firstTokenMilliseconds
        self.tokenMilliseconds = tokenMilliseconds
    }

    /// Milliseconds of a call: the log's own figure, else the model's.
    public func latency(of event: TrafficEvent) -> Double {
        if let recorded = event.store?["latency_ms"]?.double, recorded >= 0 { return recorded }
        return firstTokenMilliseconds + tokenMilliseconds * Double(Self.usage(of: event).completionTokens)
    }

    /// The tokens of a call: the log's own, else one for four bytes.
    static func usage(of event: TrafficEvent) -> TokenUsage {
        let usage = event.store?["usage"]
        let completion = usage?["completion_tokens"]?.integer ?? usage?["output_tokens"]?.integer
        let prompt = usage?["prompt_tokens"]?.integer ?? usage?["input_tokens"]?.integer
        let bytes = event.store?["response"].map { JSONWriter.encode($0).count } ?? 0
        return TokenUsage(
            promptTokens: prompt.map { Int(clamping: $0) } ?? event.title.utf8.count / 4,
            completionTokens: completion.map { Int(clamping: $0) } ?? bytes / 4)
    }
}

/// Times at which requests arrive, of a trace without texts.
public enum ArrivalTimes {
    /// Reads a trace: CSV with a column `arrival_s`, or JSON lines with `timestamp` in milliseconds.
    ///
    /// - Throws: `DataError` that names the line, what was found and what is wanted.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> [Double] {
        var times: [Double] = []
        if file.contains(".jsonl") {
            try JSONLines(bytes, file: file).forEach { row throws(DataError) in
                guard let time = row.value["timestamp"]?.double else {
                    throw row.error("'timestamp' must be milliseconds, found \(row.describe("timestamp"))")
                }
                times.append(time / 1000)
            }
        } else {
            times = try column("arrival_s", bytes, file: file)
        }
        guard !times.isEmpty else { throw DataError(file: file, "holds no arrival times") }
        return times.sorted()
    }

    private static func column(_ name: String, _ bytes: [UInt8], file: String) throws(DataError) -> [Double] {
        var times: [Double] = []
        var column: Int?
        let lines = try TextLines(bytes, file: file)
        try lines.forEach { line, number throws(DataError) in
            let fields = try lines.text(line, offset: 0, line: number).split(
                separator: ",", omittingEmptySubsequences: false)
            guard let position = column else {
                column = fields.firstIndex { $0 == name }
                if column == nil {
                    throw DataError(
                        file: file, line: number, "the header lacks \(name): found \(fields.joined(separator: ", "))")
                }
                return
            }
            guard position < fields.count, let time = Double(fields[position]), time.isFinite else {
                throw DataError(file: file, line: number, "column \(position + 1) (\(name)) must be seconds")
            }
            times.append(time)
        }
        return times
    }
}
