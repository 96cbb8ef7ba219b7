import ModelFiles

/// A matrix of weights (rows×columns, row-major) as a model file has it: 8 bits with a scale a row, or single precision.
struct WeightTable: Sendable {
    let rows: Int
    let columns: Int
    let values: Values

    enum Values: Sendable {
        case bytes([Int8], scales: [Float])
        case floats([Float])
    }

    init(_ reader: inout SectionReader, rows: Int, columns: Int, bits: Int) throws(ModelError) {
        (self.rows, self.columns) = (rows, columns)
        if bits == 32 {
            values = .floats(try reader.take(Float.self, rows * columns))
        } else {
            let scales = try reader.take(Float.self, rows)
            values = .bytes(try reader.take(Int8.self, rows * columns), scales: scales)
        }
    }

    /// The components in single precision.
    var floats: [Float] {
        switch values {
        case .floats(let floats): return floats
        case .bytes(let bytes, let scales):
            return [Float](unsafeUninitializedCapacity: bytes.count) { out, count in
                for index in bytes.indices { out[index] = Float(bytes[index]) * scales[index / columns] }
                count = bytes.count
            }
        }
    }

    /// The components in 8 bits, each row's largest to ±127, and the scale of each row.
    var quantized: (bytes: [Int8], scales: [Float]) {
        switch values {
        case .bytes(let bytes, let scales): return (bytes, scales)
        case .floats(let floats):
            var scales = [Float](repeating: 0, count: rows)
            var bytes = [Int8](repeating: 0, count: floats.count)
            for row in 0..<rows {
                let range = row * columns..<(row + 1) * columns
                let largest = floats[range].reduce(0) { max($0, abs($1)) }
                guard largest > 0 else { continue }
                scales[row] = largest / 127
                for index in range { bytes[index] = Int8((floats[index] * (127 / largest)).rounded()) }
            }
            return (bytes, scales)
        }
    }

    /// out += row `index`. out: `columns` components.
    /// - Precondition: `index` is a row.
    @inline(__always)
    func add(row index: Int, to out: UnsafeMutablePointer<Float>) {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        switch values {
        case .floats(let floats):
            floats.withUnsafeBufferPointer { floats in
                for column in 0..<columns { out[column] += floats[index * columns + column] }
            }
        case .bytes(let bytes, let scales):
            let scale = scales[index]
            bytes.withUnsafeBufferPointer { bytes in
                for column in 0..<columns { out[column] += Float(bytes[index * columns + column]) * scale }
            }
        }
    }
}
