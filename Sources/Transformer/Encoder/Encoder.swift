import LinearAlgebra
import ModelFiles

/// A BERT encoder: tokens in, one state a token out.
///
/// Embeddings (word piece + position + segment + tag, normalised), then the layers. A batch of n tokens takes
/// O(layers · n · width · (width + inner)) and O(layers · length² · width) for each sequence.
struct Encoder: Sendable {
    let shape: EncoderShape
    let arithmetic: Arithmetic
    private let pieces: WeightTable
    private let positions: WeightTable
    private let segments: WeightTable
    private let tags: WeightTable
    private let norm: NormLayer
    private let layers: [EncoderLayer]

    init(_ reader: inout SectionReader, _ folder: ModelFolder, _ arithmetic: Arithmetic) throws(ModelError) {
        let shape = try EncoderShape(folder)
        let bits = try Self.bits(folder)
        pieces = try WeightTable(&reader, rows: shape.vocabulary, columns: shape.width, bits: bits)
        positions = try WeightTable(&reader, rows: shape.positions, columns: shape.width, bits: bits)
        segments = try WeightTable(&reader, rows: shape.segments, columns: shape.width, bits: 32)
        tags = try WeightTable(&reader, rows: shape.tags, columns: shape.width, bits: 32)
        norm = try NormLayer(&reader, width: shape.width)
        var layers: [EncoderLayer] = []
        for _ in 0..<shape.layers { layers.append(try EncoderLayer(&reader, shape, bits: bits, arithmetic)) }
        (self.shape, self.arithmetic, self.layers) = (shape, arithmetic, layers)
    }

    /// The bits of a weight in the model's file: 8 or 32.
    static func bits(_ folder: ModelFolder) throws(ModelError) -> Int {
        let bits = try folder.parameter("bits", in: 8...32)
        guard bits == 8 || bits == 32 else {
            throw ModelError(
                .unsupported, folder.path, "weights of \(bits) bits, this program reads 8 and 32",
                "use a newer program")
        }
        return bits
    }

    /// The states of the workspace's batch (n×width), left in its `states`.
    ///
    /// - Parameter isLate: asked before each layer; where it says so the pass ends.
    /// - Returns: whether the pass came to its end.
    func run(_ workspace: EncoderWorkspace, isLate: () -> Bool = { false }) -> Bool {
        let batch = workspace.batch
        precondition(batch.count <= workspace.rows, "\(batch.count) tokens in a workspace of \(workspace.rows)")
        embed(batch, workspace.states)
        norm.apply(workspace.states, rows: batch.count, epsilon: shape.epsilon, isa: arithmetic.isa)
        for layer in layers {
            if isLate() { return false }
            layer.apply(workspace, starts: batch.starts, shape: shape, isa: arithmetic.isa)
        }
        return true
    }

    private func embed(_ batch: TokenBatch, _ states: UnsafeMutablePointer<Float>) {
        for sequence in 0..<batch.sequences {
            let start = batch.starts[sequence]
            for token in start..<batch.starts[sequence + 1] {
                let state = states + token * shape.width
                state.update(repeating: 0, count: shape.width)
                pieces.add(row: Int(batch.pieces[token]), to: state)
                positions.add(row: token - start, to: state)
                segments.add(row: Int(batch.segments[token]), to: state)
                if shape.tags > 0 { tags.add(row: Int(batch.tags[token]), to: state) }
            }
        }
    }

    /// The mean of the states of tokens `range`. out: width.
    func mean(_ range: Range<Int>, _ workspace: EncoderWorkspace, into out: UnsafeMutablePointer<Float>) {
        out.update(repeating: 0, count: shape.width)
        let share = 1 / Float(range.count)
        for token in range {
            let state = workspace.states + token * shape.width
            for component in 0..<shape.width { out[component] += state[component] * share }
        }
    }

    /// Bytes of weights in memory, the tables of pieces and positions at their size on disk.
    var bytes: Int { layers.reduce((shape.vocabulary + shape.positions) * shape.width) { $0 + $1.bytes } }
}
