import CacheModel
import Testing

@testable import CacheEngine

/// What is kept out of the cache.
struct AdmissionTests {
    static let refusals: [(RefusalReason, @Sendable (inout StoreRequest) -> Void)] = [
        (.noStore, { $0.request.controls.noStore = true }), (.off, { $0.request.controls.mode = .off }),
        (.errorStatus, { $0.statusCode = 429 }), (.errorStatus, { $0.statusCode = 500 }),
        (.errorStatus, { $0.statusCode = 302 }), (.incomplete, { $0.complete = false }),
        (.finishReason, { $0.finishReason = "length" }), (.finishReason, { $0.finishReason = "content_filter" }),
        (.emptyPrompt, { $0.request.input = .prompt(" ") }), (.emptyResponse, { $0.response = RawJSON(nil) }),
        (.emptyResponse, { $0.response = RawJSON("") }), (.emptyResponse, { $0.response = RawJSON([:]) }),
        (.lowConfidence, { $0.confidence = 0.2 }), (.expired, { $0.request.controls.ttl = 0 }),
        (.promptTooLarge, { $0.request.input = .prompt(String(repeating: "x", count: 1001)) }),
        (.responseTooLarge, { $0.response = RawJSON(.string(String(repeating: "x", count: 2000))) }),
    ]

    @Test(arguments: refusals)
    func isRefused(_ reason: RefusalReason, _ change: @Sendable (inout StoreRequest) -> Void) throws {
        var policy = NamespacePolicy()
        policy.minimumConfidence = 0.5
        policy.maximumPromptBytes = 1000
        policy.maximumResponseBytes = 1000
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy))
        var request = StoreRequest(request: CacheRequest(prompt: "fine"), response: RawJSON("fine"))
        #expect(cache.engine.store(request).finish() != .refused(reason))
        change(&request)
        #expect(cache.engine.store(request).finish() == .refused(reason))
    }

    @Test(arguments: ["stop", "STOP", "end_turn", "tool_calls", "tool_use"])
    func wholeAnswersAreKept(_ finishReason: String) throws {
        let cache = try EngineFixture()
        let reply = cache.store(CacheRequest(prompt: "fine")) {
            $0.finishReason = finishReason; $0.statusCode = 200
        }
        guard case .stored = reply else { return #expect(Bool(false)) }
    }

    @Test(arguments: [
        ("Is there an outage right now?", true), ("What's the weather in Oslo?", true),
        ("Gibt es heute eine Störung?", true),
        ("今天有故障吗", true), ("How do I reset my password?", false), ("Explain the word nowhere", false),
        ("What is the translatest option", false),
    ])
    func answersOfTheMomentLiveShort(_ prompt: String, _ isVolatile: Bool) throws {
        let cache = try EngineFixture()
        cache.store(prompt)
        #expect(cache.lookup(prompt).ttl == (isVolatile ? 60 : 86_400))
    }

    @Test func thePolicyMayRefuseOrAllowAnswersOfTheMoment() throws {
        var policy = NamespacePolicy()
        policy.volatility = .skip
        let skipping = try EngineFixture(policies: PolicyTable(fallback: policy))
        #expect(skipping.store("what is the latest version?") == .refused(.volatile))
        policy.volatility = .allow
        let allowing = try EngineFixture(policies: PolicyTable(fallback: policy))
        allowing.store("what is the latest version?")
        #expect(allowing.lookup("what is the latest version?").ttl == 86_400)
    }

    @Test func aGatewaysOwnTTLStandsForAnswersOfTheMomentToo() throws {
        let cache = try EngineFixture()
        var request = CacheRequest(prompt: "what is the latest version?")
        request.controls.ttl = 600
        cache.store(request)
        #expect(cache.lookup(request).ttl == 600)
    }
}
