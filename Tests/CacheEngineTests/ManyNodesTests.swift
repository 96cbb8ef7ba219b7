import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import Testing

@testable import CacheEngine

/// Several engines over one Redis, each as a process of its own would be.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct ManyNodesTests {
    let redis: PrivateRedis

    init() throws { redis = try PrivateRedis() }

    /// A node whose clock is the machine's, as Redis's is; where there is a cipher it seals what it keeps.
    private func node(_ seed: UInt64, _ cipher: AESCipher? = nil) throws -> EngineFixture {
        var configuration = RedisConfiguration(.unix(path: redis.socketPath))
        configuration.timeout = 2
        let store = RedisStore(configuration)
        let entries = SealedStore(store, cipher: cipher)
        let random = Locked(SeededRandom(seed: seed))
        let node = try EngineFixture(store: entries) {
            $0.random = { random.withLock { $0.next() } }
            ($0.changes, $0.epochs) = (SealedChanges(store, entries: entries, cipher: cipher), store)
            if let cipher { $0.hasher = KeyedHasher(cipher) }
        }
        node.clock.advance(seconds: SystemClock().now().seconds(since: node.clock.now()))
        return node
    }

    private func following(_ seed: UInt64, _ cipher: AESCipher? = nil) throws -> EngineFixture {
        let node = try node(seed, cipher)
        try node.engine.rebuild()
        // Subscribes, and reads everything once.
        try node.engine.followStore(waiting: 0)
        return node
    }

    /// Follows until `isTrue`, or five seconds have passed.
    private func follow(
        _ node: EngineFixture, location: SourceLocation = #_sourceLocation, until isTrue: () -> Bool
    ) throws {
        let deadline = Deadline(seconds: 5)
        while !isTrue() {
            try node.engine.followStore(waiting: 0.05)
            if deadline.hasPassed {
                Issue.record("it was not followed", sourceLocation: location)
                return
            }
        }
    }

    private func isKnown(_ prompt: String, by node: EngineFixture) -> Bool {
        // The directory alone: a lookup would ask the store.
        node.engine.directory.records { $0.prompt == prompt }.count == 1
    }

    @Test func anEntryStoredOnOneNodeIsASemanticHitOnAll() throws {
        let (here, there) = (try following(1), try following(2))
        here.store("how do I reset my password", "there it is")
        try follow(there) { isKnown("how do I reset my password", by: there) }
        let reply = there.lookup("how do I reset my password now")
        #expect(reply.status == .hit && reply.hitType == .semantic)
        #expect(reply.response == RawJSON("there it is"))
    }

    @Test func deletionsReplacementsAndInvalidationsAreFollowed() throws {
        let (here, there) = (try following(1), try following(2))
        guard case .stored(let id) = here.store("to be deleted") else { return #expect(Bool(false)) }
        here.store("to be replaced", "old")
        here.store(CacheRequest(prompt: "to be invalidated")) { $0.tags = ["t"] }
        try follow(there) {
            ["to be deleted", "to be replaced", "to be invalidated"].allSatisfy { isKnown($0, by: there) }
        }
        // All of it lies in the other node's memory too.
        for prompt in ["to be deleted", "to be replaced", "to be invalidated"] {
            #expect(there.lookup(prompt).status == .hit)
        }
        #expect(try here.engine.delete(id).finish().get())
        here.store("to be replaced", "new")
        var request = InvalidationRequest()
        request.tags = ["t"]
        #expect(here.engine.invalidate(request).finish().removed == 1)
        try follow(there) { !isKnown("to be deleted", by: there) && !isKnown("to be invalidated", by: there) }
        try follow(there) { there.lookup("to be replaced").response == RawJSON("new") }
        #expect(there.lookup("to be deleted").status == .miss)
        #expect(there.lookup("to be invalidated").status == .miss)
    }

    @Test func whatIsSealedIsFollowedByThoseWhoHaveTheKey() throws {
        let cipher = AESCipher(.random())
        let (here, there) = (try following(1, cipher), try following(2, cipher))
        let strangers = [try following(3, AESCipher(.random())), try following(4)]
        here.store("how do I reset my password", "there it is")
        here.store("what is the secret word", "sesame")
        try follow(there) {
            isKnown("how do I reset my password", by: there) && isKnown("what is the secret word", by: there)
        }
        let reply = there.lookup("how do I reset my password now")
        #expect(reply.hitType == .semantic && reply.response == RawJSON("there it is"))
        var request = InvalidationRequest()
        request.prompt = "how do I reset my password"
        #expect(here.engine.invalidate(request).finish().removed == 1)
        try follow(there) { !isKnown("how do I reset my password", by: there) }
        #expect(there.lookup("how do I reset my password").status == .miss)
        #expect(there.lookup("what is the secret word").status == .hit)
        let log = redis.command("XRANGE", "deja:invalidations", "-", "+")
        #expect(log.contains("deja-sealed") && !log.contains("password"), "\(log)")
        // Who has another key, or none, learns nothing, and goes on.
        for stranger in strangers {
            for _ in 0..<3 { try stranger.engine.followStore(waiting: 0.05) }
            #expect(stranger.engine.statistics().entries == 0)
        }
    }

    @Test func aNodeThatWasAwayTooLongLooksThroughTheStore() throws {
        let (here, there) = (try following(1), try following(2))
        guard case .stored(let id) = here.store("gone by then") else { return #expect(Bool(false)) }
        try follow(there) { isKnown("gone by then", by: there) }
        #expect(try here.engine.delete(id).finish().get())
        // Many more changes of one shard than its log reaches back.
        for number in 0..<1300 { here.store("question number \(number)") }
        #expect(there.engine.statistics().entries == 1)
        try follow(there) { there.engine.statistics().entries == 1300 }
        #expect(!isKnown("gone by then", by: there))
        #expect(!there.engine.follower.isBehind)
    }

    @Test func aRedisThatComesBackEmptyEmptiesTheIndex() throws {
        let (here, there) = (try following(1), try following(2))
        here.store("hello world")
        try follow(there) { isKnown("hello world", by: there) }
        redis.kill()
        try redis.start()
        let deadline = Deadline(seconds: 20)
        while isKnown("hello world", by: there), !deadline.hasPassed {
            try? there.engine.followStore(waiting: 0.05)
            there.engine.tendStore()
        }
        #expect(!isKnown("hello world", by: there))
        #expect(there.lookup("hello world").status == .miss)
    }

    @Test func aLogThatNobodyMayPublishOnIsReadAllTheSame() throws {
        redis.command(
            "ACL", "SETUSER", "mute", "on", ">sesame", "~deja:*", "+@read", "+@write", "+@scripting", "+@connection",
            "+time", "-@dangerous")
        var configuration = RedisConfiguration(.unix(path: redis.socketPath))
        (configuration.user, configuration.password) = ("mute", RedisConfiguration.Secret("sesame"))
        configuration.timeout = 2
        let store = RedisStore(configuration)
        let there = try EngineFixture(store: store) { $0.changes = store }
        there.clock.advance(seconds: SystemClock().now().seconds(since: there.clock.now()))
        try there.engine.rebuild()
        let here = try following(1)
        here.store("hello world")
        try follow(there) { isKnown("hello world", by: there) }
    }

    // MARK: Late stores

    @Test(arguments: [nil, AESCipher(.random())])
    func aStoreThatAnInvalidationHasPassedByIsNotKept(_ cipher: AESCipher?) throws {
        let (late, other) = (try node(1, cipher), try following(2, cipher))
        // This node stood still for a minute just after it had been told to store.
        late.clock.advance(seconds: -60)
        var request = InvalidationRequest()
        request.tags = ["t"]
        _ = other.engine.invalidate(request).finish()
        late.store(CacheRequest(prompt: "outrun")) { $0.tags = ["t"] }
        late.store(CacheRequest(prompt: "untouched")) { $0.tags = ["u"] }
        #expect(late.lookup("outrun").status == .miss)
        #expect(late.lookup("untouched").status == .hit)
        #expect(other.lookup("outrun").status == .miss)
        #expect(other.lookup("untouched").status == .hit)
        #expect(try other.store.allHeaderPrompts() == ["untouched"])
    }

    @Test func entriesOfAnotherCacheAreTakenInHoweverOldUnlessTheyWereInvalidated() throws {
        let source = try EngineFixture()
        source.clock.advance(seconds: SystemClock().now().seconds(since: source.clock.now()) - 3600)
        source.store(CacheRequest(prompt: "outrun")) { $0.tags = ["t"] }
        source.store(CacheRequest(prompt: "untouched")) { $0.tags = ["u"] }
        let entries = source.engine.entries(from: 0, namespace: nil, limit: 10).finish().entries
        #expect(entries.count == 2)
        var request = InvalidationRequest()
        request.tags = ["t"]
        _ = try node(1).engine.invalidate(request).finish()
        let (here, there) = (try following(2), try following(3))
        let reply = try here.engine.take(entries).finish().get()
        #expect(reply.taken == 1 && reply.over == 1, "\(reply)")
        for node in [here, there] {
            #expect(node.lookup("outrun").status == .miss)
            #expect(node.lookup("untouched").status == .hit)
        }
    }

    @Test func aStoreOnItsWayDuringAnInvalidationIsTakenOutAgain() throws {
        let (slow, other) = (try node(1), try following(2))
        // Ten seconds: the store takes it, but every node still remembers the invalidation.
        slow.clock.advance(seconds: -10)
        var request = InvalidationRequest()
        request.tags = ["t"]
        _ = other.engine.invalidate(request).finish()
        slow.store(CacheRequest(prompt: "outrun")) { $0.tags = ["t"] }
        try follow(other) { (try? other.store.allHeaderPrompts()) == [] }
        #expect(other.lookup("outrun").status == .miss)
    }

    @Test func aStoreThroughANodeThatHasNotHeardOfTheInvalidationIsNotKept() throws {
        let (here, there) = (try following(1), try following(2))
        // Asked for before the invalidation, and stored a second after it.
        let epoch = there.lookup("outrun").epoch
        var request = InvalidationRequest()
        request.tags = ["t"]
        _ = here.engine.invalidate(request).finish()
        there.clock.advance(seconds: 1)
        there.store(CacheRequest(prompt: "outrun")) { ($0.tags, $0.epoch) = (["t"], epoch) }
        there.store(CacheRequest(prompt: "untouched")) { ($0.tags, $0.epoch) = (["u"], epoch) }
        #expect(try here.store.allHeaderPrompts().sorted() == ["outrun", "untouched"])
        // Neither a node that finds it nor the one that hears too late serves it.
        #expect(here.lookup("outrun").status == .miss)
        try follow(there) { !isKnown("outrun", by: there) }
        #expect(there.lookup("outrun").status == .miss)
        #expect(there.lookup("untouched").status == .hit)
        #expect(try here.store.allHeaderPrompts() == ["untouched"])
        // From now on an answer that was asked for then is refused at once.
        #expect(
            there.store(CacheRequest(prompt: "outrun")) { ($0.tags, $0.epoch) = (["t"], epoch) } == .refused(.epoch))
        let after = there.lookup("outrun").epoch
        there.store(CacheRequest(prompt: "outrun"), "new") { ($0.tags, $0.epoch) = (["t"], after) }
        #expect(here.lookup("outrun").response == RawJSON("new"))
    }

    @Test func anAppointmentSparesOnAllNodesWhatWasStoredAfterItsMoment() throws {
        let (here, there) = (try following(1), try following(2))
        let epoch = there.lookup("question").epoch
        here.clock.advance(seconds: -10)
        here.store(CacheRequest(prompt: "old")) { $0.tags = ["t"] }
        here.clock.advance(seconds: 5)
        var request = InvalidationRequest()
        (request.tags, request.createdUntil) = (["t"], here.clock.now())
        here.clock.advance(seconds: 5)
        there.store(CacheRequest(prompt: "new")) { $0.tags = ["t"] }
        try follow(there) { isKnown("old", by: there) }
        try follow(here) { isKnown("new", by: here) }
        // It is carried out five seconds late.
        #expect(here.engine.invalidateBlocking(request).reply.removed == 1)
        try follow(there) { !isKnown("old", by: there) }
        // The node that has announced it hears of it, too: before it hears of what is stored afterwards.
        there.store("told last")
        try follow(here) { isKnown("told last", by: here) }
        for node in [here, there] {
            #expect(node.lookup("old").status == .miss)
            #expect(node.lookup("new").status == .hit)
        }
        #expect(try here.store.allHeaderPrompts().sorted() == ["new", "told last"])
        // An answer that was asked for before it is late all the same.
        for node in [here, there] {
            let late = node.store(CacheRequest(prompt: "question")) { ($0.tags, $0.epoch) = (["t"], epoch) }
            #expect(late == .refused(.epoch))
        }
        // A node that carries it out once more, and one that starts only now, take no more along.
        #expect(there.engine.invalidateBlocking(request).reply.matched == 0)
        #expect(try following(3).lookup("new").status == .hit)
    }

    @Test func beforeTheEpochsAreKnownNoEntryIsReadAndWhatIsStoredIsOfNoneThatIsOver() throws {
        let first = try following(1)
        first.store("of an epoch that is over")
        #expect(first.engine.bump(.namespace("default")).finish().isSaved)
        redis.pause()
        let second = try node(2)
        #expect(throws: StoreError.self) { try second.engine.loadEpochs() }
        second.store("stored meanwhile")
        redis.resume()
        #expect(second.lookup("of an epoch that is over").status == .miss)
        let deadline = Deadline(seconds: 20)
        while second.engine.statistics().pendingWrites > 0, !deadline.hasPassed {
            second.clock.advance(seconds: 1)
            second.engine.tendStore()
        }
        #expect(second.lookup("stored meanwhile").status == .hit)
        #expect(first.lookup("stored meanwhile").status == .hit)
        #expect(first.lookup("of an epoch that is over").status == .miss)
    }

    @Test func anInvalidationWhoseNodeDiedIsCarriedOutByAnother() throws {
        let (here, there) = (try following(1), try following(2))
        here.store(CacheRequest(prompt: "hello world")) { $0.tags = ["t"] }
        try follow(there) { isKnown("hello world", by: there) }
        var request = InvalidationRequest()
        request.tags = ["t"]
        // Another node has announced it, and was killed before it had searched the store.
        _ = try #require(here.engine.parts.changes).announce(request, at: here.clock.now(), epoch: 1)
        try follow(there) { !isKnown("hello world", by: there) }
        #expect(there.lookup("hello world").status == .miss)
        there.clock.advance(seconds: 31)
        there.engine.tendStore()
        #expect(try there.store.allHeaderPrompts() == [])
        // So does one that starts only now.
        let fresh = try following(3)
        #expect(fresh.lookup("hello world").status == .miss)
        #expect(there.engine.invalidations.unsettled.isEmpty)
    }
}

extension EntryStore {
    /// The prompts of all entries.
    fileprivate func allHeaderPrompts() throws -> [String] {
        var prompts: [String] = []
        try scanHeaders(batchSize: 100) { headers in
            prompts += headers.map(\.prompt)
            return true
        }
        return prompts
    }
}
