import CacheModel

/// The cosine similarity of the embeddings.
public struct CosineScorer: PairScoring {
    public let name: String
    public let scale = ScoreScale.similarity
    public let defaultThreshold: Double
    private let embedder: any Embedder

    /// An arm called `name` that accepts pairs at `threshold`.
    public init(name: String, embedder: any Embedder, threshold: Double) {
        self.name = name
        self.embedder = embedder
        defaultThreshold = threshold
    }

    public func score(_ pairs: ArraySlice<LabelledPair>) -> [PairScore] {
        PairSimilarity.cosines(pairs, embedder).map { PairScore($0) }
    }
}

/// Similarities of many pairs.
public enum PairSimilarity {
    /// The cosine of each pair: both sides in one call of the embedder, then a dot product a row (rows are unit-norm).
    public static func cosines(_ pairs: ArraySlice<LabelledPair>, _ embedder: any Embedder) -> [Double] {
        let dimension = embedder.dimension
        let vectors = embedder.embed(rows: pairs.map(\.a) + pairs.map(\.b))
        return vectors.withUnsafeBufferPointer { vectors in
            (0..<pairs.count).map { row in
                let (a, b) = (row * dimension, (row + pairs.count) * dimension)
                var sum: Float = 0
                for column in 0..<dimension { sum += vectors[a + column] * vectors[b + column] }
                return Double(min(1, max(-1, sum)))
            }
        }
    }
}

extension Embedder {
    /// The embeddings of `texts`: n×d, row-major.
    func embed(rows texts: [String]) -> [Float] {
        [Float](unsafeUninitializedCapacity: texts.count * dimension) { buffer, count in
            count = texts.count * dimension
            embed(texts, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
