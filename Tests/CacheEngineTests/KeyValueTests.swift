import CacheModel
import RedisStore
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// Values as a gateway keeps them.
struct KeyValueTests {
    private static let tools = ValuePlace(namespace: "tool")

    private static func cache(
        _ policies: KeyValuePolicies = KeyValuePolicies(), store: (any EntryStore)? = nil
    ) throws -> EngineFixture {
        try EngineFixture(store: store) { parts in
            parts.values = parts.store as? any KeyValueStore
            parts.epochs = parts.store as? any EpochStore
            parts.leases = parts.store as? any LeaseStore
            parts.valuePolicies = policies
        }
    }

    private static func put(_ name: String, _ text: String = "value") -> ValuePut {
        ValuePut(Array(name.utf8), content: Array(text.utf8))
    }

    private static func request(_ name: String, wait: Int = 0) -> ValueRequest {
        var request = ValueRequest(Array(name.utf8), in: tools)
        (request.wantsLease, request.waitMilliseconds) = (true, wait)
        return request
    }

    private static func text(_ step: Step<Result<ValueReply, RequestProblem>>) throws -> String? {
        guard case .hit(let value) = try step.finish().get() else { return nil }
        return String(decoding: value.content, as: UTF8.self)
    }

    @Test func aWrittenValueIsReadFromMemoryWithoutAWorker() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        _ = try values.put([Self.put("k")], in: Self.tools).finish().get()
        guard case .done(let reply) = values.get(Self.request("k")) else { return #expect(Bool(false)) }
        guard case .hit(let value) = try reply.get() else { return #expect(Bool(false)) }
        #expect(value.content == Array("value".utf8))
        // A tool's result lives an hour unless its write says otherwise.
        #expect(value.expires == cache.clock.now().adding(seconds: 3600))
        cache.clock.advance(seconds: 3600)
        #expect(try Self.text(values.get(Self.request("k"))) == nil)
    }

    @Test func moreThanAReplyHoldsIsNotRead() throws {
        let cache = try EngineFixture { parts in
            parts.values = parts.store as? any KeyValueStore
            parts.limits.valueMemoryBytes = 0
        }
        let values = try #require(cache.engine.values)
        let place = ValuePlace()
        let content = [UInt8](repeating: 7, count: 4 << 20)
        let names = (0..<17).map { Array("k\($0)".utf8) }
        for name in names { _ = try values.put([ValuePut(name, content: content)], in: place).finish().get() }
        guard case .failure(let problem) = values.get(names, in: place).finish() else { return #expect(Bool(false)) }
        #expect(problem.code == .tooLarge && problem.field == "keys")
        #expect(try values.get(Array(names[..<16]), in: place).finish().get().count { $0 != nil } == 16)
        // One that is named again and again is read once.
        let again = [[UInt8]](repeating: names[0], count: 40) + [[0]]
        let sizes = try values.get(again, in: place).finish().get().map { $0?.content.count }
        #expect(sizes == [Int?](repeating: 4 << 20, count: 40) + [nil])
    }

    @Test func memoryNeverKeepsWhatAWriteBesideItHasReplaced() throws {
        let memory = ValueMemory(capacity: 1 << 20)
        let key = ValueKey(namespace: "n", name: [1])
        let now = Timestamp(milliseconds: 0)
        func value(_ version: Int64) -> KeptValue {
            KeptValue(kind: .bytes, content: [], version: version, expires: .distantFuture)
        }
        func held() -> Int64? { memory.value(key, at: now, epoch: 0)?.version }
        // A reader that asked the store before a write ended brings nothing back.
        let reader = memory.ticket(key)
        let writer = memory.begin(key)
        let late = memory.ticket(key)
        memory.end(key, writer, value(2))
        memory.keep(value(1), key, reader)
        #expect(held() == 2)
        memory.keep(value(1), key, late)
        #expect(held() == 2)
        // Of two writes at once nobody knows which the store took last.
        let (first, second) = (memory.begin(key), memory.begin(key))
        memory.end(key, second, value(4))
        memory.end(key, first, value(3))
        #expect(held() == nil)
    }

    @Test func manyWritersAndReadersNeverSeeAnOldValueAfterwards() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        onThreads(6) { thread in
            for round in 0..<100 {
                if thread < 3 {
                    _ = values.put([Self.put("k", "\(thread) \(round)")], in: Self.tools).finish()
                } else {
                    _ = values.get(Self.request("k")).finish()
                }
            }
        }
        let store = try #require(cache.store as? any KeyValueStore)
        let kept = try #require(try store.values([Array("k".utf8)], in: ValueSpace("tool"))[0])
        let served = try #require(try Self.text(values.get(Self.request("k"))))
        #expect(served == String(decoding: kept.content, as: UTF8.self))
    }

    @Test func aThousandMissesAtOnceGiveOneLease() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        let leases = Locked<[Lease]>([])
        let waits = Locked<[Waiting<Result<ValueReply, RequestProblem>>]>([])
        func run(_ step: Step<Result<ValueReply, RequestProblem>>) {
            switch step {
            case .blocking(let work): run(work())
            case .waiting(let waiting): waits.withLock { $0.append(waiting) }
            case .done(let reply): if case .success(.miss(let lease?)) = reply { leases.withLock { $0.append(lease) } }
            }
        }
        for _ in 0..<1000 { run(values.get(Self.request("k", wait: 10_000))) }
        #expect(leases.withLock { $0.count } == 1)
        #expect(waits.withLock { $0.count } == 999)
        let woken = Locked(0)
        for waiting in waits.withLock({ $0 }) { waiting.subscribe { woken.withLock { $0 += 1 } } }
        var put = Self.put("k", "brought")
        put.lease = leases.withLock { $0[0].token }
        _ = try values.put([put], in: Self.tools).finish().get()
        #expect(woken.withLock { $0 } == 999)
        for waiting in waits.withLock({ $0 }) { #expect(try Self.text(waiting.resume()) == "brought") }
    }

    @Test func aLeaseOnAValueEndsByReleaseAndByTime() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        func lease() throws -> Lease? {
            guard case .miss(let lease) = try values.get(Self.request("k")).finish().get() else { return nil }
            return lease
        }
        let first = try #require(try lease())
        #expect(try lease() == nil)
        #expect(cache.engine.release(lease: first.token).finish())
        #expect(try lease() != nil)
        cache.clock.advance(seconds: 31)
        #expect(try lease() != nil)
        // A value's lease is none of an answer's, and of no other place's.
        var other = Self.request("k")
        other.place.tenant = "acme"
        guard case .miss(let theirs?) = try values.get(other).finish().get() else { return #expect(Bool(false)) }
        #expect(theirs.token != first.token)
    }

    @Test func tenantsNeverSeeEachOthersValues() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        let (acme, umbrella) = (
            ValuePlace(namespace: "tool", tenant: "acme"), ValuePlace(namespace: "tool", tenant: "umbrella")
        )
        _ = try values.put([Self.put("k", "theirs")], in: acme).finish().get()
        for place in [umbrella, Self.tools, ValuePlace(namespace: "tool", tenant: "")] {
            #expect(try values.get([Array("k".utf8)], in: place).finish().get() == [nil])
            #expect(try values.remove([Array("k".utf8)], in: place).finish().get() == [nil])
        }
        #expect(try values.get([Array("k".utf8)], in: acme).finish().get()[0] != nil)
    }

    @Test func aWriteThatChangesWhatOthersRestOnTakesThemAlong() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        var (summary, unrelated) = (Self.put("summary"), Self.put("unrelated"))
        (summary.tags, unrelated.tags) = (["doc:17"], ["doc:18"])
        _ = try values.put([summary, unrelated], in: Self.tools).finish().get()
        _ = try values.put([summary], in: ValuePlace(namespace: "other")).finish().get()
        var document = Self.put("document")
        (document.tags, document.invalidates) = (["doc:17"], ["doc:17"])
        _ = try values.put([document], in: Self.tools).finish().get()
        let names = ["summary", "unrelated", "document"].map { Array($0.utf8) }
        #expect(try values.get(names, in: Self.tools).finish().get().map { $0 != nil } == [false, true, true])
        #expect(try values.get([names[0]], in: ValuePlace(namespace: "other")).finish().get()[0] != nil)
        #expect(try values.invalidate(tags: ["doc:18"], in: nil).finish().get() == 1)
        #expect(try values.get(names, in: Self.tools).finish().get().map { $0 != nil } == [false, false, true])
    }

    @Test func aWriteWhoseConditionDoesNotHoldTakesNothingAlong() throws {
        let values = try #require(try Self.cache().engine.values)
        var (summary, document) = (Self.put("summary"), Self.put("document"))
        (summary.tags, document.tags, document.invalidates) = (["doc:17"], ["doc:17"], ["doc:17"])
        let names = ["summary", "document"].map { Array($0.utf8) }
        guard case .written(let first, _) = try values.put([document], in: Self.tools).finish().get()[0] else {
            return #expect(Bool(false))
        }
        _ = try values.put([summary], in: Self.tools).finish().get()
        document.condition = .version(first.version - 1)
        #expect(
            try values.put([document], in: Self.tools).finish().get() == [.refused(version: first.version)])
        #expect(try values.get(names, in: Self.tools).finish().get().map { $0 != nil } == [true, true])
        // It carries the tag itself: its own condition is of the value that is there.
        document.condition = .version(first.version)
        guard case .written = try values.put([document], in: Self.tools).finish().get()[0] else {
            return #expect(Bool(false))
        }
        #expect(try values.get(names, in: Self.tools).finish().get().map { $0 != nil } == [false, true])
    }

    @Test func aNamespaceThatIsOffHoldsAndTakesNothing() throws {
        var policies = KeyValuePolicies()
        var off = KeyValuePolicy(.tool)
        off.isOn = false
        policies.named["tool"] = off
        let values = try #require(try Self.cache(policies).engine.values)
        #expect(throws: RequestProblem.self) { try values.put([Self.put("k")], in: Self.tools).finish().get() }
        #expect(throws: RequestProblem.self) {
            try values.add(1, to: [1], life: .usual, in: Self.tools).finish().get()
        }
        #expect(try values.get(Self.request("k")).finish().get() == .miss(nil))
    }

    @Test func presetsSetLivesAndSizesAndNoLifeIsLongerThanAllowed() throws {
        let policies = KeyValuePolicies()
        for preset in KeyValuePreset.allCases {
            #expect(policies.policy(of: preset.rawValue).maximumValueBytes == preset.maximumValueBytes)
        }
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        let flags = ValuePlace(namespace: "flag")
        let big = ValuePut([1], content: [UInt8](repeating: 0, count: (64 << 10) + 1))
        #expect {
            try values.put([big], in: flags).finish().get()
        } throws: {
            ($0 as? RequestProblem)?.code == .tooLarge && ($0 as? RequestProblem)?.field == "value"
        }
        var long = Self.put("k")
        for life in [ValueLife.seconds(1e300), .until(.distantFuture), .longest] {
            long.life = life
            guard case .written(let value, _) = try values.put([long], in: flags).finish().get()[0] else { continue }
            #expect(value.expires == cache.clock.now().adding(seconds: 365 * 86_400))
        }
        for seconds in [0, -1, Double.nan, -Double.infinity] {
            long.life = .seconds(seconds)
            #expect(throws: RequestProblem.self) { try values.put([long], in: flags).finish().get() }
        }
    }

    @Test(arguments: [0, 1025, 65_536])
    func badNamesAreRefused(_ count: Int) throws {
        let values = try #require(try Self.cache().engine.values)
        let name = [UInt8](repeating: 0x61, count: count)
        #expect {
            try values.get(ValueRequest(name, in: Self.tools)).finish().get()
        } throws: {
            ($0 as? RequestProblem)?.field == "key"
        }
        #expect(throws: RequestProblem.self) { try values.remove([name], in: Self.tools).finish().get() }
        #expect(throws: RequestProblem.self) {
            try values.put([ValuePut(name, content: [])], in: Self.tools).finish().get()
        }
    }

    @Test func aClockThatGoesBackLosesNothing() throws {
        let cache = try Self.cache()
        let values = try #require(cache.engine.values)
        _ = try values.put([Self.put("k", "1")], in: Self.tools).finish().get()
        cache.clock.advance(seconds: -100_000)
        #expect(try Self.text(values.get(Self.request("k"))) == "1")
        guard
            case .sum(2, let value) = try values.add(1, to: Array("k".utf8), life: .usual, in: Self.tools).finish()
                .get()
        else { return #expect(Bool(false)) }
        #expect(value.expires > cache.clock.now())
    }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func nodesOnOneRedisSeeEachOthersWritesAtOnceAndAnOutageIsSaid() throws {
        let redis = try PrivateRedis()
        func node() throws -> EngineFixture {
            let clock = TestClock(milliseconds: SystemClock().now().milliseconds)
            return try Self.cache(
                store: RedisStore(RedisConfiguration(.unix(path: redis.socketPath)), clock: clock))
        }
        let (one, two) = (try node(), try node())
        let (mine, theirs) = (try #require(one.engine.values), try #require(two.engine.values))
        // The fixture's clock is ahead of Redis's: lives are long enough.
        for text in ["first", "second"] {
            _ = try mine.put([Self.put("k", text)], in: Self.tools).finish().get()
            #expect(try Self.text(theirs.get(Self.request("k"))) == text)
        }
        #expect(try theirs.remove([Array("k".utf8)], in: Self.tools).finish().get()[0] != nil)
        #expect(try Self.text(mine.get(Self.request("k"))) == nil)
        redis.kill()
        let reply = theirs.get(Self.request("k")).finish()
        guard case .failure(let problem) = reply else { return #expect(Bool(false), "an outage is no miss") }
        #expect(problem.code == .unavailable)
        #expect(throws: RequestProblem.self) { try theirs.put([Self.put("k")], in: Self.tools).finish().get() }
    }
}
