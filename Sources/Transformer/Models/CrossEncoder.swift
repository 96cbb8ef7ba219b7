import CacheModel
import LinearAlgebra
import ModelFiles

/// The verifier: an encoder that reads two texts at once, and a head that says whether one answer serves both.
///
/// `[CLS] a [SEP] b [SEP]` with a tag a word (`PairReader`); the head reads the state of [CLS] and the mean of all states:
/// logit = v·tanh(W·[first, mean] + b) + c. Both orders of a pair are read in one pass.
public struct CrossEncoder: PairVerifying {
    /// The tokeniser that such a model is trained with.
    public static let tokenizer = "wordpiece-pair-1"

    public let identifier: String
    /// What the model's manifest says.
    public let manifest: ModelManifest
    private let vocabulary: WordPieceVocabulary
    private let encoder: Encoder
    private let head: PairHead
    private let tokens: Int
    private let pool: WorkspacePool

    /// Reads a model folder.
    public init(folder: String, arithmetic: Arithmetic = .best) throws(ModelError) {
        try self.init(ModelFolder(reading: folder), arithmetic: arithmetic)
    }

    /// Reads a model folder whose files were checked.
    public init(_ folder: ModelFolder, arithmetic: Arithmetic = .best) throws(ModelError) {
        try folder.expect(.crossEncoder, tokenizer: Self.tokenizer)
        vocabulary = try WordPieceVocabulary(folder.bytes("vocabulary.txt"), path: folder.path + "/vocabulary.txt")
        var reader = try folder.reader("weights.bin")
        encoder = try Encoder(&reader, folder, arithmetic)
        head = try PairHead(&reader, width: encoder.shape.width, bits: try Encoder.bits(folder))
        try reader.finish()
        tokens = try folder.parameter("tokens", in: 8...encoder.shape.positions)
        guard vocabulary.count == encoder.shape.vocabulary, encoder.shape.tags == PairTag.count,
            encoder.shape.segments == 2
        else {
            throw ModelError(
                .inconsistent, folder.path, "the vocabulary, the tags or the segments do not fit the weights",
                "copy the whole model folder again")
        }
        (identifier, manifest) = (folder.identifier, folder.manifest)
        pool = WorkspacePool(rows: 2 * tokens, shape: encoder.shape)
    }

    /// O(layers · tokens · width · (width + inner)); the time is looked at before each layer.
    public func verify(_ a: String, _ b: String, isLate: () -> Bool = { false }) -> Verification {
        pool.with { workspace in
            guard workspace.pair.read(a, b, vocabulary: vocabulary, limit: tokens, into: &workspace.batch) else {
                return .unread
            }
            guard encoder.run(workspace, isLate: isLate) else { return .late }
            return .verdict(forward: logit(0, workspace), backward: logit(1, workspace))
        }
    }

    /// How many tokens the pair takes in one order; `nil` where it is not read.
    public func tokenCount(_ a: String, _ b: String) -> Int? {
        pool.with { workspace in
            workspace.pair.read(a, b, vocabulary: vocabulary, limit: tokens, into: &workspace.batch)
                ? workspace.batch.count / 2 : nil
        }
    }

    /// How it computes.
    public var arithmetic: Arithmetic { encoder.arithmetic }

    /// Bytes of weights in memory.
    public var bytes: Int { encoder.bytes }

    private func logit(_ sequence: Int, _ workspace: EncoderWorkspace) -> Float {
        let width = encoder.shape.width
        let range = workspace.batch.starts[sequence]..<workspace.batch.starts[sequence + 1]
        workspace.pooled.update(from: workspace.states + range.lowerBound * width, count: width)
        encoder.mean(range, workspace, into: workspace.pooled + width)
        return head.logit(workspace.pooled, scratch: workspace.pooled + 2 * width)
    }
}
