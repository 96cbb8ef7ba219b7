import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What a chat gateway gets that leaves its history here.
struct ConversationTests {
    private func fixture(_ change: (inout NamespacePolicy) -> Void = { _ in }) throws -> EngineFixture {
        let clock = TestClock()
        let store = try SQLiteStore(.memory, clock: clock)
        var policy = NamespacePolicy()
        change(&policy)
        return try EngineFixture(policies: PolicyTable(fallback: policy), store: store) { $0.conversations = store }
    }

    private func request(_ prompt: String, in conversation: String?, append: Bool = true) -> CacheRequest {
        var request = CacheRequest(prompt: prompt)
        request.conversation = conversation
        request.appendsToConversation = append && conversation != nil
        return request
    }

    private func texts(_ cache: EngineFixture, _ name: String) -> [String] {
        let key = ConversationKey(namespace: "default", name: name)
        return (try? cache.engine.conversations?.conversation(key).finish().get())?.turns.map(\.message.text) ?? []
    }

    @Test func theFirstTurnOfEveryConversationIsShared() throws {
        let cache = try fixture()
        cache.store("what do you cost", "nothing")
        let reply = cache.lookup(request("what do you cost", in: "c-1"))
        #expect(reply.status == .hit)
        #expect(reply.isAppended == true)
        #expect(texts(cache, "c-1") == ["what do you cost", "nothing"])
    }

    @Test func aLaterTurnIsSharedByEqualHistoriesOnly() throws {
        let cache = try fixture()
        for (name, first) in [("c-1", "tell me of cats"), ("c-2", "tell me of dogs"), ("c-3", "tell me of cats")] {
            cache.store(request(first, in: name), .string(first + "!"))
        }
        cache.store(request("how long do they live", in: "c-1"), "fifteen years")
        #expect(cache.lookup(request("how long do they live", in: "c-2")).status == .miss)
        let shared = cache.lookup(request("how long do they live", in: "c-3"))
        #expect(shared.response == RawJSON("fifteen years"))
        #expect(cache.lookup("how long do they live").status == .miss, "without any history it is another question")
    }

    @Test func aStoredHistoryAndASentOneAreTheSame() throws {
        let cache = try fixture()
        cache.store(request("tell me of cats", in: "c-1"), ["role": "assistant", "content": "cats!"])
        cache.store(request("how long do they live", in: "c-1", append: false), "fifteen years")
        let sent = CacheRequest(
            input: .messages([
                ChatMessage(role: "user", text: "tell me of cats"), ChatMessage(role: "assistant", text: "cats!"),
                ChatMessage(role: "user", text: "how long do they live"),
            ]))
        #expect(cache.lookup(sent).response == RawJSON("fifteen years"))
        var both = sent
        both.conversation = "c-1"
        #expect(cache.lookup(both).status == .hit, "a history that is sent is not added to the stored one")
    }

    /// The exchange is added once, with the fresh answer, and that one is stored where the stale one lay.
    @Test func whoRefreshesAStaleAnswerAddsTheFreshOne() throws {
        let cache = try fixture { ($0.ttl, $0.staleTTL) = (100, 50) }
        cache.store("what do you cost", "nothing")
        cache.clock.advance(seconds: 110)
        let stale = cache.lookup(request("what do you cost", in: "c-1"))
        let token = try #require(stale.lease?.token)
        #expect(stale.status == .stale && stale.isAppended == nil && texts(cache, "c-1").isEmpty)
        let other = cache.lookup(request("what do you cost", in: "c-2"))
        #expect(other.status == .stale && other.lease == nil && other.isAppended == true)
        cache.store(request("what do you cost", in: "c-1"), "a coffee") { $0.lease = token }
        #expect(texts(cache, "c-1") == ["what do you cost", "a coffee"])
        #expect(cache.lookup("what do you cost").response == RawJSON("a coffee"))
    }

    @Test func picturesCountInWhatIsHeldInMemory() {
        let memory = RecentConversations(byteCapacity: 1 << 20)
        let key = ConversationKey(namespace: "default", name: "c")
        let picture = RawJSON(.string(String(repeating: "A", count: 600_000)))
        let turn = ChatMessage(role: "user", parts: [.media(kind: "image", content: picture)])
        let conversation = Conversation(
            key: key, user: nil, turns: [ConversationTurn(message: turn, at: Timestamp(milliseconds: 0))], sequence: 1,
            created: Timestamp(milliseconds: 0), updated: Timestamp(milliseconds: 0), expires: nil)
        #expect(!memory.keep(conversation, key, memory.ticket(for: key)), "a quarter of the bound is the most for one")
    }

    @Test func missesAppendNothingAndStoresDo() throws {
        let cache = try fixture()
        #expect(cache.lookup(request("tell me of cats", in: "c-1")).isAppended == nil)
        #expect(texts(cache, "c-1").isEmpty)
        cache.store(request("tell me of cats", in: "c-1"), "cats!")
        #expect(texts(cache, "c-1") == ["tell me of cats", "cats!"])
        cache.store(request("and dogs", in: "c-1"), "dogs!") { $0.statusCode = 500 }
        #expect(texts(cache, "c-1").count == 2, "a failed call is no turn")
        cache.store(request("and dogs", in: "c-1"), "dogs!") { $0.request.controls.noStore = true }
        #expect(texts(cache, "c-1").count == 4, "what is not cached was said all the same")
    }

    @Test func theSystemPromptIsKeptOnceAndItsOwnReplacesIt() throws {
        let cache = try fixture()
        func turn(_ text: String, system: String?) -> CacheRequest {
            var messages = [ChatMessage(role: "user", text: text)]
            if let system { messages.insert(ChatMessage(role: "system", text: system), at: 0) }
            var request = CacheRequest(input: .messages(messages))
            request.conversation = "c-1"
            request.appendsToConversation = true
            return request
        }
        cache.store(turn("one", system: "be brief"), "1")
        cache.store(turn("two", system: "be brief"), "2")
        #expect(texts(cache, "c-1") == ["be brief", "one", "1", "two", "2"])
        var three = turn("three", system: nil)
        three.appendsToConversation = false
        cache.store(three, "3")
        three = turn("three", system: "be brief")
        three.appendsToConversation = false
        #expect(cache.lookup(three).response == RawJSON("3"))
        three = turn("three", system: "be rude")
        three.appendsToConversation = false
        #expect(cache.lookup(three).status == .miss)
    }

    @Test func conversationsEndAfterTwiceTheNamespacesTTL() throws {
        let cache = try fixture { $0.ttl = 60 }
        cache.store(request("tell me of cats", in: "c-1"), "cats!")
        cache.clock.advance(seconds: 119)
        #expect(texts(cache, "c-1").count == 2)
    }

    @Test func recentHistoriesAreAnsweredFromMemory() throws {
        let cache = try fixture()
        cache.store(request("tell me of cats", in: "c-1"), "cats!")
        cache.store(request("how long do they live", in: "c-1", append: false), "fifteen years")
        guard case .done(let reply) = cache.engine.lookup(request("how long do they live", in: "c-1", append: false))
        else {
            Issue.record("the lookup went to a worker")
            return
        }
        #expect(reply.status == .hit)
    }

    @Test func aChangeThroughTheServiceIsSeenAtOnce() throws {
        let cache = try fixture()
        let book = try #require(cache.engine.conversations)
        let key = ConversationKey(namespace: "default", name: "c-1")
        cache.store(request("how long do they live", in: "c-1", append: false), "who")
        #expect(cache.lookup(request("how long do they live", in: "c-1", append: false)).status == .hit)
        _ = try book.append([ChatMessage(role: "user", text: "tell me of cats")], to: key, user: nil).finish().get()
        #expect(cache.lookup(request("how long do they live", in: "c-1", append: false)).status == .miss)
        #expect(try book.remove(key).finish().get())
        #expect(cache.lookup(request("how long do they live", in: "c-1", append: false)).status == .hit)
    }

    @Test func whileTheHistoryIsOutOfReachNothingIsServed() throws {
        let cache = try fixture()
        cache.store("what do you cost", "nothing")
        cache.store.close()
        #expect(cache.lookup(request("what do you cost", in: "c-1")).reason == .degraded)
        var store = StoreRequest(request: request("what do you cost", in: "c-1"), response: RawJSON("x"))
        store.statusCode = 200
        #expect(cache.engine.store(store).finish() == .refused(.degraded))
    }

    @Test func aHugeAppendIsRefusedByItsLimit() throws {
        let cache = try fixture { $0.conversationLimits.bytes = 2000 }
        let book = try #require(cache.engine.conversations)
        let long = ChatMessage(role: "user", text: String(repeating: "long ", count: 500))
        let result = book.append([long], to: ConversationKey(namespace: "default", name: "c"), user: nil).finish()
        guard case .failure(let problem) = result else {
            Issue.record("it was taken")
            return
        }
        #expect(problem.code == .tooLarge)
        #expect(problem.field == "messages")
    }

    @Test func concurrentTurnsOfOneConversationAreAllRemembered() throws {
        let cache = try fixture()
        let (engine, book) = (cache.engine, try #require(cache.engine.conversations))
        let key = ConversationKey(namespace: "default", name: "c-1")
        onThreads(8) { thread in
            for round in 0..<12 {
                _ = book.append([ChatMessage(role: "user", text: "\(thread)/\(round)")], to: key, user: nil).finish()
                var request = CacheRequest(prompt: "anything new")
                request.conversation = "c-1"
                _ = engine.lookup(request).finish()
            }
        }
        #expect(Set(texts(cache, "c-1")).count == 96)
        var last = CacheRequest(prompt: "anything new")
        last.conversation = "c-1"
        let history = engine.continuedFromMemory(last)?.request.input
        if case .messages(let messages, _)? = history { #expect(messages.count == 97) }
    }
}
