/// A dense matrix of single precision, row-major.
public struct Matrix: Sendable, Equatable {
    /// m, the number of rows.
    public let rows: Int
    /// n, the number of columns.
    public let columns: Int
    /// The m×n components, row by row.
    public var values: [Float]

    /// A matrix of the given components (`rows`×`columns`, row-major).
    /// - Precondition: `values.count == rows * columns`.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "a matrix of another size")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
    }

    /// A matrix from its rows, all of one length.
    public init(_ rows: [[Float]]) {
        self.init(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
    }

    /// The n×n identity.
    public static func identity(_ n: Int) -> Matrix {
        var matrix = Matrix(rows: n, columns: n)
        for i in 0..<n { matrix[i, i] = 1 }
        return matrix
    }

    /// The component in `row` and `column`, both from 0.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "outside the matrix")
            return values[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "outside the matrix")
            values[row * columns + column] = newValue
        }
    }

    /// The components of `row`, without a copy.
    public subscript(row row: Int) -> ArraySlice<Float> {
        precondition(row >= 0 && row < rows, "outside the matrix")
        return values[row * columns..<(row + 1) * columns]
    }

    /// The first `count` columns.
    public func firstColumns(_ count: Int) -> Matrix {
        precondition(count >= 0 && count <= columns, "more columns than the matrix has")
        var values: [Float] = []
        values.reserveCapacity(rows * count)
        for row in 0..<rows { values += self.values[row * columns..<row * columns + count] }
        return Matrix(rows: rows, columns: count, values: values)
    }

    /// The first `count` rows.
    public func firstRows(_ count: Int) -> Matrix {
        precondition(count >= 0 && count <= rows, "more rows than the matrix has")
        return Matrix(rows: count, columns: columns, values: Array(values[0..<count * columns]))
    }

    /// The transpose, n×m.
    public var transposed: Matrix {
        var out = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            for column in 0..<columns { out.values[column * rows + row] = values[row * columns + column] }
        }
        return out
    }
}
