import Foundation
import LinearAlgebra
import ModelFiles

@testable import Transformer

/// A small encoder of random weights, written as a model folder, and the same computed the slow way in double precision.
struct TinyModel {
    static let pieces =
        [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "how", "do", "i", "reset", "my", "password", "pass", "##word", "##s",
            "2024",
        ]
        + "abcdefghjklmnopqrstuvwxyz0123456789?!.".map(String.init)
        + "abcdefghijklmnopqrtuvwxyz0123456789".map { "##\($0)" }

    let layers = 2
    let width = 32
    let heads = 2
    let inner = 48
    let positions = 40
    let tokens: Int
    let isPair: Bool
    let bits: Int
    private var blob: [UInt8] = []
    /// Every matrix, vector and table in the order of the file.
    private(set) var arrays: [[Double]] = []

    /// - Parameter bits: of a weight on disk.
    init(isPair: Bool, bits: Int = 32, tokens: Int = 24, seed: UInt64 = 7) {
        (self.isPair, self.bits, self.tokens) = (isPair, bits, tokens)
        var random = SplitMix64(seed: seed)
        table(Self.pieces.count, width, bits, &random)
        table(positions, width, bits, &random)
        table(isPair ? 2 : 1, width, 32, &random)
        table(isPair ? PairTag.count : 0, width, 32, &random)
        norm(&random)
        for _ in 0..<layers {
            linear(3 * width, width, &random)
            linear(width, width, &random)
            norm(&random)
            linear(inner, width, &random)
            linear(width, inner, &random)
            norm(&random)
        }
        guard isPair else { return }
        linear(width, 2 * width, &random)
        vector((0..<width).map { _ in Self.normal(&random) })
        vector([0.25])
    }

    /// Writes the folder.
    func write(to folder: String, parameters changed: [String: Double] = [:], tokenizer: String? = nil) throws {
        let parameters: [String: Double] = [
            "layers": Double(layers), "width": Double(width), "heads": Double(heads), "inner": Double(inner),
            "positions": Double(positions), "vocabulary": Double(Self.pieces.count), "segments": isPair ? 2 : 1,
            "tags": isPair ? Double(PairTag.count) : 0, "bits": Double(bits), "tokens": Double(tokens),
        ]
        try ModelFolder.write(
            [("weights.bin", blob), ("vocabulary.txt", Array(Self.pieces.map { "\($0)\n" }.joined().utf8))],
            kind: isPair ? .crossEncoder : .sentenceEncoder, name: "tiny", dimension: isPair ? 1 : width,
            tokenizer: tokenizer ?? (isPair ? CrossEncoder.tokenizer : SentenceEncoder.tokenizer),
            licence: "none", provenance: "random", parameters: parameters.merging(changed) { $1 }, to: folder)
    }

    // MARK: Writing

    private static func normal(_ random: inout SplitMix64) -> Float {
        // The sum of four uniform numbers is near enough.
        (0..<4).reduce(Float(0)) { sum, _ in sum + Float(random.next() >> 40) / Float(1 << 24) - 0.5 }
    }

    private mutating func table(_ rows: Int, _ columns: Int, _ bits: Int, _ random: inout SplitMix64) {
        let values = (0..<rows * columns).map { _ in Self.normal(&random) }
        if bits == 32 { return vector(values) }
        var scales: [Float] = []
        var codes: [Int8] = []
        for row in 0..<rows {
            let part = values[row * columns..<(row + 1) * columns]
            let scale = part.reduce(0) { max($0, abs($1)) } / 127
            scales.append(scale)
            codes += part.map { Int8(($0 / scale).rounded()) }
        }
        scales.withUnsafeBytes { blob.append(contentsOf: $0) }
        codes.withUnsafeBytes { blob.append(contentsOf: $0) }
        arrays.append(codes.enumerated().map { Double($1) * Double(scales[$0 / columns]) })
    }

    private mutating func vector(_ values: [Float]) {
        values.withUnsafeBytes { blob.append(contentsOf: $0) }
        arrays.append(values.map(Double.init))
    }

    private mutating func linear(_ outputs: Int, _ inputs: Int, _ random: inout SplitMix64) {
        table(outputs, inputs, bits, &random)
        vector((0..<outputs).map { _ in Self.normal(&random) * 0.2 })
    }

    private mutating func norm(_ random: inout SplitMix64) {
        vector((0..<width).map { _ in 1 + Self.normal(&random) * 0.2 })
        vector((0..<width).map { _ in Self.normal(&random) * 0.2 })
    }
}

/// The same model in double precision, one token after the other.
struct SlowEncoder {
    private let model: TinyModel
    private var next = 0

    init(_ model: TinyModel) { self.model = model }

    private mutating func take() -> [Double] {
        defer { next += 1 }
        return model.arrays[next]
    }

    /// The states of one sequence.
    mutating func states(_ pieces: [Int32], segments: [UInt8], tags: [UInt8]) -> [[Double]] {
        let width = model.width
        let tables = [take(), take(), take(), take()]
        func row(_ table: Int, _ index: Int) -> [Double] { Array(tables[table][index * width..<(index + 1) * width]) }
        var states = pieces.indices.map { token -> [Double] in
            var state = zip(row(0, Int(pieces[token])), row(1, token)).map { $0 + $1 }
            state = zip(state, row(2, Int(segments[token]))).map { $0 + $1 }
            return model.isPair ? zip(state, row(3, Int(tags[token]))).map { $0 + $1 } : state
        }
        normalize(&states)
        for _ in 0..<model.layers { layer(&states) }
        return states
    }

    /// v·tanh(W·x + b) + c.
    mutating func logit(_ states: [[Double]]) -> Double {
        let mean = (0..<model.width).map { c in states.reduce(0) { $0 + $1[c] } / Double(states.count) }
        let hidden = linear([states[0] + mean])[0].map { tanh($0) }
        let output = take()
        return zip(hidden, output).reduce(0) { $0 + $1.0 * $1.1 } + take()[0]
    }

    private mutating func layer(_ states: inout [[Double]]) {
        let (width, size) = (model.width, model.width / model.heads)
        let projected = linear(states)
        let gathered = states.indices.map { i -> [Double] in
            (0..<model.heads).flatMap { head -> [Double] in
                func part(_ token: Int, _ kind: Int) -> ArraySlice<Double> {
                    projected[token][(kind * width + head * size)..<(kind * width + (head + 1) * size)]
                }
                let scores = states.indices.map { j in
                    zip(part(i, 0), part(j, 1)).reduce(0) { $0 + $1.0 * $1.1 } / Double(size).squareRoot()
                }
                let shares = scores.map { exp($0 - scores.max()!) }
                let sum = shares.reduce(0, +)
                return (0..<size).map { c in
                    states.indices.reduce(0) { $0 + shares[$1] / sum * part($1, 2)[part($1, 2).startIndex + c] }
                }
            }
        }
        add(linear(gathered), to: &states)
        normalize(&states)
        let wide = linear(states).map { $0.map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) } }
        add(linear(wide), to: &states)
        normalize(&states)
    }

    private mutating func linear(_ rows: [[Double]]) -> [[Double]] {
        let (weights, bias) = (take(), take())
        let inputs = weights.count / bias.count
        return rows.map { x in
            bias.indices.map { o in
                bias[o] + (0..<inputs).reduce(0) { $0 + weights[o * inputs + $1] * x[$1] }
            }
        }
    }

    private func add(_ change: [[Double]], to states: inout [[Double]]) {
        for (row, values) in change.enumerated() { states[row] = zip(states[row], values).map { $0 + $1 } }
    }

    private mutating func normalize(_ states: inout [[Double]]) {
        let (gamma, beta) = (take(), take())
        for row in states.indices {
            let mean = states[row].reduce(0, +) / Double(model.width)
            let variance = states[row].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(model.width)
            states[row] = states[row].indices.map {
                (states[row][$0] - mean) / (variance + 1e-12).squareRoot() * gamma[$0] + beta[$0]
            }
        }
    }
}
