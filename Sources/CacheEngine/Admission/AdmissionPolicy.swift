import CacheModel

/// Decides whether an answer may be kept.
struct AdmissionPolicy: Sendable {
    /// Why a model stopped when its answer is whole, in lower case: the words of OpenAI (both of its interfaces), Anthropic,
    /// Google and Bedrock, Cohere, and Hugging Face's text generation.
    static let wholeAnswers: Set<String> = [
        "stop", "end_turn", "stop_sequence", "tool_calls", "tool_use", "function_call", "completed", "complete",
        "finish", "tool_call", "eos", "eos_token",
    ]

    /// Whether the model's answer is one at all, to be kept or not: no error, and not cut short.
    static func isWhole(_ request: StoreRequest) -> Bool {
        if let status = request.statusCode, !(200..<300).contains(status) { return false }
        return request.complete != false
    }

    /// The reason to refuse `request`, or `nil` when it may be kept.
    func refusal(of request: StoreRequest, keys: CacheKeys, policy: NamespacePolicy) -> RefusalReason? {
        let controls = request.request.controls
        if (controls.mode ?? policy.match) == .off || policy.match == .off { return .off }
        if controls.noStore { return .noStore }
        if let status = request.statusCode, !(200..<300).contains(status) { return .errorStatus }
        if request.complete == false { return .incomplete }
        if let reason = request.finishReason, !Self.wholeAnswers.contains(reason.lowercased()) { return .finishReason }
        if let confidence = request.confidence, confidence < policy.minimumConfidence { return .lowConfidence }
        if keys.isEmpty { return .emptyPrompt }
        if keys.prompt.utf8.count > policy.maximumPromptBytes { return .promptTooLarge }
        if request.response.bytes.count > policy.maximumResponseBytes { return .responseTooLarge }
        if Self.isEmpty(request.response) { return .emptyResponse }
        if let ttl = controls.ttl, ttl <= 0 { return .expired }
        if let kind = policy.unwantedKind(prompt: keys.prompt, response: request.response) { return .sensitive(kind) }
        if policy.volatility == .skip, Volatility.level(of: keys.prompt) == .moment { return .volatile }
        return nil
    }

    /// How long the answer to `request` may live, seconds; `nil` for no end.
    ///
    /// A request's own `ttl` is its gateway's word and stands, up to the policy's maximum; otherwise the policy's is shaped
    /// by what is known of the answer, and one that ages lives shorter than others. Nothing later prolongs it.
    func lifetime(of request: StoreRequest, keys: CacheKeys, policy: NamespacePolicy, cost: NanoDollars?) -> Double? {
        if let wanted = request.request.controls.ttl { return min(wanted, policy.maximumTTL) }
        let share = policy.shapesTTL ? LifetimeShape.share(of: request, cost: cost) : 1
        let usual = policy.ttl.map { min($0 * share, policy.maximumTTL) }
        if policy.volatility == .allow { return usual }
        switch Volatility.level(of: keys.prompt) {
        case .none: return usual
        case .aging: return min(usual ?? .infinity, policy.agingTTL)
        case .moment: return min(usual ?? .infinity, policy.volatileTTL)
        }
    }

    /// Whether a response is `null`, `""`, `[]` or `{}`: nothing to answer with.
    private static func isEmpty(_ response: RawJSON) -> Bool {
        let bytes = response.bytes
        if bytes == Array("null".utf8) { return true }
        guard bytes.count >= 2, let first = bytes.first, [0x22, 0x5B, 0x7B].contains(first) else {
            return bytes.isEmpty
        }
        return bytes.dropFirst().dropLast().allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
    }
}
