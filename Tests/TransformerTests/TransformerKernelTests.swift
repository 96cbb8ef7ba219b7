import CKernels
import LinearAlgebra
import Testing

@testable import Transformer

/// The kernels of every instruction set that this machine has, beside plain arithmetic.
@Suite struct TransformerKernelTests {
    static let kernels = (0..<Int32(DEJA_ISA_COUNT)).filter { deja_isa_supported($0) != 0 }

    private struct Layer {
        let (outputs, inputs): (Int, Int)
        let weights: [Int8]
        let scales: [Float]
        let bias: [Float]
        let sums: [Float]

        init(outputs: Int, inputs: Int, weights: [Int8], scales: [Float], bias: [Float]) {
            (self.outputs, self.inputs, self.weights, self.scales, self.bias) = (outputs, inputs, weights, scales, bias)
            sums = (0..<outputs).map { o in
                scales[o] * Float(weights[o * inputs..<(o + 1) * inputs].reduce(0) { $0 + Int($1) })
            }
        }

        /// y for rows of x, through the kernels of `isa`.
        func apply(_ x: [Float], rows: Int, isa: Int32) -> (y: [Float], codes: [Int8], rows: [deja_row_code]) {
            let stride = (inputs + 63) / 64 * 64
            var codes = [Int8](repeating: 99, count: rows * stride)
            var rowCodes = [deja_row_code](repeating: deja_row_code(), count: rows)
            deja_quantize_rows(isa, x, rows, inputs, &codes, stride, &rowCodes)
            var packed = [UInt8](repeating: 0, count: deja_packed_bytes(outputs, inputs))
            deja_pack_weights(weights, outputs, inputs, &packed)
            var y = [Float](repeating: .nan, count: rows * outputs)
            packed.withUnsafeBufferPointer { packed in
                scales.withUnsafeBufferPointer { scales in
                    sums.withUnsafeBufferPointer { sums in
                        bias.withUnsafeBufferPointer { bias in
                            var layer = deja_i8_layer(
                                packed: packed.baseAddress, scales: scales.baseAddress, sums: sums.baseAddress,
                                bias: bias.baseAddress, outputs: outputs, inputs: inputs)
                            deja_i8_linear(isa, codes, stride, rowCodes, rows, &layer, &y)
                        }
                    }
                }
            }
            return (y, codes, rowCodes)
        }
    }

    private func uniform(_ random: inout SplitMix64) -> Float { Float(random.next() >> 40) / Float(1 << 23) - 1 }

    private func layer(_ outputs: Int, _ inputs: Int, _ random: inout SplitMix64) -> Layer {
        Layer(
            outputs: outputs, inputs: inputs,
            weights: (0..<outputs * inputs).map { _ in Int8(truncatingIfNeeded: Int(random.next() % 255) - 127) },
            scales: (0..<outputs).map { _ in abs(uniform(&random)) * 0.01 + 0.001 },
            bias: (0..<outputs).map { _ in uniform(&random) })
    }

    @Test(arguments: kernels) func productsAreExactInIntegers(isa: Int32) {
        var random = SplitMix64(seed: 1)
        for (rows, outputs, inputs) in [
            (1, 16, 4), (7, 64, 64), (13, 80, 100), (6, 17, 3), (31, 384, 384), (5, 1, 1), (6, 20, 5000),
        ] {
            let layer = layer(outputs, inputs, &random)
            let x = (0..<rows * inputs).map { _ in uniform(&random) * 3 + 0.7 }
            let (y, codes, rowCodes) = layer.apply(x, rows: rows, isa: isa)
            let stride = (inputs + 63) / 64 * 64
            for r in 0..<rows {
                for o in 0..<outputs {
                    var sum = 0
                    for i in 0..<inputs { sum += Int(codes[r * stride + i]) * Int(layer.weights[o * inputs + i]) }
                    let expected =
                        Double(sum) * Double(rowCodes[r].scale) * Double(layer.scales[o])
                        + Double(rowCodes[r].middle) * Double(layer.sums[o]) + Double(layer.bias[o])
                    #expect(abs(Double(y[r * outputs + o]) - expected) < 1e-4 * max(1, abs(expected)))
                }
            }
        }
    }

    /// 127 · 255 · 2 overflows 16 bits: kernels that sum pairs of bytes in words would saturate here.
    @Test(arguments: kernels) func theLargestProductsDoNotSaturate(isa: Int32) {
        let inputs = 1536
        let layer = Layer(
            outputs: 16, inputs: inputs, weights: [Int8](repeating: 127, count: 16 * inputs),
            scales: [Float](repeating: 1, count: 16), bias: [Float](repeating: 0, count: 16))
        var x = [Float](repeating: 127, count: inputs)
        x[0] = -127
        let (y, codes, _) = layer.apply(x, rows: 1, isa: isa)
        #expect(codes[0] == -127 && codes[1] == 127)
        #expect(y.allSatisfy { $0 == Float(127 * 127 * (inputs - 2)) })
    }

    @Test(arguments: kernels) func codesEqualThePortableOnes(isa: Int32) {
        var random = SplitMix64(seed: 3)
        for inputs in [1, 5, 64, 100, 384] {
            let layer = layer(16, inputs, &random)
            let x = (0..<3 * inputs).map { _ in uniform(&random) }
            let (_, codes, rows) = layer.apply(x, rows: 3, isa: isa)
            let (_, portable, portableRows) = layer.apply(x, rows: 3, isa: Int32(DEJA_ISA_PORTABLE.rawValue))
            for (a, b) in zip(codes, portable) { #expect(abs(Int(a) - Int(b)) <= 1) }
            for (a, b) in zip(rows, portableRows) {
                #expect(abs(a.scale - b.scale) <= 1e-6 * b.scale && abs(a.middle - b.middle) < 1e-6)
            }
        }
    }

    @Test(arguments: kernels) func rowsThatAreNotFiniteBecomeZeros(isa: Int32) {
        var random = SplitMix64(seed: 4)
        let layer = layer(16, 32, &random)
        for bad in [Float.nan, .infinity, -.infinity] {
            var x = (0..<64).map { _ in uniform(&random) }
            x[40] = bad
            let (y, codes, rows) = layer.apply(x, rows: 2, isa: isa)
            #expect(rows[1].scale == 0 && rows[1].middle == 0 && codes[64..<128].allSatisfy { $0 == 0 })
            #expect(y.allSatisfy { $0.isFinite })
            #expect(Array(y[16..<32]) == layer.bias)
        }
        let (y, _, _) = layer.apply([Float](repeating: 0.5, count: 32), rows: 1, isa: isa)
        for o in 0..<16 { #expect(abs(y[o] - (0.5 * layer.sums[o] + layer.bias[o])) < 1e-5) }
    }

    @Test(arguments: kernels) func geluIsTheExactOne(isa: Int32) {
        var x = (-1000...1000).map { Float($0) / 100 } + [100, -100, 1e-30, 0]
        let exact = x.map { 0.5 * Double($0) * (1 + erfOf(Double($0) / 2.0.squareRoot())) }
        deja_gelu(isa, &x, x.count)
        for (value, expected) in zip(x, exact) { #expect(abs(Double(value) - expected) < 2e-6 * max(1, abs(expected))) }
    }

    @Test(arguments: kernels) func normalisationGivesMeanZeroAndVarianceOne(isa: Int32) {
        var random = SplitMix64(seed: 5)
        let (rows, n) = (3, 50)
        let start = (0..<rows * n).map { _ in uniform(&random) * 4 + 2 }
        let other = (0..<rows * n).map { _ in uniform(&random) }
        let gamma = (0..<n).map { _ in uniform(&random) }
        let beta = (0..<n).map { _ in uniform(&random) }
        var x = start
        deja_add_norm(isa, &x, other, rows, n, gamma, beta, 1e-12)
        for r in 0..<rows {
            let sums = (0..<n).map { Double(start[r * n + $0]) + Double(other[r * n + $0]) }
            let mean = sums.reduce(0, +) / Double(n)
            let deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)).squareRoot()
            for i in 0..<n {
                let expected = (sums[i] - mean) / deviation * Double(gamma[i]) + Double(beta[i])
                #expect(abs(Double(x[r * n + i]) - expected) < 1e-4)
            }
        }
    }

    @Test(arguments: kernels) func attentionIsSoftmaxOfScaledProducts(isa: Int32) {
        var random = SplitMix64(seed: 6)
        let (heads, size) = (2, 32)
        let w = heads * size
        for tokens in [1, 3, 4, 17, 33] {
            let qkv = (0..<tokens * 3 * w).map { _ in uniform(&random) * 3 }
            var scratch = [Float](repeating: .nan, count: deja_attention_scratch(tokens, size))
            var out = [Float](repeating: .nan, count: tokens * w)
            deja_attention(isa, qkv, tokens, heads, size, &scratch, &out)
            for i in 0..<tokens {
                for h in 0..<heads {
                    let scores = (0..<tokens).map { j in
                        (0..<size).reduce(0.0) {
                            $0 + Double(qkv[i * 3 * w + h * size + $1]) * Double(qkv[j * 3 * w + w + h * size + $1])
                        } / Double(size).squareRoot()
                    }
                    let shares = scores.map { expOf($0 - scores.max()!) }
                    let sum = shares.reduce(0, +)
                    for c in 0..<size {
                        let expected = (0..<tokens).reduce(0.0) {
                            $0 + shares[$1] / sum * Double(qkv[$1 * 3 * w + 2 * w + h * size + c])
                        }
                        #expect(abs(Double(out[i * w + h * size + c]) - expected) < 1e-4)
                    }
                }
            }
        }
    }
}
