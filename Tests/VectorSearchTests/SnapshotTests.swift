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

    static func tuning() -> AdaptiveTuning {
        var tuning = AdaptiveTuning()
        (tuning.flat.codedRows, tuning.ivfRows, tuning.rowsPerList) = (300, 900, 40)
        return tuning
    }

    @Test(arguments: [0, 1, 10, 17, 200, 500, 1000, 3000])
    func `An index of any kind answers as before and goes on changing`(count: Int) throws {
        let factory = AdaptiveIndexFactory(tuning: Self.tuning(), schedule: .inline)
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
}
