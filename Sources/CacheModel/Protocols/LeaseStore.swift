/// Leases that several processes agree on: who of them asks the model.
public protocol LeaseStore: Sendable {
    /// Takes the lease of `key` for `milliseconds`, unless somebody holds it.
    func acquire(_ key: LeaseKey, token: String, milliseconds: Int) throws(StoreError) -> LeaseOutcome
    /// Gives the lease of `key` back if `token` holds it.
    func release(_ key: LeaseKey, token: String) throws(StoreError)
}

/// What a lease is for: a text within a scope.
public struct LeaseKey: Hashable, Sendable {
    /// The namespace, which decides about the place in a cluster.
    public var namespace: String
    /// The scope, which does so too.
    public var scope: Digest256
    /// The key of the folded text.
    public var text: Digest256

    /// A key.
    public init(namespace: String, scope: Digest256, text: Digest256) {
        (self.namespace, self.scope, self.text) = (namespace, scope, text)
    }
}

/// What came of asking for a lease.
public enum LeaseOutcome: Sendable, Equatable {
    /// It is the caller's.
    case acquired
    /// Somebody else has it for so many milliseconds more.
    case held(milliseconds: Int)
}

/// The right, and the duty, to ask the model for an answer that others wait for.
public struct Lease: Sendable, Equatable {
    /// Goes back with the store, or with a release.
    public var token: String
    /// How long it lasts, milliseconds from the reply on.
    public var milliseconds: Int

    /// A lease.
    public init(token: String, milliseconds: Int) { (self.token, self.milliseconds) = (token, milliseconds) }
}
