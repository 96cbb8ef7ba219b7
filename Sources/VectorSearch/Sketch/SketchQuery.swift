import CKernels
import Foundation

/// A query as sketches are compared with it, and what a row needs to stay in the race.
///
/// Let q and o be at angles α and β to the directions that sketches hold: of their similarity, a comes from those and b
/// from the others, where b is at most sin α · sin β times the cosine c there. A sketch of k components estimates a with a
/// standard deviation of √(cos²α · cos²β - a²) · 0.7555 / √(k - 1) (RaBitQ, theorem 3.2). A row whose similarity is to be s
/// needs a ≥ s - sin α · sin β · c, so it stays when its estimate is no more than 3 deviations below that. And no row is
/// as similar as s when cos(α - β) is less. This is asked of the first sketch, then of both together.
///
/// c is not known. Leading directions hold what prompts have in common, so that neighbours differ more in the others: c is
/// mostly below s, and is taken to be s. Measured on real prompts, no neighbour was missed for it (`docs/search.md`).
struct SketchQuery {
    private(set) var prepared = deja_sketch_query()
    /// What rows must reach now.
    private(set) var demand = deja_sketch_demand()
    private let first: View
    private let both: View
    /// What a product is worth as a similarity.
    private let unit: Float

    /// A query's side of an estimate.
    private struct View {
        /// cos α · cos β and sin α · sin β for each class of β: at its bounds, and where it is nearest to α.
        private var along: InlineArray<16, SIMD4<Float>> = .init(repeating: .zero)
        private var across: InlineArray<16, SIMD4<Float>> = .init(repeating: .zero)
        /// The estimate's standard deviation where a is 0 and α and β are.
        private let deviation: Float

        init(angle: Float, deviation: Float) {
            self.deviation = deviation
            for (number, bounds) in SketchQuery.classes.enumerated() {
                let nearest = min(max(angle, bounds.lowerBound), bounds.upperBound)
                for (place, beta) in [bounds.lowerBound, nearest, bounds.upperBound, nearest].enumerated() {
                    along[number][place] = cosf(angle) * cosf(beta)
                    across[number][place] = sinf(angle) * sinf(beta)
                }
            }
        }

        /// The least estimate that a row of a class may have; infinite when none will do.
        func least(_ number: Int, _ similarity: Float) -> Float {
            let (along, across) = (along[number], across[number])
            let part = similarity - across * similarity
            let variance = (along * along - part * part).clamped(lowerBound: .zero, upperBound: .one)
            let needed = part - SketchQuery.deviations * deviation * variance.squareRoot() - SketchQuery.slack
            // cos(α - β) is the most that a row at that angle can be similar.
            let possible = along + across + SketchQuery.slack .>= similarity
            return SIMD4<Float>(repeating: .infinity).replacing(with: needed, where: possible).min()
        }
    }

    /// Deviations by which an estimate may be too low before its row is missed.
    private static var deviations: Float { 3 }
    /// Rounding: of tables, factors and angles.
    private static var slack: Float { 0.01 }

    /// A query of `basis.dimension` floats, unit-norm.
    init(_ query: UnsafePointer<Float>, basis: SketchBasis, minimumSimilarity: Float) {
        let (prepared, squares) = withUnsafeTemporaryAllocation(of: Float.self, capacity: SketchBasis.components) {
            components in
            basis.project(query, into: components.baseAddress!)
            var prepared = deja_sketch_query()
            deja_sketch_prepare(components.baseAddress!, &prepared)
            let first = components[..<SketchBasis.half].reduce(0) { $0 + $1 * $1 }
            return (prepared, (first, components[SketchBasis.half...].reduce(0) { $0 + $1 * $1 }))
        }
        self.prepared = prepared
        let deviation = 0.7555 / Float(SketchBasis.half - 1).squareRoot()
        first = View(angle: acosf(min(1, squares.0.squareRoot())), deviation: deviation)
        // The variances of both estimates add up, each in proportion to the square of what it estimates; a neighbour's
        // length divides between them about as the query's.
        let all = max(squares.0 + squares.1, 1e-12)
        let shares = (squares.0 / all, squares.1 / all)
        both = View(
            angle: acosf(min(1, all.squareRoot())),
            deviation: deviation * (shares.0 * shares.0 + shares.1 * shares.1).squareRoot())
        unit = prepared.step / DEJA_SKETCH_FACTORS
        demand(minimumSimilarity)
    }

    /// From now on only rows matter that may be as similar as `similarity`.
    mutating func demand(_ similarity: Float) {
        // A query that the directions hold nothing of is told nothing by sketches.
        let tells = similarity > -1 && unit > 0
        let (first, both, unit) = (first, both, unit)
        withUnsafeMutableBytes(of: &demand.first) { bytes in
            for number in Self.classes.indices {
                let least = tells ? first.least(number, similarity) : -.infinity
                let steps = -least / (unit * Float(DEJA_SKETCH_STEP))
                let margin: Int8 = !tells || steps >= 127 ? 127 : steps > -128 ? Int8(steps.rounded(.up)) : -128
                bytes.storeBytes(of: margin, toByteOffset: number, as: Int8.self)
            }
        }
        withUnsafeMutableBytes(of: &demand.both) { bytes in
            for number in Self.classes.indices {
                let products = tells ? -both.least(number, similarity) / unit : .infinity
                // Beyond any sum of products.
                let margin = Int32(max(-1e6, min(1e6, products.rounded(.up))))
                bytes.storeBytes(of: margin, toByteOffset: 4 * number, as: Int32.self)
            }
        }
    }

    /// How far a survivor is above what it needs, in products.
    @inline(__always)
    func headroom(_ product: Int32) -> Int32 {
        withUnsafeBytes(of: demand.both) { bytes in
            (product >> 4) + bytes.load(fromByteOffset: 4 * Int(product & 15), as: Int32.self)
        }
    }

    private static let classes: [ClosedRange<Float>] = (0..<DEJA_SKETCH_CLASSES).map { number in
        var (least, largest) = (Float(0), Float(0))
        deja_sketch_class_angles(Int32(number), &least, &largest)
        return least...largest
    }
}
