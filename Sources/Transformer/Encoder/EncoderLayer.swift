import CKernels
import ModelFiles

/// One layer of the encoder: attention and a feed-forward part, a normalisation after each.
///
/// Source: Vaswani et al., "Attention Is All You Need" (2017), in the form of Devlin et al., "BERT" (2018).
struct EncoderLayer: Sendable {
    private let project: LinearLayer
    private let gather: LinearLayer
    private let firstNorm: NormLayer
    private let up: LinearLayer
    private let down: LinearLayer
    private let secondNorm: NormLayer

    init(
        _ reader: inout SectionReader, _ shape: EncoderShape, bits: Int, _ arithmetic: Arithmetic
    ) throws(ModelError) {
        let (width, inner) = (shape.width, shape.inner)
        project = try LinearLayer(&reader, inputs: width, outputs: 3 * width, bits: bits, arithmetic)
        gather = try LinearLayer(&reader, inputs: width, outputs: width, bits: bits, arithmetic)
        firstNorm = try NormLayer(&reader, width: width)
        up = try LinearLayer(&reader, inputs: width, outputs: inner, bits: bits, arithmetic)
        down = try LinearLayer(&reader, inputs: inner, outputs: width, bits: bits, arithmetic)
        secondNorm = try NormLayer(&reader, width: width)
    }

    /// Replaces the workspace's states of all sequences.
    func apply(_ workspace: EncoderWorkspace, starts: [Int], shape: EncoderShape, isa: Int32) {
        let rows = starts[starts.count - 1]
        let width = shape.width
        project.apply(workspace.states, rows: rows, into: workspace.wide, workspace)
        for sequence in 0..<starts.count - 1 {
            let start = starts[sequence]
            deja_attention(
                isa, workspace.wide + start * 3 * width, starts[sequence + 1] - start, shape.heads, width / shape.heads,
                workspace.scratch, workspace.gathered + start * width)
        }
        gather.apply(workspace.gathered, rows: rows, into: workspace.change, workspace)
        firstNorm.apply(
            workspace.states, adding: workspace.change, rows: rows, epsilon: shape.epsilon, isa: isa)
        up.apply(workspace.states, rows: rows, into: workspace.wide, workspace)
        deja_gelu(isa, workspace.wide, rows * shape.inner)
        down.apply(workspace.wide, rows: rows, into: workspace.change, workspace)
        secondNorm.apply(
            workspace.states, adding: workspace.change, rows: rows, epsilon: shape.epsilon, isa: isa)
    }

    /// Bytes of weights in memory.
    var bytes: Int { project.bytes + gather.bytes + up.bytes + down.bytes }
}
