import CacheModel
import LinearAlgebra
import ModelFiles

/// The learned bag of words: a sum of learned rows, one residual layer, and a projection.
///
/// Words that the model lists, their listed bigrams, hashed buckets for other bigrams, and hashed character n-grams
/// for unknown words each have a row of 4-bit components. The weighted sum s of a text's rows is scaled to length 4,
/// then z = P·s + W₂·max(0, W₁·s + b₁) + b₂, and z is scaled to length 1. (models/training/dejatrain/model.py; the
/// projection to d components is folded into P and W₂.) A text takes O(bytes + rows·width + hidden·width).
public struct LearnedEmbedder: Embedder {
    public let identifier: String
    public let dimension: Int
    /// What the model's manifest says.
    public let manifest: ModelManifest
    let index: RowIndex
    private let rows: FourBitRows
    private let idf: [Float]
    private let head: ResidualHead

    /// Reads a model folder.
    public init(folder: String) throws(ModelError) {
        try self.init(ModelFolder(reading: folder))
    }

    init(_ folder: ModelFolder) throws(ModelError) {
        try folder.expect(.learnedBag, tokenizer: Tokenizer.version)
        let words = try folder.parameter("words", in: 1...(1 << 24))
        let bigrams = try folder.parameter("bigrams", in: 0...(1 << 24))
        let bigramBuckets = try folder.parameter("bigramBuckets", in: 1...(1 << 24))
        let characterBuckets = try folder.parameter("characterBuckets", in: 1...(1 << 24))
        let width = try folder.parameter("width", in: 64...4096)
        let hidden = try folder.parameter("hidden", in: 1...8192)
        guard width % 64 == 0 else {
            throw ModelError(.inconsistent, folder.path, "width \(width) is not a multiple of 64", "train it again")
        }
        let count = words + bigrams + bigramBuckets + characterBuckets
        let d = folder.manifest.dimension
        var reader = try folder.reader("weights.bin")
        index = RowIndex(
            keys: try reader.take(UInt64.self, words + bigrams), words: words, bigrams: bigrams,
            bigramBuckets: bigramBuckets, characterBuckets: characterBuckets)
        idf = try reader.take(Float.self, words)
        let scales = try reader.take(Float.self, count)
        rows = FourBitRows(
            count: count, width: width, bytes: try reader.take(UInt8.self, count * width / 2), scales: scales)
        head = ResidualHead(
            width: width, hidden: hidden, dimension: d, enter: try reader.take(Float.self, hidden * width),
            enterBias: try reader.take(Float.self, hidden), leave: try reader.take(Float.self, d * hidden),
            straight: try reader.take(Float.self, d * width), bias: try reader.take(Float.self, d))
        try reader.finish()
        manifest = folder.manifest
        dimension = d
        identifier = folder.identifier
    }

    public func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        precondition(out.count == texts.count * dimension, "room for \(texts.count) vectors of \(dimension)")
        guard let start = out.baseAddress else { return }
        for (i, text) in texts.enumerated() {
            var text = text
            text.withUTF8 { embed(utf8: $0, into: start + i * dimension) }
        }
    }

    /// Embeds one text of UTF-8 bytes, valid or not, into `dimension` floats.
    public func embed(utf8 text: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<Float>) {
        embed(Tokenizer.scan(text, keepingSources: false), into: out)
    }

    /// Embeds a tokenised text into `dimension` floats.
    public func embed(_ tokens: Tokens, into out: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.width) { sum in
            if scaledSum(tokens, into: sum.baseAddress!) {
                head.apply(sum.baseAddress!, into: out)
            } else {
                for i in 0..<dimension { out[i] = 0 }
            }
        }
    }

    /// The sum of a text's rows scaled to length 4; false when it has none.
    private func scaledSum(_ tokens: Tokens, into sum: UnsafeMutablePointer<Float>) -> Bool {
        for i in 0..<rows.width { sum[i] = 0 }
        var picked = index.rows(of: tokens)
        picked.indices.withUnsafeBufferPointer { indices in
            picked.weights.withUnsafeMutableBufferPointer { rows.accumulate(indices, weights: $0, into: sum) }
        }
        return Products.normalize(UnsafeMutableBufferPointer(start: sum, count: rows.width), to: ResidualHead.length)
    }

    // MARK: Words, for lexical features

    /// The row of a folded word, if the model lists it: a number below `wordCount`.
    public func row(of word: UnsafeBufferPointer<UInt8>) -> Int? { index.wordRow(StableHash.hash(word)) }

    /// The number of words that have rows of their own.
    public var wordCount: Int { idf.count }

    /// ln(N / n) of a listed word, n the number of training texts with it among N; unlisted words have `unknownIDF`.
    public func idf(ofRow row: Int) -> Float { idf[row] }

    /// The largest IDF of a listed word: what an unlisted one weighs at least.
    public var unknownIDF: Float { idf.max() ?? 0 }

    /// The vector of one folded word, listed or not, of `rowWidth` components and unit length; zeros without letters.
    public func wordVector(_ word: UnsafeBufferPointer<UInt8>) -> [Float] {
        var vector = [Float](repeating: 0, count: rows.width)
        var picked = RowIndex.Picked()
        index.pick(word: word, key: StableHash.hash(word), into: &picked)
        vector.withUnsafeMutableBufferPointer { out in
            picked.indices.withUnsafeBufferPointer { indices in
                picked.weights.withUnsafeMutableBufferPointer {
                    rows.accumulate(indices, weights: $0, into: out.baseAddress!)
                }
            }
            _ = Products.normalize(out)
        }
        return vector
    }

    /// The components of a word's vector.
    public var rowWidth: Int { rows.width }
}
