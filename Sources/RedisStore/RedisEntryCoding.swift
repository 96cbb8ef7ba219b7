import CacheModel
import Platform

/// Writes entries as fields of a hash and reads them back, distrusting what it finds.
struct RedisEntryCoding {
    let errors: RedisErrors

    /// The format that this build reads and writes; it stands in field `v`.
    static let version = 1
    /// The fields of a header, in the order in which they are asked for.
    static let headerFields = [
        "v", "namespace", "scope", "exact", "folded", "prompt", "semantic", "embedder", "scale", "vector", "model",
        "provider", "tenant", "user", "tags", "created", "expires", "stale", "epoch", "template", "depends",
    ]
    /// The fields of a body.
    static let bodyFields = ["usage", "estimated", "cost", "latency", "encoding", "response"]

    // MARK: Writing

    /// Appends names and values of `entry`'s fields; what is `nil` has no field. `exactName` is where `x:` leads here.
    static func append(_ entry: CacheEntry, exactName: String, to command: inout RESPCommand) {
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            command.append(name)
            command.append(value)
        }
        func add(_ name: String, bytes: [UInt8]) {
            command.append(name)
            command.append(bytes)
        }
        let (header, body) = (entry.header, entry.body)
        add("v", String(version))
        add("x", exactName)
        add("namespace", header.namespace)
        add("scope", bytes: header.scope.bytes)
        add("exact", bytes: header.exactKey.bytes)
        add("folded", bytes: header.foldedKey.bytes)
        add("prompt", header.prompt)
        add("semantic", header.isSemantic ? "1" : "0")
        if let vector = header.vector {
            add("embedder", vector.embedder)
            add("scale", "\(vector.scale)")
            add("vector", bytes: vector.components.map { UInt8(bitPattern: $0) })
        }
        add("model", header.model)
        add("provider", header.provider)
        add("tenant", header.tenant)
        add("user", header.user)
        add("tags", joined(header.tags))
        add("created", String(header.created.milliseconds))
        add("expires", header.expires.map { String($0.milliseconds) })
        add("stale", header.staleAt.map { String($0.milliseconds) })
        add("epoch", header.epoch == 0 ? nil : String(header.epoch))
        add("template", header.template)
        add("depends", header.dependsOn.isEmpty ? nil : joined(header.dependsOn))
        add("usage", body.usage.map(joined))
        add("estimated", body.isUsageEstimated ? "1" : nil)
        add("cost", body.cost.map { String($0.amount) })
        add("latency", body.latencyMilliseconds.map { "\($0)" })
        let response = StoredResponse(body.response)
        add("encoding", String(response.encoding.rawValue))
        add("response", bytes: response.bytes)
    }

    /// The tags percent-escaped, each followed by a comma: scripts take them apart without a parser.
    static func joined(_ tags: [String]) -> String { tags.map { RedisKeys.escaped($0) + "," }.joined() }

    private static func joined(_ usage: TokenUsage) -> String {
        "\(usage.promptTokens),\(usage.completionTokens),\(usage.cachedPromptTokens),\(usage.reasoningTokens)"
    }

    // MARK: Reading

    /// The header in `values`, the answer to `headerFields`; `nil` when there is no such hash.
    ///
    /// - Throws: `.corrupt` naming `key`, `.newerVersion` when a newer Deja wrote it.
    func header(_ values: [RESPReply], key: String) throws(StoreError) -> EntryHeader? {
        if values.allSatisfy({ $0 == .null }) { return nil }
        guard values.count >= Self.headerFields.count, let id = RedisKeys.entryID(inKey: key) else {
            throw errors.corrupt(key: key, "no entry")
        }
        let fields = FieldReader(values: values, names: Self.headerFields, key: key, errors: errors)
        try checkVersion(try fields.integer(0), key: key)
        var header = EntryHeader(
            id: id, namespace: try fields.text(1), scope: try fields.digest(2), exactKey: try fields.digest(3),
            foldedKey: try fields.digest(4), prompt: try fields.text(5), isSemantic: try fields.text(6) == "1",
            vector: try vector(fields), model: try fields.optionalText(10), provider: try fields.optionalText(11),
            tenant: try fields.optionalText(12), user: try fields.optionalText(13), tags: try names(fields, 14) ?? [],
            created: Timestamp(milliseconds: try fields.integer(15)),
            expires: try fields.optionalInteger(16).map { Timestamp(milliseconds: $0) })
        header.staleAt = try fields.optionalInteger(17).map { Timestamp(milliseconds: $0) }
        header.epoch = try fields.optionalInteger(18) ?? 0
        header.template = try fields.optionalText(19)
        header.dependsOn = try names(fields, 20) ?? []
        return header
    }

    /// The entry in `values`, the answer to `headerFields` and `bodyFields`; `nil` when there is no such hash.
    func entry(_ values: [RESPReply], key: String) throws(StoreError) -> CacheEntry? {
        let bound = Self.headerFields.count
        guard values.count == bound + Self.bodyFields.count else { throw errors.corrupt(key: key, "no entry") }
        guard let header = try header(Array(values[..<bound]), key: key) else { return nil }
        let fields = FieldReader(values: Array(values[bound...]), names: Self.bodyFields, key: key, errors: errors)
        guard let encoding = StoredResponse.Encoding(rawValue: try fields.integer(4)),
            let response = StoredResponse(encoding: encoding, bytes: try fields.bytes(5)).response
        else { throw fields.damaged(5) }
        let body = EntryBody(
            response: response, usage: try usage(fields), isUsageEstimated: try fields.optionalText(1) == "1",
            cost: try fields.optionalInteger(2).map { NanoDollars($0) },
            latencyMilliseconds: try fields.optionalNumber(3))
        return CacheEntry(header: header, body: body)
    }

    private func checkVersion(_ found: Int64, key: String) throws(StoreError) {
        if found > Self.version {
            throw StoreError(
                .newerVersion,
                "\(errors.location): key \(key) was written by a newer Deja (format \(found); this one knows up to "
                    + "\(Self.version)); upgrade this node")
        }
        if found < 1 { throw errors.corrupt(key: key, "format \(found)") }
    }

    private func vector(_ fields: FieldReader) throws(StoreError) -> StoredVector? {
        guard let embedder = try fields.optionalText(7) else { return nil }
        guard let scale = Float(try fields.text(8)), scale.isFinite else { throw fields.damaged(8) }
        return StoredVector(
            embedder: embedder, scale: scale, components: try fields.bytes(9).map { Int8(bitPattern: $0) })
    }

    /// Escaped names, each followed by a comma; `nil` for an absent field.
    private func names(_ fields: FieldReader, _ index: Int) throws(StoreError) -> [String]? {
        guard let text = try fields.optionalText(index) else { return nil }
        guard let names = Self.names(text) else { throw fields.damaged(index) }
        return names
    }

    /// What `joined` was given; `nil` for a text that it did not give.
    static func names(_ text: String) -> [String]? {
        var names: [String] = []
        for escaped in text.split(separator: ",", omittingEmptySubsequences: false).dropLast() {
            guard let name = RedisKeys.unescaped(escaped) else { return nil }
            names.append(name)
        }
        return names
    }

    private func usage(_ fields: FieldReader) throws(StoreError) -> TokenUsage? {
        guard let text = try fields.optionalText(0) else { return nil }
        let numbers = text.split(separator: ",").compactMap { Int($0) }
        guard numbers.count == 4 else { throw fields.damaged(0) }
        return TokenUsage(
            promptTokens: numbers[0], completionTokens: numbers[1], cachedPromptTokens: numbers[2],
            reasoningTokens: numbers[3])
    }
}

/// Reads fields by their place in the list of names.
private struct FieldReader {
    let values: [RESPReply]
    let names: [String]
    let key: String
    let errors: RedisErrors

    func damaged(_ index: Int) -> StoreError { errors.corrupt(key: key, "field \(names[index])") }

    func bytes(_ index: Int) throws(StoreError) -> [UInt8] {
        guard let bytes = values[index].bytes else { throw damaged(index) }
        return bytes
    }

    func text(_ index: Int) throws(StoreError) -> String {
        guard let text = values[index].text else { throw damaged(index) }
        return text
    }

    func optionalText(_ index: Int) throws(StoreError) -> String? {
        values[index] == .null ? nil : try text(index)
    }

    func integer(_ index: Int) throws(StoreError) -> Int64 {
        guard let number = Int64(try text(index)) else { throw damaged(index) }
        return number
    }

    func optionalInteger(_ index: Int) throws(StoreError) -> Int64? {
        values[index] == .null ? nil : try integer(index)
    }

    func optionalNumber(_ index: Int) throws(StoreError) -> Double? {
        guard let text = try optionalText(index) else { return nil }
        guard let number = Double(text) else { throw damaged(index) }
        return number
    }

    func digest(_ index: Int) throws(StoreError) -> Digest256 {
        guard let digest = Digest256(bytes: try bytes(index)) else { throw damaged(index) }
        return digest
    }
}
