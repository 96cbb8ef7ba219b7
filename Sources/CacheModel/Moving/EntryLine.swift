/// An entry in the form in which it moves from one cache to another: JSON of version 1. Unknown members are passed over,
/// so that a version may add some.
public enum EntryLine {
    /// The version that this build writes and the newest that it reads.
    public static let version: Int64 = 1

    /// Writes an entry as a JSON object.
    public static func write(_ entry: CacheEntry, to writer: inout JSONWriter) {
        let (header, body) = (entry.header, entry.body)
        writer.object { writer in
            writer.text("id", header.id.description)
            writer.text("namespace", header.namespace)
            writer.text("scope", header.scope.description)
            writer.text("exact_key", header.exactKey.description)
            writer.text("folded_key", header.foldedKey.description)
            writer.text("prompt", header.prompt)
            writer.name("semantic")
            writer.bool(header.isSemantic)
            if let vector = header.vector {
                writer.text("embedder", vector.embedder)
                writer.whole("scale_bits", Int64(vector.scale.bitPattern))
                writer.text("vector", Hexadecimal.encode(vector.components.map { UInt8(bitPattern: $0) }))
            }
            for (name, text) in [
                ("model", header.model), ("provider", header.provider), ("tenant", header.tenant),
                ("user", header.user), ("template", header.template),
            ] { if let text { writer.text(name, text) } }
            writer.texts("tags", header.tags)
            writer.texts("depends_on", header.dependsOn)
            writer.whole("created_ms", header.created.milliseconds)
            if let expires = header.expires { writer.whole("expires_ms", expires.milliseconds) }
            if let stale = header.staleAt { writer.whole("stale_ms", stale.milliseconds) }
            writer.whole("epoch", header.epoch)
            write(body, to: &writer)
        }
    }

    private static func write(_ body: EntryBody, to writer: inout JSONWriter) {
        if let usage = body.usage {
            writer.name("usage")
            writer.array { writer in
                for count in [
                    usage.promptTokens, usage.completionTokens, usage.cachedPromptTokens, usage.reasoningTokens,
                ] { writer.integer(count) }
            }
            writer.name("usage_estimated")
            writer.bool(body.isUsageEstimated)
        }
        if let cost = body.cost { writer.whole("cost_nano_usd", cost.amount) }
        if let latency = body.latencyMilliseconds {
            writer.name("latency_ms")
            writer.number(latency)
        }
        // An answer is kept byte for byte; line ends between its values would end the line.
        if body.response.bytes.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            writer.text("response_text", body.response.text)
        } else {
            writer.name("response")
            writer.raw(body.response)
        }
    }

    /// Reads an entry.
    ///
    /// - Parameters:
    ///   - value: the object, for all but its response.
    ///   - response: the response's bytes as they stood there.
    /// - Throws: `RequestProblem` that names the member.
    public static func read(_ value: JSONValue, response: RawJSON) throws(RequestProblem) -> CacheEntry {
        let fields = Fields(value: value)
        guard let id = EntryID(try fields.text("id")) else { throw fields.wrong("id", "the name of an entry") }
        var header = EntryHeader(
            id: id, namespace: try fields.text("namespace"), scope: try fields.digest("scope"),
            exactKey: try fields.digest("exact_key"), foldedKey: try fields.digest("folded_key"),
            prompt: try fields.text("prompt"), isSemantic: value["semantic"]?.bool ?? false,
            vector: try fields.vector(), model: value["model"]?.string, provider: value["provider"]?.string,
            tenant: value["tenant"]?.string, user: value["user"]?.string, tags: try fields.texts("tags"),
            created: Timestamp(milliseconds: try fields.whole("created_ms")),
            expires: value["expires_ms"]?.integer.map { Timestamp(milliseconds: $0) })
        header.staleAt = value["stale_ms"]?.integer.map { Timestamp(milliseconds: $0) }
        header.epoch = value["epoch"]?.integer ?? 0
        header.template = value["template"]?.string
        header.dependsOn = try fields.texts("depends_on")
        var body = EntryBody(response: response)
        if let counts = value["usage"]?.array {
            let numbers = counts.compactMap { $0.integer.flatMap { Int(exactly: $0) } }
            guard numbers.count == 4 else { throw fields.wrong("usage", "four whole numbers") }
            body.usage = TokenUsage(
                promptTokens: numbers[0], completionTokens: numbers[1], cachedPromptTokens: numbers[2],
                reasoningTokens: numbers[3])
        }
        body.isUsageEstimated = value["usage_estimated"]?.bool ?? false
        body.cost = value["cost_nano_usd"]?.integer.map { NanoDollars($0) }
        body.latencyMilliseconds = value["latency_ms"]?.double
        return CacheEntry(header: header, body: body)
    }

    private struct Fields {
        let value: JSONValue

        func wrong(_ name: String, _ wanted: String) -> RequestProblem {
            RequestProblem(.invalidValue, field: name, "must be \(wanted)")
        }

        func text(_ name: String) throws(RequestProblem) -> String {
            guard let text = value[name]?.string else { throw wrong(name, "a text") }
            return text
        }

        func whole(_ name: String) throws(RequestProblem) -> Int64 {
            guard let number = value[name]?.integer else { throw wrong(name, "a whole number") }
            return number
        }

        func digest(_ name: String) throws(RequestProblem) -> Digest256 {
            guard let digest = Digest256(hex: try text(name)) else { throw wrong(name, "64 hexadecimal digits") }
            return digest
        }

        func texts(_ name: String) throws(RequestProblem) -> [String] {
            guard let found = value[name] else { return [] }
            guard let array = found.array else { throw wrong(name, "an array of texts") }
            let texts = array.compactMap(\.string)
            guard texts.count == array.count else { throw wrong(name, "an array of texts") }
            return texts
        }

        func vector() throws(RequestProblem) -> StoredVector? {
            guard let embedder = value["embedder"]?.string else { return nil }
            guard let bits = UInt32(exactly: try whole("scale_bits")),
                let bytes = Hexadecimal.decode(try text("vector").utf8)
            else { throw wrong("vector", "hexadecimal digits, with scale_bits beside it") }
            let scale = Float(bitPattern: bits)
            guard scale.isFinite else { throw wrong("scale_bits", "the bits of a finite number") }
            return StoredVector(embedder: embedder, scale: scale, components: bytes.map { Int8(bitPattern: $0) })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func text(_ name: String, _ text: String) {
        self.name(name)
        string(text)
    }

    fileprivate mutating func whole(_ name: String, _ number: Int64) {
        self.name(name)
        integer(number)
    }

    fileprivate mutating func texts(_ name: String, _ texts: [String]) {
        if texts.isEmpty { return }
        self.name(name)
        array { writer in for text in texts { writer.string(text) } }
    }
}
