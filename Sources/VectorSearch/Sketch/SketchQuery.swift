import CKernels
import Foundation

/// A query as sketches are compared with it, and what a row needs to stay in the race.
///
/// Let q and o be at angles α and β to the partition's leading directions: of their similarity, a comes from those
/// directions and b from the others, where b is at most sin α · sin β times the cosine c there. A sketch estimates a with
/// a standard deviation of √(cos²α · cos²β - a²) · 0.7555 / √63 (RaBitQ, theorem 3.2). A row whose similarity is to be s
/// needs a ≥ s - sin α · sin β · c, so it stays when its estimate is no more than 3 deviations below that. And no row is
/// as similar as s when cos(α - β) is less.
///
/// c is not known. Leading directions hold what prompts have in common, so that neighbours differ more in the others: c is
/// mostly below s, and is taken to be s. Measured on real prompts, no neighbour was missed for it (`docs/search.md`).
struct SketchQuery {
    private(set) var prepared = deja_sketch_query()
    /// For each class of angles the offset at which a row stays, as `deja_sketch_scan` takes it.
    private(set) var margins: InlineArray<16, Int8> = .init(repeating: 127)
    private let angle: Float
    /// What a product is worth as a similarity.
    private let unit: Float

    /// Deviations by which an estimate may be too low before its row is missed.
    private static var deviations: Float { 3.0 }
    /// Rounding: of tables, factors and angles.
    private static var slack: Float { 0.01 }

    /// A query of `basis.dimension` floats, unit-norm.
    init(_ query: UnsafePointer<Float>, basis: SketchBasis, minimumSimilarity: Float) {
        let (prepared, squares) = withUnsafeTemporaryAllocation(of: Float.self, capacity: SketchBasis.components) {
            components in
            basis.project(query, into: components.baseAddress!)
            var prepared = deja_sketch_query()
            deja_sketch_prepare(components.baseAddress!, &prepared)
            return (prepared, components.reduce(0) { $0 + $1 * $1 })
        }
        self.prepared = prepared
        angle = acosf(min(1, squares.squareRoot()))
        unit = prepared.step / DEJA_SKETCH_FACTORS
        demand(minimumSimilarity)
    }

    /// From now on only rows matter that may be as similar as `similarity`.
    mutating func demand(_ similarity: Float) {
        // A query that the leading directions hold nothing of is told nothing by sketches.
        guard similarity > -1, unit > 0 else {
            margins = .init(repeating: 127)
            return
        }
        for (number, angles) in Self.classes.enumerated() { margins[number] = margin(angles, similarity) }
    }

    /// How far a survivor is above what it needs, in products.
    @inline(__always)
    func headroom(_ product: Int32) -> Int32 {
        (product >> 4) + Int32(DEJA_SKETCH_STEP) * Int32(margins[Int(product & 15)])
    }

    private func margin(_ angles: ClosedRange<Float>, _ similarity: Float) -> Int8 {
        var least = Float.infinity
        for beta in [angles.lowerBound, min(max(angle, angles.lowerBound), angles.upperBound), angles.upperBound] {
            guard cosf(angle - beta) + Self.slack >= similarity else { continue }
            let part = similarity - sinf(angle) * sinf(beta) * similarity
            let reach = cosf(angle) * cosf(beta)
            let deviation = 0.7555 / Float(SketchBasis.components - 1).squareRoot()
            least = min(
                least,
                part - Self.deviations * deviation * max(0, reach * reach - part * part).squareRoot() - Self.slack)
        }
        let steps = -least / (unit * Float(DEJA_SKETCH_STEP))
        return steps >= 127 ? 127 : steps > -128 ? Int8(steps.rounded(.up)) : -128
    }

    private static let classes: [ClosedRange<Float>] = (0..<DEJA_SKETCH_CLASSES).map { number in
        var (least, largest) = (Float(0), Float(0))
        deja_sketch_class_angles(Int32(number), &least, &largest)
        return least...largest
    }
}
