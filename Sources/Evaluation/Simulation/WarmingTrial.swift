import CacheEngine
import CacheModel

/// Whether reading into memory what the coming hour is likely to want pays: the memory tier on a stream of many days, with
/// and without it.
///
/// No public trace of prompts spans weeks. The stream is made of one that spans an hour (JSON lines with `timestamp`,
/// `output_length` and `hash_ids`, as Mooncake's): its arrivals, its reuse within and its sizes are stretched over a day,
/// and each conversation comes again on a day of the same kind (weekday or weekend) with a probability that is given, at
/// the same time give or take half an hour; otherwise one that was never seen comes in its place. With probability 0
/// nothing that happened says what will happen, and warming can only harm.
public struct WarmingTrial: Sendable {
    /// A request of the trace.
    private struct Request {
        /// Its arrival, as a share of the trace's span (0..<1).
        var moment: Double
        /// What it asks for: its second block of tokens, which no two conversations share.
        var conversation: UInt64
        /// Bytes of its answer, at four a token.
        var bytes: Int
    }

    /// Counts over the days that are measured.
    public struct Outcome: Sendable, Equatable {
        /// Requests for what had been stored before: hits, from memory or from the store.
        public var hits = 0
        /// Those that memory served when only eviction decides.
        public var plain = 0
        /// Those that memory served with warming.
        public var warmed = 0
        /// Answers that warming read.
        public var read = 0
        /// Those of them that were then asked for.
        public var wanted = 0
    }

    /// Days of the stream: four weeks, of which the last two are measured.
    public static let days = 28
    private static let measuredFrom = 14
    private static let day = 86_400_000.0

    private let requests: [Request]

    /// A trial on a trace.
    ///
    /// - Throws: `DataError` that names the line, what was found and what is wanted.
    public init(_ bytes: [UInt8], file: String) throws(DataError) {
        var rows: [(time: Double, conversation: UInt64, bytes: Int)] = []
        try JSONLines(bytes, file: file).forEach { row throws(DataError) in
            guard let time = row.value["timestamp"]?.double, time >= 0 else {
                throw row.error("'timestamp' must be milliseconds, found \(row.describe("timestamp"))")
            }
            guard let tokens = row.value["output_length"]?.integer, tokens >= 0, tokens < 1 << 40 else {
                throw row.error("'output_length' must be tokens, found \(row.describe("output_length"))")
            }
            let blocks = row.value["hash_ids"]?.array?.prefix(2).compactMap(\.integer) ?? []
            guard let block = blocks.last else {
                throw row.error("'hash_ids' must be names of blocks, found \(row.describe("hash_ids"))")
            }
            rows.append((time, UInt64(bitPattern: block), Int(tokens) * 4))
        }
        guard let first = rows.map(\.time).min(), let last = rows.map(\.time).max(), last > first else {
            throw DataError(file: file, "must hold requests at different times")
        }
        let span = (last - first) * 1.000001
        requests = rows.map {
            Request(moment: ($0.time - first) / span, conversation: $0.conversation, bytes: $0.bytes)
        }
    }

    /// Runs the stream in which conversations recur with a probability of `recurrence`, through memory that holds `room`
    /// of the bytes that one weekday asks for.
    public func run(recurrence: Double, room: Double, seed: UInt64 = 1) -> Outcome {
        let stream = stream(recurrence: recurrence, seed: seed)
        let distinct = Dictionary(requests.map { ($0.conversation, $0.bytes) }, uniquingKeysWith: max)
        let daily = distinct.values.reduce(0) { $0 + $1 + BoundedMemory<UInt64, Body>.overheadBytes }
        let capacity = Int(Double(daily) * room)
        var outcome = Outcome()
        outcome.plain = replay(stream, capacity: capacity, readsAhead: false).served
        (outcome.hits, outcome.warmed, (outcome.read, outcome.wanted)) = replay(
            stream, capacity: capacity, readsAhead: true)
        return outcome
    }

    // MARK: The stream

    private struct Access {
        var time: Double
        var name: UInt64
        var bytes: Int
        var hour: Int { Int(time / 3_600_000) }
    }

    private static func start(of hour: Int) -> Timestamp { Timestamp(milliseconds: Int64(hour) * 3_600_000) }

    private struct Body: SizedInMemory {
        var contentBytes: Int
    }

    private func stream(recurrence: Double, seed: UInt64) -> [Access] {
        // The fourth day of the epoch was a Monday.
        var stream: [Access] = []
        for number in 0..<Self.days {
            let isWeekend = number % 7 >= 5
            let start = Double(number + 4) * Self.day
            for request in requests {
                // Half as much on weekends, and other things.
                let kind = Self.draw(seed, request.conversation, 1)
                if isWeekend && kind & 1 == 0 { continue }
                let today = Self.draw(seed, request.conversation, UInt64(number) + 100)
                let recurs = Double(today >> 11) * 0x1p-53 < recurrence
                let name = Self.draw(
                    seed, request.conversation, recurs ? (isWeekend ? 2 : 3) : UInt64(number) + 1_000_000)
                let lateness = (Double(Self.draw(seed, today, 4) >> 11) * 0x1p-53 - 0.5) * 3_600_000
                let time = start + request.moment * Self.day + lateness
                stream.append(Access(time: time, name: name, bytes: request.bytes))
            }
        }
        return stream.sorted { ($0.time, $0.name) < ($1.time, $1.name) }
    }

    /// A number that the arguments alone decide.
    private static func draw(_ seed: UInt64, _ a: UInt64, _ b: UInt64) -> UInt64 {
        var random = SeededRandom(seed: seed &+ a &* 0x9E37_79B9_7F4A_7C15 &+ b &* 0xD1B5_4A32_D192_ED03)
        _ = random.next()
        return random.next()
    }

    // MARK: Through the memory tier

    /// Hits of the days that are measured, those that memory served, and the answers that were read ahead.
    private func replay(
        _ stream: [Access], capacity: Int, readsAhead: Bool
    ) -> (hits: Int, served: Int, expected: (came: Int, wanted: Int)) {
        let memory = BoundedMemory<UInt64, Body>(capacity: capacity)
        var state = WarmingState()
        var asked: Set<UInt64> = []
        var stored: [UInt64: Int] = [:]
        var (hits, served) = (0, 0)
        var before = (came: 0, wanted: 0)
        var hour = stream.first?.hour ?? 0
        state.add([], at: Self.start(of: hour))
        let measured = Int((Double(Self.measuredFrom + 4) * Self.day) / 3_600_000)
        for access in stream {
            while hour < access.hour {
                hour += 1
                if hour == measured { before = memory.expected }
                guard readsAhead else { continue }
                state.add(asked, at: Self.start(of: hour))
                asked = []
                let known = state.history.forecast(of: HourOfWeek(hour: hour)).filter { stored[$0.name] != nil }
                state.plan(known, for: hour, capacity: capacity)
                while let name = state.plan?.names.last {
                    let body = Body(contentBytes: stored[name]!)
                    if memory.expect(name) == nil { memory.insert(body, id: name, isExpected: true) }
                    state.plan?.take(
                        name, bytes: body.contentBytes + BoundedMemory<UInt64, Body>.overheadBytes)
                }
            }
            asked.insert(access.name)
            guard let bytes = stored[access.name] else {
                stored[access.name] = access.bytes
                memory.insert(Body(contentBytes: access.bytes), id: access.name)
                continue
            }
            let isHeld = memory.body(of: access.name) != nil
            if !isHeld { memory.insert(Body(contentBytes: bytes), id: access.name) }
            guard hour >= measured else { continue }
            hits += 1
            if isHeld { served += 1 }
        }
        let after = memory.expected
        return (hits, served, (after.came - before.came, after.wanted - before.wanted))
    }
}
