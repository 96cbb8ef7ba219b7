import CacheModel
import Platform

/// Writes entries into the columns of table `entry` and reads them back, distrusting what it finds.
struct SQLiteEntryCoding {
    let errors: SQLiteErrors

    static let headerColumns = """
        row, id, namespace, scope, exact_key, folded_key, created, expires, is_semantic, embedder, vector_scale, \
        vector, model, provider, tenant, user, tags, prompt, stale_at, epoch, template, depends_on
        """
    static let bodyColumns = """
        prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, is_usage_estimated, cost_nano_usd, \
        latency_ms, encoding, response
        """
    /// A conflict on the name or the exact key removes the entry that was there.
    static let insert = """
        INSERT OR REPLACE INTO entry (\(headerColumns), \(bodyColumns)) VALUES (NULL, \
        \(Array(repeating: "?", count: 30).joined(separator: ", ")))
        """

    // MARK: Writing

    static func bind(_ entry: CacheEntry, response: StoredResponse, to statement: SQLiteStatement) {
        let (header, body) = (entry.header, entry.body)
        statement.bind(1, blob: bytes(of: header.id))
        statement.bind(2, header.namespace)
        statement.bind(3, blob: header.scope.bytes)
        statement.bind(4, blob: header.exactKey.bytes)
        statement.bind(5, blob: header.foldedKey.bytes)
        statement.bind(6, header.created.milliseconds)
        statement.bind(7, header.expires?.milliseconds)
        statement.bind(8, Int64(header.isSemantic ? 1 : 0))
        statement.bind(9, header.vector?.embedder)
        statement.bind(10, header.vector.map { Double($0.scale) })
        if let vector = header.vector {
            vector.components.withUnsafeBytes { statement.bind(11, blob: $0) }
        } else {
            statement.bindNull(11)
        }
        statement.bind(12, header.model)
        statement.bind(13, header.provider)
        statement.bind(14, header.tenant)
        statement.bind(15, header.user)
        statement.bind(16, RawJSON(.array(header.tags.map { .string($0) })).text)
        statement.bind(17, header.prompt)
        statement.bind(18, header.staleAt?.milliseconds)
        statement.bind(19, header.epoch)
        statement.bind(20, header.template)
        statement.bind(21, RawJSON(.array(header.dependsOn.map { .string($0) })).text)
        bind(body, response: response, to: statement)
    }

    private static func bind(_ body: EntryBody, response: StoredResponse, to statement: SQLiteStatement) {
        statement.bind(22, body.usage.map { Int64($0.promptTokens) })
        statement.bind(23, body.usage.map { Int64($0.completionTokens) })
        statement.bind(24, body.usage.map { Int64($0.cachedPromptTokens) })
        statement.bind(25, body.usage.map { Int64($0.reasoningTokens) })
        statement.bind(26, Int64(body.isUsageEstimated ? 1 : 0))
        statement.bind(27, body.cost?.amount)
        statement.bind(28, body.latencyMilliseconds)
        statement.bind(29, response.encoding.rawValue)
        statement.bind(30, blob: response.bytes)
    }

    /// The name's 16 bytes, big-endian, so that they sort by age.
    static func bytes(of id: EntryID) -> [UInt8] {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Array($0) }
    }

    // MARK: Reading

    /// The header in the columns from 0. Throws `.corrupt` naming the row.
    func header(_ row: SQLiteStatement) throws(StoreError) -> EntryHeader {
        var header = EntryHeader(
            id: try id(row, 1), namespace: try text(row, 2, "namespace"), scope: try digest(row, 3, "scope"),
            exactKey: try digest(row, 4, "exact_key"), foldedKey: try digest(row, 5, "folded_key"),
            prompt: try text(row, 17, "prompt"), isSemantic: row.integer(8) != 0, vector: try vector(row),
            model: try optionalText(row, 12, "model"), provider: try optionalText(row, 13, "provider"),
            tenant: try optionalText(row, 14, "tenant"), user: try optionalText(row, 15, "user"),
            tags: try texts(row, 16, "tags"), created: Timestamp(milliseconds: row.integer(6)),
            expires: row.optionalInteger(7).map { Timestamp(milliseconds: $0) })
        header.staleAt = row.optionalInteger(18).map { Timestamp(milliseconds: $0) }
        header.epoch = row.integer(19)
        header.template = try optionalText(row, 20, "template")
        header.dependsOn = try texts(row, 21, "depends_on")
        return header
    }

    /// The body in the columns after the header's. Throws `.corrupt` naming the row.
    func body(_ row: SQLiteStatement) throws(StoreError) -> EntryBody {
        guard let encoding = StoredResponse.Encoding(rawValue: row.integer(29)),
            let response = StoredResponse(encoding: encoding, bytes: Array(row.bytes(30))).response
        else { throw damaged(row, "response") }
        var usage: TokenUsage?
        if let promptTokens = row.optionalInteger(22) {
            usage = TokenUsage(
                promptTokens: Int(promptTokens), completionTokens: Int(row.integer(23)),
                cachedPromptTokens: Int(row.integer(24)), reasoningTokens: Int(row.integer(25)))
        }
        return EntryBody(
            response: response, usage: usage, isUsageEstimated: row.integer(26) != 0,
            cost: row.optionalInteger(27).map { NanoDollars($0) }, latencyMilliseconds: row.optionalDouble(28))
    }

    private func id(_ row: SQLiteStatement, _ column: Int32) throws(StoreError) -> EntryID {
        guard let id = name(row, column) else { throw damaged(row, "id") }
        return id
    }

    /// The name in a column; `nil` for bytes that are none.
    func name(_ row: SQLiteStatement, _ column: Int32) -> EntryID? {
        let bytes = row.bytes(column)
        guard bytes.count == 16 else { return nil }
        return EntryID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    private func digest(_ row: SQLiteStatement, _ column: Int32, _ name: String) throws(StoreError) -> Digest256 {
        guard let digest = Digest256(bytes: row.bytes(column)) else { throw damaged(row, name) }
        return digest
    }

    private func text(_ row: SQLiteStatement, _ column: Int32, _ name: String) throws(StoreError) -> String {
        guard let text = row.text(column) else { throw damaged(row, name) }
        return text
    }

    private func optionalText(_ row: SQLiteStatement, _ column: Int32, _ name: String) throws(StoreError) -> String? {
        row.isNull(column) ? nil : try text(row, column, name)
    }

    private func vector(_ row: SQLiteStatement) throws(StoreError) -> StoredVector? {
        guard let embedder = try optionalText(row, 9, "embedder") else { return nil }
        guard let scale = row.optionalDouble(10), scale.isFinite, !row.isNull(11) else { throw damaged(row, "vector") }
        return StoredVector(
            embedder: embedder, scale: Float(scale), components: row.bytes(11).map { Int8(bitPattern: $0) })
    }

    /// A JSON array of strings.
    private func texts(_ row: SQLiteStatement, _ column: Int32, _ name: String) throws(StoreError) -> [String] {
        let text = try text(row, column, name)
        if text == "[]" { return [] }
        guard let values = try? JSONValue(parsing: text).array else { throw damaged(row, name) }
        let texts = values.compactMap(\.string)
        guard texts.count == values.count else { throw damaged(row, name) }
        return texts
    }

    private func damaged(_ row: SQLiteStatement, _ column: String) -> StoreError {
        errors.corrupt(row: row.integer(0), "column \(column)")
    }
}
