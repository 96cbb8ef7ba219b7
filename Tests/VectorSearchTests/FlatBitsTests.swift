import CacheModel
import Testing

@testable import VectorSearch

/// A flat index that is large enough for one-bit codes.
@Suite struct FlatBitsTests {
    static let tuning: FlatTuning = {
        var tuning = FlatTuning()
        tuning.codedRows = 500
        return tuning
    }()

    @Test(arguments: KernelISA.available, [64, 100, 128, 256])
    func `Near-duplicates are found through inserts and removals`(isa: KernelISA, dimension: Int) {
        var generator = SeededGenerator(seed: UInt64(dimension))
        let index = FlatIndex(dimension: dimension, tuning: Self.tuning, isa: isa)
        var live: [UInt32: [Float]] = [:]
        for slot in 0..<2000 {
            live[UInt32(slot)] = generator.unitVector(dimension)
            index.insert(live[UInt32(slot)]!, slot: UInt32(slot))
            if slot % 3 == 2 {
                let gone = live.keys.min { ($0 &* 2_654_435_761) < ($1 &* 2_654_435_761) }!
                live[gone] = nil
                #expect(index.remove(slot: gone))
            }
        }
        var oracle = Oracle()
        for (slot, vector) in live { oracle.insert(vector, slot: slot) }
        for slot in live.keys.sorted().prefix(30) {
            let query = generator.near(live[slot]!, similarity: 0.9)
            #expect(index.search(query, limit: 1).first?.slot == slot)
            #expect(index.search(query, limit: 3, minimumSimilarity: 0.8).first?.slot == slot)
            expectExact(index.search(query, limit: 5, exhaustive: true), query, oracle, limit: 5)
        }
    }

    @Test func `Codes come with growth and go when the partition shrinks`() {
        var generator = SeededGenerator(seed: 2)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for slot in 0..<400 { index.insert(generator.unitVector(128), slot: UInt32(slot)) }
        let plain = index.memoryBytes
        for slot in 400..<2000 { index.insert(generator.unitVector(128), slot: UInt32(slot)) }
        #expect(index.memoryBytes <= 2000 * (128 + 16 + 16 + 4) * 3 / 2)
        for slot in 200..<2000 { index.remove(slot: UInt32(slot)) }
        #expect(index.memoryBytes <= 2 * plain)
        let query = generator.unitVector(128)
        #expect(index.search(query, limit: 300).count == 200)
    }

    @Test func `A limit beyond what is compared still gets its neighbours`() {
        var generator = SeededGenerator(seed: 3)
        let index = FlatIndex(dimension: 64, tuning: Self.tuning)
        for slot in 0..<1000 { index.insert(generator.unitVector(64), slot: UInt32(slot)) }
        let query = generator.unitVector(64)
        #expect(index.search(query, limit: 50).count == 50)
        #expect(index.search(query, limit: 5000).count == 1000)
        #expect(
            index.search(batch: [query, query], limit: 3) == [
                index.search(query, limit: 3), index.search(query, limit: 3),
            ])
    }

    @Test func `Equal vectors come in the order of their slots`() {
        var generator = SeededGenerator(seed: 4)
        let vector = generator.unitVector(128)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for slot in 0..<150 { index.insert(vector, slot: UInt32(slot)) }
        for slot in 150..<1500 { index.insert(generator.unitVector(128), slot: UInt32(slot)) }
        #expect(index.search(vector, limit: 3).map(\.slot) == [0, 1, 2])
    }
}
