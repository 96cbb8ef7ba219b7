import CacheModel
import Platform
import TestSupport
import Testing

@testable import CacheEngine

/// Which requests share a key, and that keys never change.
struct KeyTests {
    let maker = KeyMaker(hasher: OpenSSLHasher(), normalizer: LowercaseNormalizer())

    func keys(_ request: CacheRequest, _ policy: NamespacePolicy = NamespacePolicy()) -> CacheKeys {
        maker.keys(of: request, policy: policy)
    }

    func request(_ change: (inout CacheRequest) -> Void = { _ in }) -> CacheRequest {
        var request = CacheRequest(prompt: "How do I reset my password?")
        request.model = "gpt-4o"
        change(&request)
        return request
    }

    // Golden vectors, the plain ones computed by hand in another language: caches that exist are named by these. If one fails, the encoding has changed.
    @Test func keysAreTheSameForEver() {
        let plain = keys(CacheRequest(prompt: "How do I reset my password?"))
        #expect(plain.scope.description == "a3429e72158a77579e0045b725ac5b5a591e5b052d9ea0bb9c4f133ce334ec65")
        #expect(plain.exact.description == "fb0d698e757f8768e5ecd2731e7d5ef419b130bb3afd89b9fedce84d32f8f986")
        let full = keys(Self.fullRequest)
        #expect(full.scope.description == "e93115b5cd10d9b64f3d3aff8388e48e89396acaa70c3f6e3e1a0789b46002a4")
        #expect(full.exact.description == "2d14212a0e29369ba979d12d961bc70044ab4a97d2e78953cd7ddb87e7172a8c")
    }

    static var fullRequest: CacheRequest {
        var request = CacheRequest(
            namespace: "support",
            input: .messages([
                ChatMessage(role: "system", text: "Be brief."), ChatMessage(role: "user", text: "Hi"),
                ChatMessage(
                    role: "assistant",
                    parts: [.toolCall(id: "call_9x", name: "find", arguments: ["q": "a", "n": 1.5])]),
                ChatMessage(role: "tool", parts: [.toolResult(id: "call_9x", content: [.text("found")])]),
                ChatMessage(
                    role: "user", parts: [.text("¿Qué más?"), .media(kind: "image", content: RawJSON("x.png"))]),
            ]))
        request.tenant = "acme"
        request.provider = "openai"
        request.model = "gpt-4o"
        request.params = [
            JSONMember("temperature", 0.0),
            JSONMember("tools", [["name": "find", "parameters": ["type": "object"]]]), JSONMember("stream", true),
        ]
        return request
    }

    @Test func barePromptAndSingleUserTurnAreOneRequest() {
        let turn = CacheRequest(input: .messages([ChatMessage(role: "user", text: "Hi")]))
        #expect(keys(turn).exact == keys(CacheRequest(prompt: "Hi")).exact)
    }

    @Test func lastUserTextIsNeverPartOfTheScope() {
        #expect(keys(CacheRequest(prompt: "a")).scope == keys(CacheRequest(prompt: "b")).scope)
        #expect(keys(CacheRequest(prompt: "a")).exact != keys(CacheRequest(prompt: "b")).exact)
    }

    @Test(
        arguments: [
            ("namespace", { @Sendable (r: inout CacheRequest) in r.namespace = "other" }),
            ("tenant", { $0.tenant = "acme" }), ("empty tenant", { $0.tenant = "" }),
            ("model", { $0.model = "gpt-4o-mini" }),
            ("no model", { $0.model = nil }), ("provider", { $0.provider = "azure" }),
            ("temperature", { $0.params = [JSONMember("temperature", 1)] }),
            ("tools", { $0.params = [JSONMember("tools", [["name": "f"]])] }),
            ("response format", { $0.params = [JSONMember("response_format", ["type": "json_object"])] }),
            ("conversation", { $0.conversation = "c-1" }),
            (
                "system prompt",
                {
                    $0.input = .messages([
                        ChatMessage(role: "system", text: "s"),
                        ChatMessage(role: "user", text: "How do I reset my password?"),
                    ])
                }
            ),
            (
                "earlier turn",
                {
                    $0.input = .messages([
                        ChatMessage(role: "assistant", text: "s"),
                        ChatMessage(role: "user", text: "How do I reset my password?"),
                    ])
                }
            ),
            (
                "image",
                {
                    $0.input = .messages([
                        ChatMessage(
                            role: "user",
                            parts: [.text("How do I reset my password?"), .media(kind: "image", content: RawJSON("a"))])
                    ])
                }
            ),
        ] as [(String, @Sendable (inout CacheRequest) -> Void)])
    func scopeDiffers(_ what: String, _ change: @Sendable (inout CacheRequest) -> Void) {
        #expect(keys(request(change)).scope != keys(request()).scope, "\(what)")
    }

    @Test func orderOfMembersAndWayOfWritingNumbersDoNotMatter() {
        let one = request { $0.params = [JSONMember("a", 1), JSONMember("b", ["x": 1.0, "y": [nil, true]])] }
        let two = request { $0.params = [JSONMember("b", ["y": [nil, true], "x": 1]), JSONMember("a", 1.0)] }
        #expect(keys(one).scope == keys(two).scope)
    }

    @Test func transportParametersAndNullsDoNotMatter() {
        let one = request {
            $0.params = [
                JSONMember("stream", true), JSONMember("user", "x"), JSONMember("stop", nil),
                JSONMember("keep_alive", 9),
            ]
        }
        #expect(keys(one).scope == keys(request()).scope)
    }

    @Test func toolCallIdsAreNumberedNotCompared() {
        func conversation(_ first: String, _ second: String, _ answered: String) -> CacheRequest {
            CacheRequest(
                input: .messages([
                    ChatMessage(
                        role: "assistant",
                        parts: [
                            .toolCall(id: first, name: "f", arguments: [:]),
                            .toolCall(id: second, name: "f", arguments: [:]),
                        ]), ChatMessage(role: "tool", parts: [.toolResult(id: answered, content: [.text("1")])]),
                    ChatMessage(role: "user", text: "go on"),
                ]))
        }
        #expect(keys(conversation("a", "b", "a")).scope == keys(conversation("x", "y", "x")).scope)
        #expect(keys(conversation("a", "b", "a")).scope != keys(conversation("x", "y", "y")).scope)
    }

    @Test func requestThatEndsWithAToolResultMatchesExactlyOnly() {
        func round(_ result: String) -> CacheRequest {
            CacheRequest(
                input: .messages([
                    ChatMessage(role: "user", text: "Book it"),
                    ChatMessage(role: "assistant", parts: [.toolCall(id: "1", name: "f", arguments: [:])]),
                    ChatMessage(role: "tool", parts: [.toolResult(id: "1", content: [.text(result)])]),
                ]))
        }
        #expect(!keys(round("ok")).endsWithUserText)
        #expect(!keys(round("ok")).isEmpty)
        #expect(keys(round("ok")).exact != keys(round("failed")).exact)
        var none = NamespacePolicy()
        none.context = .none
        #expect(keys(round("ok"), none).exact != keys(round("failed"), none).exact)
    }

    /// The same tool may say the same to another question: a window never cuts off what is asked.
    @Test func theWindowOfAnAgentsLoopHoldsItsQuestion() {
        func loop(_ earlier: [String], _ question: String) -> CacheRequest {
            CacheRequest(
                input: .messages(
                    earlier.enumerated().map {
                        ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", text: $1)
                    } + [
                        ChatMessage(role: "user", text: question),
                        ChatMessage(role: "assistant", parts: [.toolCall(id: "1", name: "weather", arguments: [:])]),
                        ChatMessage(role: "tool", parts: [.toolResult(id: "1", content: [.text("12 degrees, rain")])]),
                    ]))
        }
        for window in [1, 2, 3] {
            var policy = NamespacePolicy()
            policy.context = .window(window)
            #expect(
                keys(loop([], "Should I take an umbrella?"), policy).exact
                    != keys(loop([], "Is it warm?"), policy).exact)
            // What lies further back than the window does not count.
            #expect(
                keys(loop(["a", "b", "c", "d"], "Is it warm?"), policy).exact
                    == keys(loop(["x", "b", "c", "d"], "Is it warm?"), policy).exact)
            #expect(
                keys(loop(["a", "b", "c", "d"], "Is it warm?"), policy).exact
                    != keys(loop(["a", "b", "c", "x"], "Is it warm?"), policy).exact)
        }
        let prefill = { (question: String) in
            CacheRequest(
                input: .messages([
                    ChatMessage(role: "user", text: question), ChatMessage(role: "assistant", text: "{"),
                ]))
        }
        var one = NamespacePolicy()
        one.context = .window(1)
        #expect(keys(prefill("a"), one).exact != keys(prefill("b"), one).exact)
    }

    @Test func contextPolicySaysWhichTurnsCount() {
        func chat(_ turns: [String]) -> CacheRequest {
            CacheRequest(
                input: .messages(
                    turns.enumerated().map { ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", text: $1) })
            )
        }
        var policy = NamespacePolicy()
        policy.context = .window(2)
        #expect(keys(chat(["a", "b", "c", "d", "e"]), policy).scope == keys(chat(["c", "d", "e"]), policy).scope)
        #expect(keys(chat(["a", "b", "c"]), policy).scope != keys(chat(["x", "b", "c"]), policy).scope)
        policy.context = .none
        #expect(keys(chat(["a", "b", "c"]), policy).scope == keys(chat(["c"]), policy).scope)
    }

    @Test func usersShareAnswersUnlessThePolicyKeepsThemApart() {
        let one = request { $0.user = "u-1" }
        let two = request { $0.user = "u-2" }
        #expect(keys(one).scope == keys(two).scope)
        var apart = NamespacePolicy()
        apart.sharing = .user
        #expect(keys(one, apart).scope != keys(two, apart).scope)
    }

    @Test func modelPolicySaysWhoAnswersForWhom() {
        let dated = request { $0.model = "gpt-4o-2024-08-06" }
        var policy = NamespacePolicy()
        policy.modelMatch = .family
        #expect(keys(dated, policy).scope == keys(request(), policy).scope)
        #expect(keys(request { $0.model = "gpt-4o-mini" }, policy).scope != keys(request(), policy).scope)
        policy.modelMatch = .any
        #expect(keys(request { $0.model = "claude" }, policy).scope == keys(request(), policy).scope)
    }

    @Test(arguments: [
        ("gpt-4o-2024-08-06", "gpt-4o"), ("openai/gpt-4o-latest", "gpt-4o"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("gpt-4-0613", "gpt-4"), ("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview-05-20"), ("o1", "o1"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
    ])
    func familyOfAModel(_ model: String, _ family: String) { #expect(ModelName.family(model) == family) }

    @Test func neitherTextNorFieldsCanImitateAnother() {
        // The same bytes distributed differently over neighbouring fields.
        let one = request {
            $0.tenant = "ab"; $0.provider = "c"
        }
        let two = request {
            $0.tenant = "a"; $0.provider = "bc"
        }
        #expect(keys(one).scope != keys(two).scope)
    }

    /// Random requests: two that differ in anything that counts never share an exact key, and each has its own again.
    @Test func randomRequestsShareAKeyOnlyIfTheyAreEqual() {
        var random = SeededRandom(seed: 7)
        var seen: [Digest256: CacheRequest] = [:]
        for _ in 0..<5_000 {
            let request = RandomRequests.make(&random)
            let key = keys(request).exact
            #expect(key == keys(RandomRequests.shuffled(request, &random)).exact)
            if let other = seen[key] { #expect(other == request) }
            seen[key] = request
        }
        #expect(seen.count > 1_000)
    }
}
