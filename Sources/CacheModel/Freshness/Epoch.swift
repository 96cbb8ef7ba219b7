/// What has an epoch of its own: bumping it makes everything older that belongs to it invisible at once.
public enum EpochSubject: Hashable, Sendable {
    /// A namespace.
    case namespace(String)
    /// A model within a namespace.
    case model(String, namespace: String)
    /// A prompt template within a namespace.
    case template(String, namespace: String)

    /// The namespace that the subject is, or lies in.
    public var namespace: String {
        switch self {
        case .namespace(let name), .model(_, let name), .template(_, let name): name
        }
    }

    /// Stable names of the kinds, for media and the wire.
    public enum Kind: String, Sendable, CaseIterable { case namespace, model, template }

    /// The kind.
    public var kind: Kind {
        switch self {
        case .namespace: .namespace
        case .model: .model
        case .template: .template
        }
    }

    /// The model's or template's name; empty for a namespace.
    public var name: String {
        switch self {
        case .namespace: ""
        case .model(let name, _), .template(let name, _): name
        }
    }

    /// A subject from its parts.
    public init(kind: Kind, name: String, namespace: String) {
        switch kind {
        case .namespace: self = .namespace(namespace)
        case .model: self = .model(name, namespace: namespace)
        case .template: self = .template(name, namespace: namespace)
        }
    }
}

/// The epochs there are, as a store knows them.
public struct EpochTable: Sendable, Equatable {
    /// The latest moment of the clock that all epochs are taken from: every bump moves it on.
    public var clock: Int64
    /// The epoch of each subject that was ever bumped: never above `clock`.
    public var values: [EpochSubject: Int64]

    /// A table.
    public init(clock: Int64 = 0, values: [EpochSubject: Int64] = [:]) { (self.clock, self.values) = (clock, values) }
}

/// Where processes agree on epochs. Calls block; they come from worker threads.
///
/// One clock serves all subjects, so that an entry needs one number: the clock's when its answer was asked for. It is
/// gone when an epoch that it belongs to is above that. Conforming types pass `FreshnessStoreConformance` in the tests.
public protocol EpochStore: Sendable {
    /// Moves the clock on, past its own value and to `proposal` at least, and sets the epoch of `subject` (of none, when
    /// `nil`) to it; returns the clock's new value. One step: no two calls return the same.
    func advanceEpoch(of subject: EpochSubject?, to proposal: Int64) throws(StoreError) -> Int64
    /// Raises the clock and epochs to those of `table` where they are lower: for what was bumped while the store was
    /// away, or what the store has lost.
    func mergeEpochs(_ table: EpochTable) throws(StoreError)
    /// All epochs.
    func epochs() throws(StoreError) -> EpochTable
}
