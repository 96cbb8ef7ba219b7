/// The centroids that an `IVFIndex` sorts its vectors by.
public struct Centroids: Sendable {
    let rows: VectorSample
    /// `nlist`.
    public var count: Int { rows.count }
    /// d.
    public var dimension: Int { rows.dimension }

    /// k-means over `vectors` (n×dimension, row-major, unit-norm): at most `nlist` centroids. Takes
    /// O(n · nlist · dimension) a round.
    public init(
        training vectors: UnsafeBufferPointer<Float>, dimension: Int, nlist: Int, seed: UInt64 = 1,
        isa: KernelISA = .active
    ) {
        precondition(dimension > 0 && vectors.count % dimension == 0, "a vector has \(dimension) components")
        let count = vectors.count / dimension
        var sample = VectorSample(dimension: dimension, stride: (dimension + 15) / 16 * 16, capacity: count)
        for row in 0..<count { sample.append(vectors.baseAddress! + row * dimension) }
        self.init(training: sample, nlist: nlist, seed: seed, isa: isa)
    }

    init(rows: VectorSample) { self.rows = rows }

    init(training sample: VectorSample, nlist: Int, seed: UInt64 = 1, isa: KernelISA) {
        rows = KMeans(clusters: nlist, seed: seed, isa: isa).train(sample)
    }
}
