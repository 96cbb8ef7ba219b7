import CKernels

/// Groups unit vectors around centroids of unit length, by cosine (spherical k-means: I. Dhillon, D. Modha, 2001).
///
/// Seeded by k-means++ (D. Arthur, S. Vassilvitskii, 2007: each next seed is drawn with a chance in proportion to its
/// squared distance from the nearest seed so far) on a part of the sample, then Lloyd's iterations. A centroid that is
/// left without vectors starts again at a vector of the fullest one. Vectors and centroids are 8-bit rows and the
/// distances integer dot products, which the machine has kernels for already; an error of a few thousandths in a cosine
/// moves only vectors that lie between two centroids.
struct KMeans {
    /// k.
    var clusters: Int
    /// Lloyd's iterations.
    var iterations = 8
    /// Vectors per cluster that seeding looks at.
    var seedingShare = 8
    /// The generator's first state: the same sample and seed give the same centroids.
    var seed: UInt64 = 1
    var isa = KernelISA.active

    /// The centroids of `sample`: at most `clusters`, fewer where the sample has fewer distinct vectors.
    /// O(sample · clusters · d · iterations).
    func train(_ sample: VectorSample) -> VectorSample {
        var generator = SplitMix(state: seed)
        var centroids = seeds(sample, &generator)
        guard centroids.count > 1 else { return centroids }
        var assignment = [Int32](repeating: 0, count: sample.count)
        for _ in 0..<iterations {
            assign(sample, to: centroids, &assignment)
            centroids = means(sample, assignment, centroids.count, &generator)
        }
        return centroids
    }

    // MARK: Seeding

    private func seeds(_ sample: VectorSample, _ generator: inout SplitMix) -> VectorSample {
        let part = shuffledPart(sample, count: min(sample.count, clusters * seedingShare), &generator)
        var centroids = VectorSample(dimension: sample.dimension, stride: sample.stride, capacity: clusters)
        guard part.count > 0 else { return centroids }
        // 1 - cosine is half the squared distance of unit vectors.
        var distances = [Float](repeating: 2, count: part.count)
        var dots = [Int32](repeating: 0, count: part.count)
        var query = [Int8](repeating: 0, count: sample.stride)
        var next = 0
        while true {
            part.codes.withUnsafeBufferPointer { codes in
                centroids.append(codes: codes.baseAddress! + next * part.stride, scale: part.scales[next])
                part.query(next, into: &query)
                deja_i8_dots(isa.rawValue, codes.baseAddress!, part.stride, part.count, query, &dots)
            }
            guard centroids.count < clusters else { return centroids }
            let total = shrink(&distances, dots, part.scales, by: part.scales[next])
            guard total > 1e-3 else { return centroids }
            next = draw(distances, total: total, &generator)
        }
    }

    /// Takes the new seed into account; returns the sum of all distances.
    private func shrink(_ distances: inout [Float], _ dots: [Int32], _ scales: [Float], by scale: Float) -> Double {
        var total = 0.0
        for row in distances.indices {
            // Beneath a thousandth it is the seed itself, or as good as it.
            let distance = 1 - Float(dots[row]) * scales[row] * scale
            distances[row] = min(distances[row], distance < 1e-3 ? 0 : distance)
            total += Double(distances[row])
        }
        return total
    }

    private func draw(_ distances: [Float], total: Double, _ generator: inout SplitMix) -> Int {
        var left = generator.uniform() * total
        for row in distances.indices {
            left -= Double(distances[row])
            if left < 0 { return row }
        }
        return distances.lastIndex { $0 > 0 } ?? 0
    }

    private func shuffledPart(_ sample: VectorSample, count: Int, _ generator: inout SplitMix) -> VectorSample {
        var part = VectorSample(dimension: sample.dimension, stride: sample.stride, capacity: count)
        var order = Array(0..<sample.count)
        sample.codes.withUnsafeBufferPointer { codes in
            for index in 0..<count {
                order.swapAt(index, index + Int(generator.next() % UInt64(sample.count - index)))
                part.append(
                    codes: codes.baseAddress! + order[index] * sample.stride, scale: sample.scales[order[index]])
            }
        }
        return part
    }

    // MARK: Iterations

    /// Writes to `assignment` the nearest centroid of each vector. Centroids are met in tiles that stay in the cache for
    /// a group of vectors.
    func assign(_ sample: VectorSample, to centroids: VectorSample, _ assignment: inout [Int32]) {
        let group = 256
        let tile = 256
        var queries = [Int8](repeating: 0, count: group * sample.stride)
        var best = [Float](repeating: 0, count: group)
        var scratch = AssignmentScratch(tile: tile)
        for first in stride(from: 0, to: sample.count, by: group) {
            let members = min(group, sample.count - first)
            queries.withUnsafeMutableBufferPointer { queries in
                for member in 0..<members {
                    sample.query(first + member, into: queries.baseAddress! + member * sample.stride)
                    best[member] = -.infinity
                }
            }
            for start in stride(from: 0, to: centroids.count, by: tile) {
                let range = start..<min(start + tile, centroids.count)
                for member in 0..<members {
                    let offset = member * sample.stride
                    if let (row, estimate) = scratch.nearest(
                        queries, offset: offset, centroids, range, above: best[member], isa: isa)
                    {
                        best[member] = estimate
                        assignment[first + member] = Int32(row)
                    }
                }
            }
        }
    }

    private func means(
        _ sample: VectorSample, _ assignment: [Int32], _ count: Int, _ generator: inout SplitMix
    ) -> VectorSample {
        let d = sample.dimension
        var sums = [Float](repeating: 0, count: count * d)
        var sizes = [Int](repeating: 0, count: count)
        sums.withUnsafeMutableBufferPointer { sums in
            for row in 0..<sample.count {
                let cluster = Int(assignment[row])
                sample.add(row, to: sums.baseAddress! + cluster * d)
                sizes[cluster] += 1
            }
        }
        var centroids = VectorSample(dimension: d, stride: sample.stride, capacity: count)
        for cluster in 0..<count {
            if sizes[cluster] == 0 {
                restart(cluster, &sizes, &sums, sample, assignment, &generator)
            }
            sums.withUnsafeBufferPointer { centroids.append($0.baseAddress! + cluster * d) }
        }
        return centroids
    }

    /// Puts an empty cluster's centroid on a vector of the fullest cluster.
    private func restart(
        _ cluster: Int, _ sizes: inout [Int], _ sums: inout [Float], _ sample: VectorSample, _ assignment: [Int32],
        _ generator: inout SplitMix
    ) {
        guard let fullest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }), sizes[fullest] > 1 else { return }
        let start = Int(generator.next() % UInt64(sample.count))
        let row = (0..<sample.count).lazy.map { ($0 + start) % sample.count }.first { assignment[$0] == Int32(fullest) }
        guard let row else { return }
        sums.withUnsafeMutableBufferPointer { sample.add(row, to: $0.baseAddress! + cluster * sample.dimension) }
        // Halved, so that the next empty cluster may split another.
        sizes[fullest] /= 2
        sizes[cluster] = sizes[fullest]
    }
}

/// Working memory of an assignment.
private struct AssignmentScratch {
    private var dots: [Int32]
    private var rows: [UInt32]
    private var estimates: [Float]

    init(tile: Int) {
        dots = Array(repeating: 0, count: tile)
        rows = Array(repeating: 0, count: tile + 16)
        estimates = Array(repeating: 0, count: tile + 16)
    }

    /// The nearest of a range of centroids, if it is nearer than `above`.
    mutating func nearest(
        _ queries: [Int8], offset: Int, _ centroids: VectorSample, _ range: Range<Int>, above: Float, isa: KernelISA
    ) -> (Int, Float)? {
        let found = centroids.codes.withUnsafeBufferPointer { codes in
            centroids.scales.withUnsafeBufferPointer { scales in
                queries.withUnsafeBufferPointer { queries in
                    deja_i8_dots(
                        isa.rawValue, codes.baseAddress! + range.lowerBound * centroids.stride, centroids.stride,
                        range.count, queries.baseAddress! + offset, &dots)
                    return deja_i8_select(
                        isa.rawValue, dots, scales.baseAddress! + range.lowerBound, range.count, 1,
                        above.nextUp, UInt32(range.lowerBound), &rows, &estimates)
                }
            }
        }
        guard found > 0 else { return nil }
        var best = 0
        for index in 1..<max(found, 1) where estimates[index] > estimates[best] { best = index }
        return (Int(rows[best]), estimates[best])
    }
}

/// SplitMix64 (S. Vigna 2015).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In [0, 1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
