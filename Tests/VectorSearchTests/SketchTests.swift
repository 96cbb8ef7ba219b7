import CKernels
import CacheModel
import Testing

@testable import VectorSearch

/// Sketches against their definition, on every instruction set that this machine has.
@Suite struct SketchKernelTests {
    /// A vector of 64 components, some of them long, some short, one of zeros.
    static func components(_ row: Int, _ generator: inout SeededGenerator) -> [Float] {
        if row == 13 { return [Float](repeating: 0, count: 64) }
        let length = Float(row % 10 + 1) / 10
        return generator.unitVector(64).map { $0 * length }
    }

    /// Blocks of sketches of `vectors`, one byte further on, so that nothing is aligned.
    static func blocks(_ vectors: [[Float]]) -> [UInt8] {
        var memory = [UInt8](repeating: 0x5A, count: 1 + (vectors.count + 63) / 64 * Int(DEJA_SKETCH_BLOCK))
        memory.withUnsafeMutableBufferPointer { memory in
            for (row, vector) in vectors.enumerated() {
                let block = memory.baseAddress! + 1 + row / 64 * Int(DEJA_SKETCH_BLOCK)
                deja_sketch_encode(vector, vector.reduce(0) { $0 + $1 * $1 }, block, row % 64)
            }
        }
        return memory
    }

    /// Factor times sum of a row, and its class, by their definition.
    static func product(_ row: Int, _ vector: [Float], _ memory: [UInt8], _ tables: [UInt8], center: UInt8) -> (
        Int, Int
    ) {
        let sum = (0..<16).reduce(0) { sum, group in
            let code = (0..<4).reduce(0) { $0 | (vector[group * 4 + $1] >= 0 ? 1 << $1 : 0) }
            return sum + Int(tables[group * 16 + code])
        }
        let block = 1 + row / 64 * 640
        return (Int(memory[block + 512 + row % 64]) * (sum - Int(center)), Int(memory[block + 576 + row % 64]))
    }

    @Test(arguments: KernelISA.available)
    func `A scan keeps exactly the rows whose products are as demanded`(isa: KernelISA) {
        var generator = SeededGenerator(seed: 21)
        for count in [1, 15, 16, 17, 63, 64, 65, 200] {
            let vectors = (0..<2).map { _ in (0..<count).map { Self.components($0, &generator) } }
            let memory = vectors.map { Self.blocks($0) }
            var query = deja_sketch_query()
            deja_sketch_prepare(generator.unitVector(128), &query)
            let tables = withUnsafeBytes(of: query.tables) { Array($0) }
            let first = (0..<count).map {
                Self.product($0, vectors[0][$0], memory[0], Array(tables[..<256]), center: query.centers.0)
            }
            let second = (0..<count).map {
                Self.product($0, vectors[1][$0], memory[1], Array(tables[256...]), center: query.centers.1)
            }
            for (level, least) in [(-128, 0), (-40, 0), (0, -3000), (0, 3000), (3, 0), (40, -6000), (127, -1_000_000)] {
                let margins = (0..<16).map { Int8(clamping: abs(level) > 100 ? level : level + $0 - 8) }
                var demand = deja_sketch_demand()
                withUnsafeMutableBytes(of: &demand.first) { $0.copyBytes(from: margins.map { UInt8(bitPattern: $0) }) }
                withUnsafeMutableBytes(of: &demand.both) { bytes in
                    for number in 0..<16 {
                        bytes.storeBytes(of: Int32(100 * number - least), toByteOffset: 4 * number, as: Int32.self)
                    }
                }
                var rows = [UInt32](repeating: 7, count: count + 1)
                var products = [Int32](repeating: 7, count: count + 1)
                let found = memory[0].withUnsafeBufferPointer { firsts in
                    memory[1].withUnsafeBufferPointer { seconds in
                        deja_sketch_scan(
                            isa.rawValue, firsts.baseAddress! + 1, seconds.baseAddress! + 1, count, &query, &demand,
                            1000, &rows, &products)
                    }
                }
                let wanted = (0..<count).filter { row in
                    first[row].0 + 240 * Int(margins[first[row].1]) >= 0
                        && first[row].0 + second[row].0 + 100 * second[row].1 - least >= 0
                }
                #expect(rows.prefix(found).map { Int($0) } == wanted.map { 1000 + $0 })
                #expect(
                    products.prefix(found).map { Int($0) }
                        == wanted.map { (first[$0].0 + second[$0].0) * 16 + second[$0].1 })
                #expect(rows[count] == 7 || found == count, "nothing is written past what was scanned")
                if level == 127 { #expect(found == count) }
                if level == -128 { #expect(found == 0) }
            }
        }
    }

    @Test func `A copied sketch is the sketch of the row that it came from`() {
        var generator = SeededGenerator(seed: 22)
        var block = [UInt8](repeating: 0, count: Int(DEJA_SKETCH_BLOCK))
        let vectors = (0..<64).map { Self.components($0, &generator) }
        for (row, vector) in vectors.enumerated() { deja_sketch_encode(vector, 0.5, &block, row) }
        for (from, to) in [(0, 63), (40, 3), (17, 16), (13, 51)] {
            var (copied, direct) = (block, block)
            deja_sketch_copy(block, from, &copied, to)
            deja_sketch_encode(vectors[from], 0.5, &direct, to)
            #expect(copied == direct)
        }
    }

    @Test func `Every angle lies within its class`() {
        for step in 0...157 {
            let angle = Float(step) / 100
            var (least, largest) = (Float(0), Float(0))
            deja_sketch_class_angles(deja_sketch_class(angle), &least, &largest)
            #expect(least - 1e-5 <= angle && angle <= largest + 1e-5)
        }
        #expect(deja_sketch_class(.nan) == 0)
    }
}

/// A flat index that is large enough for sketches, of vectors that lie as prompts' embeddings do.
@Suite struct FlatSketchTests {
    static let tuning: FlatTuning = {
        var tuning = FlatTuning()
        tuning.codedRows = 500
        return tuning
    }()

    /// Vectors whose variance falls from direction to direction, around topics.
    static func vectors(_ count: Int, dimension: Int, seed: UInt64 = 31) -> [[Float]] {
        var generator = SeededGenerator(seed: seed)
        func shaped() -> [Float] {
            (0..<dimension).map { generator.gaussian() / (1 + Float($0) / 8).squareRoot() }
        }
        let topics = (0..<40).map { _ in shaped() }
        return (0..<count).map { index in unit(zip(topics[index % 40], shaped()).map { $0 + 0.8 * $1 }) }
    }

    @Test(arguments: KernelISA.available, [128, 200, 256, 384])
    func `Near-duplicates are found through inserts and removals`(isa: KernelISA, dimension: Int) {
        var generator = SeededGenerator(seed: UInt64(dimension))
        let vectors = Self.vectors(2000, dimension: dimension)
        let index = FlatIndex(dimension: dimension, tuning: Self.tuning, isa: isa)
        var live: [UInt32: [Float]] = [:]
        for slot in 0..<2000 {
            live[UInt32(slot)] = vectors[slot]
            index.insert(vectors[slot], slot: UInt32(slot))
            if slot % 3 == 2 {
                let gone = live.keys.min { ($0 &* 2_654_435_761) < ($1 &* 2_654_435_761) }!
                live[gone] = nil
                #expect(index.remove(slot: gone))
            }
        }
        #expect(index.store.sketches != nil && index.store.bits == nil)
        var oracle = Oracle()
        for (slot, vector) in live { oracle.insert(vector, slot: slot) }
        for slot in live.keys.sorted().prefix(30) {
            let query = generator.near(live[slot]!, similarity: 0.9)
            #expect(index.search(query, limit: 1).first?.slot == slot)
            #expect(index.search(query, limit: 3, minimumSimilarity: 0.8).first?.slot == slot)
            expectExact(index.search(query, limit: 5, exhaustive: true), query, oracle, limit: 5)
        }
    }

    @Test func `Strangers find their nearest neighbour, but for one in a hundred`() {
        let vectors = Self.vectors(6000, dimension: 128)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        let queries = Self.vectors(200, dimension: 128, seed: 99)
        let found = queries.count { index.search($0, limit: 1) == index.search($0, limit: 1, exhaustive: true) }
        #expect(found >= 198)
        #expect(index.search(batch: queries, limit: 3) == queries.map { index.search($0, limit: 3) })
    }

    @Test func `Vectors without leading directions are coded by one bit a component`() {
        var generator = SeededGenerator(seed: 33)
        let index = FlatIndex(dimension: 256, tuning: Self.tuning)
        for slot in 0..<1500 { index.insert(generator.unitVector(256), slot: UInt32(slot)) }
        #expect(index.store.sketches == nil && index.store.bits != nil)
    }

    @Test func `A sketch costs twenty bytes a vector, and goes when the partition shrinks`() {
        let vectors = Self.vectors(8000, dimension: 128)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        let basis = 128 * 128 * 4
        #expect(index.memoryBytes <= 8000 * (128 + 16 + 20) * 3 / 2 + basis)
        for slot in 200..<8000 { index.remove(slot: UInt32(slot)) }
        #expect(index.store.sketches == nil)
        #expect(index.search(vectors[7], limit: 300).count == 200)
    }

    @Test func `A limit beyond what is collected still gets its neighbours`() {
        let vectors = Self.vectors(6000, dimension: 128)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        #expect(index.search(vectors[0], limit: 50).count == 50)
        #expect(index.search(vectors[0], limit: 10_000).count == 6000)
    }

    @Test func `Equal vectors come in the order of their slots`() {
        let vectors = Self.vectors(1500, dimension: 128)
        let index = FlatIndex(dimension: 128, tuning: Self.tuning)
        for slot in 0..<1500 { index.insert(slot < 150 ? vectors[0] : vectors[slot], slot: UInt32(slot)) }
        #expect(index.search(vectors[0], limit: 3).map(\.slot) == [0, 1, 2])
    }

    @Test func `It answers as before from a snapshot, and refuses one that is damaged`() throws {
        let vectors = Self.vectors(1200, dimension: 128)
        let factory = FlatIndexFactory(tuning: Self.tuning)
        let index = factory.makeIndex(dimension: 128)
        for (slot, vector) in vectors.enumerated() { index.insert(vector, slot: UInt32(slot)) }
        for slot in stride(from: 0, to: 1200, by: 7) { index.remove(slot: UInt32(slot)) }
        let copy = try IndexSnapshotTests.restored(index, by: factory)
        for query in Self.vectors(50, dimension: 128, seed: 5) {
            #expect(copy.search(query, limit: 5) == index.search(query, limit: 5))
        }
        var bytes = SnapshotBytes()
        index.encode(into: &bytes)
        var bad = bytes.bytes
        // The class of the first row of the last whole block, from the end: beyond the last class.
        bad[bad.count - 2 * Int(DEJA_SKETCH_BLOCK) + 576] = 200
        #expect(throws: SnapshotProblem.damaged) {
            try bad.withUnsafeBytes { buffer in
                var cursor = SnapshotCursor(buffer)
                _ = try factory.restoreIndex(dimension: 128, from: &cursor)
            }
        }
    }
}
