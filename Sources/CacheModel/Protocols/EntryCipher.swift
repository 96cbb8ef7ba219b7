/// Seals what stores keep, so that who reads the medium reads nothing, and who writes to it can plant nothing.
public protocol EntryCipher: Sendable {
    /// The key that seals now, by its name.
    var currentKey: String { get }
    /// Seals bytes for one place: what is sealed for another does not open there.
    func seal(_ bytes: [UInt8], for place: SealPlace) -> [UInt8]
    /// The bytes; `nil` when they were sealed under a key that is not known, for another place, or are damaged.
    func open(_ sealed: [UInt8], for place: SealPlace) -> [UInt8]?
    /// A digest as the store may know it: without the key, nobody can tell whether a prompt that they guess is there.
    func keyed(_ digest: Digest256) -> Digest256
}

/// Where something sealed belongs: which kind of thing it is, and of what. It is authenticated and not kept.
public struct SealPlace: Sendable, Equatable {
    /// The place's bytes: each component behind its length, so that no two places have the same.
    public private(set) var bytes: [UInt8]

    /// A kind of thing.
    public init(_ kind: String) {
        bytes = []
        append(Array(kind.utf8))
    }

    /// The place of a part of an entry.
    public init(_ kind: String, of header: EntryHeader) {
        self.init(kind)
        append(Array(header.id.description.utf8))
        append(header.scope.bytes)
        append(header.exactKey.bytes)
        append(Array(header.namespace.utf8))
        append(header.tenant.map { [1] + Array($0.utf8) } ?? [0])
    }

    /// Adds a component.
    public mutating func append(_ component: [UInt8]) {
        withUnsafeBytes(of: UInt32(component.count).bigEndian) { bytes += $0 }
        bytes += component
    }
}
