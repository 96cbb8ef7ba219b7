import Foundation
import LinearAlgebra
import ModelFiles

/// v·tanh(W·x + b) + c: one logit of a pair's pooled states.
struct PairHead: Sendable {
    private let width: Int
    /// W: width×2·width.
    private let weights: [Float]
    private let bias: [Float]
    private let output: [Float]
    private let offset: Float

    init(_ reader: inout SectionReader, width: Int, bits: Int) throws(ModelError) {
        self.width = width
        weights = try WeightTable(&reader, rows: width, columns: 2 * width, bits: bits).floats
        bias = try reader.take(Float.self, width)
        output = try reader.take(Float.self, width)
        offset = try reader.take(Float.self, 1)[0]
    }

    /// x: 2·width; scratch: width.
    func logit(_ x: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>) -> Float {
        scratch.update(from: bias, count: width)
        Products.gemv(weights, rows: width, columns: 2 * width, x, into: scratch, beta: 1)
        var sum = offset
        for index in 0..<width { sum += output[index] * tanhf(scratch[index]) }
        return sum
    }
}
