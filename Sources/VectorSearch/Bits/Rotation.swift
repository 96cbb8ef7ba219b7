import CKernels
import CacheModel

/// A fixed random rotation of vectors of some dimension: signs flipped at random and Hadamard transforms, in turn.
///
/// Spreads a vector's content evenly over all components, so that their signs tell its direction (N. Ailon, B. Chazelle,
/// "The fast Johnson–Lindenstrauss transform", 2009). The signs are the same in every process, for ever. O(d log d).
final class Rotation: Sendable {
    /// Components of a rotated vector: d rounded up to a multiple of 8.
    let rotatedDimension: Int
    private let signs: [UInt64]

    private static let shared = Locked<[Int: Rotation]>([:])

    /// The rotation of vectors of `dimension` components; `nil` where they are too long for one-bit codes.
    static func of(dimension: Int) -> Rotation? {
        let padded = (dimension + 7) / 8 * 8
        guard padded / 8 <= Int(DEJA_BIT_MAX_PAIRS) else { return nil }
        return shared.withLock { known in
            if let rotation = known[padded] { return rotation }
            let rotation = Rotation(rotatedDimension: padded)
            known[padded] = rotation
            return rotation
        }
    }

    private init(rotatedDimension: Int) {
        self.rotatedDimension = rotatedDimension
        var generator = SplitMix(state: 0x64656A61)
        let words = deja_rotation_rounds(rotatedDimension) * ((rotatedDimension + 63) / 64)
        signs = (0..<words).map { _ in generator.next() }
    }

    /// Rotates `rotatedDimension` floats in place.
    func rotate(_ vector: UnsafeMutablePointer<Float>) { deja_rotate(vector, rotatedDimension, signs) }
}
