/// Reads little-endian figures from a model file, never past its end.
struct BinaryReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func expect(magic: StaticString) throws(JudgeModelError) {
        let count = magic.utf8CodeUnitCount
        let start = try take(count)
        for offset in 0..<count where bytes[start + offset] != magic.utf8Start[offset] {
            throw JudgeModelError(.unknownFormat, "the file does not begin as a judge's model does")
        }
    }

    func expectEnd() throws(JudgeModelError) {
        if position != bytes.count { throw JudgeModelError(.wrongLength, "the file is longer than its counts say") }
    }

    mutating func counts(_ count: Int) throws(JudgeModelError) -> [Int] {
        var values: [Int] = []
        for _ in 0..<count { values.append(Int(try integer(UInt32.self))) }
        return values
    }

    mutating func float() throws(JudgeModelError) -> Float { Float(bitPattern: try integer(UInt32.self)) }

    mutating func floats(_ count: Int) throws(JudgeModelError) -> [Float] {
        let start = try take(count * 4)
        return (0..<count).map { Float(bitPattern: load(start + $0 * 4, UInt32.self)) }
    }

    mutating func doubles(_ count: Int) throws(JudgeModelError) -> [Double] {
        let start = try take(count * 8)
        return (0..<count).map { Double(bitPattern: load(start + $0 * 8, UInt64.self)) }
    }

    mutating func table(_ count: Int) throws(JudgeModelError) -> [(key: UInt32, level: UInt8)] {
        let keys = try take(count * 4)
        let levels = try take(count)
        return (0..<count).map { (load(keys + $0 * 4, UInt32.self), bytes[levels + $0]) }
    }

    mutating func starts(_ count: Int) throws(JudgeModelError) -> [(node: Int32, leaf: Int32)] {
        let start = try take(count * 8)
        return (0..<count).map {
            (
                Int32(truncatingIfNeeded: load(start + $0 * 8, UInt32.self)),
                Int32(truncatingIfNeeded: load(start + $0 * 8 + 4, UInt32.self))
            )
        }
    }

    mutating func nodes(_ count: Int) throws(JudgeModelError) -> [DecisionTrees.Node] {
        let start = try take(count * 10)
        return (0..<count).map { index in
            let place = start + index * 10
            return DecisionTrees.Node(
                feature: Int32(bytes[place]), threshold: Float(bitPattern: load(place + 6, UInt32.self)),
                left: Int32(Int16(bitPattern: load(place + 2, UInt16.self))),
                right: Int32(Int16(bitPattern: load(place + 4, UInt16.self))))
        }
    }

    private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(JudgeModelError) -> Value {
        load(try take(MemoryLayout<Value>.size), type)
    }

    private func load<Value: FixedWidthInteger>(_ place: Int, _ type: Value.Type) -> Value {
        var value: Value = 0
        for offset in 0..<MemoryLayout<Value>.size {
            value |= Value(truncatingIfNeeded: bytes[place + offset]) << Value(offset * 8)
        }
        return value
    }

    /// Moves past `count` bytes and returns where they start.
    private mutating func take(_ count: Int) throws(JudgeModelError) -> Int {
        guard count >= 0, count <= bytes.count - position else {
            throw JudgeModelError(.wrongLength, "the file ends before its counts say")
        }
        defer { position += count }
        return position
    }
}
