import CacheModel
import XCTest

@testable import CacheService

/// Request bodies: what they become, and what is said about those that are wrong.
final class DecodingTests: XCTestCase {
    private func lookup(_ text: String) throws -> CacheRequest {
        try Array(text.utf8).withUnsafeBufferPointer { try RequestDecoder.lookup($0) }
    }

    private func store(_ text: String) throws -> StoreRequest {
        try Array(text.utf8).withUnsafeBufferPointer { try RequestDecoder.store($0) }
    }

    private func invalidation(_ text: String) throws -> InvalidationRequest {
        try Array(text.utf8).withUnsafeBufferPointer { try RequestDecoder.invalidation($0) }
    }

    // MARK: What is right

    func testAllFieldsOfALookup() throws {
        let request = try lookup(
            #"""
            {"namespace":"support","model":"gpt-4o-mini","provider":"openai","prompt":"How do I reset my password?",
             "params":{"temperature":0,"tools":[{"b":1,"a":2}]},"user":"u-17","tenant":"acme","conversation":"c-42",
             "cache":{"mode":"semantic","no-cache":true,"no-store":true,"ttl":3600,"s-maxage":600,
             "max_false_hit_rate":0.01,"min_similarity":-0.5,"exhaustive":true},"wait_ms":60000,"explain":true}
            """#)
        var expected = CacheRequest(namespace: "support", input: .prompt("How do I reset my password?"))
        expected.model = "gpt-4o-mini"
        expected.provider = "openai"
        expected.params = [
            JSONMember("temperature", 0), JSONMember("tools", [["b": 1, "a": 2]]),
        ]
        expected.user = "u-17"
        expected.tenant = "acme"
        expected.conversation = "c-42"
        expected.controls.mode = .semantic
        expected.controls.noCache = true
        expected.controls.noStore = true
        expected.controls.ttl = 3600
        expected.controls.maximumAge = 600
        expected.controls.maximumFalseHitRate = 0.01
        expected.controls.minimumSimilarity = -0.5
        expected.controls.exhaustive = true
        expected.waitMilliseconds = 60000
        expected.explain = true
        XCTAssertEqual(request, expected)
    }

    func testAllFieldsOfAStore() throws {
        let request = try store(
            #"{"prompt":"p","response": [1, 2] ,"usage":{"prompt_tokens":9,"completion_tokens":120,"total_tokens":129,"#
                + #""prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":7}},"#
                + #""latency_ms":812.5,"status_code":200,"finish_reason":"stop","complete":true,"confidence":0.9,"#
                + #""cost_usd":0.00007335,"tags":["a","b"],"ttl":60,"lease":"L"}"#)
        var expected = StoreRequest(
            request: CacheRequest(prompt: "p"), response: RawJSON(validated: Array("[1, 2]".utf8)))
        expected.usage = TokenUsage(
            promptTokens: 9, completionTokens: 120, cachedPromptTokens: 4, reasoningTokens: 7)
        expected.latencyMilliseconds = 812.5
        expected.statusCode = 200
        expected.finishReason = "stop"
        expected.complete = true
        expected.confidence = 0.9
        expected.cost = NanoDollars(73_350)
        expected.tags = ["a", "b"]
        expected.request.controls.ttl = 60
        expected.lease = "L"
        XCTAssertEqual(request, expected)
        XCTAssertEqual(try store(#"{"prompt":"p","response":null}"#).response.text, "null")
        XCTAssertEqual(
            try store(
                #"{"prompt":"p","response":1,"usage":{"input_tokens":10,"output_tokens":2,"cache_read_input_tokens":30,"cache_creation_input_tokens":5}}"#
            ).usage, TokenUsage(promptTokens: 45, completionTokens: 2, cachedPromptTokens: 30))
    }

    func testOpenAIBodyAsItIs() throws {
        let request = try lookup(
            #"""
            {"model":"gpt-4o","stream":true,"temperature":0.5,"max_tokens":null,"seed":7,"store":true,"n":1,"params":{"n":2},
             "messages":[{"role":"developer","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"What is this?"},
                {"type":"image_url","image_url":{"url":"data:x","detail":"low"}}],"name":"ann"},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"see","arguments":"{\"x\": 1}"}},{"id":"c2","type":"function",
                "function":{"name":"say","arguments":"not json"}}]},
              {"role":"tool","tool_call_id":"c1","content":"a cat"}]}
            """#)
        XCTAssertEqual(
            request.params, [JSONMember("n", 2), JSONMember("temperature", 0.5), JSONMember("seed", 7)])
        XCTAssertEqual(request.unknownFields, [])
        guard case .messages(let messages, let system) = request.input else { return XCTFail("no messages") }
        XCTAssertEqual(system, [])
        XCTAssertEqual(
            messages,
            [
                ChatMessage(role: "developer", text: "Be brief."),
                ChatMessage(
                    role: "user",
                    parts: [
                        .text("What is this?"),
                        .media(
                            kind: "image_url",
                            content: RawJSON(
                                validated: Array(
                                    #"{"image_url":{"detail":"low","url":"data:x"},"type":"image_url"}"#.utf8))),
                    ], name: "ann"),
                ChatMessage(
                    role: "assistant",
                    parts: [
                        .toolCall(id: "c1", name: "see", arguments: ["x": 1]),
                        .toolCall(id: "c2", name: "say", arguments: "not json"),
                    ]),
                ChatMessage(role: "tool", parts: [.toolResult(id: "c1", content: [.text("a cat")])]),
            ])
    }

    func testAnthropicBodyAsItIs() throws {
        let request = try lookup(
            #"""
            {"model":"claude","max_tokens":10,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],
             "messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":{"q":"x"}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,
                "content":[{"type":"text","text":"none"}]},{"type":"text","text":"Well?","cache_control":{}}]}]}
            """#)
        XCTAssertEqual(
            request.input,
            .messages(
                [
                    ChatMessage(role: "assistant", parts: [.toolCall(id: "t1", name: "look", arguments: ["q": "x"])]),
                    ChatMessage(
                        role: "user",
                        parts: [
                            .toolResult(
                                id: "t1", content: [.text("none"), .other(RawJSON(["is_error": true]))]),
                            .text("Well?"),
                        ]),
                ], system: [.text("Be kind.")]))
        XCTAssertEqual(request.unknownFields, [])
        XCTAssertEqual(
            try lookup(#"{"prompt":"hi","system":"s"}"#).input,
            .messages([ChatMessage(role: "user", text: "hi")], system: [.text("s")]))
    }

    func testUnknownFieldsAreNamed() throws {
        XCTAssertEqual(
            try lookup(#"{"prompt":"x","a":{"b":[1]},"cache":{"c":1},"params":{"d":1}}"#).unknownFields,
            ["a", "cache.c"])
        XCTAssertEqual(
            try lookup(#"{"messages":[{"role":"user","odd":1,"content":[{"type":"text","text":"x","p":1}]}]}"#)
                .unknownFields, ["messages[0].odd", "messages[0].content[0].p"].sorted().reversed())
        XCTAssertEqual(
            try lookup("{\"prompt\":\"x\",\((0..<1000).map { "\"u\($0)\":0" }.joined(separator: ","))}").unknownFields
                .count, 64)
        XCTAssertEqual(
            try lookup(#"{"prompt":"x","model":null,"cache":null,"user":null,"params":null}"#),
            CacheRequest(prompt: "x"))
    }

    func testNullInASmallBodyCountsAsLeftOut() throws {
        func body<Value>(_ text: String, _ read: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
            try Array(text.utf8).withUnsafeBufferPointer { try read($0) }
        }
        let lease = try body(#"{"token":"t","failed":null}"#) { try RequestDecoder.lease($0) }
        XCTAssertEqual(lease.token, "t")
        XCTAssertFalse(lease.hasFailed)
        XCTAssertEqual(
            try body(#"{"namespace":"n","model":null,"template":"t"}"#) { try EpochFields.read($0) },
            .template("t", namespace: "n"))
        XCTAssertEqual(
            try body(#"{"limit":5,"window_s":1,"cost":null}"#) { try RequestDecoder.rateLimit($0, key: "k") },
            RateLimitRequest(key: "k", limit: 5, window: 1, cost: 1))
        guard
            case .get(let keys) = try body(#"{"keys":["a"],"values":null,"ttl":null}"#, { try ValuesRequest.read($0) })
        else { return XCTFail("read as a write") }
        XCTAssertEqual(keys, [Array("a".utf8)])
        XCTAssertThrowsError(try body(#"{"token":null}"#) { try RequestDecoder.lease($0) }) {
            XCTAssertEqual(($0 as? RequestProblem)?.code, .missingField)
        }
        // A misspelt name is one whatever its value.
        XCTAssertThrowsError(
            try body(#"{"limit":5,"window_s":1,"coast":null}"#) { try RequestDecoder.rateLimit($0, key: "k") }
        ) { XCTAssertEqual(($0 as? RequestProblem)?.field, "coast") }
        XCTAssertThrowsError(try body(#"{"keys":["a"],"tll":null}"#) { try ValuesRequest.read($0) }) {
            XCTAssertEqual(($0 as? RequestProblem)?.field, "tll")
        }
    }

    private func messages(_ text: String) throws -> [ChatMessage] {
        guard case .messages(let messages, _) = try lookup("{\"messages\":[\(text)]}").input else { return [] }
        return messages
    }

    /// What Deja does not know of a message may be what the answer is about.
    func testUnknownMembersOfAMessageArePartOfIt() throws {
        let asked = #""role":"user","content":"What is in this picture?""#
        let plain = ChatMessage(role: "user", text: "What is in this picture?")
        func picture(_ name: String) -> ContentPart { .other(RawJSON(["images": [.string(name)]])) }
        for name in ["A", "B"] {
            XCTAssertEqual(
                try messages(#"{\#(asked),"images":["\#(name)"]}"#),
                [ChatMessage(role: "user", parts: plain.parts + [picture(name)])])
        }
        // Neither the order of members nor what stands for nothing counts.
        let both = ChatMessage(role: "user", parts: plain.parts + [.other(RawJSON(["a": 1, "b": ["c": 2, "d": 3]]))])
        for beside in [#""b":{"d":3,"c":2},"a":1"#, #""a":1,"e":null,"b":{"c":2,"d":3,"cache_control":{}}"#] {
            XCTAssertEqual(try messages("{\(beside),\(asked)}"), [both])
        }
        XCTAssertEqual(
            try lookup(#"{"messages":[{\#(asked),"images":["A"],"e":null}]}"#).unknownFields,
            ["messages[0].images", "messages[0].e"])
        // A message's own name, state and times are not what it says.
        let known = #""id":"m1","type":"message","status":"completed","cache_control":{},"at":"2027-01-15T08:00:00Z""#
        XCTAssertEqual(try messages("{\(asked),\(known)}"), [plain])
        XCTAssertEqual(
            try messages(#"{"role":"tool","tool_call_id":"c","tool_name":"see","content":"a cat"}"#),
            [
                ChatMessage(
                    role: "tool",
                    parts: [.toolResult(id: "c", content: [.text("a cat")]), .other(RawJSON(["tool_name": "see"]))])
            ])
        XCTAssertEqual(
            try messages(#"{"role":"model","parts":[{"text":"x"}]}"#),
            [ChatMessage(role: "model", parts: [.other(RawJSON(["parts": [["text": "x"]]]))])])
    }

    /// Each is read again for every one around it: without a bound a few of them would make a body of megabytes slow.
    func testResultsStandFourDeepInOneAnotherAtMost() throws {
        func nested(_ depth: Int) -> String {
            (0..<depth).reduce(#""x""#) { inner, _ in
                #"[{"type":"tool_result","tool_use_id":"t","content":\#(inner)}]"#
            }
        }
        let expected = (0..<4).reduce([ContentPart.text("x")]) { inner, _ in [.toolResult(id: "t", content: inner)] }
        XCTAssertEqual(
            try messages(#"{"role":"user","content":\#(nested(4))}"#), [ChatMessage(role: "user", parts: expected)])
        for depth in [5, 60] {
            let path = "messages[0]" + String(repeating: ".content[0]", count: 5) + ".content"
            assertProblem(.invalidValue, path) {
                _ = try self.lookup(#"{"messages":[{"role":"user","content":\#(nested(depth))}]}"#)
            }
        }
        // Beside one another there may be any number.
        let many = (0..<100).map { #"{"type":"tool_result","tool_use_id":"t\#($0)","content":"x"}"# }
        XCTAssertEqual(
            try messages(#"{"role":"user","content":[\#(many.joined(separator: ","))]}"#).first?.parts.count, 100)
    }

    func testImagesBesideAPromptChangeTheAnswer() throws {
        let request = try lookup(#"{"prompt":"What is in this picture?","images":["A"]}"#)
        XCTAssertEqual(request.params, [JSONMember("images", ["A"])])
        XCTAssertEqual(request.unknownFields, [])
    }

    /// A message goes out in the shape that it is sent in: what was beside the content is there again.
    func testMessagesAreWrittenAsTheyAreRead() throws {
        for text in [
            #"{"role":"user","content":"x","images":["A"]}"#, #"{"role":"user","content":"x"}"#,
            #"{"role":"user","content":[{"type":"text","text":"x"},{"a":1,"type":"odd"}],"b":2}"#,
            #"{"role":"assistant","content":[],"refusal":"no"}"#,
        ] {
            let message = try XCTUnwrap(try messages(text).first)
            var writer = JSONWriter()
            message.write(to: &writer)
            let written = String(decoding: writer.bytes, as: UTF8.self)
            XCTAssertEqual(try messages(written), [message], written)
            XCTAssertEqual(try JSONValue(parsing: written)["content"], try JSONValue(parsing: text)["content"])
        }
    }

    func testMoneyIsWrittenExactly() {
        for (amount, text) in [
            (0, "0"), (1, "0.000000001"), (73_350, "0.00007335"), (1_500_000_000, "1.5"), (-2_000_000_000, "-2"),
            (Int64.max, "9223372036.854775807"), (Int64.min, "-9223372036.854775808"),
        ] { XCTAssertEqual(NanoDollars(amount).decimal, text) }
    }

    func testDates() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1000, "1969-12-31T23:59:59.000Z"),
            (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
        ] as [(Int64, String)] { XCTAssertEqual(Timestamp(milliseconds: milliseconds).iso8601, text) }
        XCTAssertEqual(Timestamp(milliseconds: 784_111_777_000).httpDate, "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    // MARK: What is wrong

    func testWrongKindsNameTheFieldAndBothKinds() {
        let wrong: [(field: String, value: String, body: String)] = [
            ("prompt", "7", "a string"), ("prompt", "null", "a string"), ("messages", "\"x\"", "an array"),
            ("namespace", "7", "a string"), ("model", "[]", "a string"), ("provider", "{}", "a string"),
            ("user", "true", "a string"), ("tenant", "1.5", "a string"), ("conversation", "[]", "a string"),
            ("params", "[]", "an object"), ("cache", "\"x\"", "an object"), ("wait_ms", "\"1\"", "a whole number"),
            ("explain", "1", "true or false"), ("system", "5", "a string or an array of parts"),
        ]
        for (field, value, wanted) in wrong {
            let prompt = field == "prompt" ? "" : #","prompt":"x""#
            XCTAssertThrowsError(try lookup("{\"\(field)\":\(value)\(field == "messages" ? "" : prompt)}"), field) {
                error in
                let problem = error as? RequestProblem
                XCTAssertEqual(problem?.code, .wrongType, field)
                XCTAssertEqual(problem?.field, field)
                XCTAssertTrue(problem?.message.hasPrefix("must be \(wanted), but is ") == true, "\(error)")
            }
        }
        for control in [
            "mode", "no-cache", "no-store", "ttl", "s-maxage", "max_false_hit_rate", "min_similarity", "exhaustive",
        ] {
            assertProblem(.wrongType, "cache.\(control)") {
                _ = try self.lookup("{\"prompt\":\"x\",\"cache\":{\"\(control)\":[]}}")
            }
        }
        for field in [
            "usage", "latency_ms", "status_code", "finish_reason", "complete", "confidence", "cost_usd", "ttl", "lease",
        ] {
            let value = field == "usage" ? "[]" : "{}"
            assertProblem(.wrongType, field) {
                _ = try self.store("{\"prompt\":\"x\",\"response\":1,\"\(field)\":\(value)}")
            }
        }
        assertProblem(.wrongType, "tags") { _ = try self.store(#"{"prompt":"x","response":1,"tags":5}"#) }
        assertProblem(.wrongType, "tags[1]") { _ = try self.store(#"{"prompt":"x","response":1,"tags":["a",5]}"#) }
        assertProblem(.wrongType, "usage.prompt_tokens") {
            _ = try self.store(#"{"prompt":"x","response":1,"usage":{"prompt_tokens":"9"}}"#)
        }
        for field in ["namespace", "model", "user", "tenant", "prompt", "older_than_s", "id", "dry_run", "all"] {
            assertProblem(.wrongType, field) { _ = try self.invalidation("{\"\(field)\":[]}") }
        }
    }

    func testWrongValues() {
        let prompt = #"{"prompt":"x","#
        for (body, field) in [
            (#""cache":{"ttl":0}}"#, "cache.ttl"), (#""cache":{"ttl":-1}}"#, "cache.ttl"),
            (#""cache":{"s-maxage":-1}}"#, "cache.s-maxage"),
            (#""cache":{"max_false_hit_rate":1.01}}"#, "cache.max_false_hit_rate"),
            (#""cache":{"min_similarity":-1.01}}"#, "cache.min_similarity"),
            (#""cache":{"mode":"fuzzy"}}"#, "cache.mode"),
            (#""wait_ms":60001}"#, "wait_ms"), (#""wait_ms":1.5}"#, "wait_ms"), (#""wait_ms":-1}"#, "wait_ms"),
            (#""namespace":""}"#, "namespace"), (#""user":"a\nb"}"#, "user"), (#""tenant":"a\u0000"}"#, "tenant"),
            (#""model":"\u0085"}"#, "model"),
            ("\"conversation\":\"\(String(repeating: "é", count: 129))\"}", "conversation"),
            (#""messages":[{"role":"user","content":"y"}]}"#, "prompt"),
        ] { assertProblem(.invalidValue, field) { _ = try self.lookup(prompt + body) } }
        for (body, field) in [
            (#""confidence":1.5}"#, "confidence"), (#""status_code":99}"#, "status_code"),
            (#""latency_ms":-1}"#, "latency_ms"),
            (#""cost_usd":-0.1}"#, "cost_usd"), (#""cost_usd":1e12}"#, "cost_usd"), (#""ttl":0}"#, "ttl"),
            (#""tags":[""]}"#, "tags[0]"), (#""usage":{"prompt_tokens":-1}}"#, "usage.prompt_tokens"),
            (#""usage":{"completion_tokens":1e300}}"#, "usage.completion_tokens"),
        ] { assertProblem(.invalidValue, field) { _ = try self.store(prompt + #""response":1,"# + body) } }
        assertProblem(.invalidValue, "id") { _ = try self.invalidation(#"{"id":"x"}"#) }
        assertProblem(.invalidValue, "nmaespace") { _ = try self.invalidation(#"{"nmaespace":"x"}"#) }
        assertProblem(.invalidValue, "messages") { _ = try self.lookup(#"{"messages":[]}"#) }
    }

    func testMissingAndNestedFields() {
        assertProblem(.missingField, "prompt") { _ = try self.lookup("{}") }
        assertProblem(.missingField, "response") { _ = try self.store(#"{"prompt":"x"}"#) }
        assertProblem(.missingField, "messages[1].role") {
            _ = try self.lookup(#"{"messages":[{"role":"assistant"},{"content":"x"}]}"#)
        }
        // Gemini's shape would be an empty prompt.
        for message in [#"{"role":"user","parts":[{"text":"x"}]}"#, #"{"role":"user","content":null}"#] {
            assertProblem(.missingField, "messages[0].content") { _ = try self.lookup("{\"messages\":[\(message)]}") }
        }
        assertProblem(.wrongType, "messages[0].content") {
            _ = try self.lookup(#"{"messages":[{"role":"user","content":5}]}"#)
        }
        assertProblem(.missingField, "messages[0].content[1].type") {
            _ = try self.lookup(#"{"messages":[{"role":"user","content":["x",{}]}]}"#)
        }
        assertProblem(.missingField, "messages[0].content[0].text") {
            _ = try self.lookup(#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#)
        }
        assertProblem(.missingField, "messages[0].tool_calls[0].function.name") {
            _ = try self.lookup(#"{"messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]}"#)
        }
        assertProblem(.malformedJSON, "") { _ = try self.lookup(#"{"prompt":"x","params":{"a":[1,}}"#) }
    }

    private func assertProblem(
        _ code: RequestProblem.Code, _ field: String, line: UInt = #line, _ body: () throws -> Void
    ) {
        XCTAssertThrowsError(try body(), field, line: line) { error in
            XCTAssertEqual((error as? RequestProblem)?.code, code, "\(error)", line: line)
            XCTAssertEqual((error as? RequestProblem)?.field, field, "\(error)", line: line)
        }
    }
}
