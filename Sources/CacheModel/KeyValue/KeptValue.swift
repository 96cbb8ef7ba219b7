/// A value of a key–value namespace with what is kept beside it.
public struct KeptValue: Sendable, Equatable {
    /// How the content is to be read. The raw values are on the medium: never change one.
    public enum Kind: Int64, Sendable {
        /// The text of one JSON value that is no string.
        case json = 0
        /// Bytes: a JSON string's UTF-8, or whatever a client of Redis has set.
        case bytes = 1
    }

    /// How the content is to be read.
    public var kind: Kind
    /// The content, uncompressed.
    public var content: [UInt8]
    /// Rises with every change of the value, and never falls back for its name while the value lives.
    public var version: Int64
    /// When its life ends.
    public var expires: Timestamp
    /// Names under which it can be invalidated.
    public var tags: [String]
    /// The clock of epochs when it was written.
    public var epoch: Int64

    /// A value.
    public init(
        kind: Kind, content: [UInt8], version: Int64, expires: Timestamp, tags: [String] = [], epoch: Int64 = 0
    ) {
        (self.kind, self.content, self.version) = (kind, content, version)
        (self.expires, self.tags, self.epoch) = (expires, tags, epoch)
    }

    /// Whether it is there at `now` for who knows the namespace's `epoch`.
    public func isLive(at now: Timestamp, epoch oldest: Int64) -> Bool { expires > now && epoch >= oldest }

    /// The whole number that the content is, written as numbers are (no sign before zero, no leading zeros); `nil` for
    /// anything else.
    public var integer: Int64? {
        guard content.count <= 20, let text = String(validating: content, as: UTF8.self), let value = Int64(text),
            String(value) == text
        else { return nil }
        return value
    }
}

/// A value's name in full.
public struct ValueKey: Hashable, Sendable {
    /// The namespace.
    public var namespace: String
    /// The name: any bytes.
    public var name: [UInt8]

    /// A name.
    public init(namespace: String, name: [UInt8]) { (self.namespace, self.name) = (namespace, name) }
}

/// Where calls on values work: a namespace, as its epoch is known. Values of an older epoch count as absent.
public struct ValueSpace: Sendable, Equatable {
    /// The namespace.
    public var namespace: String
    /// Its epoch.
    public var epoch: Int64

    /// A namespace as it is known.
    public init(_ namespace: String, epoch: Int64 = 0) { (self.namespace, self.epoch) = (namespace, epoch) }
}

/// A value to be written.
public struct ValueWrite: Sendable, Equatable {
    /// Which value must be there for the write to happen.
    public enum Condition: Sendable, Equatable {
        /// Any or none.
        case always
        /// None.
        case absent
        /// Any.
        case present
        /// The one of this version.
        case version(Int64)
    }

    /// The name.
    public var name: [UInt8]
    /// How the content is to be read.
    public var kind: KeptValue.Kind
    /// The content.
    public var content: [UInt8]
    /// When its life ends.
    public var expires: Timestamp
    /// Names under which it can be invalidated.
    public var tags: [String]
    /// The clock of epochs now: at least the namespace's.
    public var epoch: Int64
    /// What must be there.
    public var condition: Condition
    /// Whether a value that is there keeps its end and its tags.
    public var keepsExpiry = false

    /// A value to be written.
    public init(
        name: [UInt8], kind: KeptValue.Kind, content: [UInt8], expires: Timestamp, tags: [String] = [],
        epoch: Int64 = 0, condition: Condition = .always
    ) {
        (self.name, self.kind, self.content, self.expires) = (name, kind, content, expires)
        (self.tags, self.epoch, self.condition) = (tags, epoch, condition)
    }
}

/// What came of a write.
public enum ValueOutcome: Sendable, Equatable {
    /// It is there now; `former` is what was before it.
    case written(KeptValue, former: KeptValue?)
    /// The condition did not hold; `version` is that of the value that is there.
    case refused(version: Int64?)
}

/// What came of an addition.
public enum ValueSum: Sendable, Equatable {
    /// The sum, now the value.
    case sum(Int64, KeptValue)
    /// The value is no whole number.
    case notInteger
    /// The sum would not fit 64 bits.
    case overflow
}

extension ValueWrite.Condition {
    /// Whether the condition holds for what is there.
    public func holds(for value: KeptValue?) -> Bool {
        switch self {
        case .always: true
        case .absent: value == nil
        case .present: value != nil
        case .version(let version): value?.version == version
        }
    }
}

extension KeptValue {
    /// What `write` makes, with a version above the former's: microseconds of the clock, so that a name that was removed
    /// and comes again has another version than before.
    public init(_ write: ValueWrite, above former: Int64?, now: Timestamp) {
        self.init(
            kind: write.kind, content: write.content, version: max((former ?? 0) + 1, Self.version(at: now)),
            expires: write.expires, tags: write.tags, epoch: write.epoch)
    }

    /// The least version of a value that is new at `now`: microseconds since 1970, below 2^53 until the year 2255.
    public static func version(at now: Timestamp) -> Int64 { max(0, now.milliseconds) * 1000 }
}
