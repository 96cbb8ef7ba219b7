import CacheModel

/// Everything that a request is found by, as far as it costs little.
struct CacheKeys: Sendable {
    /// The digest of all that must be equal for one answer to serve two requests.
    var scope: Digest256
    /// The exact key of the text as given.
    var exact: Digest256
    /// The last user text.
    var prompt: String
    /// Whether a rephrasing may be served, if there is text to compare (see `PromptReading.endsWithUserText`).
    var endsWithUserText: Bool
    /// Whether there is nothing to find the request by.
    var isEmpty: Bool
}

/// What folding a request's text adds: computed only when the text as given is not known.
struct FoldedKeys: Sendable {
    /// The exact key of the folded text.
    var key: Digest256
    /// Names the folded text within tenant and namespace, whatever the scope: tells a miss why it is one, and an
    /// invalidation which entries have its prompt.
    var textName: UInt64
    /// Bytes of the folded text.
    var length: Int
    /// Why the request may not be matched by meaning; `nil` when it may.
    var refusal: MissReason?
    /// Whether the request may be matched by meaning.
    var isSemantic: Bool { refusal == nil }
}

/// Computes scopes and exact keys.
struct KeyMaker: Sendable {
    let hasher: any ContentHasher
    let normalizer: any TextNormalizer

    /// The keys of `request` under `policy`. O(bytes of the request).
    func keys(of request: CacheRequest, policy: NamespacePolicy) -> CacheKeys {
        let reading = PromptReading(request.input)
        let scope = scope(of: request, reading: reading, policy: policy)
        return CacheKeys(
            scope: scope, exact: key(level: "text", scope: scope, text: reading.prompt), prompt: reading.prompt,
            endsWithUserText: reading.endsWithUserText, isEmpty: reading.isEmpty)
    }

    /// The keys of the folded text. O(bytes of the prompt).
    func foldedKeys(of keys: CacheKeys, namespace: String, tenant: String?) -> FoldedKeys {
        let (folded, isConcealing) = fold(keys.prompt)
        return FoldedKeys(
            key: key(level: normalizer.identifier, scope: keys.scope, text: folded),
            textName: textName(folded, namespace: namespace, tenant: tenant), length: folded.utf8.count,
            refusal: isConcealing ? .concealed : keys.endsWithUserText && !folded.isEmpty ? nil : .followUp)
    }

    /// Names a prompt within tenant and namespace, whatever the scope.
    func textName(ofPrompt prompt: String, namespace: String, tenant: String?) -> UInt64 {
        textName(fold(prompt).text, namespace: namespace, tenant: tenant)
    }

    /// Names a text that was folded already.
    func textName(_ folded: String, namespace: String, tenant: String?) -> UInt64 {
        var encoder = CanonicalEncoder(domain: "deja-text-v1")
        encoder.string(namespace)
        encoder.optional(tenant)
        encoder.string(folded)
        return hasher.digest(encoder.bytes).w0
    }

    /// The text that a prompt goes by, and whether it conceals something: what folding would drop is part of such a
    /// prompt.
    func fold(_ prompt: String) -> (text: String, isConcealing: Bool) {
        if ConcealedText.isPresent(in: prompt) { return (prompt, true) }
        return (normalizer.fold(prompt), false)
    }

    private func key(level: String, scope: Digest256, text: String) -> Digest256 {
        var encoder = CanonicalEncoder(domain: "deja-key-v1")
        encoder.string(level)
        encoder.digest(scope)
        encoder.string(text)
        return hasher.digest(encoder.bytes)
    }

    private func scope(of request: CacheRequest, reading: PromptReading, policy: NamespacePolicy) -> Digest256 {
        var encoder = CanonicalEncoder(domain: "deja-scope-v1")
        encoder.string(request.namespace)
        encoder.optional(request.tenant)
        encoder.optional(policy.sharing == .user ? request.user ?? "" : nil)
        encode(model: request, policy: policy.modelMatch, into: &encoder)
        encode(parts: reading.system, into: &encoder)
        encoder.object(
            request.params.filter { $0.value != .null && !CacheRequest.deliveryParameters.contains($0.name) })
        encode(context: reading, request: request, policy: policy.context, into: &encoder)
        encode(parts: reading.attachments, into: &encoder)
        encoder.optional(reading.speaker)
        // Behind all else, and only where it is given: other scopes stay what they were.
        if let version = request.templateVersion {
            encoder.string("template")
            encoder.optional(request.template)
            encoder.string(version)
        }
        return hasher.digest(encoder.bytes)
    }

    private func encode(model request: CacheRequest, policy: ModelMatchPolicy, into encoder: inout CanonicalEncoder) {
        switch policy {
        case .exact:
            encoder.optional(request.provider)
            encoder.optional(request.model)
        case .family:
            encoder.optional(request.provider)
            encoder.optional(request.model.map(ModelName.family))
        case .any:
            encoder.optional(nil)
            encoder.optional(nil)
        }
    }

    private func encode(
        context reading: PromptReading, request: CacheRequest, policy: ContextPolicy,
        into encoder: inout CanonicalEncoder
    ) {
        let turns: ArraySlice<ChatMessage> =
            switch policy {
            case .strict: reading.earlier[...]
            case .window(let count): reading.window(count)
            // A request that ends with a tool's result has nothing but its turns to be told by.
            case .none: reading.endsWithUserText ? [] : reading.earlier[...]
            }
        encoder.count(turns.count)
        var calls = ToolCallNumbers()
        for turn in turns {
            encoder.string(turn.role)
            encoder.optional(turn.name)
            encode(parts: turn.parts, calls: &calls, into: &encoder)
        }
        // A bare prompt inside a conversation has earlier turns that this request does not show.
        let isBare: Bool = if case .prompt = request.input { true } else { false }
        encoder.optional(isBare && policy != .none ? request.conversation : nil)
    }

    private func encode(parts: [ContentPart], into encoder: inout CanonicalEncoder) {
        var calls = ToolCallNumbers()
        encode(parts: parts, calls: &calls, into: &encoder)
    }

    private func encode(parts: [ContentPart], calls: inout ToolCallNumbers, into encoder: inout CanonicalEncoder) {
        encoder.count(parts.count)
        for part in parts {
            switch part {
            case .text(let text):
                encoder.tag(0x01)
                encoder.string(text)
            case .media(let kind, let content):
                encoder.tag(0x02)
                encoder.string(kind)
                encoder.digest(hasher.digest(content.bytes))
            case .toolCall(let id, let name, let arguments):
                encoder.tag(0x03)
                encoder.count(calls.number(of: id))
                encoder.string(name)
                encoder.json(arguments)
            case .toolResult(let id, let content):
                encoder.tag(0x04)
                encoder.count(calls.number(of: id))
                encode(parts: content, calls: &calls, into: &encoder)
            case .other(let content):
                encoder.tag(0x05)
                encoder.digest(hasher.digest(content.bytes))
            }
        }
    }
}

/// Numbers tool calls in order of appearance: their ids are made up anew on every run, yet say which result is whose.
private struct ToolCallNumbers {
    private var numbers: [String: Int] = [:]

    mutating func number(of id: String?) -> Int {
        guard let id else { return 0 }
        if let known = numbers[id] { return known }
        numbers[id] = numbers.count + 1
        return numbers.count
    }
}

/// What a model's name says.
public enum ModelName {
    /// The name without its provider prefix and version suffixes: `openai/gpt-4o-2024-08-06` and `gpt-4o-latest` are of
    /// the family `gpt-4o`; `claude-3-5-sonnet-20241022` of `claude-3-5-sonnet`.
    public static func family(_ model: String) -> String {
        var parts = model.lowercased().split(separator: "/").last.map { $0.split(separator: "-") } ?? []
        while parts.count > 1, let last = parts.last, isVersion(last, before: parts.dropLast()) { parts.removeLast() }
        return parts.joined(separator: "-")
    }

    /// `latest`, `preview`, a date in one piece, or the month and day of a date in pieces.
    private static func isVersion(_ part: Substring, before: ArraySlice<Substring>) -> Bool {
        if part == "latest" || part == "preview" { return true }
        guard part.allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
        if part.count == 8 || part.count == 6 || part.count == 4 { return true }
        return part.count == 2 && part.first != nil && before.count > 1 && isDateStart(before)
    }

    /// Whether the pieces end in a year, or in a year and a month.
    private static func isDateStart(_ parts: ArraySlice<Substring>) -> Bool {
        let tail = parts.suffix(2)
        return tail.contains { $0.count == 4 && $0.hasPrefix("20") && $0.allSatisfy(\.isNumber) }
    }
}
