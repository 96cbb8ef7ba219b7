import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

/// What every store promises of conversations.
@Suite struct ConversationStoreConformance {
    private func turn(_ text: String, role: String = "user", at: Timestamp) -> ConversationTurn {
        ConversationTurn(message: ChatMessage(role: role, text: text), at: at)
    }

    private func append(
        _ fixture: StoreFixture, _ turns: [ConversationTurn], name: String = "c-42", tenant: String? = nil,
        user: String? = nil, limits: ConversationLimits = ConversationLimits(), lifetime: Double? = 3600
    ) throws -> Conversation? {
        try fixture.conversations.append(
            ConversationAppend(
                key: ConversationKey(namespace: "support", tenant: tenant, name: name), user: user, turns: turns,
                limits: limits, now: fixture.clock.now(),
                expires: lifetime.map { fixture.clock.now().adding(seconds: $0) }))
    }

    private func texts(_ conversation: Conversation?) -> [String] { conversation?.turns.map(\.message.text) ?? [] }

    @Test("A history comes back as it was appended, whatever its turns hold", arguments: StoreKind.available)
    func roundTrip(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let now = fixture.clock.now()
        let messages = [
            ChatMessage(role: "system", text: "Be brief, \u{0} \"quoted\", ü😀, a,b,c"),
            ChatMessage(
                role: "user",
                parts: [
                    .text("what is this?"),
                    .media(kind: "image_url", content: RawJSON(validated: Array("{\"u\":1.50}".utf8))),
                ], name: "ann"),
            ChatMessage(
                role: "assistant",
                parts: [.toolCall(id: "call_1", name: "look", arguments: ["deep": [1, 2.5, nil, true]])]),
            ChatMessage(role: "tool", parts: [.toolResult(id: "call_1", content: [.text("a cat"), .text("")])]),
            ChatMessage(role: "assistant", parts: [.other(RawJSON(validated: Array("{\"refusal\":\"no\"}".utf8)))]),
        ]
        let returned = try append(fixture, messages.map { ConversationTurn(message: $0, at: now) }, user: "u-1")
        let read = try fixture.conversations.conversation(ConversationKey(namespace: "support", name: "c-42"))
        #expect(returned == read)
        #expect(read?.turns.map(\.message) == messages)
        #expect(read?.user == "u-1")
        #expect(read?.sequence == 5)
        #expect(read?.expires == now.adding(seconds: 3600))
    }

    @Test("A hundred appends at once lose none, and each keeps its turns together", arguments: StoreKind.available)
    func concurrentAppends(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let failures = Locked(0)
        let suite = self
        onThreads(10) { thread in
            for round in 0..<10 {
                let now = fixture.clock.now()
                let turns = ["question", "answer"].map { suite.turn("\(thread)/\(round) \($0)", at: now) }
                do { _ = try suite.append(fixture, turns) } catch { failures.withLock { $0 += 1 } }
            }
        }
        #expect(failures.withLock { $0 } == 0)
        let all = texts(try fixture.conversations.conversation(ConversationKey(namespace: "support", name: "c-42")))
        #expect(all.count == 200)
        #expect(Set(all).count == 200)
        for index in stride(from: 0, to: all.count, by: 2) {
            #expect(all[index + 1] == all[index].replacing("question", with: "answer"))
        }
        for thread in 0..<10 {
            let own = all.filter { $0.hasPrefix("\(thread)/") && $0.hasSuffix("question") }
            #expect(own == (0..<10).map { "\(thread)/\($0) question" }, "a caller's own appends keep their order")
        }
    }

    @Test("What is over a limit goes oldest first; the system message stays", arguments: StoreKind.available)
    func limits(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let now = fixture.clock.now()
        let limits = ConversationLimits(messages: 4)
        _ = try append(fixture, [turn("be kind", role: "system", at: now)], limits: limits)
        for number in 1...6 { _ = try append(fixture, [turn("turn \(number)", at: now)], limits: limits) }
        let key = ConversationKey(namespace: "support", name: "c-42")
        #expect(texts(try fixture.conversations.conversation(key)) == ["be kind", "turn 4", "turn 5", "turn 6"])
        // Four bytes a token: "turn n" is two tokens, "be kind" too.
        let tokens = try append(fixture, [], limits: ConversationLimits(tokens: 6))
        #expect(texts(tokens) == ["be kind", "turn 5", "turn 6"])
        #expect(texts(try append(fixture, [], limits: ConversationLimits(messages: 1))) == ["turn 6"])
        let huge = try append(
            fixture, [turn(String(repeating: "x", count: 5000), at: now)], limits: ConversationLimits(bytes: 1000))
        #expect(texts(huge).map(\.count) == [5000], "the newest turn stays, alone")
        #expect(huge?.sequence == 8)
    }

    @Test("Conversations of other tenants, namespaces and names are others", arguments: StoreKind.available)
    func walls(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let now = fixture.clock.now()
        let tenants: [String?] = [nil, "", "acme", "acme/c-42", "="]
        for tenant in tenants { _ = try append(fixture, [turn("of \(tenant ?? "nobody")", at: now)], tenant: tenant) }
        for tenant in tenants {
            let key = ConversationKey(namespace: "support", tenant: tenant, name: "c-42")
            #expect(texts(try fixture.conversations.conversation(key)) == ["of \(tenant ?? "nobody")"])
            let other = ConversationKey(namespace: "other", tenant: tenant, name: "c-42")
            #expect(try fixture.conversations.conversation(other) == nil)
        }
        let gone = ConversationKey(namespace: "support", tenant: "acme", name: "c-42")
        #expect(try fixture.conversations.removeConversation(gone))
        #expect(try !fixture.conversations.removeConversation(gone))
        #expect(try fixture.conversations.conversation(gone) == nil)
        #expect(try fixture.conversations.conversation(ConversationKey(namespace: "support", name: "c-42")) != nil)
    }

    @Test("A conversation ends at its time, and an append prolongs it", arguments: StoreKind.available)
    func expiry(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let key = ConversationKey(namespace: "support", name: "c-42")
        _ = try append(fixture, [turn("one", at: fixture.clock.now())], lifetime: 100)
        fixture.clock.advance(seconds: 90)
        _ = try append(fixture, [turn("two", at: fixture.clock.now())], lifetime: 100)
        fixture.clock.advance(seconds: 90)
        #expect(texts(try fixture.conversations.conversation(key)) == ["one", "two"])
        fixture.clock.advance(seconds: 10)
        #expect(try fixture.conversations.conversation(key) == nil)
        if !kind.isRedis {
            #expect(try fixture.conversations.removeExpiredConversations(now: fixture.clock.now()) == 1)
        }
    }

    @Test("A user's conversations are listed, the latest first", arguments: StoreKind.available)
    func list(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        for name in ["a", "b", "c"] {
            _ = try append(fixture, [turn("x", at: fixture.clock.now())], name: name, user: "u-1")
            fixture.clock.advance(seconds: 1)
        }
        _ = try append(fixture, [turn("x", at: fixture.clock.now())], name: "d", user: "u-2")
        _ = try append(fixture, [turn("x", at: fixture.clock.now())], name: "a", user: "u-1")
        _ = try fixture.conversations.removeConversation(ConversationKey(namespace: "support", name: "b"))
        func names(_ limit: Int) throws -> [String] {
            try fixture.conversations.conversations(ofUser: "u-1", namespace: "support", tenant: nil, limit: limit)
                .map(\.name)
        }
        #expect(try names(10) == ["a", "c"])
        #expect(try names(1) == ["a"])
        #expect(try names(0) == [])
    }
}
