import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import Testing

@testable import CacheEngine

/// What waits for Redis when the process ends.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct WaitingWritesTests {
    let redis: PrivateRedis
    let folder: TemporaryFolder

    init() throws {
        redis = try PrivateRedis()
        folder = try TemporaryFolder()
    }

    /// A node that keeps what waits in `folder`.
    private func node(_ seed: UInt64, keepsWrites: Bool = true, snapshot: SnapshotFile? = nil) throws -> EngineFixture {
        var configuration = RedisConfiguration(.unix(path: redis.socketPath))
        configuration.timeout = 0.5
        let store = RedisStore(configuration)
        let random = Locked(SeededRandom(seed: seed))
        let spool = keepsWrites ? try MappedSpool(folder: folder.path, segmentBytes: 1 << 20) : nil
        let node = try EngineFixture(store: store) {
            $0.random = { random.withLock { $0.next() } }
            ($0.changes, $0.epochs) = (store, store)
            $0.writeSpool = spool
            $0.snapshot = snapshot
        }
        node.clock.advance(seconds: SystemClock().now().seconds(since: node.clock.now()))
        return node
    }

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    private func recover(_ node: EngineFixture) {
        node.clock.advance(seconds: 15)
        for _ in 0..<3 { node.engine.tendStore() }
        #expect(node.engine.statistics().pendingWrites == 0)
    }

    @Test func waitingStoresAndDeletionsOutliveTheProcess() throws {
        do {
            let first = try node(1)
            first.store("to be deleted")
            redis.pause()
            first.store("hello world", "old")
            first.store("hello world", "new")
            first.store(CacheRequest(prompt: "tagged"), "kept") { $0.tags = ["a", "b"] }
            var removal = InvalidationRequest()
            removal.prompt = "to be deleted"
            #expect(first.engine.invalidate(removal).finish().matched == 1)
            #expect(!files.isEmpty)
        }
        // The process is gone, and Redis still away.
        let second = try node(2)
        #expect(try second.engine.recoverWrites() == 5)
        #expect(second.lookup("hello world").response == RawJSON("new"))
        redis.resume()
        recover(second)
        let other = try node(3, keepsWrites: false)
        #expect(other.lookup("hello world").response == RawJSON("new"))
        #expect(other.lookup("tagged").response == RawJSON("kept"))
        #expect(other.lookup("to be deleted").status == .miss)
        // Nothing is left to be written a second time.
        #expect(files == [])
        #expect(try node(4).engine.recoverWrites() == 0)
    }

    @Test func theirOrderIsKeptWhenTheClockIsSetBackAmongThem() throws {
        do {
            let first = try node(1)
            redis.pause()
            first.clock.advance(seconds: 3600)
            first.store("hello world", "old")
            first.clock.advance(seconds: -3600)
            first.store("hello world", "new")
        }
        do {
            let second = try node(2)
            #expect(try second.engine.recoverWrites() == 2)
            #expect(second.lookup("hello world").response == RawJSON("new"))
            second.store("hello world", "newest")
        }
        let third = try node(3)
        #expect(try third.engine.recoverWrites() == 3)
        #expect(third.lookup("hello world").response == RawJSON("newest"))
    }

    @Test func aStoreThatWasInvalidatedMeanwhileIsNotWritten() throws {
        do {
            let first = try node(1)
            redis.pause()
            first.store(CacheRequest(prompt: "outdated")) { $0.tags = ["t"] }
            first.store(CacheRequest(prompt: "still right")) { $0.tags = ["u"] }
        }
        redis.resume()
        let other = try node(2, keepsWrites: false)
        var request = InvalidationRequest()
        request.tags = ["t"]
        _ = other.engine.invalidate(request).finish()
        let second = try node(3)
        #expect(try second.engine.recoverWrites() == 2)
        recover(second)
        let last = try node(4, keepsWrites: false)
        #expect(last.lookup("outdated").status == .miss)
        #expect(second.lookup("outdated").status == .miss)
        #expect(last.lookup("still right").status == .hit)
    }

    @Test func aStoreThatWasDoneAndDeletedMeanwhileDoesNotComeBack() throws {
        var id: EntryID?
        do {
            let first = try node(1)
            redis.pause()
            if case .stored(let name) = first.store("done already") { id = name }
            redis.resume()
            // Written, but the process dies before it has noted that.
            first.clock.advance(seconds: 15)
            _ = first.engine.store.tend()
        }
        let other = try node(2, keepsWrites: false)
        try other.engine.rebuild()
        #expect(try other.engine.delete(try #require(id)).finish().get())
        other.store("replaced since", "newer")
        let second = try node(3)
        #expect(try second.engine.recoverWrites() == 1)
        recover(second)
        #expect(try node(4, keepsWrites: false).lookup("done already").status == .miss)
    }

    @Test func aNewerAnswerIsNotReplacedByOneThatHasWaited() throws {
        do {
            let first = try node(1)
            redis.pause()
            first.store("hello world", "older")
        }
        redis.resume()
        let other = try node(2, keepsWrites: false)
        other.clock.advance(seconds: 1)
        other.store("hello world", "newer")
        let second = try node(3)
        _ = try second.engine.recoverWrites()
        #expect(second.lookup("hello world").response == RawJSON("older"))
        recover(second)
        #expect(try node(4, keepsWrites: false).lookup("hello world").response == RawJSON("newer"))
        #expect(second.lookup("hello world").response == RawJSON("newer"), "nor is it served from memory any more")
    }

    @Test func whatWasWrittenBeforeTheJournalWasForgottenIsNotOutdone() throws {
        do {
            let first = try node(1)
            redis.pause()
            while first.engine.store.isAnswering { _ = first.lookup("away") }
            first.store("hello world", "older")
            first.store("bye", "older")
            redis.resume()
            first.clock.advance(seconds: 15)
            #expect(first.engine.store.tend())
            // Nothing waits any more, and these do not; then the process dies.
            first.store("hello world", "newer")
            var request = InvalidationRequest()
            request.prompt = "bye"
            #expect(first.engine.invalidate(request).finish().removed == 1)
        }
        redis.pause()
        let second = try node(2)
        _ = try second.engine.recoverWrites()
        #expect(second.lookup("hello world").response == RawJSON("newer"))
        #expect(second.lookup("bye").status == .miss)
        redis.resume()
    }

    @Test func whatTheSnapshotAndTheJournalBothHoldIsStillFoundAfterAStart() throws {
        let elsewhere = try TemporaryFolder()
        let snapshot = SnapshotFile(path: elsewhere.file("index"))
        do {
            let first = try node(1, snapshot: snapshot)
            try first.engine.rebuild()
            for number in 0..<10 { first.store("question number \(number)") }
            redis.pause()
            while first.engine.store.isAnswering { _ = first.lookup("away") }
            first.store("hello world", "waited")
            redis.resume()
            first.clock.advance(seconds: 15)
            #expect(first.engine.store.tend())
            first.store("bye", "did not wait")
            #expect(try first.engine.saveSnapshot())
        }
        let second = try node(2, snapshot: snapshot)
        #expect(try second.engine.loadSnapshot() == 12)
        #expect(try second.engine.recoverWrites() == 2)
        second.engine.tendStore()
        try second.engine.rebuild()
        #expect(second.lookup("hello world").response == RawJSON("waited"))
        #expect(second.lookup("bye").response == RawJSON("did not wait"))
        #expect(second.engine.statistics().entries == 12)
    }

    /// The answer that waits is not written, but the one that it has replaced goes all the same.
    @Test(arguments: [false, true])
    func anAnswerWhoseReplacementWasDeletedDoesNotComeBack(_ dies: Bool) throws {
        func spoil() throws -> EngineFixture {
            let first = try node(1)
            first.store("hello world", "first")
            redis.pause()
            // Left alone by now: otherwise Redis would find the store among what was sent while it stood still.
            while first.engine.store.isAnswering { _ = first.lookup("away") }
            guard case .stored(let id) = first.store("hello world", "second") else { throw Unexpected() }
            #expect(try first.engine.delete(id).finish().get())
            #expect(first.lookup("hello world").status == .miss)
            redis.resume()
            return first
        }
        if dies {
            do { _ = try spoil() }
            let second = try node(2)
            _ = try second.engine.recoverWrites()
            recover(second)
        } else {
            recover(try spoil())
        }
        #expect(try node(3, keepsWrites: false).lookup("hello world").status == .miss)
    }

    private struct Unexpected: Error {}

    @Test func anInvalidationDuringAnOutageOutlivesTheProcess() throws {
        let other = try node(1, keepsWrites: false)
        other.store(CacheRequest(prompt: "theirs")) { $0.tags = ["t"] }
        do {
            let first = try node(2)
            redis.pause()
            var request = InvalidationRequest()
            request.tags = ["t"]
            _ = first.engine.invalidate(request).finish()
        }
        redis.resume()
        let second = try node(3)
        #expect(try second.engine.recoverWrites() == 1)
        #expect(second.lookup("theirs").status == .miss)
        recover(second)
        #expect(try node(4, keepsWrites: false).lookup("theirs").status == .miss)
        #expect(files == [])
    }

    @Test func whatWasStoredAfterAnInvalidationOutlivesTheProcessBesideIt() throws {
        let other = try node(1, keepsWrites: false)
        other.store(CacheRequest(prompt: "theirs")) { $0.tags = ["t"] }
        do {
            let first = try node(2)
            redis.pause()
            while first.engine.store.isAnswering { _ = first.lookup("away") }
            var request = InvalidationRequest()
            request.tags = ["t"]
            _ = first.engine.invalidate(request).finish()
            first.store(CacheRequest(prompt: "asked anew"), "right") { $0.tags = ["t"] }
            redis.resume()
        }
        let second = try node(3)
        #expect(try second.engine.recoverWrites() == 2)
        recover(second)
        let last = try node(4, keepsWrites: false)
        #expect(last.lookup("asked anew").response == RawJSON("right"))
        #expect(last.lookup("theirs").status == .miss)
    }

    @Test func damagedRecordsAreLeftOut() throws {
        do {
            let first = try node(1)
            redis.pause()
            first.store("one")
            first.store("two")
        }
        redis.resume()
        let path = "\(folder.path)/\(try #require(files.first))"
        var bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        // Within the second record.
        let used = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 32, as: UInt64.self) }
        bytes[64 + Int(used) - 5] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try node(2).engine.recoverWrites() == 1)
    }

    @Test func everyFieldOfAnEntryOutlivesTheProcess() throws {
        var header = EntryHeader(
            id: EntryID(high: 5, low: .max), namespace: "n", scope: Digest256(1, 2, 3, 4),
            exactKey: Digest256(5, 6, 7, 8), foldedKey: Digest256(9, 10, 11, 12), prompt: "Wie geht's? 😀",
            isSemantic: true, vector: StoredVector(embedder: "e@1", scale: 0.5, components: [-127, 0, 127]),
            model: "m", provider: nil, tenant: "", user: "u", tags: ["a", ""], created: Timestamp(milliseconds: 12),
            expires: Timestamp(milliseconds: 99))
        (header.epoch, header.template, header.dependsOn) = (77, "t", ["tag:x"])
        header.staleAt = Timestamp(milliseconds: 50)
        let body = EntryBody(
            response: RawJSON(validated: Array("{\"a\": 1.50}".utf8)),
            usage: TokenUsage(promptTokens: 1, completionTokens: 2, cachedPromptTokens: 3, reasoningTokens: 4),
            isUsageEstimated: true, cost: NanoDollars(-5), latencyMilliseconds: 0.25)
        let full = CacheEntry(header: header, body: body)
        #expect(CacheEntry(record: full.record) == full)
        (header.vector, header.expires, header.staleAt, header.template) = (nil, nil, nil, nil)
        let bare = CacheEntry(header: header, body: EntryBody(response: RawJSON("x")))
        #expect(CacheEntry(record: bare.record) == bare)
        for length in 0..<full.record.count { #expect(CacheEntry(record: full.record.prefix(length)) == nil) }
    }
}
