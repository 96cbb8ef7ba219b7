import CKernels
import LinearAlgebra
import ModelFiles

/// y = W·x + b for many rows at once, in single precision or in 8 bits.
struct LinearLayer: Sendable {
    let inputs: Int
    let outputs: Int
    private let bias: [Float]
    private let weights: Weights

    private enum Weights: Sendable {
        /// outputs×inputs, row-major.
        case floats([Float])
        /// As `deja_pack_weights` lays them; the scale and the sum of each output's weights.
        case packed([UInt8], scales: [Float], sums: [Float], isa: Int32)
    }

    init(
        _ reader: inout SectionReader, inputs: Int, outputs: Int, bits: Int, _ arithmetic: Arithmetic
    ) throws(ModelError) {
        (self.inputs, self.outputs) = (inputs, outputs)
        let table = try WeightTable(&reader, rows: outputs, columns: inputs, bits: bits)
        bias = try reader.take(Float.self, outputs)
        switch arithmetic {
        case .floats: weights = .floats(table.floats)
        case .bytes(let isa):
            let (bytes, scales) = table.quantized
            let size = deja_packed_bytes(outputs, inputs)
            let packed = [UInt8](unsafeUninitializedCapacity: size) { out, count in
                deja_pack_weights(bytes, outputs, inputs, out.baseAddress!)
                count = size
            }
            let sums = (0..<outputs).map { output in
                scales[output] * Float(bytes[output * inputs..<(output + 1) * inputs].reduce(0) { $0 + Int($1) })
            }
            weights = .packed(packed, scales: scales, sums: sums, isa: isa)
        }
    }

    /// x: rows×inputs; y: rows×outputs, overwritten. Without allocation.
    func apply(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>, _ workspace: EncoderWorkspace
    ) {
        switch weights {
        case .floats(let weights):
            for row in 0..<rows { (y + row * outputs).update(from: bias, count: outputs) }
            Products.gemm(x, .plain, weights, .transposed, m: rows, n: outputs, k: inputs, into: y, beta: 1)
        case .packed(let packed, let scales, let sums, let isa):
            let stride = (inputs + 63) / 64 * 64
            deja_quantize_rows(isa, x, rows, inputs, workspace.codes, stride, workspace.rowCodes)
            packed.withUnsafeBufferPointer { packed in
                scales.withUnsafeBufferPointer { scales in
                    sums.withUnsafeBufferPointer { sums in
                        bias.withUnsafeBufferPointer { bias in
                            var layer = deja_i8_layer(
                                packed: packed.baseAddress, scales: scales.baseAddress, sums: sums.baseAddress,
                                bias: bias.baseAddress, outputs: outputs, inputs: inputs)
                            deja_i8_linear(isa, workspace.codes, stride, workspace.rowCodes, rows, &layer, y)
                        }
                    }
                }
            }
        }
    }

    /// Bytes of weights in memory.
    var bytes: Int {
        switch weights {
        case .floats(let weights): weights.count * 4
        case .packed(let packed, let scales, _, _): packed.count + scales.count * 8
        }
    }
}

/// The scale and shift after a normalisation.
struct NormLayer: Sendable {
    private let gamma: [Float]
    private let beta: [Float]

    init(_ reader: inout SectionReader, width: Int) throws(ModelError) {
        gamma = try reader.take(Float.self, width)
        beta = try reader.take(Float.self, width)
    }

    /// x ← norm(x + residual) for each row. x, residual: rows×width.
    func apply(
        _ x: UnsafeMutablePointer<Float>, adding residual: UnsafePointer<Float>? = nil, rows: Int, epsilon: Float,
        isa: Int32
    ) {
        deja_add_norm(isa, x, residual, rows, gamma.count, gamma, beta, epsilon)
    }
}
