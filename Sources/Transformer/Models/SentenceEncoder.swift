import CacheModel
import LinearAlgebra
import ModelFiles

/// A sentence transformer: the mean of an encoder's states, scaled to length 1. all-MiniLM-L6-v2 is one.
///
/// Source: Reimers and Gurevych, "Sentence-BERT" (2019). A prompt takes milliseconds where the learned bag of words takes
/// microseconds, and is read up to `tokens` word pieces.
public struct SentenceEncoder: Embedder {
    /// The tokeniser that such a model is trained with.
    public static let tokenizer = "wordpiece-1"

    public let identifier: String
    public let dimension: Int
    /// What the model's manifest says.
    public let manifest: ModelManifest
    private let vocabulary: WordPieceVocabulary
    private let encoder: Encoder
    private let tokens: Int
    private let pool: WorkspacePool

    /// Reads a model folder.
    public init(folder: String, arithmetic: Arithmetic = .best) throws(ModelError) {
        try self.init(ModelFolder(reading: folder), arithmetic: arithmetic)
    }

    /// Reads a model folder whose files were checked.
    public init(_ folder: ModelFolder, arithmetic: Arithmetic = .best) throws(ModelError) {
        try folder.expect(.sentenceEncoder, tokenizer: Self.tokenizer)
        vocabulary = try WordPieceVocabulary(folder.bytes("vocabulary.txt"), path: folder.path + "/vocabulary.txt")
        var reader = try folder.reader("weights.bin")
        encoder = try Encoder(&reader, folder, arithmetic)
        try reader.finish()
        tokens = try folder.parameter("tokens", in: 3...encoder.shape.positions)
        guard vocabulary.count == encoder.shape.vocabulary, folder.manifest.dimension == encoder.shape.width else {
            throw ModelError(
                .inconsistent, folder.path, "the vocabulary or the dimension does not fit the weights",
                "copy the whole model folder again")
        }
        (identifier, dimension, manifest) = (folder.identifier, folder.manifest.dimension, folder.manifest)
        pool = WorkspacePool(rows: max(tokens, 256), shape: encoder.shape)
    }

    /// Short texts are read together, in batches of up to 256 tokens.
    public func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        precondition(out.count == texts.count * dimension, "room for \(texts.count) vectors of \(dimension)")
        guard let start = out.baseAddress else { return }
        pool.with { workspace in
            var first = 0
            while first < texts.count {
                let count = fill(workspace, texts[first...])
                _ = encoder.run(workspace)
                for index in 0..<count {
                    let row = start + (first + index) * dimension
                    let range = workspace.batch.starts[index]..<workspace.batch.starts[index + 1]
                    // A text without a word is similar to nothing.
                    if range.count <= 2 {
                        row.update(repeating: 0, count: dimension)
                        continue
                    }
                    encoder.mean(range, workspace, into: row)
                    Products.normalize(UnsafeMutableBufferPointer(start: row, count: dimension))
                }
                first += count
            }
        }
    }

    /// Reads as many texts as fit, at least one; returns how many.
    private func fill(_ workspace: EncoderWorkspace, _ texts: ArraySlice<String>) -> Int {
        workspace.batch.removeAll()
        for (number, text) in texts.enumerated() {
            let start = workspace.batch.count
            append(text, workspace)
            if workspace.batch.count > workspace.rows {
                workspace.batch.cut(to: start)
                return number
            }
            workspace.batch.endSequence()
        }
        return texts.count
    }

    /// `[CLS] text [SEP]`, the text cut after `tokens` - 2 pieces.
    private func append(_ text: String, _ workspace: EncoderWorkspace) {
        workspace.words.read(text, limit: tokens)
        workspace.pieces.removeAll(keepingCapacity: true)
        for index in 0..<workspace.words.count where workspace.pieces.count < tokens - 2 {
            vocabulary.append(
                workspace.words[index], scalars: Int(workspace.words.words[index].length), to: &workspace.pieces)
        }
        workspace.batch.append(vocabulary.marks.start)
        for piece in workspace.pieces.prefix(tokens - 2) { workspace.batch.append(piece) }
        workspace.batch.append(vocabulary.marks.separator)
    }

    /// Bytes of weights in memory.
    public var bytes: Int { encoder.bytes }
}
