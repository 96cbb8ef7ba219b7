import CacheModel

/// A client of a running cache, as a gateway is one. Evaluation sees no more of the cache than this.
public protocol CacheClient {
    /// Sends a lookup's body; returns the reply's.
    func lookup(_ body: JSONValue) throws -> JSONValue
    /// Sends a store's body; returns the reply's.
    func store(_ body: JSONValue) throws -> JSONValue
}

/// Replays a log through a cache in the order given: each request is looked up, and each miss is followed by the store of
/// the answer that the log holds, as a gateway would after calling the model.
public struct TrafficReplay {
    /// What came of one request.
    public struct Outcome: Sendable {
        /// The request.
        public var event: TrafficEvent
        /// The reply to its lookup.
        public var reply: JSONValue
        /// Nanoseconds from sending the lookup to having its reply.
        public var nanoseconds: UInt64
        /// The request whose answer was served, on a hit.
        public var source: TrafficEvent?
        /// Whether the answer served was one that the request did not need; `nil` when there is no hit or no label.
        public var isWrongHit: Bool?
        /// Whether an answer that would have served had been stored before; `nil` without labels.
        public var wasAnswerable: Bool?
        /// The reply to the store, if one followed.
        public var stored: JSONValue?

        /// `hit`, `miss`, …
        public var status: String { reply["status"]?.string ?? "" }
        /// Whether the cache answered.
        public var isHit: Bool { status == "hit" || status == "stale" }
        /// The money that a hit saved, where the price is known.
        public var avoidedCost: NanoDollars {
            reply["avoided"]?["cost_usd"]?.double.flatMap(NanoDollars.init(dollars:)) ?? NanoDollars(0)
        }
    }

    private let client: any CacheClient
    private let clock: any WallClock
    private var sources: [String: TrafficEvent] = [:]
    private var storedAnswers: Set<String> = []

    /// A replay through `client`.
    public init(client: any CacheClient, clock: any WallClock = SystemClock()) {
        self.client = client
        self.clock = clock
    }

    /// Sends one request and, on a miss, the answer that the log holds; says what came of it.
    public mutating func send(_ event: TrafficEvent) throws -> Outcome {
        var outcome = try ask(event)
        try keep(&outcome)
        return outcome
    }

    /// Looks one request up.
    public mutating func ask(_ event: TrafficEvent) throws -> Outcome {
        let start = clock.monotonicNanoseconds()
        let reply = try client.lookup(event.lookup)
        let nanoseconds = clock.monotonicNanoseconds() - start
        var outcome = Outcome(event: event, reply: reply, nanoseconds: nanoseconds)
        outcome.wasAnswerable = event.answer.map(storedAnswers.contains)
        if outcome.isHit {
            outcome.source = reply["entry_id"]?.string.flatMap { sources[$0] }
            if let wanted = event.answer, let source = outcome.source?.answer { outcome.isWrongHit = wanted != source }
        }
        return outcome
    }

    /// Stores the answer that the log holds for a request that missed; does nothing for others.
    public mutating func keep(_ outcome: inout Outcome) throws {
        guard !outcome.isHit, let body = outcome.event.store else { return }
        let stored = try client.store(Self.body(body, asked: outcome.reply))
        outcome.stored = stored
        if let id = stored["entry_id"]?.string {
            sources[id] = outcome.event
            if let answer = outcome.event.answer { storedAnswers.insert(answer) }
        }
    }

    /// The store with the epoch of its lookup, as a gateway sends it: the log's latency is not the time that went by here.
    private static func body(_ body: JSONValue, asked reply: JSONValue) -> JSONValue {
        guard case .object(let members) = body, let epoch = reply["epoch"], body["epoch"] == nil else { return body }
        return .object(members + [JSONMember("epoch", epoch)])
    }
}
