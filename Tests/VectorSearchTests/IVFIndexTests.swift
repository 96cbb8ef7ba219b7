import CacheModel
import Testing

@testable import VectorSearch

@Suite struct IVFIndexTests {
    static func clustered(_ count: Int, dimension: Int, seed: UInt64 = 1) -> [[Float]] {
        var generator = SeededGenerator(seed: seed)
        let centres = (0..<20).map { _ in generator.unitVector(dimension) }
        return (0..<count).map { _ in
            generator.near(centres[Int(generator.next() % 20)], similarity: 0.75)
        }
    }

    static func centroids(_ vectors: [[Float]], nlist: Int, isa: KernelISA = .active) -> Centroids {
        Array(vectors.joined()).withUnsafeBufferPointer {
            Centroids(training: $0, dimension: vectors[0].count, nlist: nlist, isa: isa)
        }
    }

    @Test func `k-means finds the groups, the same ones each time`() {
        let vectors = Self.clustered(1000, dimension: 32)
        let centroids = Self.centroids(vectors, nlist: 20)
        #expect(centroids.count == 20)
        #expect(centroids.rows.codes == Self.centroids(vectors, nlist: 20).rows.codes)
        let index = IVFIndex(centroids: centroids)
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        #expect(index.largestList < 200, "50 on average")
    }

    @Test func `k-means of equal vectors, or of fewer than clusters, makes fewer clusters`() {
        var generator = SeededGenerator(seed: 2)
        let one = generator.unitVector(16)
        #expect(Self.centroids(Array(repeating: one, count: 50), nlist: 8).count == 1)
        #expect(Self.centroids((0..<3).map { _ in generator.unitVector(16) }, nlist: 8).count == 3)
    }

    @Test(arguments: KernelISA.available, [true, false])
    func `Near-duplicates are found, and everything by an exhaustive search`(isa: KernelISA, usesBits: Bool) {
        let vectors = Self.clustered(1500, dimension: 100)
        var tuning = IVFTuning()
        tuning.usesBits = usesBits
        let index = IVFIndex(
            centroids: Self.centroids(Array(vectors.prefix(600)), nlist: 24, isa: isa), tuning: tuning, isa: isa)
        var oracle = Oracle()
        for (slot, vector) in vectors.enumerated() {
            index.insert(vector, slot: UInt32(slot))
            oracle.insert(vector, slot: UInt32(slot))
        }
        for slot in stride(from: 0, to: 1500, by: 3) {
            #expect(index.remove(slot: UInt32(slot)))
            #expect(!index.remove(slot: UInt32(slot)))
            oracle.remove(UInt32(slot))
        }
        for slot in stride(from: 0, to: 300, by: 3) {
            index.insert(vectors[slot], slot: UInt32(slot + 5000))
            oracle.insert(vectors[slot], slot: UInt32(slot + 5000))
        }
        #expect(index.count == 1100)
        var generator = SeededGenerator(seed: 3)
        for slot in stride(from: 1, to: 1500, by: 30) {
            let query = generator.near(vectors[slot], similarity: 0.95)
            #expect(index.search(query, limit: 1, minimumSimilarity: 0.5).first?.slot == UInt32(slot))
            expectExact(index.search(query, limit: 4, exhaustive: true), query, oracle, limit: 4)
        }
        for slot in oracle.rows.keys { #expect(index.remove(slot: slot)) }
        #expect(index.count == 0 && index.search(vectors[0], limit: 1).isEmpty)
    }

    @Test func `Recall of strangers' neighbours is above its floor`() {
        let vectors = Self.clustered(4000, dimension: 64)
        let index = IVFIndex(centroids: Self.centroids(Array(vectors.prefix(1000)), nlist: 40))
        for (slot, vector) in vectors.prefix(3900).enumerated() { index.insert(vector, slot: UInt32(slot)) }
        let right = vectors.suffix(100).count { query in
            index.search(query, limit: 1).first?.slot == index.search(query, limit: 1, exhaustive: true).first?.slot
        }
        #expect(right >= 90, "95 when this was written")
    }

    @Test func `A batch finds what single searches find`() {
        let vectors = Self.clustered(500, dimension: 48)
        let index = IVFIndex(centroids: Self.centroids(vectors, nlist: 10))
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        let queries = Array(vectors.prefix(7))
        #expect(index.search(batch: queries, limit: 3) == queries.map { index.search($0, limit: 3) })
        #expect(index.search(batch: [], limit: 3).isEmpty)
    }
}
