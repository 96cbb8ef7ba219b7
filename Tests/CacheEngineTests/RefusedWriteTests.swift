import CacheModel
import Platform
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What was removed while the store took no writes must not come back, with the next process neither.
struct RefusedWriteTests {
    private let store: RefusingStore
    private let cache: EngineFixture

    init() throws {
        store = RefusingStore(try SQLiteStore(.memory))
        cache = try EngineFixture(store: store)
    }

    /// Lets the store take writes again and the engine write what waits.
    private func recover() {
        store.refusal.withLock { $0 = nil }
        cache.clock.advance(seconds: 60)
        cache.engine.tendStore()
        #expect(cache.engine.statistics().pendingWrites == 0)
    }

    private func invalidate(tag: String) {
        var request = InvalidationRequest()
        request.tags = [tag]
        _ = cache.engine.invalidate(request).finish()
    }

    @Test(arguments: [StoreError.Code.full, .unavailable, .timeout, .readOnly, .failed])
    func aRemovalIsNeverForgotten(_ code: StoreError.Code) throws {
        cache.store(CacheRequest(prompt: "the prompt")) { $0.tags = ["x"] }
        store.refusal.withLock { $0 = code }
        invalidate(tag: "x")
        #expect(cache.lookup("the prompt").status == .miss)
        recover()
        #expect(try store.statistics().entries == 0)
    }

    @Test func lookingThroughTheStoreDoesNotBringBackWhatAWaitingAnswerHasReplaced() throws {
        cache.store(CacheRequest(prompt: "the prompt"), "first")
        store.refusal.withLock { $0 = .full }
        cache.store(CacheRequest(prompt: "the prompt"), "second")
        try cache.engine.rebuild()
        #expect(cache.lookup("the prompt").response?.text == #""second""#)
        recover()
        #expect(cache.lookup("the prompt").response?.text == #""second""#)
    }

    /// Stored under a clock that was an hour ahead, which has been set back since.
    @Test func lookingThroughTheStoreDoesNotBringBackWhatWasReplacedMeanwhileByALesserTime() throws {
        cache.store(CacheRequest(prompt: "the prompt")) { $0.tags = ["x"] }
        nonisolated(unsafe) let next = try EngineFixture(store: store)
        next.clock.advance(seconds: -3600)
        store.beforeScanned.withLock {
            $0 = { next.store(CacheRequest(prompt: "the prompt"), "second") { $0.tags = ["x"] } }
        }
        try next.engine.rebuild()
        var request = InvalidationRequest()
        request.tags = ["x"]
        _ = next.engine.invalidate(request).finish()
        #expect(next.lookup("the prompt").status == .miss)
        #expect(try store.statistics().entries == 0)
    }

    /// The thread that looks after the store must not take away what another is removing: who asked would read that nothing
    /// was removed.
    @Test func whatIsRemovedIsCountedToWhoAskedForIt() throws {
        cache.store(CacheRequest(prompt: "the prompt")) { $0.tags = ["x"] }
        nonisolated(unsafe) let cache = cache
        store.beforeRemoved.withLock { $0 = { cache.engine.tendStore() } }
        var request = InvalidationRequest()
        request.tags = ["x"]
        let reply = cache.engine.invalidate(request).finish()
        #expect(reply.matched == 1)
        #expect(reply.removed == 1)
        #expect(try store.statistics().entries == 0)
    }

    /// The answer that waits is never served, but it takes the place of the one before it, which the store still holds.
    @Test func anAnswerThatWasReplacedAndThenRemovedDoesNotComeBack() throws {
        cache.store(CacheRequest(prompt: "the prompt"), "first") { $0.tags = ["x"] }
        store.refusal.withLock { $0 = .full }
        cache.store(CacheRequest(prompt: "the prompt"), "second") { $0.tags = ["x"] }
        #expect(cache.lookup("the prompt").response?.text == #""second""#)
        invalidate(tag: "x")
        #expect(cache.lookup("the prompt").status == .miss)
        recover()
        #expect(try store.statistics().entries == 0)
        let next = try EngineFixture(store: store)
        try next.engine.rebuild()
        #expect(next.lookup("the prompt").status == .miss)
    }
}

/// A store that takes no writes while `refusal` says so, and does `beforeScanned` between reading headers and telling them,
/// `beforeRemoved` once before it removes entries.
private final class RefusingStore: EntryStore {
    let refusal = Locked<StoreError.Code?>(nil)
    let beforeScanned = Locked<(@Sendable () -> Void)?>(nil)
    let beforeRemoved = Locked<(@Sendable () -> Void)?>(nil)
    private let inner: any EntryStore

    init(_ inner: any EntryStore) { self.inner = inner }

    var location: String { inner.location }
    var isShared: Bool { inner.isShared }

    private func refuse() throws(StoreError) {
        if let code = refusal.withLock({ $0 }) { throw StoreError(code, "refused") }
    }

    func put(_ entry: CacheEntry) throws(StoreError) {
        try refuse()
        try inner.put(entry)
    }

    func put(_ entries: [CacheEntry]) throws(StoreError) {
        try refuse()
        try inner.put(entries)
    }

    func remove(_ references: [EntryReference]) throws(StoreError) -> Int {
        let act = beforeRemoved.withLock { action in
            defer { action = nil }
            return action
        }
        act?()
        try refuse()
        return try inner.remove(references)
    }

    func removeExpired(now: Timestamp) throws(StoreError) -> Int {
        try refuse()
        return try inner.removeExpired(now: now)
    }

    func check() throws(StoreError) {
        try refuse()
        try inner.check()
    }

    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? { try inner.entry(reference) }

    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        try inner.entry(exactKey: exactKey, scope: scope, namespace: namespace)
    }

    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        var batches: [[EntryHeader]] = []
        try inner.scanHeaders(batchSize: batchSize) { headers in
            batches.append(headers)
            return true
        }
        beforeScanned.withLock { $0 }?()
        for batch in batches where !body(batch) { return }
    }

    func statistics() throws(StoreError) -> StoreStatistics { try inner.statistics() }
    func close() { inner.close() }
}
