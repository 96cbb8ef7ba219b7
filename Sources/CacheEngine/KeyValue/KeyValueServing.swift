import CacheModel

/// What the service asks of the values. A problem is the caller's to mend, or a store that does not answer.
public protocol KeyValueServing: Sendable {
    /// A value; on a miss, where the request wants one, a lease or what its holder brings.
    func get(_ request: ValueRequest) -> Step<Result<ValueReply, RequestProblem>>
    /// Several values, `nil` for what is not there.
    func get(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>>
    /// Writes values, each for itself.
    func put(_ writes: [ValuePut], in place: ValuePlace) -> Step<Result<[ValueOutcome], RequestProblem>>
    /// Removes values; returns those that were there.
    func remove(_ names: [[UInt8]], in place: ValuePlace) -> Step<Result<[KeptValue?], RequestProblem>>
    /// Adds to a whole number, which is 0 where there is none.
    func add(_ delta: Int64, to name: [UInt8], life: ValueLife, in place: ValuePlace)
        -> Step<Result<ValueSum, RequestProblem>>
    /// Changes how long a value lives; returns the value as it is then.
    func expire(_ name: [UInt8], life: ValueLife, in place: ValuePlace) -> Step<Result<KeptValue?, RequestProblem>>
    /// Removes the values with any of `tags`, of a place or (with `nil`) of all; returns how many.
    func invalidate(tags: [String], in place: ValuePlace?) -> Step<Result<Int, RequestProblem>>
    /// The time that lives are counted from.
    var clock: any WallClock { get }
}

/// Where a value is: a namespace, within a tenant's walls where there is one.
public struct ValuePlace: Sendable, Equatable {
    /// The namespace.
    public var namespace: String
    /// Whose values they are; never crossed.
    public var tenant: String?

    /// The namespace of clients that name none.
    public static let defaultNamespace = "default"

    /// A place.
    public init(namespace: String = ValuePlace.defaultNamespace, tenant: String? = nil) {
        (self.namespace, self.tenant) = (namespace, tenant)
    }

    /// The namespace as stores know it. Names hold no control characters, so no two places share one.
    var storedNamespace: String { tenant.map { "\(namespace)\u{1F}\($0)" } ?? namespace }
}

/// A request for one value.
public struct ValueRequest: Sendable, Equatable {
    /// The name.
    public var name: [UInt8]
    /// Where.
    public var place: ValuePlace
    /// Whether a miss may hand out a lease; so it may when `waitMilliseconds` is above zero.
    public var wantsLease = false
    /// How long a miss may wait for what another caller brings, milliseconds.
    public var waitMilliseconds = 0

    /// A request that takes what is there.
    public init(_ name: [UInt8], in place: ValuePlace) { (self.name, self.place) = (name, place) }
}

/// What came of a request for one value.
public enum ValueReply: Sendable, Equatable {
    /// It is there.
    case hit(KeptValue)
    /// It is not; the lease, if there is one, is the caller's.
    case miss(Lease?)
}

/// How long a value lives.
public enum ValueLife: Sendable, Equatable {
    /// As long as the namespace says.
    case usual
    /// So many seconds; at most as many as the namespace allows.
    case seconds(Double)
    /// Until a moment; at most as long as the namespace allows.
    case until(Timestamp)
    /// As long as the namespace allows.
    case longest
    /// What is there keeps its end.
    case kept
}

/// A value as a caller writes it.
public struct ValuePut: Sendable, Equatable {
    /// The name.
    public var name: [UInt8]
    /// How the content is to be read.
    public var kind: KeptValue.Kind
    /// The content.
    public var content: [UInt8]
    /// How long it lives.
    public var life = ValueLife.usual
    /// Names under which it can be invalidated.
    public var tags: [String] = []
    /// What must be there.
    public var condition = ValueWrite.Condition.always
    /// The lease that a miss handed out.
    public var lease: String?
    /// Tags whose other values go from the same place once this one is written, because it changes what they rest on.
    public var invalidates: [String] = []

    /// A value for any name that lives as long as its namespace says.
    public init(_ name: [UInt8], kind: KeptValue.Kind = .bytes, content: [UInt8]) {
        (self.name, self.kind, self.content) = (name, kind, content)
    }
}

/// Counters of the values since the start.
public struct ValueStatistics: Sendable, Equatable {
    /// Values asked for that were there.
    public var hits = 0
    /// Values asked for that were not.
    public var misses = 0
    /// Values written.
    public var stored = 0
    /// Writes whose condition did not hold.
    public var conflicts = 0
    /// Values removed by name.
    public var deleted = 0
    /// Values removed by tag.
    public var invalidated = 0
    /// Additions.
    public var additions = 0
    /// Calls that the store did not answer.
    public var failures = 0
    /// Bytes of values in memory, and their limit.
    public var memoryBytes = 0
    /// The limit.
    public var memoryLimit = 0

    /// Nothing counted yet.
    public init() {}
}
