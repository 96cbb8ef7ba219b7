import CKernels
import Testing

@testable import VectorSearch

/// Every kernel against a plain loop, on every instruction set that this machine has.
@Suite struct KernelTests {
    static let strides = [16, 32, 48, 64, 80, 112, 128, 144, 192, 256, 272, 384, 1024]

    static func bytes(_ count: Int, _ generator: inout SeededGenerator, extremes: Bool) -> [UInt8] {
        (0..<count).map { _ in
            let bits = generator.next()
            return extremes ? (bits & 1 == 0 ? 0 : 255) : UInt8(truncatingIfNeeded: bits)
        }
    }

    @Test(arguments: KernelISA.available, strides)
    func `Integer dot products are exact at odd counts, unaligned and at the extremes`(isa: KernelISA, stride: Int) {
        var generator = SeededGenerator(seed: UInt64(stride))
        for (count, offset, extremes) in [(1, 0, false), (3, 1, true), (15, 7, false), (16, 0, true), (37, 13, false)] {
            let rows = Self.bytes(offset + count * stride, &generator, extremes: extremes)
            let query = Self.bytes(offset + stride, &generator, extremes: extremes).map {
                extremes ? ($0 == 0 ? Int8.min : .max) : Int8(bitPattern: $0)
            }
            // One element more, to see that nothing is written past the end.
            var dots = [Int32](repeating: 77, count: count + 1)
            rows.withUnsafeBufferPointer { rows in
                query.withUnsafeBufferPointer { query in
                    deja_i8_dots(
                        isa.rawValue, rows.baseAddress! + offset, stride, count, query.baseAddress! + offset, &dots)
                }
            }
            let expected = (0..<count).map { row in
                (0..<stride).reduce(Int32(0)) {
                    $0 + (Int32(rows[offset + row * stride + $1]) - 128) * Int32(query[offset + $1])
                }
            }
            #expect(dots == expected + [77])
            // The same rows by their numbers, backwards and one of them twice.
            let numbers = (0..<count).reversed().map { UInt32($0) } + [0]
            var found = [Int32](repeating: 77, count: numbers.count + 1)
            rows.withUnsafeBufferPointer { rows in
                query.withUnsafeBufferPointer { query in
                    deja_i8_dots_at(
                        isa.rawValue, rows.baseAddress! + offset, stride, numbers, numbers.count,
                        query.baseAddress! + offset, &found)
                }
            }
            #expect(found == numbers.map { expected[Int($0)] } + [77])
        }
    }

    @Test(arguments: KernelISA.available, strides)
    func `Float dot products agree with double precision`(isa: KernelISA, stride: Int) {
        var generator = SeededGenerator(seed: UInt64(stride) + 1)
        for offset in [0, 3] {
            let row = Self.bytes(stride + offset, &generator, extremes: offset == 0)
            let query = generator.unitVector(stride + offset)
            let dot = row.withUnsafeBufferPointer { row in
                query.withUnsafeBufferPointer {
                    deja_f32_dot(isa.rawValue, $0.baseAddress! + offset, row.baseAddress! + offset, stride)
                }
            }
            let expected = (0..<stride).reduce(0.0) {
                $0 + Double(query[offset + $1]) * (Double(row[offset + $1]) - 128)
            }
            #expect(abs(Double(dot) - expected) < 1e-3, "terms of up to 128, so 1e-5 of them")
        }
    }

    @Test(arguments: KernelISA.available)
    func `Selection keeps every estimate from the cut on, in order`(isa: KernelISA) {
        var generator = SeededGenerator(seed: 3)
        for count in [0, 1, 7, 8, 15, 16, 17, 64, 1000] {
            let dots = (0..<count).map { _ in Int32(truncatingIfNeeded: generator.next() >> 44) }
            let scales = (0..<count).map { _ in generator.gaussian() }
            for cut in [Float(-1e9), 0, 1000, .infinity] {
                var rows = [UInt32](repeating: 0, count: count + 16)
                var estimates = [Float](repeating: 0, count: count + 16)
                let found = deja_i8_select(isa.rawValue, dots, scales, count, 0.25, cut, 5, &rows, &estimates)
                let expected = (0..<count).filter { Float(dots[$0]) * scales[$0] * 0.25 >= cut }
                #expect(rows.prefix(found).map { Int($0) } == expected.map { $0 + 5 })
                #expect(estimates.prefix(found).elementsEqual(expected.map { Float(dots[$0]) * scales[$0] * 0.25 }))
            }
        }
    }

    @Test func `A vector that is not finite is stored as zero and resembles nothing`() {
        for bad in [Float.nan, .infinity, -.infinity, 1e31] {
            var row = [UInt8](repeating: 0, count: 16)
            #expect(deja_quantize_row([0.5, bad, 0.25], 3, &row, 16) == 0)
            #expect(row == [UInt8](repeating: 128, count: 16))
        }
    }

    @Test func `Quantising keeps the direction and pads with zero`() {
        var row = [UInt8](repeating: 0, count: 16)
        let scale = deja_quantize_row([0.6, -0.8, 0], 3, &row, 16)
        #expect(row.prefix(3) == [128 + 95, 1, 128])
        #expect(row.dropFirst(3).allSatisfy { $0 == 128 })
        #expect(abs(scale * 127 - 0.8) < 0.01)
    }
}
