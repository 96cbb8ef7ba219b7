/// Keeps one snapshot of what can also be made anew: a few parts of bytes, written whole or not at all.
public protocol SnapshotMedium: Sendable {
    /// Where it is, for messages.
    var location: String { get }
    /// Replaces the snapshot. Until it returns the old one is there.
    func save(_ parts: [SnapshotBytes]) throws(SnapshotProblem)
    /// Gives the snapshot's parts to `body`, valid inside it only; `nil` when there is no snapshot.
    ///
    /// - Throws: `SnapshotProblem` for one that is damaged or of another version, and what `body` throws.
    func load<Result>(_ body: ([SnapshotCursor]) throws(SnapshotProblem) -> Result) throws(SnapshotProblem) -> Result?
}

/// Why a snapshot cannot be used, or could not be written. The index is then rebuilt from the store.
public struct SnapshotProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as the end of the sentence "the snapshot …".
    public let description: String

    /// A problem.
    public init(_ description: String) { self.description = description }

    /// A part that ends too early, or whose figures contradict each other.
    public static let damaged = SnapshotProblem("is damaged")
}

/// Bytes of a snapshot as they are written: integers and floats little-endian, nothing aligned.
public struct SnapshotBytes: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Nothing.
    public init() {}

    /// Makes room for `count` more bytes.
    public mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

    /// Appends a value of a fixed-width type as it lies in memory.
    @inlinable
    public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { append($0) }
    }

    /// Appends bytes.
    public mutating func append(_ buffer: UnsafeRawBufferPointer) { bytes.append(contentsOf: buffer) }

    /// Appends the elements of an array, their number first.
    public mutating func append<Value: BitwiseCopyable>(counted values: [Value]) {
        append(UInt64(values.count))
        values.withUnsafeBytes { append($0) }
    }
}

/// Reads what `SnapshotBytes` wrote, distrusting it: nothing is read past the end. The bytes do not change while it is in
/// use, so copies may read them from several threads.
public struct SnapshotCursor: @unchecked Sendable {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// A cursor at the start of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// How many bytes are left.
    public var remaining: Int { bytes.count - offset }

    /// The next `count` bytes.
    public mutating func take(_ count: Int) throws(SnapshotProblem) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw .damaged }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// The next value.
    @inlinable
    public mutating func read<Value: BitwiseCopyable>(_ type: Value.Type) throws(SnapshotProblem) -> Value {
        try take(MemoryLayout<Value>.size).loadUnaligned(as: type)
    }

    /// The next value as a count, which is at most `limit`.
    public mutating func count(upTo limit: Int) throws(SnapshotProblem) -> Int {
        guard let count = Int(exactly: try read(UInt64.self)), count <= limit else { throw .damaged }
        return count
    }

    /// An array that was appended with its count.
    public mutating func array<Value: BitwiseCopyable>(of type: Value.Type) throws(SnapshotProblem) -> [Value] {
        let count = try count(upTo: remaining / max(1, MemoryLayout<Value>.stride))
        let source = try take(count * MemoryLayout<Value>.stride)
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
            initialized = count
        }
    }
}
