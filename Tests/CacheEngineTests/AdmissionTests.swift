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

    @Test(arguments: ["stop", "STOP", "end_turn", "tool_calls", "tool_use", "completed", "COMPLETE", "eos_token"])
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

    private static let secret = "Why does sk-" + "4fG7hJ2kL9mN3pQ8rS5tV6wX1yZ0aB4cD7eF not work?"

    @Test func secretsAreNeitherKeptNorMatched() throws {
        let cache = try EngineFixture()
        #expect(cache.store(Self.secret) == .refused(.sensitive(.apiKey)))
        #expect(cache.store("What is my card?", "4111 1111 1111 1111") == .refused(.sensitive(.card)))
        cache.store("Why does my key not work?")
        #expect(cache.lookup(Self.secret).reason == .sensitive(.apiKey))
        #expect(cache.lookup(Self.secret).reason?.rawValue == "sensitive:api_key")
        guard case .stored = cache.store("Who is jane@acme.io?") else { return #expect(Bool(false), "allowed") }
    }

    @Test func thePolicyMayRedactOrAllowThem() throws {
        var policy = NamespacePolicy()
        (policy.secrets, policy.personalData) = (.redact, .skip)
        let cache = try EngineFixture(policies: PolicyTable(fallback: policy))
        #expect(cache.store("Who is jane@acme.io?") == .refused(.sensitive(.email)))
        guard case .stored(let id) = cache.store(Self.secret, "It is 4111 1111 1111 1111.") else {
            return #expect(Bool(false), "kept")
        }
        let shown = try #require(try cache.engine.entry(id).finish().get())
        #expect(shown.header.prompt == "Why does [api_key] not work?")
        #expect(shown.body.response.text == #""It is [card].""#)
        #expect(cache.lookup(Self.secret).response?.text == #""It is 4111 1111 1111 1111.""#, "served as it was")
    }

    /// A prompt that is not kept for the key in it is still looked up: lists of lookups must not show the key.
    @Test func listsShowNoSecrets() throws {
        var policy = NamespacePolicy()
        policy.showsText = true
        #expect(policy.shown(Self.secret) == "Why does [api_key] not work?")
        #expect(policy.shown("Who is jane@acme.io?") == "Who is jane@acme.io?")
        policy.personalData = .redact
        #expect(policy.shown("Who is jane@acme.io?") == "Who is [email]?")
        policy.showsText = false
        #expect(policy.shown("hello") == nil)
    }
}
