/// Reads tab-separated tables with a header: columns are found by name, in any order, and further columns are ignored.
/// There is no quoting and there are no escapes.
struct TSVTable {
    private let lines: TextLines

    init(_ bytes: [UInt8], file: String) throws(DataError) {
        lines = try TextLines(bytes, file: file)
    }

    /// Calls `row` with the wanted fields of each row, in the order of `wanted`, and the line's number.
    ///
    /// - Throws: `DataError` for a header that lacks a column, a row of another width, text that is not UTF-8, no rows.
    func read(_ wanted: [String], row: (_ fields: [String], _ line: Int) throws(DataError) -> Void) throws(DataError) {
        var columns: [Int]?
        var width = 0
        var count = 0
        try lines.forEach { line, number throws(DataError) in
            let fields = split(line)
            if let columns {
                guard fields.count == width else {
                    throw error(
                        number,
                        "has \(fields.count) columns, the header names \(width); "
                            + "a tab or a line end inside a text must be taken out")
                }
                count += 1
                var texts: [String] = []
                texts.reserveCapacity(columns.count)
                for column in columns { texts.append(try text(fields[column], in: line, number)) }
                try row(texts, number)
            } else {
                width = fields.count
                columns = try header(fields, of: line, number, wanted: wanted)
            }
        }
        if columns == nil {
            throw DataError(file: lines.file, "is empty; wanted a header: \(wanted.joined(separator: ", "))")
        }
        if count == 0 { throw DataError(file: lines.file, "holds a header and no rows") }
    }

    /// The names in the first line; empty for an empty file.
    func header() throws(DataError) -> [String] {
        var names: [String]?
        try lines.forEach { line, number throws(DataError) in
            if names != nil { return }
            var found: [String] = []
            for field in split(line) { found.append(try text(field, in: line, number)) }
            names = found
        }
        return names ?? []
    }

    private func header(
        _ fields: [Range<Int>], of line: UnsafeBufferPointer<UInt8>, _ number: Int, wanted: [String]
    ) throws(DataError) -> [Int] {
        var names: [String] = []
        for field in fields { names.append(try text(field, in: line, number)) }
        var columns: [Int] = []
        var missing: [String] = []
        for name in wanted {
            if let column = names.firstIndex(of: name) { columns.append(column) } else { missing.append(name) }
        }
        guard missing.isEmpty else {
            let hint = names.count == 1 ? " (is it separated by tabs?)" : ""
            throw error(
                number,
                "the header lacks \(missing.joined(separator: ", ")): found \(names.joined(separator: ", "))\(hint), "
                    + "wanted \(wanted.joined(separator: ", "))")
        }
        return columns
    }

    private func split(_ line: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var start = 0
        for index in 0..<line.count where line[index] == 0x09 {
            fields.append(start..<index)
            start = index + 1
        }
        fields.append(start..<line.count)
        return fields
    }

    private func text(_ field: Range<Int>, in line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(DataError)
        -> String
    {
        try lines.text(UnsafeBufferPointer(rebasing: line[field]), offset: field.lowerBound, line: number)
    }

    private func error(_ line: Int, _ message: String) -> DataError {
        DataError(file: lines.file, line: line, message)
    }
}
