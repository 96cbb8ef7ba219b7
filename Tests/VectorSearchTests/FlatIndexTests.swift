import CacheModel
import Testing

@testable import VectorSearch

/// What a search must return, whatever the index: checked against brute force.
func expectExact(
    _ found: [Neighbor], _ query: [Float], _ oracle: Oracle, limit: Int, minimumSimilarity: Float = -1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let all = oracle.similarities(query)
    let expected = all.values.filter { $0 >= Double(minimumSimilarity) }.sorted(by: >).prefix(limit)
    // A similarity on the very threshold may fall to either side.
    let edge = expected.filter { abs($0 - Double(minimumSimilarity)) < 1e-5 }.count
    #expect(abs(found.count - expected.count) <= edge, sourceLocation: sourceLocation)
    for (neighbor, similarity) in zip(found, expected) {
        #expect(abs(Double(neighbor.similarity) - similarity) < 1e-5, sourceLocation: sourceLocation)
        let own = all[neighbor.slot]
        #expect(own != nil && abs(Double(neighbor.similarity) - own!) < 1e-5, sourceLocation: sourceLocation)
    }
    #expect(Set(found.map(\.slot)).count == found.count, sourceLocation: sourceLocation)
    for (a, b) in zip(found, found.dropFirst()) {
        #expect(
            a.similarity > b.similarity || (a.similarity == b.similarity && a.slot < b.slot),
            sourceLocation: sourceLocation)
    }
}

@Suite struct FlatIndexTests {
    @Test(arguments: KernelISA.available, [1, 3, 16, 100, 127, 128, 256, 300])
    func `Finds what brute force finds through inserts and removals`(isa: KernelISA, dimension: Int) {
        var generator = SeededGenerator(seed: UInt64(dimension))
        let index = FlatIndex(dimension: dimension, isa: isa)
        var oracle = Oracle()
        var live: [UInt32] = []
        let centre = generator.unitVector(dimension)
        for round in 0..<600 {
            if generator.next() % 3 == 0, let position = live.indices.randomElement(using: &generator) {
                let slot = live.remove(at: position)
                #expect(index.remove(slot: slot))
                #expect(!index.remove(slot: slot))
                oracle.remove(slot)
            } else {
                let slot = UInt32(truncatingIfNeeded: generator.next())
                let vector =
                    round % 4 == 0 ? generator.near(centre, similarity: 0.9) : generator.unitVector(dimension)
                index.insert(vector, slot: slot)
                oracle.insert(vector, slot: slot)
                live.append(slot)
            }
            #expect(index.count == live.count)
            guard round % 50 == 0 else { continue }
            let query = round % 100 == 0 ? generator.near(centre, similarity: 0.8) : generator.unitVector(dimension)
            for (limit, least) in [(1, Float(-1)), (5, -1), (10, 0.3), (1000, 0)] {
                expectExact(
                    index.search(query, limit: limit, minimumSimilarity: least, exhaustive: limit == 5), query, oracle,
                    limit: limit, minimumSimilarity: least)
            }
        }
        for slot in live { #expect(index.remove(slot: slot)) }
        #expect(index.count == 0 && index.search(centre, limit: 3).isEmpty)
    }

    @Test(arguments: KernelISA.available)
    func `A batch finds what single searches find`(isa: KernelISA) {
        for (count, dimension) in [(0, 8), (5, 128), (17, 128), (3000, 64)] {
            var generator = SeededGenerator(seed: UInt64(count))
            let index = FlatIndex(dimension: dimension, isa: isa)
            for slot in 0..<count { index.insert(generator.unitVector(dimension), slot: UInt32(slot)) }
            for queryCount in [0, 1, 2, 19] {
                let queries = (0..<queryCount).map { _ in generator.unitVector(dimension) }
                let batch = index.search(batch: queries, limit: 4, minimumSimilarity: 0.1)
                #expect(batch == queries.map { index.search($0, limit: 4, minimumSimilarity: 0.1) })
            }
        }
    }

    @Test func `The vector itself is its own best match, at similarity 1`() {
        var generator = SeededGenerator(seed: 7)
        let index = FlatIndex(dimension: 256)
        let vectors = (0..<5000).map { _ in generator.unitVector(256) }
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        for slot in stride(from: 0, to: 5000, by: 250) {
            let found = index.search(vectors[slot], limit: 1, minimumSimilarity: 0.99)
            #expect(found.map(\.slot) == [UInt32(slot)])
            #expect((found.first?.similarity ?? 0) > 0.9999)
        }
    }

    @Test func `Similarity is that of the original vectors to 2 in 1000`() {
        for dimension in [128, 256] {
            var generator = SeededGenerator(seed: 8)
            let index = FlatIndex(dimension: dimension)
            let query = generator.unitVector(dimension)
            let vectors = (0..<500).map { generator.near(query, similarity: Float($0) / 500) }
            for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
            for neighbor in index.search(query, limit: 500) {
                let exact = zip(query, vectors[Int(neighbor.slot)]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                #expect(abs(neighbor.similarity - exact) < 2e-3)
            }
        }
    }

    @Test func `Equal vectors come in the order of their slots, however many`() {
        var generator = SeededGenerator(seed: 9)
        let vector = generator.unitVector(128)
        for count in [3, 40, 2500] {
            let index = FlatIndex(dimension: 128)
            for slot in (0..<count).shuffled(using: &generator) { index.insert(vector, slot: UInt32(slot)) }
            for limit in [1, 3, 20] {
                let found = index.search(vector, limit: limit)
                #expect(found.map(\.slot) == (0..<UInt32(min(limit, count))).map { $0 })
            }
        }
    }

    @Test func `Zero vectors and zero queries resemble nothing`() {
        let index = FlatIndex(dimension: 128)
        for slot in 0..<40 { index.insert([Float](repeating: 0, count: 128), slot: UInt32(slot)) }
        var generator = SeededGenerator(seed: 10)
        let query = generator.unitVector(128)
        #expect(index.search(query, limit: 3, minimumSimilarity: 0.01).isEmpty)
        #expect(index.search(query, limit: 1) == [Neighbor(slot: 0, similarity: 0)])
        index.insert(query, slot: 99)
        let zero = [Float](repeating: 0, count: 128)
        #expect(index.search(zero, limit: 5, minimumSimilarity: 0.01).isEmpty)
        #expect(index.search(zero, limit: 50).count == 41)
    }

    @Test func `A query that is not a number finds nothing`() {
        for count in [5, 50] {
            let index = FlatIndex(dimension: 16)
            var generator = SeededGenerator(seed: 11)
            for slot in 0..<count { index.insert(generator.unitVector(16), slot: UInt32(slot)) }
            var query = generator.unitVector(16)
            query[3] = .nan
            #expect(index.search(query, limit: 5).isEmpty)
        }
    }

    @Test func `No limit, no vectors, or a threshold above all gives nothing`() {
        let index = FlatIndex(dimension: 4)
        #expect(index.search([1, 0, 0, 0], limit: 5).isEmpty)
        index.insert([1, 0, 0, 0], slot: 1)
        #expect(index.search([1, 0, 0, 0], limit: 0).isEmpty)
        #expect(index.search([0, 1, 0, 0], limit: 5, minimumSimilarity: 0.5).isEmpty)
        #expect(index.search([1, 0, 0, 0], limit: 5, minimumSimilarity: 1) == [Neighbor(slot: 1, similarity: 1)])
    }

    @Test func `Removed space is used again and given back`() {
        var generator = SeededGenerator(seed: 12)
        let vectors = (0..<100).map { _ in generator.unitVector(128) }
        let index = FlatIndex(dimension: 128)
        for slot in 0..<20_000 { index.insert(vectors[slot % 100], slot: UInt32(slot)) }
        let full = index.memoryBytes
        for slot in 0..<10_000 {
            index.remove(slot: UInt32(slot))
            index.insert(vectors[slot % 100], slot: UInt32(slot + 20_000))
        }
        #expect(index.count == 20_000)
        #expect(index.memoryBytes <= full + 65_536)
        for slot in 10_000..<30_000 { index.remove(slot: UInt32(slot)) }
        #expect(index.count == 0 && index.memoryBytes < 8192)
    }

    @Test func `A vector costs its components and at most 16 bytes, and an eighth more with one-bit codes`() {
        var generator = SeededGenerator(seed: 13)
        let vectors = (0..<100).map { _ in generator.unitVector(128) }
        for (codedRows, bytes) in [(Int.max, 128 + 16), (1000, 128 + 16 + 16 + 4)] {
            var tuning = FlatTuning()
            tuning.codedRows = codedRows
            let index = FlatIndex(dimension: 128, tuning: tuning)
            for slot in 0..<40_000 { index.insert(vectors[slot % 100], slot: UInt32(slot)) }
            #expect(index.memoryBytes <= 40_000 * bytes + 65_536)
        }
    }

    @Test func `A scope with few vectors costs little`() {
        var generator = SeededGenerator(seed: 14)
        let empty = FlatIndex(dimension: 128)
        #expect(empty.memoryBytes <= 192)
        empty.insert(generator.unitVector(128), slot: 1)
        #expect(empty.memoryBytes <= 192 + 128 + 8)
        for slot in 2...10 { empty.insert(generator.unitVector(128), slot: UInt32(slot)) }
        #expect(empty.memoryBytes <= 192 + 14 * (128 + 8))
    }

    @Test func `Many searches at once agree`() async {
        var generator = SeededGenerator(seed: 15)
        let index = FlatIndex(dimension: 64)
        for slot in 0..<4000 { index.insert(generator.unitVector(64), slot: UInt32(slot)) }
        let queries = (0..<50).map { _ in generator.unitVector(64) }
        let expected = queries.map { index.search($0, limit: 3) }
        await withTaskGroup(of: [[Neighbor]].self) { group in
            for _ in 0..<8 { group.addTask { queries.map { index.search($0, limit: 3) } } }
            for await found in group { #expect(found == expected) }
        }
    }
}
