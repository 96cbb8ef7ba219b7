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
        /// As `deja_pack_weights` lays them, and the scale of each output.
        case packed([UInt8], scales: [Float], isa: Int32)
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
            weights = .packed(packed, scales: scales, isa: isa)
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
        case .packed(let packed, let scales, let isa):
            let stride = (inputs + 63) / 64 * 64
            deja_quantize_rows(
                isa, x, rows, inputs, workspace.codes, stride, workspace.codeScales, workspace.codeSums)
            deja_i8_linear(
                isa, workspace.codes, stride, workspace.codeScales, workspace.codeSums, rows, packed, scales, bias,
                outputs, inputs, y)
        }
    }

    /// Bytes of weights in memory.
    var bytes: Int {
        switch weights {
        case .floats(let weights): weights.count * 4
        case .packed(let packed, let scales, _): packed.count + scales.count * 4
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
