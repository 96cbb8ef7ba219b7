import CacheModel
import Foundation
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// Invalidation, deletion, and life after a restart.
struct RemovalAndRebuildTests {
    static let conditions: [(String, @Sendable (inout InvalidationRequest) -> Void)] = [
        ("namespace", { $0.namespace = "n" }), ("model", { $0.model = "m" }), ("user", { $0.user = "u" }),
        ("tenant", { $0.tenant = "t" }), ("tags", { $0.tags = ["x", "other"] }),
        ("prompt", { $0.prompt = "THE  prompt" }),
    ]

    func filled() throws -> EngineFixture {
        let cache = try EngineFixture()
        var request = CacheRequest(namespace: "n", input: .prompt("the prompt"))
        (request.model, request.user, request.tenant) = ("m", "u", "t")
        cache.store(request) { $0.tags = ["x", "y"] }
        cache.store("something else")
        return cache
    }

    @Test(arguments: conditions)
    func invalidatesWhatMeetsTheConditionAndNothingElse(
        _ name: String, _ change: @Sendable (inout InvalidationRequest) -> Void
    ) throws {
        let cache = try filled()
        var request = InvalidationRequest()
        change(&request)
        request.dryRun = true
        let dry = cache.engine.invalidate(request).finish()
        #expect(dry.matched == 1 && dry.removed == 0 && dry.sample.count == 1, "\(name)")
        #expect(cache.engine.statistics().entries == 2)
        request.dryRun = false
        let reply = cache.engine.invalidate(request).finish()
        #expect(reply.matched == 1 && reply.removed == 1)
        #expect(cache.lookup("something else").status == .hit)
        #expect(try cache.store.statistics().entries == 1)
    }

    /// What folding drops is part of such a prompt, for its entry's name as for the condition; after a restart too, when
    /// the name is made from what the store has.
    @Test(arguments: [false, true])
    func aPromptWithInvisibleCharactersIsFoundByItself(_ isRestarted: Bool) throws {
        let prompt = "How do I reset my pass\u{00AD}word?"
        let first = try EngineFixture()
        first.store(prompt)
        let cache = try isRestarted ? EngineFixture(store: first.store) : first
        if isRestarted { try cache.engine.rebuild() }
        #expect(cache.lookup(prompt).hitType == .exact)
        var request = InvalidationRequest()
        // Such a prompt is matched as given: folded it is another.
        request.prompt = prompt.lowercased()
        #expect(cache.engine.invalidate(request).finish().matched == 0)
        request.prompt = prompt
        let reply = cache.engine.invalidate(request).finish()
        #expect(reply.matched == 1 && reply.removed == 1)
        #expect(cache.lookup(prompt).status == .miss)
        // An answer that was asked for before is held against it, too.
        let late = cache.store(CacheRequest(prompt: prompt)) { $0.latencyMilliseconds = 1000 }
        #expect(late == .refused(.epoch))
    }

    @Test func conditionsMustAllHold() throws {
        let cache = try filled()
        var request = InvalidationRequest()
        request.model = "m"
        request.user = "somebody else"
        #expect(cache.engine.invalidate(request).finish().matched == 0)
    }

    /// The directory is held while its records are looked through: its prompt is not folded for each of them.
    @Test func aConditionIsFoldedOnceHoweverManyEntriesThereAre() throws {
        let folds = Locked(0)
        let cache = try EngineFixture { $0.normalizer = CountingNormalizer(folds: folds) }
        for number in 0..<50 { cache.store("entry \(number)") }
        var request = InvalidationRequest()
        request.prompt = "Entry  7"
        folds.withLock { $0 = 0 }
        #expect(cache.engine.invalidate(request).finish().matched == 1)
        let count = folds.withLock { $0 }
        #expect(count == 1)
    }

    @Test func invalidatesByAge() throws {
        let cache = try filled()
        cache.clock.advance(seconds: 100)
        cache.store("younger")
        var request = InvalidationRequest()
        request.olderThan = 50
        #expect(cache.engine.invalidate(request).finish().removed == 2)
        #expect(cache.lookup("younger").status == .hit)
    }

    @Test func deletesOneEntry() throws {
        let cache = try EngineFixture()
        guard case .stored(let id) = cache.store("hello world") else { return #expect(Bool(false)) }
        #expect(try cache.engine.entry(id).finish().get()?.header.prompt == "hello world")
        #expect(try cache.engine.delete(id).finish().get())
        #expect(try !cache.engine.delete(id).finish().get())
        #expect(try cache.engine.entry(id).finish().get() == nil)
        #expect(cache.lookup("hello world").status == .miss)
    }

    @Test func everythingIsThereAgainAfterARestart() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("deja.db")
        do {
            let cache = try EngineFixture(store: try SQLiteStore(.file(path)))
            cache.store("alpha beta gamma", "kept")
            cache.store.close()
        }
        let cache = try EngineFixture(store: try SQLiteStore(.file(path)))
        #expect(!cache.engine.readiness().isIndexBuilt)
        var counts: [Int] = []
        try cache.engine.rebuild { counts.append($0) }
        #expect(counts.last == 1)
        #expect(cache.engine.readiness().isIndexBuilt)
        #expect(cache.lookup("alpha beta gamma").hitType == .exact)
        #expect(cache.lookup("gamma beta alpha").response == RawJSON("kept"))
    }

    @Test func anotherEmbedderKeepsExactAndSemanticHits() throws {
        let store = try SQLiteStore(.memory)
        try EngineFixture(store: store).store("alpha beta gamma")
        let cache = try EngineFixture(store: store) { $0.embedder = WordEmbedder(identifier: "words@2") }
        try cache.engine.rebuild()
        #expect(cache.lookup("alpha beta gamma").hitType == .exact)
        #expect(cache.lookup("gamma beta alpha").hitType == .semantic)
    }

    @Test func theSweepRemovesWhatHasExpired() throws {
        let cache = try EngineFixture()
        var request = CacheRequest(prompt: "short")
        request.controls.ttl = 10
        cache.store(request)
        cache.store("long")
        cache.clock.advance(seconds: 11)
        #expect(cache.engine.removeExpired() == 1)
        #expect(cache.engine.statistics().entries == 1)
        #expect(try cache.store.statistics().entries == 1)
    }

    /// A clock that was set back makes what was stored before look newer than what happens now.
    @Test(arguments: [false, true])
    func whatWasStoredBeforeTheClockWasSetBackIsInvalidated(_ isFound: Bool) throws {
        let old = try EngineFixture()
        old.clock.advance(seconds: 3600)
        old.store(CacheRequest(prompt: "the prompt")) { $0.tags = ["x"] }
        // The next process has not read the store when it is asked to invalidate.
        let cache = try EngineFixture(store: old.store)
        if isFound { try cache.engine.rebuild() }
        var request = InvalidationRequest()
        request.tags = ["x"]
        _ = cache.engine.invalidate(request).finish()
        if !isFound { try cache.engine.rebuild() }
        #expect(cache.lookup("the prompt").status == .miss)
        cache.engine.tendStore()
        #expect(try old.store.statistics().entries == 0, "nor does it come back with the next process")
        cache.store(CacheRequest(prompt: "the prompt")) { $0.tags = ["x"] }
        #expect(cache.lookup("the prompt").status == .hit)
    }
}

/// Says how many texts it has folded.
private struct CountingNormalizer: TextNormalizer {
    let identifier = "lowercase"
    let folds: Locked<Int>

    func fold(_ text: String) -> String {
        folds.withLock { $0 += 1 }
        return LowercaseNormalizer().fold(text)
    }
}
