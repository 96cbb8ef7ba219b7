import CKernels
import Testing

@testable import VectorSearch

/// One-bit codes against their definition, on every instruction set that this machine has.
@Suite struct BitKernelTests {
    @Test(arguments: KernelISA.available, [1, 2, 3, 4, 5, 7, 16, 32, 48, 512])
    func `A scan of codes sums each row's table entries`(isa: KernelISA, pairs: Int) {
        var generator = SeededGenerator(seed: UInt64(pairs))
        for count in [1, 31, 32, 63, 64, 65, 150] {
            let blocks = (count + 63) / 64
            var codes = [UInt8](repeating: 0xA5, count: blocks * pairs * 64)
            var factors = [Float](repeating: 0, count: count)
            var signs: [[Int]] = []
            for row in 0..<count {
                let vector = generator.unitVector(pairs * 8)
                signs.append(
                    (0..<2 * pairs).map { group in
                        (0..<4).reduce(0) { $0 | (vector[group * 4 + $1] >= 0 ? 1 << $1 : 0) }
                    })
                codes.withUnsafeMutableBufferPointer {
                    factors[row] = deja_bit_encode(
                        vector, pairs, $0.baseAddress! + row / 64 * pairs * 64, row % 64)
                }
            }
            // All entries at their largest in one case: nothing may overflow.
            let tables = (0..<pairs * 32).map { _ in count == 64 ? 31 : UInt8(generator.next() % 32) }
            let estimates = (0..<count).map { row in
                let sum = signs[row].enumerated().reduce(0) { $0 + Int(tables[$1.offset * 16 + $1.element]) }
                return (Float(sum) * 0.01 - 0.3 * Float(pairs)) * factors[row]
            }
            for cut in [-Float.infinity, 0, estimates.max()! + 1] {
                var rows = [UInt32](repeating: 0, count: count + 16)
                var found = [Float](repeating: 0, count: count + 16)
                let number = deja_bit_scan(
                    isa.rawValue, codes, pairs, count, tables, 0.01, -0.3 * Float(pairs), factors, cut, 1000, &rows,
                    &found)
                let expected = (0..<count).filter { estimates[$0] >= cut }
                // Estimates within a rounding error of the cut may fall to either side.
                if cut != 0 { #expect(number == expected.count) }
                for index in 0..<number {
                    #expect(abs(found[index] - estimates[Int(rows[index]) - 1000]) < 1e-4 * max(1, abs(found[index])))
                }
                #expect(Array(rows.prefix(number)) == rows.prefix(number).sorted())
            }
        }
    }

    @Test func `A copied code is the code of the row that it came from`() {
        var generator = SeededGenerator(seed: 5)
        let pairs = 4
        var codes = [UInt8](repeating: 0, count: 64 * pairs)
        let vectors = (0..<64).map { _ in generator.unitVector(32) }
        for (row, vector) in vectors.enumerated() { _ = deja_bit_encode(vector, pairs, &codes, row) }
        for (from, to) in [(0, 63), (40, 3), (17, 16), (50, 51)] {
            var copied = codes
            var direct = codes
            deja_bit_copy(codes, from, &copied, to, pairs)
            _ = deja_bit_encode(vectors[from], pairs, &direct, to)
            #expect(copied == direct)
        }
    }

    @Test(arguments: [1, 3, 8, 100, 128, 200, 256, 384])
    func `The rotation keeps lengths and angles`(dimension: Int) {
        let rotation = Rotation.of(dimension: dimension)!
        var generator = SeededGenerator(seed: 6)
        var a = generator.unitVector(dimension)
        a += [Float](repeating: 0, count: rotation.rotatedDimension - dimension)
        var b = generator.near(a, similarity: 0.7)
        let before = zip(a, b).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        rotation.rotate(&a)
        rotation.rotate(&b)
        #expect(abs(a.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        #expect(abs(zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } - before) < 1e-4)
    }

    @Test func `The rotation spreads a single component over all`() {
        var vector = [Float](repeating: 0, count: 256)
        vector[17] = 1
        Rotation.of(dimension: 256)!.rotate(&vector)
        #expect(vector.allSatisfy { abs($0) < 0.3 })
    }

    @Test func `Estimates of similarity are unbiased and as near as RaBitQ's bound says`() {
        var generator = SeededGenerator(seed: 8)
        let dimension = 256
        let rotation = Rotation.of(dimension: dimension)!
        let query = generator.unitVector(dimension)
        let plane = BitPlane(rotation: rotation)
        let vectors = (0..<512).map { generator.near(query, similarity: Float($0) / 512) }
        for (row, vector) in vectors.enumerated() {
            var copy = vector
            copy.withUnsafeMutableBufferPointer { plane.encode($0.baseAddress!, row: row) }
        }
        var errors: [Float] = []
        BitQuery.with(query, dimension: dimension, rotation: rotation) { codes in
            var rows = [UInt32](repeating: 0, count: 528)
            var estimates = [Float](repeating: 0, count: 528)
            let found = plane.scan(
                0..<512, query: codes, cut: -2, isa: .active, candidates: &rows, estimates: &estimates)
            #expect(found == 512)
            for row in 0..<512 {
                let exact = zip(query, vectors[row]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                errors.append((estimates[row] - exact) / (0.01 + (1 - exact * exact).squareRoot() * 0.7555 / 16))
            }
        }
        let mean = errors.reduce(0, +) / 512
        let variance = errors.reduce(0) { $0 + $1 * $1 } / 512
        #expect(abs(mean) < 0.15 && variance < 1.2)
        #expect(errors.allSatisfy { abs($0) < 4.5 })
    }
}
