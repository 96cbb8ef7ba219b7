import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// Epochs, what rests on what, and invalidations for later.
struct VersionTests {
    private static func cache(
        store: (any EntryStore)? = nil, policies: PolicyTable = PolicyTable(), seed: UInt64 = 1
    ) throws -> EngineFixture {
        let random = Locked(SeededRandom(seed: seed))
        let cache = try EngineFixture(policies: policies, store: store) { parts in
            parts.random = { random.withLock { $0.next() } }
            parts.epochs = parts.store as? any EpochStore
            parts.schedule = parts.store as? any ScheduleStore
            parts.values = parts.store as? any KeyValueStore
        }
        try cache.engine.loadEpochs()
        try cache.engine.rebuild()
        return cache
    }

    private static func request(_ prompt: String, model: String? = nil, template: String? = nil) -> CacheRequest {
        var request = CacheRequest(prompt: prompt)
        (request.model, request.template) = (model, template)
        return request
    }

    private static let everything = [
        request("one"), request("two", model: "a"), request("three", model: "b", template: "t"),
        request("four", template: "u"),
    ]

    private static let subjects: [(EpochSubject, [Bool])] = [
        (.namespace("default"), [false, false, false, false]), (.namespace("other"), [true, true, true, true]),
        (.model("a", namespace: "default"), [true, false, true, true]),
        (.model("a", namespace: "other"), [true, true, true, true]),
        (.template("t", namespace: "default"), [true, true, false, true]),
    ]

    @Test func anAppointmentThatIsCarriedOutTwiceCountsOnce() throws {
        let cache = try Self.cache()
        var request = InvalidationRequest()
        (request.tags, request.createdUntil) = (["t"], cache.clock.now())
        #expect(cache.engine.invalidateBlocking(request).isComplete)
        let epoch = cache.engine.epochs.clock
        #expect(cache.engine.invalidateBlocking(request).isComplete)
        // What was stored between the two is of an epoch that is not over.
        #expect(cache.engine.epochs.clock == epoch)
    }

    @Test(arguments: subjects)
    func aBumpHidesExactlyWhatIsOlder(_ subject: EpochSubject, _ visible: [Bool]) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(.file(folder.file("cache.db")))
        let cache = try Self.cache(store: store)
        for request in Self.everything { cache.store(request) }
        _ = cache.engine.bump(subject).finish()
        let statuses = Self.everything.map { cache.lookup($0).status == .hit }
        #expect(statuses == visible)
        // And after a restart.
        let again = try Self.cache(store: store, seed: 2)
        #expect(Self.everything.map { again.lookup($0).status == .hit } == visible)
        // What is stored now is of the new epoch.
        for request in Self.everything {
            cache.store(request)
            #expect(cache.lookup(request).status == .hit)
        }
        #expect(cache.engine.epochTable.values.count == 1)
    }

    @Test func hiddenEntriesGiveTheirRoomBack() throws {
        let cache = try Self.cache()
        for request in Self.everything { cache.store(request) }
        _ = cache.engine.bump(.namespace("default")).finish()
        #expect(try cache.store.statistics().entries == 4)
        cache.engine.removeExpired()
        #expect(try cache.store.statistics().entries == 0)
        #expect(cache.engine.statistics().entries == 0)
    }

    @Test func aLateStoreNeverOutrunsABump() throws {
        let cache = try Self.cache()
        var asking = Self.request("question")
        asking.wantsLease = true
        let miss = cache.lookup(asking)
        let (lease, epoch) = (try #require(miss.lease), try #require(miss.epoch))
        cache.clock.advance(seconds: 5)
        _ = cache.engine.bump(.namespace("default")).finish()
        cache.clock.advance(seconds: 5)
        let late: [@Sendable (inout StoreRequest) -> Void] = [
            { $0.epoch = epoch }, { $0.lease = lease.token }, { $0.latencyMilliseconds = 6000 },
        ]
        for change in late { #expect(cache.store(asking, "late", change) == .refused(.epoch)) }
        #expect(cache.lookup(Self.request("question")).status == .miss)
        // One that was asked for afterwards is kept, however it says so.
        let after = cache.lookup(Self.request("question")).epoch
        let timely: [@Sendable (inout StoreRequest) -> Void] = [
            { $0.epoch = after }, { $0.latencyMilliseconds = 4000 }, { _ in },
        ]
        for change in timely {
            guard case .stored = cache.store(asking, "timely", change) else { return #expect(Bool(false)) }
        }
    }

    @Test func aLateStoreNeverOutrunsAnInvalidation() throws {
        let cache = try Self.cache()
        let epoch = try #require(cache.lookup("question").epoch)
        cache.clock.advance(seconds: 1)
        var request = InvalidationRequest()
        request.tags = ["doc:17"]
        _ = cache.engine.invalidate(request).finish()
        cache.clock.advance(seconds: 1)
        let late: [@Sendable (inout StoreRequest) -> Void] = [
            {
                $0.epoch = epoch; $0.tags = ["doc:17"]
            },
            {
                $0.latencyMilliseconds = 1500; $0.tags = ["doc:17"]
            },
            {
                $0.epoch = epoch; $0.dependsOn = ["doc:17"]
            },
        ]
        for change in late {
            #expect(cache.store(CacheRequest(prompt: "question"), "late", change) == .refused(.epoch))
        }
        let fine: [@Sendable (inout StoreRequest) -> Void] = [
            {
                $0.epoch = epoch; $0.tags = ["doc:18"]
            },
            {
                $0.latencyMilliseconds = 500; $0.tags = ["doc:17"]
            },
        ]
        for change in fine {
            guard case .stored = cache.store(CacheRequest(prompt: "question"), "fine", change) else {
                return #expect(Bool(false))
            }
        }
        // A made-up epoch of the future makes nothing newer than it is.
        cache.store(CacheRequest(prompt: "boast")) { $0.epoch = 9_000_000_000_000_000 }
        _ = cache.engine.bump(.namespace("default")).finish()
        #expect(cache.lookup("boast").status == .miss)
    }

    @Test func manyThreadsThatStoreAndBumpNeverLeaveAnOldAnswer() throws {
        let cache = try Self.cache()
        let engine = cache.engine
        onThreads(4) { thread in
            for round in 0..<50 {
                if thread == 0 {
                    _ = engine.bump(.namespace("default")).finish()
                } else {
                    let miss = engine.lookup(CacheRequest(prompt: "q \(round % 7)")).finish()
                    var store = StoreRequest(
                        request: CacheRequest(prompt: "q \(round % 7)"),
                        response: RawJSON(.string("at \(miss.epoch ?? -1)")))
                    store.epoch = miss.epoch
                    if miss.status == .miss { _ = engine.store(store).finish() }
                }
            }
        }
        let oldest = engine.epochs.oldest(namespace: "default")
        for number in 0..<7 {
            let reply = cache.lookup("q \(number)")
            guard reply.status == .hit, let text = try reply.response?.parsed().string else { continue }
            #expect(Int64(text.dropFirst(3))! >= oldest)
        }
    }

    @Test func templateVersionsNeverServeEachOther() throws {
        let cache = try Self.cache()
        var (one, two) = (Self.request("question", template: "t"), Self.request("question", template: "t"))
        (one.templateVersion, two.templateVersion) = ("1", "2")
        cache.store(one)
        #expect(cache.lookup(one).status == .hit && cache.lookup(two).status == .miss)
        #expect(cache.lookup(Self.request("question", template: "t")).status == .miss)
    }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func aBumpOnOneNodeIsSeenOnAllAndSurvivesALossOfTheTable() throws {
        let redis = try PrivateRedis()
        func node(_ seed: UInt64) throws -> EngineFixture {
            try Self.cache(store: RedisStore(RedisConfiguration(.unix(path: redis.socketPath))), seed: seed)
        }
        let (one, two) = (try node(1), try node(2))
        one.store("question")
        #expect(two.lookup("question").status == .hit)
        _ = one.engine.bump(.namespace("default")).finish()
        two.engine.tendStore()
        #expect(two.lookup("question").status == .miss)
        // Redis has evicted the table: whoever knows it writes it back.
        redis.command("DEL", "deja:epochs")
        one.store("question")
        two.engine.tendStore()
        #expect(try (two.store as? any EpochStore)?.epochs() == two.engine.epochTable)
        // While Redis is away a bump holds here, and everywhere once it is back.
        one.store("other")
        redis.pause()
        let reply = one.engine.bump(.namespace("default")).finish()
        #expect(!reply.isSaved && one.lookup("other").status == .miss)
        redis.resume()
        one.clock.advance(seconds: 60)
        while one.engine.epochs.hasUnsaved {
            one.engine.tendStore()
            one.clock.advance(seconds: 1)
        }
        two.engine.tendStore()
        #expect(two.lookup("other").status == .miss)
        let newcomer = try node(3)
        #expect(newcomer.lookup("other").status == .miss)
    }

    // MARK: What rests on what

    private func stored(_ cache: EngineFixture, _ prompt: String, on names: [String], tags: [String] = []) -> EntryID? {
        let reply = cache.store(CacheRequest(prompt: prompt)) { ($0.dependsOn, $0.tags) = (names, tags) }
        if case .stored(let id) = reply { return id }
        return nil
    }

    @Test func whatRestsOnAnEntryGoesWithItAndSoOn() throws {
        let cache = try Self.cache()
        let first = try #require(stored(cache, "first", on: []))
        let second = try #require(stored(cache, "second", on: [first.description]))
        _ = try #require(stored(cache, "third", on: [second.description, "tag"]))
        _ = try #require(stored(cache, "unrelated", on: ["other tag"]))
        var request = InvalidationRequest()
        request.id = first
        request.dryRun = true
        #expect(cache.engine.invalidate(request).finish().matched == 3)
        #expect(try cache.engine.delete(first).finish().get())
        #expect(
            ["first", "second", "third", "unrelated"].map { cache.lookup($0).hitType == .exact } == [
                false, false, false, true,
            ])
        #expect(try cache.store.statistics().entries == 1)
    }

    @Test func aTagThatAnAnswerRestsOnTakesItAlong() throws {
        let cache = try Self.cache()
        _ = stored(cache, "question", on: ["doc:17"])
        var request = InvalidationRequest()
        request.tags = ["doc:17"]
        #expect(cache.engine.invalidate(request).finish().matched == 1)
    }

    @Test func aNewAnswerTakesAlongWhatRestedOnTheOld() throws {
        let cache = try Self.cache()
        let first = try #require(stored(cache, "first", on: []))
        _ = stored(cache, "second", on: [first.description])
        _ = stored(cache, "first", on: [])
        #expect(cache.lookup("first").status == .hit && cache.lookup("second").status == .miss)
    }

    @Test func nothingRestsOnWhatIsGoneOrAnothers() throws {
        let cache = try Self.cache()
        let first = try #require(stored(cache, "first", on: []))
        var theirs = CacheRequest(prompt: "theirs")
        theirs.tenant = "acme"
        #expect(cache.store(theirs) { $0.dependsOn = [first.description] } == .refused(.dependency))
        _ = try cache.engine.delete(first).finish().get()
        #expect(cache.store(CacheRequest(prompt: "x")) { $0.dependsOn = [first.description] } == .refused(.dependency))
    }

    @Test func anAnswerLivesNoLongerThanWhatItRestsOn() throws {
        let cache = try Self.cache()
        var short = CacheRequest(prompt: "first")
        short.controls.ttl = 10
        guard case .stored(let first) = cache.store(short) else { return #expect(Bool(false)) }
        _ = stored(cache, "second", on: [first.description])
        #expect(cache.lookup("second").ttl == 10)
    }

    /// Random graphs with loops, against the plain definition of what hangs on what.
    @Test(arguments: 0..<20)
    func cascadesReachExactlyWhatHangsOnTheRemoved(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let cache = try Self.cache()
        let count = 40
        let names = (0..<count).map { EntryID(high: 5, low: UInt64($0)) }
        let edges = (0..<count).map { _ in
            (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0..<count, using: &random) }
        }
        let records = (0..<count).map { number in
            var header = CacheEntry.header(number)
            header.id = names[number]
            header.dependsOn = edges[number].map { names[$0].description }
            return EntryRecord(header, textName: 1)
        }
        // Half are known by the directory, half are found by a scan.
        for number in 0..<(count / 2) { cache.engine.directory.insert(records[number], vector: nil) }
        let start = Int.random(in: 0..<count, using: &random)
        var expected: Set<Int> = [start]
        while true {
            let more = (0..<count).filter { !expected.contains($0) && !expected.isDisjoint(with: edges[$0]) }
            if more.isEmpty { break }
            expected.formUnion(more)
        }
        let found = cache.engine.withDependents([records[start]], among: records)
        #expect(Set(found.map(\.id)) == Set(expected.map { names[$0] }))
        #expect(found.count == expected.count)
    }

    // MARK: For later

    @Test func anInvalidationForLaterComesOnTimeAndSparesWhatCameAfterIt() throws {
        let folder = try TemporaryFolder()
        let clock = TestClock()
        func start() throws -> EngineFixture {
            try Self.cache(store: try SQLiteStore(.file(folder.file("cache.db")), clock: clock), seed: 9)
        }
        let cache = try start()
        cache.store("question")
        var request = InvalidationRequest()
        request.namespace = "default"
        request.at = cache.clock.now().adding(seconds: 60)
        let reply = cache.engine.invalidate(request).finish()
        let item = try #require(reply.scheduled)
        #expect(reply.matched == 0 && item.at == request.at)
        cache.engine.tendStore()
        #expect(cache.lookup("question").status == .hit)
        cache.clock.advance(seconds: 60)
        cache.engine.tendStore()
        #expect(cache.lookup("question").status == .miss)
        #expect(try cache.engine.scheduledInvalidations().finish().get().isEmpty)
        // Another survives a restart; what comes between its moment and the restart stays.
        cache.store("old")
        request.at = cache.clock.now().adding(seconds: 30)
        _ = cache.engine.invalidate(request).finish()
        cache.clock.advance(seconds: 40)
        clock.advance(seconds: 100)
        cache.store("new")
        cache.store.close()
        let again = try start()
        again.clock.advance(seconds: 200)
        #expect(try again.engine.scheduledInvalidations().finish().get().count == 1)
        again.engine.tendStore()
        #expect(again.lookup("old").status == .miss && again.lookup("new").status == .hit)
    }

    /// One that is carried out ten seconds late: what came in between is of an epoch before it, and yet none of its.
    @Test func whatCameAfterTheMomentOfAnAppointmentIsNotHeldAgainstIt() throws {
        let cache = try Self.cache()
        func tagged(_ prompt: String) throws -> EntryRecord {
            cache.store(CacheRequest(prompt: prompt)) { $0.tags = ["t"] }
            return try #require(cache.engine.directory.records { $0.prompt == prompt }.first)
        }
        let epoch = try #require(cache.lookup("question").epoch)
        let old = try tagged("old")
        cache.clock.advance(seconds: 10)
        var request = InvalidationRequest()
        (request.tags, request.createdUntil) = (["t"], cache.clock.now())
        cache.clock.advance(seconds: 10)
        let new = try tagged("new")
        #expect(cache.engine.invalidateBlocking(request).reply.removed == 1)
        #expect(cache.lookup("old").status == .miss && cache.lookup("new").status == .hit)
        // So it is when either is read from the store again.
        #expect(cache.engine.isInvalidated(old) && !cache.engine.isInvalidated(new))
        // An answer that was asked for before the moment is late all the same.
        let late: [@Sendable (inout StoreRequest) -> Void] = [
            {
                $0.epoch = epoch; $0.tags = ["t"]
            },
            {
                $0.latencyMilliseconds = 15_000; $0.tags = ["t"]
            },
        ]
        for change in late {
            #expect(cache.store(CacheRequest(prompt: "question"), "late", change) == .refused(.epoch))
        }
        cache.store(CacheRequest(prompt: "question"), "fine") { ($0.latencyMilliseconds, $0.tags) = (5000, ["t"]) }
        #expect(cache.lookup("question").response == RawJSON("fine"))
    }

    @Test func anInvalidationForLaterCanBeCancelled() throws {
        let cache = try Self.cache()
        cache.store("question")
        var request = InvalidationRequest()
        request.namespace = "default"
        request.at = cache.clock.now().adding(seconds: 60)
        let id = try #require(cache.engine.invalidate(request).finish().scheduled).id
        #expect(try cache.engine.cancelInvalidation(id).finish().get())
        #expect(try !cache.engine.cancelInvalidation(id).finish().get())
        cache.clock.advance(seconds: 61)
        cache.engine.tendStore()
        #expect(cache.lookup("question").status == .hit)
    }

    @Test func valuesGoWithTheTagsWhereThatIsAsked() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        var put = ValuePut([1], content: [2])
        put.tags = ["t"]
        _ = values.put([put], in: ValuePlace()).finish()
        var request = InvalidationRequest()
        request.tags = ["t"]
        #expect(cache.engine.invalidate(request).finish().values == nil)
        request.includesValues = true
        #expect(cache.engine.invalidate(request).finish().values == 1)
    }
}
