import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// What the engine tells of, and what it never does.
struct EventTests {
    private func events(_ cache: EngineFixture) -> [CacheEvent] {
        cache.engine.hub.read(after: 0, limit: 1000).events
    }

    @Test func everyAnswerStoreAndEndIsToldOnceWithoutTexts() throws {
        let cache = try EngineFixture()
        _ = cache.lookup("secret question")
        cache.store("secret question", "secret answer")
        let hit = cache.lookup("secret question")
        cache.store(CacheRequest(prompt: "broken")) { $0.statusCode = 500 }
        _ = try cache.engine.delete(try #require(hit.entryID)).finish().get()
        cache.store("secret question", "secret answer")
        cache.clock.advance(seconds: 90_000)
        _ = cache.lookup("secret question")
        let told = events(cache)
        #expect(told.map(\.kind) == [.miss, .store, .hit, .store, .delete, .store, .expire, .miss])
        #expect(told.map(\.detail) == ["empty", "stored", "exact", "error_status", nil, "stored", nil, "expired"])
        #expect(told[2].entryID == hit.entryID && told[4].entryID == hit.entryID)
        #expect(told.allSatisfy { !String(describing: $0).contains("secret") && $0.namespace == "default" })
    }

    @Test func promptsAreToldOnlyWhereTheNamespaceAllowsIt() throws {
        var policy = NamespacePolicy()
        policy.showsText = true
        let cache = try EngineFixture(policies: PolicyTable(named: ["open": policy]))
        _ = cache.lookup(CacheRequest(namespace: "open", input: .prompt("question")))
        _ = cache.lookup("question")
        #expect(events(cache).map(\.prompt) == ["question", nil])
    }

    @Test func manyRemovalsOfATenantAreOneEventAndNoTenantHearsOfAnother() throws {
        let cache = try EngineFixture()
        for (tenant, count) in [("acme", 3), ("umbrella", 1)] {
            for number in 0..<count {
                var request = CacheRequest(prompt: "question \(number)")
                request.tenant = tenant
                cache.store(request)
            }
        }
        let before = events(cache).count
        var all = InvalidationRequest()
        all.namespace = "default"
        _ = cache.engine.invalidate(all).finish()
        let told = events(cache).dropFirst(before).sorted { ($0.tenant ?? "") < ($1.tenant ?? "") }
        #expect(told.map(\.tenant) == ["acme", "umbrella"])
        #expect(told.map(\.count) == [3, nil])
    }

    @Test func failuresOfTheStoreAreTold() throws {
        let cache = try EngineFixture()
        cache.store.close()
        cache.store("question")
        #expect(events(cache).contains { $0.kind == .error && $0.detail == "closed" })
    }
}
