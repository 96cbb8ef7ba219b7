import CacheModel

/// Something that has happened in the cache, as others may know of it: names and digests, never what was asked or answered
/// unless the namespace's policy allows the prompt.
public struct CacheEvent: Sendable, Equatable {
    /// What has happened. The raw values are the wire's.
    public enum Kind: String, Sendable, CaseIterable {
        /// A lookup, or a read of a value, was answered.
        case hit
        /// It was not.
        case miss
        /// An answer, or a value, was kept or refused.
        case store
        /// Entries, or values, were removed.
        case delete
        /// Entries' lives have ended.
        case expire
        /// The store has failed.
        case error
    }

    /// Its number; set by the hub, as is `at`.
    public internal(set) var number: UInt64 = 0
    /// When.
    public internal(set) var at = Timestamp(milliseconds: 0)
    /// What.
    public var kind: Kind
    /// Where; empty when no namespace is meant.
    public var namespace: String
    /// Whose.
    public var tenant: String?
    /// The tier, the reason or the error's code.
    public var detail: String?
    /// The entry.
    public var entryID: EntryID?
    /// The digest that the prompt, or the value's name, is known by.
    public var key: Digest256?
    /// The model.
    public var model: String?
    /// The similarity of a hit.
    public var similarity: Double?
    /// How long it took, nanoseconds.
    public var nanoseconds: UInt64?
    /// What a hit saved.
    public var avoided: NanoDollars?
    /// How many entries or values it concerns, where that is not one.
    public var count: Int?
    /// Whether it concerns values rather than answers.
    public var isValue = false
    /// The prompt, where the namespace's policy allows it.
    public var prompt: String?

    /// An event with nothing else known of it.
    public init(_ kind: Kind, namespace: String = "", detail: String? = nil) {
        (self.kind, self.namespace, self.detail) = (kind, namespace, detail)
    }
}

/// Which events a reader wants.
public struct EventFilter: Sendable, Equatable {
    /// Of these kinds; `nil` for all.
    public var kinds: Set<CacheEvent.Kind>?
    /// Of these namespaces; `nil` for all. An event of no namespace is for those who want all.
    public var namespaces: Set<String>?
    /// Of this tenant; `nil` for all.
    public var tenant: String?

    /// Everything.
    public init() {}

    /// Whether the reader wants `event`.
    public func admits(_ event: CacheEvent) -> Bool {
        kinds?.contains(event.kind) != false && namespaces?.contains(event.namespace) != false
            && (tenant == nil || event.tenant == tenant)
    }
}
