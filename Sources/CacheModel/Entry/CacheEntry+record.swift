/// An entry as a record of a spool: a version, then every field in turn. Numbers are little-endian, texts carry their
/// lengths, what may be missing is told by a byte.
extension CacheEntry {
    /// Of this layout.
    private static let version: UInt8 = 1

    /// The record.
    public var record: [UInt8] {
        var out = SnapshotBytes()
        out.append(Self.version)
        for word in [header.id.high, header.id.low] { out.append(word) }
        for digest in [header.scope, header.exactKey, header.foldedKey] { out.append(counted: digest.bytes) }
        for text in [header.namespace, header.prompt] { out.append(counted: Array(text.utf8)) }
        for text in [header.model, header.provider, header.tenant, header.user, header.template] { out.append(text) }
        for list in [header.tags, header.dependsOn] {
            out.append(UInt64(list.count))
            for text in list { out.append(counted: Array(text.utf8)) }
        }
        out.append(header.isSemantic ? 1 as UInt8 : 0)
        out.append(header.vector?.embedder)
        if let vector = header.vector {
            out.append(vector.scale)
            out.append(counted: vector.components)
        }
        out.append(header.created.milliseconds)
        out.append(header.epoch)
        for moment in [header.expires, header.staleAt] { out.append(moment?.milliseconds ?? .max) }
        out.append(counted: body.response.bytes)
        out.append(body.isUsageEstimated ? 1 as UInt8 : 0)
        out.append(body.usage == nil ? 0 as UInt8 : 1)
        if let usage = body.usage {
            for count in [
                usage.promptTokens, usage.completionTokens, usage.cachedPromptTokens, usage.reasoningTokens,
            ] { out.append(Int64(count)) }
        }
        out.append(body.cost?.amount ?? .min)
        out.append(body.latencyMilliseconds ?? .nan)
        return out.bytes
    }

    /// The entry of a record; `nil` for anything else.
    public init?(record: some Collection<UInt8>) {
        let entry = try? Array(record).withUnsafeBytes { bytes throws(SnapshotProblem) in
            var cursor = SnapshotCursor(bytes)
            return try Self.read(&cursor)
        }
        guard let entry else { return nil }
        self = entry
    }

    private static func read(_ cursor: inout SnapshotCursor) throws(SnapshotProblem) -> CacheEntry {
        guard try cursor.read(UInt8.self) == version else { throw .damaged }
        let id = EntryID(high: try cursor.read(UInt64.self), low: try cursor.read(UInt64.self))
        var digests: [Digest256] = []
        for _ in 0..<3 {
            guard let digest = Digest256(bytes: try cursor.array(of: UInt8.self)) else { throw .damaged }
            digests.append(digest)
        }
        let (namespace, prompt) = (try cursor.text(), try cursor.text())
        var names: [String?] = []
        for _ in 0..<5 { names.append(try cursor.optionalText()) }
        let (tags, dependsOn) = (try cursor.texts(), try cursor.texts())
        let isSemantic = try cursor.read(UInt8.self) == 1
        var vector: StoredVector?
        if let embedder = try cursor.optionalText() {
            vector = StoredVector(
                embedder: embedder, scale: try cursor.read(Float.self), components: try cursor.array(of: Int8.self))
        }
        let created = Timestamp(milliseconds: try cursor.read(Int64.self))
        let epoch = try cursor.read(Int64.self)
        let (expires, staleAt) = (try cursor.read(Int64.self), try cursor.read(Int64.self))
        var header = EntryHeader(
            id: id, namespace: namespace, scope: digests[0], exactKey: digests[1], foldedKey: digests[2],
            prompt: prompt, isSemantic: isSemantic, vector: vector, model: names[0], provider: names[1],
            tenant: names[2], user: names[3], tags: tags, created: created,
            expires: expires == .max ? nil : Timestamp(milliseconds: expires))
        header.staleAt = staleAt == .max ? nil : Timestamp(milliseconds: staleAt)
        (header.template, header.epoch, header.dependsOn) = (names[4], epoch, dependsOn)
        return CacheEntry(header: header, body: try body(&cursor))
    }

    private static func body(_ cursor: inout SnapshotCursor) throws(SnapshotProblem) -> EntryBody {
        var body = EntryBody(response: RawJSON(validated: try cursor.array(of: UInt8.self)))
        body.isUsageEstimated = try cursor.read(UInt8.self) == 1
        if try cursor.read(UInt8.self) == 1 {
            var counts: [Int] = []
            for _ in 0..<4 { counts.append(Int(try cursor.read(Int64.self))) }
            body.usage = TokenUsage(
                promptTokens: counts[0], completionTokens: counts[1], cachedPromptTokens: counts[2],
                reasoningTokens: counts[3])
        }
        let cost = try cursor.read(Int64.self)
        body.cost = cost == .min ? nil : NanoDollars(cost)
        let latency = try cursor.read(Double.self)
        body.latencyMilliseconds = latency.isNaN ? nil : latency
        return body
    }
}

extension SnapshotBytes {
    /// A text that may be missing.
    fileprivate mutating func append(_ text: String?) {
        append(text == nil ? 0 as UInt8 : 1)
        if let text { append(counted: Array(text.utf8)) }
    }
}

extension SnapshotCursor {
    fileprivate mutating func text() throws(SnapshotProblem) -> String {
        guard let text = String(validating: try array(of: UInt8.self), as: UTF8.self) else { throw .damaged }
        return text
    }

    fileprivate mutating func optionalText() throws(SnapshotProblem) -> String? {
        try read(UInt8.self) == 1 ? try text() : nil
    }

    fileprivate mutating func texts() throws(SnapshotProblem) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try count(upTo: remaining)) { texts.append(try text()) }
        return texts
    }
}
