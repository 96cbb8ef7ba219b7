import CacheModel

/// A file of data of any kind that the evaluation reads, told by its name and its first line.
public enum DataFile: Sendable {
    /// `id text_a text_b label`
    case pairs(PairSet)
    /// `id text cluster`
    case clusters(ClusterSet)
    /// `{"a":[…],"b":[…],"label":…}` a line
    case context(ContextSet)
    /// A log of model calls.
    case traffic(name: String, events: [TrafficEvent])
    /// `{"id":…,"prompt":…}` a line, without answers
    case prompts(PromptSet)

    /// Reads the file at `path`.
    ///
    /// - Throws: `DataError` that names the file, the line, what was found and what is wanted.
    public static func read(_ path: String, source: ByteSource) throws(DataError) -> DataFile {
        try parse(try source(path), file: path)
    }

    /// Reads a file from memory; its name tells tables (`.tsv`) from JSON lines (`.jsonl`).
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> DataFile {
        let name = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
        if name.hasSuffix(".tsv") { return try table(bytes, file: file) }
        if name.hasSuffix(".jsonl") { return try lines(bytes, file: file) }
        throw DataError(
            file: file, "is of no kind that is known by its name; wanted .tsv or .jsonl, or either with .gz")
    }

    private static func table(_ bytes: [UInt8], file: String) throws(DataError) -> DataFile {
        let header = try TSVTable(bytes, file: file).header()
        if header.contains("cluster") && !header.contains("label") { return .clusters(try .parse(bytes, file: file)) }
        return .pairs(try .parse(bytes, file: file))
    }

    private static func lines(_ bytes: [UInt8], file: String) throws(DataError) -> DataFile {
        let first = try JSONLines.first(bytes, file: file)
        if first["a"] != nil && first["b"] != nil { return .context(try .parse(bytes, file: file)) }
        if first["response"] != nil || first["at"] != nil || first["messages"] != nil {
            return .traffic(name: setName(file), events: try TrafficLog.parse(bytes, file: file))
        }
        return .prompts(try .parse(bytes, file: file))
    }

    /// The last component of a path without `.gz` and one further extension: `data/qqp.dev.tsv.gz` is `qqp.dev`.
    public static func setName(_ path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        for suffix in [".gz", ".tsv", ".jsonl", ".csv"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        return name
    }
}

extension JSONLines {
    /// The object of the first line.
    fileprivate static func first(_ bytes: [UInt8], file: String) throws(DataError) -> JSONValue {
        let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
        var value: JSONValue?
        try JSONLines(Array(bytes[..<end]), file: file).forEach { row throws(DataError) in value = row.value }
        guard let value else { throw DataError(file: file, "is empty, or its first line is") }
        return value
    }
}
