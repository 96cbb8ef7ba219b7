import CacheModel

/// Replays a log at its own times through a real engine on a clock that follows the log: entries expire as they would
/// have, and an answer is stored only once the model would have given it, so that a second request in the meantime misses
/// as well.
public struct TimedReplay {
    /// What happened during one stretch of the log.
    public struct Stretch: Sendable, Equatable {
        /// Its start, seconds since the start of the log.
        public var start: Double
        /// Requests that arrived in it.
        public var lookups = 0
        /// Those that the cache answered.
        public var hits = 0
        /// Hits known to be wrong.
        public var wrongHits = 0
        /// Money that its hits avoided, nano-dollars.
        public var avoided: Int64 = 0

        /// hits / lookups.
        public var hitRate: Proportion { Proportion(hits, of: lookups) }
    }

    /// What came of a replay.
    public struct Outcome: Sendable {
        /// The sums.
        public var tally: ReplayTally
        /// The log in stretches of equal length.
        public var stretches: [Stretch]
        /// What the calls cost that were still made, nano-dollars, where the price is known.
        public var charged: Int64
        /// Milliseconds that each request would have waited for without the cache.
        public var waitsWithout: [Double]
        /// Milliseconds that each request waited for with it.
        public var waitsWith: [Double]
        /// Seconds from the first request to the last.
        public var duration: Double
    }

    private let events: [TrafficEvent]
    private let upstream: UpstreamModel
    private let price: @Sendable (TokenUsage, TrafficEvent) -> NanoDollars?
    private let stretchCount: Int

    /// A replay of `events`; `price` says what a call costs when the log does not.
    ///
    /// - Throws: `DataError` when requests have no times.
    public init(
        events: [TrafficEvent], file: String, upstream: UpstreamModel, stretchCount: Int = 24,
        price: @escaping @Sendable (TokenUsage, TrafficEvent) -> NanoDollars?
    ) throws(DataError) {
        let missing = events.count { $0.at == nil }
        guard missing == 0 else {
            throw DataError(
                file: file,
                "\(missing) of \(events.count) requests have no arrival time 'at'; give a trace of arrival times")
        }
        // Swift's sort is stable: requests of one moment stay in the log's order.
        self.events = events.sorted { $0.at! < $1.at! }
        self.upstream = upstream
        self.price = price
        self.stretchCount = max(1, stretchCount)
    }

    /// The events with the times of a trace, in order, the log repeated from its start when the trace is longer.
    public static func timed(_ events: [TrafficEvent], by times: [Double]) -> [TrafficEvent] {
        times.enumerated().map { number, time in
            var event = events[number % events.count]
            event.at = time
            return event
        }
    }

    /// Sends the log through `client`, whose engine runs on `clock`.
    public func run(
        _ client: any CacheClient, clock: LogClock, progress: (Int) -> Void = { _ in }
    ) throws -> Outcome {
        var replay = TrafficReplay(client: client)
        var pending = PendingAnswers()
        let start = events.first?.at ?? 0
        let duration = (events.last?.at ?? 0) - start
        var outcome = emptyOutcome(duration)
        for (number, event) in events.enumerated() {
            let at = event.at! - start
            while let answer = pending.popDue(by: at) { try settle(answer, &replay, clock, &outcome) }
            clock.advance(to: at)
            let asked = try replay.ask(event)
            let latency = upstream.latency(of: event)
            let own = Double(asked.nanoseconds) / 1e6
            outcome.waitsWithout.append(latency)
            outcome.waitsWith.append(asked.isHit ? own : own + latency)
            count(asked, at, &outcome)
            if asked.isHit {
                outcome.tally.add(asked)
            } else {
                outcome.charged &+= cost(of: event)
                pending.add(asked, due: at + latency / 1000)
            }
            progress(number + 1)
        }
        while let answer = pending.popDue(by: .infinity) { try settle(answer, &replay, clock, &outcome) }
        return outcome
    }

    private func emptyOutcome(_ duration: Double) -> Outcome {
        let length = duration / Double(stretchCount)
        return Outcome(
            tally: ReplayTally(), stretches: (0..<stretchCount).map { Stretch(start: Double($0) * length) }, charged: 0,
            waitsWithout: [], waitsWith: [], duration: duration)
    }

    private func count(_ asked: TrafficReplay.Outcome, _ at: Double, _ outcome: inout Outcome) {
        let share = outcome.duration > 0 ? at / outcome.duration : 0
        let number = min(stretchCount - 1, Int(share * Double(stretchCount)))
        outcome.stretches[number].lookups += 1
        guard asked.isHit else { return }
        outcome.stretches[number].hits += 1
        outcome.stretches[number].avoided += asked.avoidedCost.amount
        if asked.isWrongHit == true { outcome.stretches[number].wrongHits += 1 }
    }

    private func settle(
        _ answer: (outcome: TrafficReplay.Outcome, due: Double), _ replay: inout TrafficReplay, _ clock: LogClock,
        _ outcome: inout Outcome
    ) throws {
        clock.advance(to: answer.due)
        var asked = answer.outcome
        try replay.keep(&asked)
        outcome.tally.add(asked)
    }

    private func cost(of event: TrafficEvent) -> Int64 {
        if let logged = event.store?["cost_usd"]?.double.flatMap(NanoDollars.init(dollars:)) { return logged.amount }
        return event.isFailure ? 0 : price(UpstreamModel.usage(of: event), event)?.amount ?? 0
    }
}

/// Answers that the model has yet to give: a binary heap by the time at which they are due, ties in order of asking.
private struct PendingAnswers {
    private var heap: [(outcome: TrafficReplay.Outcome, due: Double, number: Int)] = []
    private var added = 0

    mutating func add(_ outcome: TrafficReplay.Outcome, due: Double) {
        heap.append((outcome, due, added))
        added += 1
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popDue(by time: Double) -> (outcome: TrafficReplay.Outcome, due: Double)? {
        guard let first = heap.first, first.due <= time else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.outcome, first.due)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool { (heap[a].due, heap[a].number) < (heap[b].due, heap[b].number) }
}
