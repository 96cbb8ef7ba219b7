import CKernels
import CacheModel
import LinearAlgebra

/// The directions that a partition's vectors differ in most: 64 of d, and the next 64, each turned at random among
/// themselves.
///
/// Learned from a sample: the leading right singular vectors (N. Halko, P. Martinsson, J. Tropp 2011), which capture more
/// of the vectors than any others. The turn spreads what they hold evenly over the 64 components, as one-bit codes want it.
final class SketchBasis: Sendable {
    /// 128×d, row-major, orthonormal rows: the first 64, then the second.
    let rows: [Float]
    /// d.
    let dimension: Int
    /// The share of the vectors' squared lengths that the first 64 hold, in [0, 1].
    let energy: Float

    /// Components of a sketch.
    static let half = Int(DEJA_SKETCH_COMPONENTS)
    /// Components of both sketches.
    static let components = 2 * half
    /// Vectors to learn from: more of them capture hardly more (0.556 instead of 0.548 of real prompts at d = 256).
    static let sampled = 1024

    /// Learns from `sample`; `nil` where so many directions cannot be found. Takes milliseconds.
    static func learn(_ sample: VectorSample) -> SketchBasis? {
        guard sample.dimension >= components, sample.count >= 2 * components else { return nil }
        // One in four is kept out: how much the directions hold of vectors that they were not made of is what counts.
        let (vectors, others) = sample.matrix.splitRows { $0 % 4 != 3 }
        var decomposition = RandomisedSVD()
        (decomposition.oversampling, decomposition.iterations) = (8, 2)
        let leading = try? decomposition.right(rank: components, n: sample.dimension) { x in
            vectors.multiplied(by: vectors.multiplied(by: x), .transposed)
        }
        guard let leading, leading.right.rows == components, leading.right.values.allSatisfy(\.isFinite) else {
            return nil
        }
        var generator = SplitMix64(seed: 0x64656A61)
        var turn = Matrix(rows: half, columns: half)
        for index in turn.values.indices { turn.values[index] = generator.nextGaussian() }
        turn = turn.orthonormalColumns()
        let parts = leading.right.splitRows { $0 < half }
        let first = turn.multiplied(by: parts.0)
        let kept = others.multiplied(by: first, other: .transposed)
        let all = others.values.reduce(0) { $0 + $1 * $1 }
        guard all > 0 else { return nil }
        return SketchBasis(
            rows: first.values + turn.multiplied(by: parts.1).values, dimension: sample.dimension,
            energy: min(1, kept.values.reduce(0) { $0 + $1 * $1 } / all))
    }

    init(rows: [Float], dimension: Int, energy: Float) {
        precondition(rows.count == Self.components * dimension, "128 directions of \(dimension) components")
        (self.rows, self.dimension, self.energy) = (rows, dimension, energy)
    }

    var memoryBytes: Int { rows.count * 4 + 48 }

    /// The 128 components of `vector` (d floats).
    func project(_ vector: UnsafePointer<Float>, into components: UnsafeMutablePointer<Float>) {
        Products.gemv(rows, rows: Self.components, columns: dimension, vector, into: components)
    }
}

extension VectorSample {
    /// The vectors in single precision, n×d.
    var matrix: Matrix {
        var matrix = Matrix(rows: count, columns: dimension)
        matrix.values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for row in 0..<count { add(row, to: base + row * dimension) }
        }
        return matrix
    }
}

extension Matrix {
    /// The rows that `isFirst` chooses, and the others.
    fileprivate func splitRows(_ isFirst: (Int) -> Bool) -> (Matrix, Matrix) {
        var parts: ([Float], [Float]) = ([], [])
        for row in 0..<rows { if isFirst(row) { parts.0 += self[row: row] } else { parts.1 += self[row: row] } }
        return (
            Matrix(rows: parts.0.count / max(1, columns), columns: columns, values: parts.0),
            Matrix(rows: parts.1.count / max(1, columns), columns: columns, values: parts.1)
        )
    }
}
