import Foundation
import LinearAlgebra
import ModelFiles

/// Fits a `HashedNGramEmbedder` to a list of prompts: IDF weights, and a projection by singular value decomposition.
///
/// Latent semantic analysis (Deerwester et al., 1990) over hashed features: the projection's rows are the leading right
/// singular vectors of the prompts' feature matrix. Each is divided by the square root of its singular value (half
/// whitening): unscaled, the few strongest directions, which all prompts share, drown the others.
public struct EmbedderTrainer: Sendable {
    /// What training made.
    public struct Summary: Sendable, Equatable {
        /// Prompts that had something to learn from.
        public let prompts: Int
        /// d of the model.
        public let dimension: Int
        /// The share of the features' second moment that the d directions keep.
        public let kept: Float
    }

    /// d.
    public var dimension = 256
    /// F, the places that features are hashed to. Training takes 4·F² bytes and O(prompts · F²) time.
    public var places = HashedNGramEmbedder.defaultPlaces
    /// Prompts beyond this many are counted, but only every k-th is decomposed.
    public var decomposedPrompts = 40_000
    /// The seed of the decomposition's sketch.
    public var seed: UInt64 = 1

    /// The settings above, with another dimension.
    public init(dimension: Int = 256) {
        precondition(dimension > 0, "a vector has components")
        self.dimension = dimension
    }

    /// Trains on `prompts` and writes a model folder. The same prompts give the same model on the same BLAS.
    ///
    /// - Parameter progress: called with the share that is done, from 0 to 1, rising.
    /// - Throws: `ModelError` when there are fewer prompts with words than dimensions, or the folder cannot be written;
    ///   `LinearAlgebraError` when the decomposition fails.
    @discardableResult
    public func train(
        _ prompts: [String], name: String, output folder: String, licence: String = "as the prompts'",
        progress: (Double) -> Void = { _ in }
    ) throws -> Summary {
        let (features, count) = try weigh(prompts, folder, progress)
        let (projection, kept) = try fit(prompts, features, progress)
        var sections: [UInt8] = []
        for values in [features.idf ?? [], projection] {
            values.withUnsafeBytes { sections.append(contentsOf: $0) }
        }
        try ModelFolder.write(
            [("weights.bin", sections)], kind: .hashedNGrams, name: name, dimension: dimension,
            tokenizer: Tokenizer.version, licence: licence, provenance: "deja train, \(count) prompts",
            parameters: ["places": Double(places)], to: folder)
        progress(1)
        return Summary(prompts: count, dimension: dimension, kept: kept)
    }

    /// ln((N + 1) / (n + 1)) + 0.05 for each class of features: what every prompt has, a template say, weighs next to
    /// nothing, but a prompt of such words alone still has a direction.
    private func weigh(
        _ prompts: [String], _ folder: String, _ progress: (Double) -> Void
    ) throws(ModelError) -> (HashedFeatures, Int) {
        var counts = [Int32](repeating: 0, count: HashedFeatures.idfClasses)
        var last = [Int32](repeating: -1, count: HashedFeatures.idfClasses)
        var documents = 0
        for (i, prompt) in prompts.enumerated() {
            if i % 1024 == 0 { progress(0.15 * Double(i) / Double(prompts.count)) }
            let tokens = Tokenizer.tokenize(prompt)
            if tokens.count > 0 { documents += 1 }
            HashedFeatures.forEachFeature(of: tokens) { key, _ in
                let place = HashedFeatures.idfClass(key)
                if last[place] != Int32(truncatingIfNeeded: i) {
                    last[place] = Int32(truncatingIfNeeded: i)
                    counts[place] += 1
                }
            }
        }
        guard documents >= dimension else {
            throw ModelError(
                .tooLittleText, folder, "\(documents) prompts cannot fill \(dimension) dimensions",
                "give at least \(dimension) prompts, or ask for fewer dimensions")
        }
        let idf = counts.map { Float(log(Double(documents + 1) / Double($0 + 1))) + 0.05 }
        return (HashedFeatures(places: places, idf: idf), documents)
    }

    private func fit(
        _ prompts: [String], _ features: HashedFeatures, _ progress: (Double) -> Void
    ) throws -> ([Float], Float) {
        let stride = max(1, prompts.count / max(1, decomposedPrompts))
        let moment = secondMoment(prompts, features, every: stride, progress)
        var decomposition = RandomisedSVD()
        decomposition.seed = seed
        let (values, right) = try decomposition.right(rank: dimension, n: places) { moment.multiplied(by: $0) }
        var projection = right.values
        let floor = max(values.first ?? 0, .leastNormalMagnitude) * 1e-4
        for (row, value) in values.enumerated() {
            let scale = 1 / max(value, floor).squareRoot()
            for column in 0..<places { projection[row * places + column] *= scale }
        }
        projection += [Float](repeating: 0, count: dimension * places - projection.count)
        let trace = (0..<places).reduce(Float(0)) { $0 + moment[$1, $1] }
        progress(0.98)
        return (projection, values.reduce(0) { $0 + $1 * $1 } / max(trace, .leastNormalMagnitude))
    }

    /// Σ x·xᵀ over the unit feature vectors x of every `stride`-th prompt, F×F.
    private func secondMoment(
        _ prompts: [String], _ features: HashedFeatures, every stride: Int, _ progress: (Double) -> Void
    ) -> Matrix {
        var moment = Matrix(rows: places, columns: places)
        let picked = Array(Swift.stride(from: 0, to: prompts.count, by: stride))
        let batch = 256
        var rows = [Float](repeating: 0, count: batch * places)
        for start in Swift.stride(from: 0, to: picked.count, by: batch) {
            progress(0.15 + 0.65 * Double(start) / Double(picked.count))
            let size = min(batch, picked.count - start)
            rows.withUnsafeMutableBufferPointer { rows in
                rows.update(repeating: 0)
                for i in 0..<size {
                    let row = UnsafeMutableBufferPointer(rebasing: rows[i * places..<(i + 1) * places])
                    _ = features.add(Tokenizer.tokenize(prompts[picked[start + i]]), into: row.baseAddress!)
                    Products.normalize(row)
                }
                moment.values.withUnsafeMutableBufferPointer {
                    Products.gemm(
                        rows.baseAddress!, .transposed, rows.baseAddress!, .plain, m: places, n: places, k: size,
                        into: $0.baseAddress!, beta: 1)
                }
            }
        }
        progress(0.8)
        return moment
    }
}
