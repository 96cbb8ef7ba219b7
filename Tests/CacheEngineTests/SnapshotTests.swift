import CacheModel
import Foundation
import Platform
import RedisStore
import SQLiteStore
import TestSupport
import Testing
import VectorSearch

@testable import CacheEngine

/// Starting from the index that the last run left.
struct SnapshotTests {
    let folder: TemporaryFolder
    var database: String { folder.file("deja.db") }
    var snapshot: SnapshotFile { SnapshotFile(path: folder.file("deja.db.index")) }

    init() throws { folder = try TemporaryFolder() }

    func open(embedder: String = "words@1", indexes: any VectorIndexFactory = FlatIndexFactory()) throws
        -> EngineFixture
    {
        let snapshot = snapshot
        return try EngineFixture(store: try SQLiteStore(.file(database))) { parts in
            parts.snapshot = snapshot
            parts.embedder = WordEmbedder(identifier: embedder)
            parts.indexes = indexes
        }
    }

    /// Fills a store and leaves a snapshot of it.
    func leave(indexes: any VectorIndexFactory = FlatIndexFactory(), count: Int = 20) throws {
        let cache = try open(indexes: indexes)
        try cache.engine.rebuild()
        for number in 0..<count {
            var request = CacheRequest(
                namespace: number % 2 == 0 ? "n" : "other", input: .prompt("question number \(number) of ü"))
            (request.model, request.user, request.tenant) = ("m", number % 3 == 0 ? "u" : nil, "t\(number % 4)")
            cache.store(request, .string("answer \(number)")) { $0.tags = number % 5 == 0 ? ["x", "y"] : [] }
        }
        #expect(try cache.engine.saveSnapshot())
        #expect(try !cache.engine.saveSnapshot(), "nothing has changed since")
        cache.store.close()
    }

    func ask(_ cache: EngineFixture, _ number: Int, _ prompt: String) -> LookupReply {
        var request = CacheRequest(namespace: number % 2 == 0 ? "n" : "other", input: .prompt(prompt))
        (request.model, request.user, request.tenant) = ("m", number % 3 == 0 ? "u" : nil, "t\(number % 4)")
        return cache.lookup(request)
    }

    @Test func `Every entry is found again, exactly and by meaning`() throws {
        try leave()
        let cache = try open()
        #expect(try cache.engine.loadSnapshot() == 20)
        var read = 0
        try cache.engine.rebuild { read = $0 }
        #expect(read == 0, "the store's headers are not read again")
        for number in 0..<20 {
            #expect(ask(cache, number, "question number \(number) of ü").hitType == .exact)
            let reply = ask(cache, number, "of ü number \(number) question")
            #expect(reply.hitType == .semantic && reply.response == RawJSON(.string("answer \(number)")))
        }
        var request = InvalidationRequest()
        request.tags = ["y"]
        #expect(cache.engine.invalidate(request).finish().matched == 4)
        #expect(!cache.engine.wantsSnapshot)
    }

    @Test func `What the store lost or got meanwhile is lost or got`() throws {
        try leave()
        do {
            let meanwhile = try open()
            try meanwhile.engine.rebuild()
            var request = InvalidationRequest()
            request.namespace = "n"
            #expect(meanwhile.engine.invalidate(request).finish().removed == 10)
            meanwhile.store("brand new here")
            meanwhile.store.close()
        }
        let cache = try open()
        #expect(try cache.engine.loadSnapshot() == 20)
        try cache.engine.rebuild()
        #expect(cache.engine.statistics().entries == 11)
        #expect(cache.lookup("brand new here").status == .hit)
        #expect(ask(cache, 1, "question number 1 of ü").status == .hit)
        #expect(ask(cache, 2, "question number 2 of ü").status == .miss)
        #expect(ask(cache, 2, "of ü number 2 question").status == .miss)
    }

    @Test func `What was replaced meanwhile under a clock that had been set back is replaced`() throws {
        try leave()
        do {
            let meanwhile = try open()
            meanwhile.clock.advance(seconds: -3600)
            try meanwhile.engine.rebuild()
            var request = CacheRequest(namespace: "n", input: .prompt("question number 0 of ü"))
            (request.model, request.user, request.tenant) = ("m", "u", "t0")
            meanwhile.store(request, "another answer")
            meanwhile.store.close()
        }
        let cache = try open()
        #expect(try cache.engine.loadSnapshot() == 20)
        try cache.engine.rebuild()
        #expect(ask(cache, 0, "question number 0 of ü").response == RawJSON(.string("another answer")))
        #expect(cache.engine.statistics().entries == 20)
    }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func `A node over Redis starts from its snapshot, and reads only what others brought or took meanwhile`() throws {
        let redis = try PrivateRedis()
        let medium = snapshot
        func node() throws -> EngineFixture {
            let store = RedisStore(RedisConfiguration(.unix(path: redis.socketPath)), clock: TestClock())
            let words = RandomWords()
            return try EngineFixture(store: store) {
                $0.snapshot = medium
                // Nodes that draw the same random words would give the same names.
                $0.random = { words.next() }
            }
        }
        let first = try node()
        try first.engine.rebuild()
        for number in 0..<30 { first.store("question number \(number)") }
        #expect(try first.engine.saveSnapshot())
        // Another node goes on while this one is away.
        let other = try node()
        try other.engine.rebuild()
        other.store("brand new here")
        var request = InvalidationRequest()
        request.prompt = "question number 7"
        #expect(other.engine.invalidate(request).finish().removed == 1)
        let again = try node()
        #expect(try again.engine.loadSnapshot() == 30)
        var read = 0
        try again.engine.rebuild { read = $0 }
        #expect(read == 1, "the headers of what the snapshot held are not read again")
        #expect(again.engine.statistics().entries == 30)
        #expect(again.lookup("brand new here").status == .hit)
        #expect(again.lookup("question number 3").hitType == .exact)
        #expect(again.lookup("question number 7").status == .miss)
        for node in [first, other, again] { node.store.close() }
    }

    @Test func `No snapshot is no problem`() throws {
        #expect(try open().engine.loadSnapshot() == 0)
    }

    @Test func `A damaged snapshot is refused wherever it is damaged, and cut anywhere`() throws {
        try leave(count: 5)
        let good = try Data(contentsOf: URL(fileURLWithPath: snapshot.location))
        for position in stride(from: 0, to: good.count, by: max(1, good.count / 97)) {
            var bad = good
            bad[position] ^= 0x10
            try bad.write(to: URL(fileURLWithPath: snapshot.location))
            let cache = try open()
            #expect(throws: SnapshotProblem.self, "byte \(position)") { try cache.engine.loadSnapshot() }
            try good.prefix(position).write(to: URL(fileURLWithPath: snapshot.location))
            #expect(throws: SnapshotProblem.self, "cut at \(position)") { try cache.engine.loadSnapshot() }
            cache.store.close()
        }
        let cache = try open()
        try cache.engine.rebuild()
        #expect(cache.engine.statistics().entries == 5, "the store has them all")
    }

    @Test func `A snapshot of another store, embedder, index or version is refused by name`() throws {
        try leave(count: 3)
        let foreign = try open(embedder: "words@2")
        #expect(throws: SnapshotProblem("is of another embedder, words@1")) { try foreign.engine.loadSnapshot() }
        let adaptive = try open(indexes: AdaptiveIndexFactory())
        #expect(throws: SnapshotProblem("holds indexes of another format, flat-2")) {
            try adaptive.engine.loadSnapshot()
        }
        let moved = SnapshotFile(path: snapshot.location)
        let other = try EngineFixture(store: try SQLiteStore(.file(folder.file("other.db")))) { $0.snapshot = moved }
        let location = "sqlite:\(database)"
        #expect(throws: SnapshotProblem("is of another store, \(location)")) { try other.engine.loadSnapshot() }
        try Data("an unrelated file".utf8).write(to: URL(fileURLWithPath: snapshot.location))
        #expect(throws: SnapshotProblem("is no snapshot of an index")) { try open().engine.loadSnapshot() }
        var later = Data("DEJAIDX\0".utf8)
        later.append(contentsOf: [9, 0, 0, 0, 0, 0, 0, 0])
        try later.write(to: URL(fileURLWithPath: snapshot.location))
        #expect(throws: SnapshotProblem("is of version 9; this build reads 2")) { try open().engine.loadSnapshot() }
    }

    @Test func `A snapshot that cannot be written leaves the old one`() throws {
        try leave(count: 3)
        let good = try Data(contentsOf: URL(fileURLWithPath: snapshot.location))
        try FileManager.default.createDirectory(atPath: snapshot.location + ".new", withIntermediateDirectories: true)
        let cache = try open()
        try cache.engine.rebuild()
        #expect(throws: SnapshotProblem.self) { try cache.engine.saveSnapshot() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: snapshot.location)) == good)
    }

    @Test func `A snapshot comes back after a thousand changes, not after a few`() throws {
        let cache = try open()
        #expect(!cache.engine.wantsSnapshot, "the index is not complete")
        try cache.engine.rebuild()
        for number in 0..<999 { cache.store("entry \(number)") }
        #expect(!cache.engine.wantsSnapshot)
        cache.store("one more")
        #expect(cache.engine.wantsSnapshot)
    }
}
