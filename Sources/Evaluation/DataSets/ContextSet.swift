import CacheModel

/// Two conversations, and whether one answer serves the last turns of both.
public struct ContextPair: Sendable {
    /// The name in its file.
    public var id: String
    /// What the pair shows.
    public var kind: String
    /// The conversation that is looked up, ending with a user's turn.
    public var a: [ChatMessage]
    /// The conversation whose answer is in the cache.
    public var b: [ChatMessage]
    /// Whether the answer to `b` serves `a`.
    public var isSame: Bool

    /// A pair.
    public init(id: String, kind: String, a: [ChatMessage], b: [ChatMessage], isSame: Bool) {
        self.id = id
        self.kind = kind
        self.a = a
        self.b = b
        self.isSame = isSame
    }
}

/// The conversations of one file.
public struct ContextSet: Sendable {
    /// The file's name without folder and extensions.
    public var name: String
    /// The pairs, in the file's order.
    public var pairs: [ContextPair]

    /// Reads JSON lines `{"id":…,"kind":…,"a":[{"role":…,"content":…}…],"b":[…],"label":0|1}`.
    ///
    /// - Throws: `DataError` that names the line, the member, what was found and what is wanted.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> ContextSet {
        var pairs: [ContextPair] = []
        try JSONLines(bytes, file: file).forEach { row throws(DataError) in
            let label = row.value["label"]?.integer
            guard label == 0 || label == 1 else {
                throw row.error("'label' must be 0 or 1, found \(row.describe("label"))")
            }
            pairs.append(
                ContextPair(
                    id: try row.string("id"), kind: row.value["kind"]?.string ?? DataFile.setName(file),
                    a: try messages(row, "a"), b: try messages(row, "b"), isSame: label == 1))
        }
        if pairs.isEmpty { throw DataError(file: file, "holds no conversations") }
        return ContextSet(name: DataFile.setName(file), pairs: pairs)
    }

    private static func messages(_ row: JSONLines.Row, _ name: String) throws(DataError) -> [ChatMessage] {
        guard let turns = row.value[name]?.array, !turns.isEmpty else {
            throw row.error("'\(name)' must be an array of messages, found \(row.describe(name))")
        }
        var messages: [ChatMessage] = []
        for (index, turn) in turns.enumerated() {
            guard let role = turn["role"]?.string, let content = turn["content"]?.string else {
                throw row.error("'\(name)[\(index)]' must hold the strings 'role' and 'content'")
            }
            messages.append(ChatMessage(role: role, text: content))
        }
        return messages
    }
}

/// A prompt as somebody once wrote it.
public struct PlainPrompt: Sendable, Equatable {
    /// The name in its file.
    public var id: String
    /// The text.
    public var text: String
}

/// The prompts of one file.
public struct PromptSet: Sendable {
    /// The file's name without folder and extensions.
    public var name: String
    /// The prompts, in the file's order.
    public var prompts: [PlainPrompt]

    /// Reads JSON lines `{"id":…,"prompt":…}`; other members are ignored.
    ///
    /// - Throws: `DataError` that names the line, the member, what was found and what is wanted.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> PromptSet {
        var prompts: [PlainPrompt] = []
        try JSONLines(bytes, file: file).forEach { row throws(DataError) in
            prompts.append(PlainPrompt(id: try row.string("id"), text: try row.string("prompt")))
        }
        if prompts.isEmpty { throw DataError(file: file, "holds no prompts") }
        return PromptSet(name: DataFile.setName(file), prompts: prompts)
    }
}

/// Files of one JSON object a line.
struct JSONLines {
    private let lines: TextLines

    init(_ bytes: [UInt8], file: String) throws(DataError) { lines = try TextLines(bytes, file: file) }

    /// One line.
    struct Row {
        let value: JSONValue
        let file: String
        let line: Int

        func error(_ message: String) -> DataError { DataError(file: file, line: line, message) }

        /// A member's kind, or that it is missing.
        func describe(_ name: String) -> String {
            guard let member = value[name] else { return "nothing" }
            return member.integer.map { "\($0)" } ?? member.kind
        }

        func string(_ name: String) throws(DataError) -> String {
            guard let text = value[name]?.string else {
                throw error("'\(name)' must be a string, found \(describe(name))")
            }
            return text
        }
    }

    func forEach(_ body: (Row) throws(DataError) -> Void) throws(DataError) {
        try lines.forEach { line, number throws(DataError) in
            // Read as text first, so that a wrong encoding is told as one.
            _ = try lines.text(line, offset: 0, line: number)
            let value: JSONValue
            do throws(JSONError) { value = try JSONValue(parsing: Array(line)) } catch {
                throw DataError(file: lines.file, line: number, "column \(error.offset + 1): \(error.problem)")
            }
            guard value.members != nil else {
                throw DataError(file: lines.file, line: number, "must hold an object, found \(value.kind)")
            }
            try body(Row(value: value, file: lines.file, line: number))
        }
    }
}
