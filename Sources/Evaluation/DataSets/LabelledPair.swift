/// Two texts, and whether one answer serves both.
public struct LabelledPair: Sendable, Equatable {
    /// The name in its file.
    public var id: String
    /// What is looked up.
    public var a: String
    /// What is in the cache.
    public var b: String
    /// Whether the answer to `b` serves `a`.
    public var isSame: Bool

    /// A pair.
    public init(id: String, a: String, b: String, isSame: Bool) {
        self.id = id
        self.a = a
        self.b = b
        self.isSame = isSame
    }

    /// The id up to its last slash; `nil` without one.
    public var category: String? { id.lastIndex(of: "/").map { String(id[..<$0]) } }
}

/// The labelled pairs of one file.
public struct PairSet: Sendable {
    /// The file's name without folder and extensions.
    public var name: String
    /// The pairs, in the file's order.
    public var pairs: [LabelledPair]

    /// A set.
    public init(name: String, pairs: [LabelledPair]) {
        self.name = name
        self.pairs = pairs
    }

    /// The category of a pair: its id up to the last slash, or the set's name.
    public func category(_ pair: LabelledPair) -> String { pair.category ?? name }

    /// The pairs for which `isWanted` holds, under another name.
    public func filtered(_ name: String? = nil, _ isWanted: (LabelledPair) -> Bool) -> PairSet {
        PairSet(name: name ?? self.name, pairs: pairs.filter(isWanted))
    }

    /// Reads `id text_a text_b label` (tab-separated, with that header; label 1: one answer serves both).
    ///
    /// A million rows of ten words take about 300 MB.
    /// - Throws: `DataError` that names the line, what was found and what is wanted.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> PairSet {
        var pairs: [LabelledPair] = []
        try TSVTable(bytes, file: file).read(["id", "text_a", "text_b", "label"]) { fields, line throws(DataError) in
            guard fields[3] == "0" || fields[3] == "1" else {
                throw DataError(
                    file: file, line: line,
                    "the label must be 0 (another answer) or 1 (one answer serves both), found '\(fields[3].prefix(40))'"
                )
            }
            pairs.append(LabelledPair(id: fields[0], a: fields[1], b: fields[2], isSame: fields[3] == "1"))
        }
        return PairSet(name: DataFile.setName(file), pairs: pairs)
    }
}

/// A question and the group of questions that one answer serves.
public struct ClusteredText: Sendable, Equatable {
    /// The name in its file.
    public var id: String
    /// The question.
    public var text: String
    /// The group.
    public var cluster: String

    /// A question in a group.
    public init(id: String, text: String, cluster: String) {
        self.id = id
        self.text = text
        self.cluster = cluster
    }
}

/// The clusters of one file.
public struct ClusterSet: Sendable {
    /// The file's name without folder and extensions.
    public var name: String
    /// The questions, in the file's order.
    public var texts: [ClusteredText]

    /// A set.
    public init(name: String, texts: [ClusteredText]) {
        self.name = name
        self.texts = texts
    }

    /// Reads `id text cluster` (tab-separated, with that header).
    ///
    /// - Throws: `DataError` that names the line, what was found and what is wanted.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> ClusterSet {
        var texts: [ClusteredText] = []
        try TSVTable(bytes, file: file).read(["id", "text", "cluster"]) { fields, line throws(DataError) in
            if fields[2].isEmpty { throw DataError(file: file, line: line, "the cluster is empty") }
            texts.append(ClusteredText(id: fields[0], text: fields[1], cluster: fields[2]))
        }
        return ClusterSet(name: DataFile.setName(file), texts: texts)
    }
}
