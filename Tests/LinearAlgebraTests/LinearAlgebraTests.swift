import LinearAlgebra
import Testing

private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    return Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in generator.nextGaussian() })
}

private func naive(_ a: Matrix, _ b: Matrix) -> Matrix {
    var out = Matrix(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
        for j in 0..<b.columns { out[i, j] = (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] } }
    }
    return out
}

private func difference(_ a: Matrix, _ b: Matrix) -> Float {
    zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct MatrixTests {
    @Test func productsEqualTheDefinition() {
        let a = random(7, 5, seed: 1), b = random(5, 9, seed: 2)
        let expected = naive(a, b)
        #expect(difference(a.multiplied(by: b), expected) < 1e-5)
        #expect(difference(a.transposed.multiplied(by: b, .transposed), expected) < 1e-5)
        #expect(difference(a.multiplied(by: b.transposed, other: .transposed), expected) < 1e-5)
        #expect(difference(a.transposed.multiplied(by: b.transposed, .transposed, other: .transposed), expected) < 1e-5)
    }

    @Test func aMatrixTimesAVectorEqualsTheDefinition() {
        let a = Matrix([[1, 2, 3], [4, 5, 6]])
        #expect(a.multiplied(by: [1, 0, -1]) == [-2, -2])
    }

    @Test func emptyMatricesMultiply() {
        #expect(Matrix(rows: 0, columns: 3).multiplied(by: Matrix(rows: 3, columns: 2)).values.isEmpty)
        #expect(Matrix(rows: 2, columns: 0).multiplied(by: Matrix(rows: 0, columns: 2)).values == [0, 0, 0, 0])
    }

    @Test func rowsAndColumnsAreCutOut() {
        let a = Matrix([[1, 2, 3], [4, 5, 6]])
        #expect(Array(a[row: 1]) == [4, 5, 6])
        #expect(a.firstColumns(2) == Matrix([[1, 2], [4, 5]]))
        #expect(a.firstRows(1) == Matrix([[1, 2, 3]]))
        #expect(a.transposed[2, 1] == 6)
    }

    @Test func aVectorIsScaledToItsLengthAndZeroIsLeftAlone() {
        var x: [Float] = [3, 4], zero: [Float] = [0, 0], broken: [Float] = [.nan, 1]
        x.withUnsafeMutableBufferPointer { #expect(Products.normalize($0, to: 10)) }
        zero.withUnsafeMutableBufferPointer { #expect(!Products.normalize($0)) }
        broken.withUnsafeMutableBufferPointer { #expect(!Products.normalize($0)) }
        #expect(x == [6, 8])
        #expect(zero == [0, 0])
    }
}

@Suite struct DecompositionTests {
    @Test(arguments: [(6, 4), (4, 6), (5, 5)])
    func theSingularValuesRebuildTheMatrix(_ shape: (Int, Int)) throws {
        let a = random(shape.0, shape.1, seed: 3)
        let parts = try a.singularValues()
        var scaled = parts.left
        for i in 0..<scaled.rows {
            for j in 0..<scaled.columns { scaled[i, j] *= parts.values[j] }
        }
        #expect(difference(scaled.multiplied(by: parts.right), a) < 1e-4)
        #expect(parts.values == parts.values.sorted(by: >))
    }

    @Test func aMatrixOfNothingHasNoSingularValues() throws {
        #expect(try Matrix(rows: 0, columns: 3).singularValues().values.isEmpty)
    }

    @Test func theSketchFindsTheLeadingDirections() throws {
        // Rank 6 and a little noise, 200×60.
        var a = random(200, 6, seed: 4).multiplied(by: random(6, 60, seed: 5))
        let noise = random(200, 60, seed: 6)
        for i in a.values.indices { a.values[i] += 0.01 * noise.values[i] }
        let exact = try a.singularValues()
        let gram = a.multiplied(by: a, .transposed)
        let found = try RandomisedSVD().right(rank: 6, n: 60) { gram.multiplied(by: $0) }
        for i in 0..<6 {
            #expect(abs(found.values[i] - exact.values[i]) < 1e-2 * exact.values[i])
            let cosine = zip(found.right[row: i], exact.right[row: i]).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(cosine) > 0.999)
        }
    }

    @Test func columnsBecomeOrthonormal() {
        let q = random(30, 8, seed: 7).orthonormalColumns()
        #expect(difference(q.multiplied(by: q, .transposed), .identity(8)) < 1e-5)
    }

    @Test func aPositiveDefiniteSystemIsSolved() throws {
        let half = random(12, 5, seed: 8), b = random(5, 2, seed: 9)
        let a = half.multiplied(by: half, .transposed)
        let x = try a.choleskySolve(b)
        #expect(difference(a.multiplied(by: x), b) < 1e-3)
    }

    @Test func anIndefiniteSystemIsRefused() {
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
            try Matrix([[1, 2], [2, 1]]).choleskySolve(Matrix([[1], [1]]))
        }
    }
}

@Suite struct TopKTests {
    @Test func theLargestComeFirstAndEqualOnesByPlace() {
        let values: [Float] = [1, 5, 3, 5, -2, .nan, 4]
        let found = values.withUnsafeBufferPointer { TopK.largest(4, of: $0) }
        #expect(found.map(\.index) == [1, 3, 6, 2])
    }

    @Test func askingForMoreThanThereAreGivesAll() {
        let values: [Float] = [2, 1]
        #expect(values.withUnsafeBufferPointer { TopK.largest(9, of: $0) }.map(\.value) == [2, 1])
        #expect(values.withUnsafeBufferPointer { TopK.largest(0, of: $0) }.isEmpty)
    }

    @Test func selectionEqualsSorting() {
        var generator = SplitMix64(seed: 10)
        let values = (0..<1000).map { _ in Float(generator.next() % 200) }
        let sorted = values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
        let found = values.withUnsafeBufferPointer { TopK.largest(50, of: $0) }
        #expect(found.map(\.index) == Array(sorted.prefix(50)))
    }
}

@Suite struct SplitMix64Tests {
    @Test func theStreamIsTheReferenceOne() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}

@Suite struct FourBitRowsTests {
    /// Every instruction set that this machine runs, the portable one first.
    static let kernels = FourBitRows.supportedKernels

    @Test(arguments: kernels, [64, 256, 320])
    func sumsEqualTheRowsAddedOneByOne(_ kernel: Int, _ width: Int) {
        var generator = SplitMix64(seed: 11)
        let count = 40
        let rows = FourBitRows(
            count: count, width: width, bytes: (0..<count * width / 2).map { _ in UInt8(generator.next() & 255) },
            scales: (0..<count).map { _ in generator.nextUnit() }, isa: kernel)
        let indices: [UInt32] = [0, 39, 7, 7, 21]
        let weights: [Float] = [1, 0.5, -1, 1, 0.25]
        var expected = [Float](repeating: 0.5, count: width)
        for (index, weight) in zip(indices, weights) {
            for (c, value) in rows[Int(index)].enumerated() { expected[c] += weight * value }
        }
        var out = [Float](repeating: 0.5, count: width), scratch = weights
        indices.withUnsafeBufferPointer { i in
            scratch.withUnsafeMutableBufferPointer { w in
                out.withUnsafeMutableBufferPointer { rows.accumulate(i, weights: w, into: $0.baseAddress!) }
            }
        }
        #expect(zip(out, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }
}

@Suite struct ByteMatrixTests {
    @Test(arguments: FourBitRowsTests.kernels, [(5, 3), (128, 256), (512, 200)])
    func productsAreThoseOfTheMatrixToHalfAPercent(_ kernel: Int, _ shape: (Int, Int)) {
        let a = random(shape.0, shape.1, seed: 12), x = random(1, shape.1, seed: 13).values
        let exact = a.multiplied(by: x)
        var y = [Float](repeating: 1, count: shape.0)
        y.withUnsafeMutableBufferPointer { ByteMatrix(a, isa: kernel).multiplyAdd(x, into: $0.baseAddress!) }
        let error = zip(y, exact).reduce(Float(0)) { $0 + ($1.0 - 1 - $1.1) * ($1.0 - 1 - $1.1) }.squareRoot()
        let length = exact.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        #expect(error < 0.015 * length)
    }

    @Test func aVectorOfZerosAddsNothing() {
        var y: [Float] = [1, 2]
        y.withUnsafeMutableBufferPointer {
            ByteMatrix(random(2, 4, seed: 14)).multiplyAdd([0, 0, 0, 0], into: $0.baseAddress!)
        }
        #expect(y == [1, 2])
    }
}
