/// Takes arrays of numbers, little-endian and packed, off the front of a file.
public struct SectionReader {
    private let bytes: [UInt8]
    /// The file, for messages.
    public let path: String
    private var position = 0

    init(bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// The next `count` numbers. Floats must be finite.
    public mutating func take<T: BitwiseCopyable>(_ type: T.Type, _ count: Int) throws(ModelError) -> [T] {
        let size = count * MemoryLayout<T>.stride
        guard size <= bytes.count - position else {
            throw ModelError(
                .inconsistent, path, "ends at byte \(bytes.count), the manifest's sizes need \(position + size)",
                "copy the whole model folder again")
        }
        let start = position
        position += size
        let values = bytes.withUnsafeBytes { raw in
            [T](unsafeUninitializedCapacity: count) { out, initialized in
                UnsafeMutableRawBufferPointer(out).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: raw[start..<start + size]))
                initialized = count
            }
        }
        if let floats = values as? [Float], !floats.allSatisfy(\.isFinite) {
            throw ModelError(.inconsistent, path, "holds a number that is not finite", "train the model again")
        }
        return values
    }

    /// Checks that nothing is left.
    public func finish() throws(ModelError) {
        guard position == bytes.count else {
            throw ModelError(
                .inconsistent, path, "holds \(bytes.count - position) bytes more than the manifest's sizes need",
                "copy the whole model folder again")
        }
    }
}
