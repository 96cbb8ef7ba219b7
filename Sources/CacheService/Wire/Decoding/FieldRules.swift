import CacheModel

/// The rules that fields of many requests share.
enum FieldRules {
    /// The longest name of a namespace, tenant, user, conversation, provider, model, tag or lease, bytes.
    static let maximumNameBytes = 256
    /// The most tags of one entry.
    static let maximumTags = 64
    /// The largest whole number that every JSON reader takes as it is: 2^53 − 1 (RFC 8259, section 6).
    static let largestWhole = 9_007_199_254_740_991
    /// The most requests of one batch.
    static let maximumBatch = 1024
    /// Unknown fields that are remembered by name; further ones are accepted unseen.
    static let maximumUnknownFields = 64

    /// Checks a name: at most 256 bytes, no control characters.
    static func name(_ text: String, _ field: String, allowEmpty: Bool = true) throws(RequestProblem) -> String {
        let utf8 = text.utf8
        if utf8.count > maximumNameBytes {
            throw RequestProblem(
                .invalidValue, field: field, "must be at most \(maximumNameBytes) bytes, but has \(utf8.count)")
        }
        if utf8.isEmpty && !allowEmpty {
            throw RequestProblem(.invalidValue, field: field, "must not be empty; leave the field out instead")
        }
        // C0 and DEL are single bytes; C1 (U+0080–U+009F) is 0xC2 and a byte below 0xA0.
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) {
                throw RequestProblem(.invalidValue, field: field, "must not contain control characters")
            }
            previous = byte
        }
        return text
    }

    /// Checks an entry's tags.
    static func tags(_ tags: [String], _ field: String) throws(RequestProblem) -> [String] {
        if tags.count > maximumTags {
            throw RequestProblem(
                .invalidValue, field: field, "must hold at most \(maximumTags) tags, but holds \(tags.count)")
        }
        for (index, tag) in tags.enumerated() { _ = try name(tag, "\(field)[\(index)]", allowEmpty: false) }
        return tags
    }

    /// Fields of OpenAI's, Anthropic's, Ollama's and their kin's request bodies that change the answer: taken as members of
    /// `params` when they stand at the top level, since gateways forward the body as it is.
    static let answerParameters: Set<String> = [
        "audio", "chat_template_kwargs", "context", "format", "frequency_penalty", "function_call", "functions",
        "generation_config", "generationConfig", "guided_choice", "guided_grammar", "guided_json", "guided_regex",
        "images", "length_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_output_tokens",
        "max_tokens", "min_p", "min_tokens", "modalities", "n", "options", "output_config", "parallel_tool_calls",
        "prediction", "presence_penalty", "raw", "reasoning", "reasoning_effort", "repetition_penalty",
        "response_format", "safety_settings", "seed", "stop", "stop_sequences", "suffix", "temperature", "think",
        "thinking", "tool_choice", "tools", "top_a", "top_k", "top_logprobs", "top_p", "verbosity",
        "web_search_options",
    ]
}

/// Collects the paths of fields that Deja does not know.
struct UnknownFields {
    private(set) var paths: [String] = []

    mutating func note(_ path: String) {
        guard paths.count < FieldRules.maximumUnknownFields else { return }
        paths.append(path.utf8.count <= 256 ? path : String(path.prefix(64)) + "…")
    }

    mutating func note(_ inner: [String], inside outer: String) {
        for path in inner { note(path.hasPrefix("[") ? outer + path : "\(outer).\(path)") }
    }
}
