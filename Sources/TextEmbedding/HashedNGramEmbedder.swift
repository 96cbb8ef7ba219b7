import CacheModel
import LinearAlgebra
import ModelFiles

/// Hashed word and character n-grams, projected to d components: works on any language without training, and takes
/// IDF weights and a projection from `EmbedderTrainer`.
public struct HashedNGramEmbedder: Embedder {
    /// Places of the untrained embedder.
    public static let defaultPlaces = 2048

    public let identifier: String
    public let dimension: Int
    let features: HashedFeatures
    private let projection: [Float]  // dimension×places, row-major

    /// The untrained embedder: no IDF and a projection of random signs with a fixed seed.
    ///
    /// Achlioptas, "Database-friendly random projections" (2003): signs keep cosines to about 1/√d.
    public init(dimension: Int = 256, places: Int = defaultPlaces) {
        precondition(dimension > 0 && places > 0, "a vector has components")
        self.dimension = dimension
        features = HashedFeatures(places: places, idf: nil)
        identifier = "hashed-ngrams-1-\(places)-\(dimension)"
        var random = SplitMix64(seed: 0x64656A61)
        let size = 1 / Float(dimension).squareRoot()
        projection = (0..<dimension * places).map { _ in random.next() >> 63 == 0 ? size : -size }
    }

    /// Reads a model folder written by `EmbedderTrainer`.
    public init(folder: String) throws(ModelError) {
        try self.init(ModelFolder(reading: folder))
    }

    init(_ folder: ModelFolder) throws(ModelError) {
        try folder.expect(.hashedNGrams, tokenizer: Tokenizer.version)
        dimension = folder.manifest.dimension
        let places = try folder.parameter("places", in: 1...(1 << 20))
        var reader = try folder.reader("weights.bin")
        features = HashedFeatures(places: places, idf: try reader.take(Float.self, HashedFeatures.idfClasses))
        projection = try reader.take(Float.self, dimension * places)
        try reader.finish()
        identifier = folder.identifier
    }

    /// An embedder of given weights. projection: dimension×places, row-major.
    init(name: String, dimension: Int, features: HashedFeatures, projection: [Float]) {
        identifier = name
        self.dimension = dimension
        self.features = features
        self.projection = projection
    }

    /// O(bytes + texts · places · d).
    public func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        precondition(out.count == texts.count * dimension, "room for \(texts.count) vectors of \(dimension)")
        guard let start = out.baseAddress else { return }
        var from = 0
        while from < texts.count {
            let part = min(64, texts.count - from)
            embedBatch(texts[from..<from + part], into: start + from * dimension)
            from += part
        }
    }

    private func embedBatch(_ texts: ArraySlice<String>, into out: UnsafeMutablePointer<Float>) {
        let n = texts.count, places = features.places
        withUnsafeTemporaryAllocation(of: Float.self, capacity: n * places) { sums in
            let sums = sums.baseAddress!
            for i in 0..<n * places { sums[i] = 0 }
            for (i, text) in texts.enumerated() {
                var text = text
                text.withUTF8 {
                    _ = features.add(Tokenizer.scan($0, keepingSources: false), into: sums + i * places)
                }
            }
            if n == 1 {
                Products.gemv(projection, rows: dimension, columns: places, sums, into: out)
            } else {
                Products.gemm(sums, .plain, projection, .transposed, m: n, n: dimension, k: places, into: out)
            }
        }
        for row in 0..<n {
            let vector = UnsafeMutableBufferPointer(start: out + row * dimension, count: dimension)
            if !Products.normalize(vector) { vector.update(repeating: 0) }
        }
    }
}
