import CacheModel

extension LookupReply {
    /// Writes the reply as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", status.rawValue)
            if let hitType { writer.member("hit_type", hitType.rawValue) }
            if let reason { writer.member("reason", reason.rawValue) }
            if let entryID { writer.member("entry_id", entryID) }
            writer.member("lookup_id", lookupID)
            if let similarity { writer.member("similarity", figure: similarity) }
            if let probability { writer.member("probability", figure: probability) }
            if let nearest { writer.member("nearest") { nearest.write(to: &$0) } }
            if let response { writer.member("response", raw: response) }
            if let model { writer.member("model", model) }
            if let age { writer.member("age_s", max(0, age.wholeSeconds)) }
            if let ttl { writer.member("ttl_s", ttl.wholeSeconds) }
            if let usage { writer.member("usage") { usage.write(to: &$0) } }
            if let avoided { writer.member("avoided") { avoided.write(to: &$0) } }
            if let lease { writer.member("lease") { lease.write(to: &$0) } }
            if let epoch { writer.member("epoch", Int(epoch)) }
            if let isAppended { writer.member("appended", flag: isAppended) }
            if let budget { writer.member("budget") { budget.writeMembers(to: &$0) } }
            if let explanation { writer.member("explain") { explanation.write(to: &$0) } }
        }
    }

    /// The value of the `Cache-Status` header (RFC 9211).
    var cacheStatus: String {
        switch status {
        case .hit, .stale:
            var text = "deja; hit"
            if let ttl { text += "; ttl=\(ttl.wholeSeconds)" }
            return text + "; detail=\(status == .stale ? "stale" : hitType?.rawValue ?? "exact")"
        case .miss: return "deja; fwd=miss" + detail
        case .bypass: return "deja; fwd=bypass" + detail
        }
    }

    /// The reason as a parameter: a token of RFC 8941, which may hold `:`, or nothing when it is none.
    private var detail: String {
        guard let reason else { return "" }
        let isToken = reason.rawValue.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F || $0 == 0x3A || $0 == 0x2D
        }
        return isToken && !reason.rawValue.isEmpty ? "; detail=\(reason.rawValue)" : ""
    }
}

extension TokenUsage {
    /// Writes the counts in OpenAI's words, the details only where there are any.
    func write(to writer: inout JSONWriter) {
        writer.member("prompt_tokens", promptTokens)
        writer.member("completion_tokens", completionTokens)
        if cachedPromptTokens > 0 {
            writer.member("prompt_tokens_details") { $0.member("cached_tokens", cachedPromptTokens) }
        }
        if reasoningTokens > 0 {
            writer.member("completion_tokens_details") { $0.member("reasoning_tokens", reasoningTokens) }
        }
    }
}

extension AvoidedCost {
    func write(to writer: inout JSONWriter) {
        usage.write(to: &writer)
        if let cost { writer.member("cost_usd", dollars: cost) }
        if let latencyMilliseconds { writer.member("latency_ms", figure: latencyMilliseconds) }
    }
}

extension Lease {
    func write(to writer: inout JSONWriter) {
        writer.member("token", token)
        writer.member("expires_ms", milliseconds)
    }
}

extension NearestCandidate {
    func write(to writer: inout JSONWriter) {
        writer.member("entry_id", entryID)
        writer.member("similarity", figure: similarity)
        if let probability { writer.member("probability", figure: probability) }
    }
}

extension Explanation {
    func write(to writer: inout JSONWriter) {
        writer.member("scope", scope.description)
        writer.member("exact_key", exactKey.description)
        writer.member("folded_bytes", foldedLength)
        writer.member("partition_entries", partitionCount)
        if let requiredProbability { writer.member("required_probability", figure: requiredProbability) }
        if let requiredSimilarity { writer.member("required_similarity", figure: requiredSimilarity) }
        writer.name("candidates")
        writer.array { writer in
            for candidate in candidates { writer.object { candidate.write(to: &$0) } }
        }
        writer.member("stages_ns") { writer in
            for stage in stages { writer.count(stage.name, Int(clamping: stage.nanoseconds)) }
        }
        writer.name("unknown_fields")
        writer.array { writer in for field in unknownFields { writer.string(field) } }
    }
}

extension ExplainedCandidate {
    func write(to writer: inout JSONWriter) {
        writer.member("entry_id", entryID)
        writer.member("similarity", figure: similarity)
        if let probability = judgement.probability { writer.member("probability", figure: probability) }
        if let veto = judgement.veto {
            writer.member("guard", veto.guardName)
            writer.member("detail", veto.detail)
        }
        if !judgement.features.isEmpty {
            writer.member("features") { writer in
                for feature in judgement.features {
                    writer.name(feature.name)
                    writer.number(feature.value, places: 6)
                }
            }
        }
    }
}
