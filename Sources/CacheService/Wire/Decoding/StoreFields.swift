import CacheModel

/// The fields of a store: those of a lookup and what is known about the answer.
struct StoreFields {
    private var common = RequestFields()
    private var response: RawJSON?
    private var answer = StoreRequest(request: CacheRequest(prompt: ""), response: RawJSON(validated: []))
    private var usage = UsageFields()

    /// Sets a field from the next value. `text` is what the reader reads: the response is kept as its bytes.
    mutating func set(
        _ name: String, _ reader: inout JSONReader, text: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) {
        switch name {
        case "response": response = RawJSON(validated: Array(text[try reader.pass()]))
        case "usage", "latency_ms", "status_code", "finish_reason", "complete", "confidence", "cost_usd", "tags", "ttl",
            "lease", "epoch", "depends_on", "counted":
            if !(try reader.takeNull()) { try setKnown(name, &reader) }
        default:
            if name.hasPrefix("usage.") {
                try setUsage(String(name.dropFirst(6)), &reader)
            } else {
                try common.set(name, &reader)
            }
        }
    }

    /// Sets a field whose value is text.
    mutating func setText(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "finish_reason": answer.finishReason = try FieldRules.name(text, name)
        case "lease": answer.lease = try FieldRules.name(text, name)
        default: try common.setText(name, text)
        }
    }

    /// Fields that `setText` takes.
    static let textFields = RequestFields.textFields.union(["finish_reason", "lease"])

    /// The request, once all fields are set.
    func finish() throws(RequestProblem) -> StoreRequest {
        guard let response else {
            throw RequestProblem(
                .missingField, field: "response", "is missing: give the model's answer, any JSON value")
        }
        var request = answer
        request.request = try common.finish()
        request.response = response
        request.usage = usage.usage
        return request
    }

    private mutating func setKnown(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        switch name {
        case "usage":
            try reader.members(name) { (reader, member) throws(RequestProblem) in try setUsage(member, &reader) }
        case "latency_ms": answer.latencyMilliseconds = try reader.number(name, in: .notNegative)
        case "status_code": answer.statusCode = try reader.integer(name, in: 100...599)
        case "complete": answer.complete = try reader.flag(name)
        case "counted": answer.isCounted = try reader.flag(name)
        case "confidence": answer.confidence = try reader.number(name, in: 0...1)
        // The largest amount that integer nano-dollars hold, rounded down.
        case "cost_usd": answer.cost = NanoDollars(dollars: try reader.number(name, in: 0...9e9))
        case "tags": answer.tags = try FieldRules.tags(try reader.texts(name), name)
        case "depends_on": answer.dependsOn = try FieldRules.tags(try reader.texts(name), name)
        case "epoch": answer.epoch = Int64(try reader.integer(name, in: 0...FieldRules.largestWhole))
        case "ttl": common.setTTL(try reader.number(name, in: .positive))
        default: try setText(name, try reader.text(name))
        }
    }

    private mutating func setUsage(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        if try !usage.set(name, &reader) { common.note("usage.\(name)") }
    }
}

/// Token counts in the words of OpenAI (`prompt_tokens`, …) or Anthropic (`input_tokens`, …).
struct UsageFields {
    private var prompt: Int?
    private var completion: Int?
    private var cached: Int?
    private var reasoning: Int?
    // Anthropic counts cached prompt tokens beside `input_tokens`, OpenAI within `prompt_tokens`.
    private var input: Int?
    private var cacheRead = 0
    private var cacheWritten = 0

    /// Sets one count; returns whether it is known. A value of any name is read.
    mutating func set(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) -> Bool {
        let field = "usage.\(name)"
        if try reader.takeNull() { return true }
        switch name {
        case "prompt_tokens": prompt = try count(&reader, field)
        case "completion_tokens", "output_tokens": completion = try count(&reader, field)
        case "input_tokens": input = try count(&reader, field)
        case "cache_read_input_tokens": cacheRead = try count(&reader, field)
        case "cache_creation_input_tokens": cacheWritten = try count(&reader, field)
        case "cached_prompt_tokens", "cached_tokens": cached = try count(&reader, field)
        case "reasoning_tokens": reasoning = try count(&reader, field)
        case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
            try details(&reader, field)
        case "total_tokens", "cache_creation", "server_tool_use", "service_tier", "inference_geo": try reader.pass()
        default:
            try reader.pass()
            return false
        }
        return true
    }

    /// The counts; `nil` when neither side was given.
    var usage: TokenUsage? {
        guard prompt != nil || input != nil || completion != nil else { return nil }
        let promptTokens = prompt ?? (input ?? 0) + cacheRead + cacheWritten
        return TokenUsage(
            promptTokens: promptTokens, completionTokens: completion ?? 0, cachedPromptTokens: cached ?? cacheRead,
            reasoningTokens: reasoning ?? 0)
    }

    private mutating func details(_ reader: inout JSONReader, _ field: String) throws(RequestProblem) {
        try reader.members(field) { (reader, member) throws(RequestProblem) in
            if try reader.takeNull() { return }
            switch member {
            case "cached_tokens": cached = try count(&reader, "\(field).\(member)")
            case "reasoning_tokens": reasoning = try count(&reader, "\(field).\(member)")
            default: try reader.pass()
            }
        }
    }

    private func count(_ reader: inout JSONReader, _ field: String) throws(RequestProblem) -> Int {
        // More than any model takes; sums of it stay far from overflow.
        try reader.integer(field, in: 0...1_000_000_000_000)
    }

}
