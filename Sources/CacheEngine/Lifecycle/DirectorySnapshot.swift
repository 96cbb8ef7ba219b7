import CacheModel

/// A directory written down: its records by slot and the indexes of its partitions, as they lie in memory.
///
/// Parts: what it is of; a row of fixed width for each record; the prompts; the other texts, each once; the partitions.
struct DirectorySnapshot {
    /// What a snapshot must agree on with the engine that reads it.
    struct Origin: Equatable {
        /// The store's location.
        var store: String
        /// The embedder whose vectors the indexes hold.
        var embedder: String
        var dimension: Int
        /// What the indexes' factory writes.
        var indexFormat: String
    }

    var records: [EntryRecord?]
    var partitions: [Digest256: any VectorIndex]

    /// Of this file's own layout, and of what its fields mean: up to 2, names of texts lacked what prompts conceal.
    private static let layout: UInt32 = 3
    /// Where `EntryRecord.expires` is `nil`.
    private static let never = Int64.max
    private static let noText = UInt32.max

    /// One record's fixed part.
    private struct Row: BitwiseCopyable {
        var id: (UInt64, UInt64)
        var scope, exactKey, foldedKey: (UInt64, UInt64, UInt64, UInt64)
        var textName: UInt64
        var created, expires, staleAt, epoch: Int64
        /// Bytes of the prompt; `.max` for a slot without a record.
        var promptBytes: UInt32
        var namespace, model, provider, tenant, user, template: UInt32
        /// Texts of the tags, which follow one another in a part of their own.
        var tagCount: UInt32
        /// Texts of what it rests on, behind the tags.
        var dependencyCount: UInt32
        var reserved: UInt32 = 0
    }
}

// MARK: Writing

extension DirectorySnapshot {
    /// The records' parts; the indexes were written into `indexes` while nothing changed.
    static func parts(origin: Origin, records: [EntryRecord?], indexes: SnapshotBytes) -> [SnapshotBytes] {
        var (head, rows, prompts, tags) = (SnapshotBytes(), SnapshotBytes(), SnapshotBytes(), SnapshotBytes())
        var texts = TextTable()
        rows.reserve(records.count * MemoryLayout<Row>.stride)
        for record in records {
            guard let record else {
                rows.append(Self.emptyRow)
                continue
            }
            var prompt = record.prompt
            let promptBytes = prompt.withUTF8 { utf8 in
                prompts.append(UnsafeRawBufferPointer(utf8))
                return utf8.count
            }
            for tag in record.tags { tags.append(texts.number(of: tag)) }
            for name in record.dependsOn { tags.append(texts.number(of: name)) }
            rows.append(
                Row(
                    id: (record.id.high, record.id.low), scope: words(record.scope), exactKey: words(record.exactKey),
                    foldedKey: words(record.foldedKey), textName: record.textName,
                    created: record.created.milliseconds, expires: record.expires?.milliseconds ?? never,
                    staleAt: record.staleAt?.milliseconds ?? never, epoch: record.epoch,
                    promptBytes: UInt32(promptBytes), namespace: texts.number(of: record.namespace),
                    model: texts.number(of: record.model), provider: texts.number(of: record.provider),
                    tenant: texts.number(of: record.tenant), user: texts.number(of: record.user),
                    template: texts.number(of: record.template), tagCount: UInt32(record.tags.count),
                    dependencyCount: UInt32(record.dependsOn.count)))
        }
        head.append(layout)
        head.append(UInt64(records.count))
        head.append(UInt64(origin.dimension))
        for text in [origin.store, origin.embedder, origin.indexFormat] { head.append(counted: Array(text.utf8)) }
        return [head, rows, prompts, texts.bytes, tags, indexes]
    }

    /// Writes the indexes of all partitions down.
    static func encode(_ partitions: [Digest256: any VectorIndex], into bytes: inout SnapshotBytes) {
        bytes.append(UInt64(partitions.count))
        for (scope, index) in partitions {
            bytes.append(words(scope))
            index.encode(into: &bytes)
        }
    }

    private static let emptyRow = Row(
        id: (0, 0), scope: (0, 0, 0, 0), exactKey: (0, 0, 0, 0), foldedKey: (0, 0, 0, 0), textName: 0, created: 0,
        expires: 0, staleAt: 0, epoch: 0, promptBytes: .max, namespace: noText, model: noText, provider: noText,
        tenant: noText,
        user: noText, template: noText, tagCount: 0, dependencyCount: 0)

    private static func words(_ digest: Digest256) -> (UInt64, UInt64, UInt64, UInt64) {
        (digest.w0, digest.w1, digest.w2, digest.w3)
    }

    /// Texts that many records share, each once.
    private struct TextTable {
        private var numbers: [String: UInt32] = [:]
        private(set) var bytes = SnapshotBytes()

        mutating func number(of text: String?) -> UInt32 {
            guard let text else { return DirectorySnapshot.noText }
            if let number = numbers[text] { return number }
            let number = UInt32(numbers.count)
            numbers[text] = number
            bytes.append(counted: Array(text.utf8))
            return number
        }
    }
}

// MARK: Reading

extension DirectorySnapshot {
    /// What `parts` made, if it is of `origin`.
    init(_ parts: [SnapshotCursor], origin: Origin, indexes: any VectorIndexFactory, now: Timestamp)
        throws(SnapshotProblem)
    {
        guard parts.count == 6 else { throw .damaged }
        let slots = try Self.slots(parts[0], origin: origin)
        // Both halves take about as long: two threads do them side by side.
        let halves = try Parallel.map(2) { (half) throws(SnapshotProblem) in
            half == 0
                ? Half.partitions(
                    try Self.partitions(parts[5], dimension: origin.dimension, upTo: slots, indexes: indexes))
                : Half.records(
                    try Self.records(
                        slots, rows: parts[1], prompts: parts[2], texts: parts[3], tags: parts[4], now: now))
        }
        guard case .partitions(let partitions) = halves[0], case .records(let records) = halves[1] else {
            throw .damaged
        }
        (self.partitions, self.records) = (partitions, records)
    }

    private enum Half: Sendable {
        case partitions([Digest256: any VectorIndex])
        case records([EntryRecord?])
    }

    private static func partitions(
        _ part: SnapshotCursor, dimension: Int, upTo limit: Int, indexes: any VectorIndexFactory
    ) throws(SnapshotProblem) -> [Digest256: any VectorIndex] {
        var (cursor, partitions) = (part, [Digest256: any VectorIndex]())
        for _ in 0..<(try cursor.count(upTo: limit)) {
            let scope = digest(try cursor.read((UInt64, UInt64, UInt64, UInt64).self))
            partitions[scope] = try indexes.restoreIndex(dimension: dimension, from: &cursor)
        }
        return partitions
    }

    private static func slots(_ head: SnapshotCursor, origin: Origin) throws(SnapshotProblem) -> Int {
        var head = head
        let found = try head.read(UInt32.self)
        guard found == layout else { throw SnapshotProblem("has layout \(found); this build reads \(layout)") }
        let slots = try head.count(upTo: Int(UInt32.max))
        let dimension = try head.count(upTo: .max)
        var texts: [String] = []
        for _ in 0..<3 { texts.append(String(decoding: try head.array(of: UInt8.self), as: UTF8.self)) }
        guard texts[0] == origin.store else { throw SnapshotProblem("is of another store, \(texts[0])") }
        guard texts[1] == origin.embedder, dimension == origin.dimension else {
            throw SnapshotProblem("is of another embedder, \(texts[1])")
        }
        guard texts[2] == origin.indexFormat else {
            throw SnapshotProblem("holds indexes of another format, \(texts[2])")
        }
        return slots
    }

    private static func records(
        _ slots: Int, rows: SnapshotCursor, prompts: SnapshotCursor, texts: SnapshotCursor, tags: SnapshotCursor,
        now: Timestamp
    ) throws(SnapshotProblem) -> [EntryRecord?] {
        guard rows.remaining == slots * MemoryLayout<Row>.stride else { throw .damaged }
        var reader = RecordReader(rows: rows, prompts: prompts, tags: tags, now: now)
        var rest = texts
        while rest.remaining > 0 {
            reader.texts.append(String(decoding: try rest.array(of: UInt8.self), as: UTF8.self))
        }
        // Where each piece begins among the prompts and tags is known only when the ones before it are measured.
        let size = 16_384
        var starts: [RecordReader] = []
        for first in stride(from: 0, to: slots, by: size) {
            starts.append(reader)
            try reader.skip(min(size, slots - first))
        }
        let pieces = starts
        return try Parallel.map(pieces.count) { (piece) throws(SnapshotProblem) in
            var reader = pieces[piece]
            return try reader.records(min(size, slots - piece * size))
        }.flatMap(\.self)
    }

    /// Reads records one after another.
    private struct RecordReader: Sendable {
        var rows, prompts, tags: SnapshotCursor
        /// Texts that many records share.
        var texts: [String] = []
        /// The last record's origin: the next is mostly of the same.
        private var origin: EntryOrigin?

        /// When the records come here.
        private let now: Timestamp

        init(rows: SnapshotCursor, prompts: SnapshotCursor, tags: SnapshotCursor, now: Timestamp) {
            (self.rows, self.prompts, self.tags, self.now) = (rows, prompts, tags, now)
        }

        /// Passes over `count` records.
        mutating func skip(_ count: Int) throws(SnapshotProblem) {
            var (promptBytes, tagCount) = (0, 0)
            for _ in 0..<count {
                let row = try rows.read(Row.self)
                guard row.promptBytes != .max else { continue }
                promptBytes += Int(row.promptBytes)
                tagCount += Int(row.tagCount) + Int(row.dependencyCount)
            }
            _ = try prompts.take(promptBytes)
            _ = try tags.take(tagCount * MemoryLayout<UInt32>.size)
        }

        /// The next `count` records.
        mutating func records(_ count: Int) throws(SnapshotProblem) -> [EntryRecord?] {
            var records: [EntryRecord?] = []
            records.reserveCapacity(count)
            for _ in 0..<count { records.append(try next()) }
            return records
        }

        private mutating func next() throws(SnapshotProblem) -> EntryRecord? {
            let row = try rows.read(Row.self)
            guard row.promptBytes != .max else { return nil }
            let prompt = String(decoding: try prompts.take(Int(row.promptBytes)), as: UTF8.self)
            guard let namespace = try text(row.namespace) else { throw .damaged }
            let entryTags = try names(row.tagCount)
            let dependencies = try names(row.dependencyCount)
            var header = EntryHeader(
                id: EntryID(high: row.id.0, low: row.id.1), namespace: namespace, scope: digest(row.scope),
                exactKey: digest(row.exactKey), foldedKey: digest(row.foldedKey), prompt: prompt, isSemantic: true,
                vector: nil, model: try text(row.model), provider: try text(row.provider),
                tenant: try text(row.tenant), user: try text(row.user), tags: entryTags,
                created: Timestamp(milliseconds: row.created),
                expires: row.expires == never ? nil : Timestamp(milliseconds: row.expires))
            header.staleAt = row.staleAt == never ? nil : Timestamp(milliseconds: row.staleAt)
            (header.epoch, header.template) = (row.epoch, try text(row.template))
            header.dependsOn = dependencies
            let record = EntryRecord(header, textName: row.textName, origin: origin, at: now)
            origin = record.origin
            return record
        }

        private mutating func names(_ count: UInt32) throws(SnapshotProblem) -> [String] {
            var names: [String] = []
            for _ in 0..<count {
                guard let name = try text(try tags.read(UInt32.self)) else { throw .damaged }
                names.append(name)
            }
            return names
        }

        private func text(_ number: UInt32) throws(SnapshotProblem) -> String? {
            if number == noText { return nil }
            guard number < texts.count else { throw .damaged }
            return texts[Int(number)]
        }
    }

    private static func digest(_ words: (UInt64, UInt64, UInt64, UInt64)) -> Digest256 {
        Digest256(words.0, words.1, words.2, words.3)
    }
}
