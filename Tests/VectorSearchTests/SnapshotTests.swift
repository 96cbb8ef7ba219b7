import CacheModel
import Testing

@testable import VectorSearch

@Suite struct IndexSnapshotTests {
    static func restored(_ index: any VectorIndex, by factory: any VectorIndexFactory) throws -> any VectorIndex {
        var bytes = SnapshotBytes()
        index.encode(into: &bytes)
        return try bytes.bytes.withUnsafeBytes { buffer in
            var cursor = SnapshotCursor(buffer)
            let index = try factory.restoreIndex(dimension: index.dimension, from: &cursor)
            #expect(cursor.remaining == 0)
            return index
        }
    }

    static func tuning(_ precision: RowPrecision = .bits8) -> AdaptiveTuning {
        var tuning = AdaptiveTuning()
        (tuning.flat.bitRows, tuning.ivfRows, tuning.rowsPerList) = (300, 900, 40)
        (tuning.flat.precision, tuning.ivf.precision) = (precision, precision)
        return tuning
    }

    @Test(arguments: [0, 1, 10, 17, 200, 500, 1000, 3000], [RowPrecision.bits8, .bits12])
    func `An index of any kind answers as before and goes on changing`(count: Int, precision: RowPrecision) throws {
        let factory = AdaptiveIndexFactory(tuning: Self.tuning(precision), schedule: .inline)
        let index = factory.makeIndex(dimension: 48)
        let vectors = IVFIndexTests.clustered(count + 50, dimension: 48)
        for slot in 0..<count { index.insert(vectors[slot], slot: UInt32(slot)) }
        for slot in stride(from: 0, to: count, by: 7) { index.remove(slot: UInt32(slot)) }
        let copy = try Self.restored(index, by: factory)
        #expect(copy.count == index.count)
        for query in vectors.suffix(50) {
            #expect(copy.search(query, limit: 5) == index.search(query, limit: 5))
            #expect(copy.search(query, limit: 5, exhaustive: true) == index.search(query, limit: 5, exhaustive: true))
        }
        for (number, vector) in vectors.suffix(50).enumerated() {
            for index in [index, copy] {
                index.insert(vector, slot: UInt32(10_000 + number))
                index.remove(slot: UInt32(number))
            }
        }
        #expect(copy.count == index.count)
        #expect(
            copy.search(vectors[0], limit: 20, exhaustive: true)
                == index.search(vectors[0], limit: 20, exhaustive: true))
    }

    @Test func `Bytes that end early are refused, wherever they end`() throws {
        let factory = AdaptiveIndexFactory(tuning: Self.tuning(), schedule: .inline)
        for count in [5, 400, 1500] {
            let index = factory.makeIndex(dimension: 32)
            for (slot, vector) in IVFIndexTests.clustered(count, dimension: 32).enumerated() {
                index.insert(vector, slot: UInt32(slot))
            }
            var bytes = SnapshotBytes()
            index.encode(into: &bytes)
            for length in stride(from: 0, to: bytes.bytes.count, by: max(1, bytes.bytes.count / 61)) {
                #expect(throws: SnapshotProblem.self) {
                    try bytes.bytes.prefix(length).withUnsafeBytes { buffer in
                        var cursor = SnapshotCursor(buffer)
                        _ = try factory.restoreIndex(dimension: 32, from: &cursor)
                    }
                }
            }
        }
    }

    @Test func `Rows of 12 bits are 16 times closer to their vectors than rows of 8`() {
        var generator = SeededGenerator(seed: 31)
        var tuning = FlatTuning()
        let coarse = FlatIndex(dimension: 256)
        tuning.precision = .bits12
        let fine = FlatIndex(dimension: 256, tuning: tuning)
        let query = generator.unitVector(256)
        let vectors = (0..<300).map { generator.near(query, similarity: Float($0) / 300) }
        for (slot, vector) in vectors.enumerated() {
            coarse.insert(vector, slot: UInt32(slot))
            fine.insert(vector, slot: UInt32(slot))
        }
        func error(_ index: FlatIndex) -> Float {
            index.search(query, limit: 300).reduce(0) { sum, neighbor in
                sum + abs(neighbor.similarity - zip(query, vectors[Int(neighbor.slot)]).reduce(0) { $0 + $1.0 * $1.1 })
            }
        }
        #expect(error(fine) * 8 < error(coarse))
    }
}
