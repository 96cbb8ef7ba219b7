import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What the gateway gets when the store fails, and when many clients come at once.
struct FailureTests {
    @Test func aDeadStoreMakesLookupsMissAndStoresRefuse() throws {
        let cache = try EngineFixture(memoryBytes: 0)
        cache.store("hello world")
        cache.store.close()
        #expect(cache.lookup("hello world").reason == .degraded)
        #expect(cache.store("another") == .refused(.degraded))
        #expect(!cache.engine.readiness().isStoreReachable)
        #expect(cache.engine.statistics().storeErrors >= 2)
    }

    @Test func memoryGoesOnServingWhenTheStoreIsDead() throws {
        let cache = try EngineFixture()
        cache.store("hello world")
        cache.store.close()
        #expect(cache.lookup("hello world").status == .hit)
        #expect(cache.lookup("world hello").status == .hit)
    }

    @Test func anEntryThatTheStoreLostIsAMissAndLeavesTheIndex() throws {
        let cache = try EngineFixture(memoryBytes: 0)
        guard case .stored(let id) = cache.store("hello world") else { return #expect(Bool(false)) }
        let record = try #require(cache.engine.directory.record(id))
        try cache.store.remove([record.reference])
        #expect(cache.lookup("hello world").status == .miss)
        #expect(cache.engine.statistics().entries == 0)
    }

    @Test func aReplacementBehindTheCachesBackIsServed() throws {
        let store = try SQLiteStore(.memory)
        let cache = try EngineFixture(store: store, memoryBytes: 0)
        let other = try EngineFixture(store: store) { $0.random = { 99 } }
        cache.store("hello world", "mine")
        other.store("hello world", "theirs")
        #expect(cache.lookup("hello world").response == RawJSON("theirs"))
    }

    @Test func manyClientsAtOnceSeeOnlyAnswersThatWereStored() async throws {
        let cache = try EngineFixture()
        let engine = cache.engine
        await withTaskGroup(of: Int.self) { group in
            for client in 0..<8 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(client))
                    var wrong = 0
                    for _ in 0..<300 {
                        let number = Int.random(in: 0..<50, using: &random)
                        let request = CacheRequest(prompt: "question number \(number)")
                        switch Int.random(in: 0..<10, using: &random) {
                        case 0..<3:
                            _ = engine.store(StoreRequest(request: request, response: RawJSON(.integer(Int64(number)))))
                                .finish()
                        case 3:
                            var removal = InvalidationRequest()
                            removal.prompt = "question number \(number)"
                            _ = engine.invalidate(removal).finish()
                        default:
                            let reply = engine.lookup(request).finish()
                            if let response = reply.response, response != RawJSON(.integer(Int64(number))) {
                                wrong += 1
                            }
                        }
                    }
                    return wrong
                }
            }
            for await wrong in group { #expect(wrong == 0) }
        }
        let statistics = engine.statistics()
        #expect(statistics.entries <= 50)
        #expect(try cache.store.statistics().entries == statistics.entries)
    }

    /// Scopes are a wall: whatever differs beside the text, no answer crosses.
    @Test func randomRequestsNeverGetAnAnswerOfAnotherScope() throws {
        let cache = try EngineFixture()
        var random = SeededRandom(seed: 11)
        var owners: [String: CacheRequest] = [:]
        for number in 0..<2_000 {
            let request = RandomRequests.make(&random)
            if number.isMultiple(of: 2) {
                cache.store(request, .string("\(number)"))
                owners["\"\(number)\""] = request
            } else if let response = cache.lookup(request).response {
                let owner = try #require(owners[response.text])
                let keys = cache.engine.keyMaker
                #expect(
                    keys.keys(of: owner, policy: NamespacePolicy()).scope
                        == keys.keys(of: request, policy: NamespacePolicy()).scope)
            }
        }
        #expect(cache.engine.statistics().hits > 0)
    }
}
