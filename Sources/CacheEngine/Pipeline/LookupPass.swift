import CacheModel

/// What one lookup has found out so far; handed from stage to stage.
struct LookupPass: Sendable {
    let request: CacheRequest
    let policy: NamespacePolicy
    /// When the lookup began: one moment for every check of it.
    private(set) var now: Timestamp
    /// Until when the caller waits for another's answer, nanoseconds of the monotonic clock.
    let waitUntil: UInt64
    var keys: CacheKeys
    /// There once the text as given was not known.
    var folded: FoldedKeys?
    var partitionCount = 0
    var decision: MatchDecision.Outcome?
    /// Who ran the model of the entry served.
    var provider: String?
    /// The tags of the entry served.
    var tags: [String] = []
    /// Names the folded text of the entry served.
    var servedDigest: UInt64?
    /// Whether the tokens of the entry served were estimated.
    var isUsageEstimated = false

    /// What a hit would have avoided in a namespace that only watches.
    var watched: AvoidedCost?
    /// The flight that this lookup has waited for.
    var flight: LeaseKey?

    private let clock: any WallClock
    /// Nanoseconds of each stage so far, in order; empty where they are not timed.
    private(set) var stages: [(name: String, nanoseconds: UInt64)] = []
    private var lapStart: UInt64
    private let start: UInt64
    private let isTimed: Bool

    /// A pass that has found out nothing; `isSampled` asks for its stages to be timed though nobody asked for `explain`.
    init(request: CacheRequest, policy: NamespacePolicy, clock: any WallClock, isSampled: Bool = false) {
        isTimed = isSampled || request.explain || request.isTimed
        self.request = request
        self.policy = policy
        self.clock = clock
        now = clock.now()
        waitUntil =
            request.waitMilliseconds > 0
            ? clock.monotonicNanoseconds() &+ UInt64(request.waitMilliseconds) * 1_000_000 : 0
        let none = Digest256(0, 0, 0, 0)
        keys = CacheKeys(
            scope: none, exact: none, prompt: "", endsWithUserText: false, isEmpty: true)
        start = clock.monotonicNanoseconds()
        lapStart = start
    }

    /// After a wait the moment is another one.
    mutating func refresh() {
        now = clock.now()
        lap("wait")
    }

    /// Nanoseconds since the lookup began.
    var elapsedNanoseconds: UInt64 { clock.monotonicNanoseconds() &- start }

    /// Ends a stage; most lookups are not timed and do not pay for the clock.
    mutating func lap(_ stage: String) {
        guard isTimed else { return }
        let time = clock.monotonicNanoseconds()
        stages.append((stage, time - lapStart))
        lapStart = time
    }

    /// A miss, with what the judge saw.
    func miss(_ lookupID: EntryID, _ reason: MissReason) -> LookupReply {
        LookupReply(status: .miss, lookupID: lookupID, reason: reason)
    }

    /// A hit on `match`, whose body is at hand.
    mutating func hit(_ lookupID: EntryID, _ match: Match, _ body: EntryBody) -> LookupReply {
        let record = match.record
        provider = record.provider
        servedDigest = record.foldedKey.w0
        tags = record.tags
        isUsageEstimated = body.isUsageEstimated
        var reply = LookupReply(status: .hit, lookupID: lookupID)
        reply.hitType = match.type
        reply.entryID = record.id
        reply.similarity = match.similarity
        reply.probability = match.probability
        reply.response = body.response
        reply.model = record.model
        reply.age = max(0, now.seconds(since: record.created))
        reply.ttl = record.freshUntil.map { max(0, $0.seconds(since: now)) }
        reply.usage = body.usage
        if let usage = body.usage {
            reply.avoided = AvoidedCost(usage: usage, cost: body.cost, latencyMilliseconds: body.latencyMilliseconds)
        }
        return reply
    }

    /// How the answer came about.
    func explanation() -> Explanation {
        var explanation = Explanation(scope: keys.scope, exactKey: keys.exact)
        explanation.foldedLength = folded?.length ?? 0
        explanation.partitionCount = partitionCount
        explanation.requiredProbability = decision?.requiredProbability
        explanation.requiredSimilarity = decision?.requiredSimilarity
        explanation.candidates = decision?.candidates ?? []
        explanation.stages = stages
        explanation.unknownFields = request.unknownFields
        return explanation
    }
}

/// An entry that a lookup may serve.
struct Match: Sendable {
    var record: EntryRecord
    var type: LookupReply.HitType
    var similarity: Double
    var probability: Double
}
