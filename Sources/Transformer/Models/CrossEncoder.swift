import CacheModel
import LinearAlgebra
import ModelFiles

/// The verifier: an encoder that reads two texts at once, and a head that says whether one answer serves both.
///
/// `[CLS] a [SEP] b [SEP]` with a tag a word (`PairReader`); the head reads the state of [CLS] and the mean of all states:
/// logit = v·tanh(W·[first, mean] + b) + c.
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
        pool = WorkspacePool(rows: tokens, shape: encoder.shape)
    }

    /// O(layers · tokens · width · (width + inner)) an order; the time is looked at before each layer.
    public func verify(
        _ a: String, _ b: String, bothFrom least: Float = -.infinity, isLate: () -> Bool = { false }
    ) -> Verification {
        pool.with { workspace in
            guard workspace.pair.read(a, b, vocabulary: vocabulary, limit: tokens) else { return .unread }
            workspace.pair.write(.forward, vocabulary, into: &workspace.batch)
            guard let forward = logit(workspace, isLate) else { return .late }
            if forward < least { return .verdict(forward: forward, backward: forward) }
            workspace.pair.write(.backward, vocabulary, into: &workspace.batch)
            guard let backward = logit(workspace, isLate) else { return .late }
            return .verdict(forward: forward, backward: backward)
        }
    }

    /// How many tokens the pair takes in one order; `nil` where it is not read.
    public func tokenCount(_ a: String, _ b: String) -> Int? {
        pool.with { workspace in
            guard workspace.pair.read(a, b, vocabulary: vocabulary, limit: tokens) else { return nil }
            workspace.pair.write(.forward, vocabulary, into: &workspace.batch)
            return workspace.batch.count
        }
    }

    /// How it computes.
    public var arithmetic: Arithmetic { encoder.arithmetic }

    /// Bytes of weights in memory.
    public var bytes: Int { encoder.bytes }

    /// The logit of the workspace's one sequence; `nil` where the time was up.
    private func logit(_ workspace: EncoderWorkspace, _ isLate: () -> Bool) -> Float? {
        guard encoder.run(workspace, isLate: isLate) else { return nil }
        let width = encoder.shape.width
        workspace.pooled.update(from: workspace.states, count: width)
        encoder.mean(0..<workspace.batch.count, workspace, into: workspace.pooled + width)
        return head.logit(workspace.pooled, scratch: workspace.pooled + 2 * width)
    }
}
