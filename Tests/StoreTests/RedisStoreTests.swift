import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import Testing

@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
struct RedisStoreTests {
    // MARK: Trouble with the server

    @Test func aHangingRedisIsATimeoutByTheDeadline() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis, timeout: 0.2))
        let entry = CacheEntry.sample(1)
        try store.put(entry)
        redis.pause()
        // Connected already.
        expectEnd(within: 0.2, .timeout) { () throws(StoreError) in _ = try store.entry(entry.header.reference) }
        // The first connection is gone: a new one has to be made.
        expectEnd(within: 0.2, .timeout) { () throws(StoreError) in try store.put(entry) }
        expectEnd(within: 0.2, .timeout) { () throws(StoreError) in try store.check() }
        redis.resume()
        #expect(try RedisStore(.test(redis)).entry(entry.header.reference) == entry)
    }

    @Test func aHangingRedisHoldsUpManyThreadsOnlySoLong() throws {
        let redis = try PrivateRedis()
        var configuration = RedisConfiguration.test(redis, timeout: 0.2)
        configuration.connections = 2
        let store = RedisStore(configuration)
        redis.pause()
        let codes = Locked<[StoreError.Code?]>([])
        let began = SystemClock().monotonicNanoseconds()
        onThreads(6) { _ in
            let error = storeError { () throws(StoreError) in try store.check() }
            codes.withLock { $0.append(error?.code) }
        }
        #expect(seconds(since: began) < 0.2 + slack)
        #expect(codes.withLock { $0 } == Array(repeating: .timeout, count: 6))
        redis.resume()
    }

    @Test func aDeadRedisIsUnavailableAtOnceAndServesAgainOnceItIsBack() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let entry = CacheEntry.sample(1)
        try store.put(entry)
        redis.kill()
        let error = storeError { () throws(StoreError) in _ = try store.entry(entry.header.reference) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix("unix://\(redis.socketPath)?db=0 ") == true)
        try redis.start()
        // Its scripts are forgotten, as is the entry.
        #expect(try store.entry(entry.header.reference) == nil)
        try store.put(entry)
        #expect(try store.entry(entry.header.reference) == entry)
        redis.kill()
        try redis.start()
        // An idle connection broke unnoticed.
        try store.put(entry)
        #expect(try store.remove([entry.header.reference]) == 1)
    }

    @Test func aNodeOfForgottenScriptsLearnsThemAgain() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        try store.put((0..<5).map { .sample($0) })
        redis.command("SCRIPT", "FLUSH")
        let more = (10..<15).map { CacheEntry.sample($0) }
        try store.put(more)
        redis.command("SCRIPT", "FLUSH")
        let header = more[0].header
        let found = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
        #expect(found == more[0])
    }

    @Test func aReadOnlyReplicaIsNamedSo() throws {
        let redis = try PrivateRedis()
        redis.command("REPLICAOF", "127.0.0.1", "1")
        let store = RedisStore(.test(redis))
        let error = storeError { () throws(StoreError) in try store.put(.sample(1)) }
        #expect([.readOnly, .unavailable].contains(error?.code))
    }

    // MARK: Access

    @Test func aWrongPasswordIsDeniedWithoutBeingRepeated() throws {
        let redis = try PrivateRedis(password: "right-secret")
        var texts: [String] = []
        for password in [nil, "wrong-secret"] {
            var configuration = RedisConfiguration.test(redis)
            configuration.password = password.map { RedisConfiguration.Secret($0) }
            let store = RedisStore(configuration)
            let error = storeError { () throws(StoreError) in try store.check() }
            #expect(error?.code == .denied)
            texts += ["\(String(describing: error))", store.location, "\(configuration)"]
            var dumped = ""
            dump(configuration, to: &dumped)
            texts.append(dumped)
        }
        #expect(texts.allSatisfy { !$0.contains("secret-") && !$0.contains("wrong-") && !$0.contains("right-") })
    }

    @Test func passwordDatabaseAndPrefixAreUsed() throws {
        let redis = try PrivateRedis(password: "p@ss/word")
        let url = "unix://:p%40ss%2Fword@\(redis.socketPath)?db=3&prefix=other&timeout_ms=20000"
        let store = RedisStore(try RedisConfiguration(url: url))
        #expect(store.location == "unix://\(redis.socketPath)?db=3&prefix=other")
        let entry = CacheEntry.sample(1)
        try store.put(entry)
        #expect(try store.entry(entry.header.reference) == entry)
        for (prefix, database) in [("deja", 3), ("other", 0)] {
            let url = "unix://:p%40ss%2Fword@\(redis.socketPath)?db=\(database)&prefix=\(prefix)"
            let stranger = RedisStore(try RedisConfiguration(url: url))
            #expect(try stranger.entry(entry.header.reference) == nil)
            #expect(try stranger.allHeaders() == [])
        }
    }

    @Test func anUnprivilegedUserIsDenied() throws {
        let redis = try PrivateRedis()
        redis.command("ACL", "SETUSER", "reader", "on", ">sesame", "~deja:*", "+@read", "+@connection")
        var configuration = RedisConfiguration.test(redis)
        configuration.user = "reader"
        configuration.password = RedisConfiguration.Secret("sesame")
        let error = storeError { () throws(StoreError) in try RedisStore(configuration).put(.sample(1)) }
        #expect(error?.code == .denied)
        #expect(error.map { "\($0)".contains("sesame") } == false)
    }

    @Test func aUserWithJustWhatTheCacheNeedsIsEnough() throws {
        let redis = try PrivateRedis()
        redis.command(
            "ACL", "SETUSER", "deja", "on", ">sesame", "~deja:*", "+@read", "+@write", "+@scripting", "+@connection",
            "+@pubsub", "&deja:*", "+time", "-@dangerous")
        var configuration = RedisConfiguration.test(redis)
        configuration.user = "deja"
        configuration.password = RedisConfiguration.Secret("sesame")
        let store = RedisStore(configuration)
        let entry = CacheEntry.sample(1, tags: ["t"])
        try store.check()
        try store.put(entry)
        #expect(try store.allHeaders() == [entry.header])
        #expect(try store.statistics().entries == 1)
        #expect(try store.remove([entry.header.reference]) == 1)
    }

    // MARK: What lies in Redis

    @Test func keysLieInOneSlotAndAllExpire() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        try store.put(.sample(1, namespace: "a}b", tags: ["x y", "z"]))
        let keys = redis.command("KEYS", "*").split(separator: "\r\n").filter { $0.hasPrefix("deja:") }.map(String.init)
        #expect(keys.count == 6)
        // Beside them, which namespaces there are.
        #expect(Set(keys.map { $0.prefix(while: { $0 != "}" }) }) == ["deja:{a%7db/46", "deja:namespaces"])
        #expect(keys.contains { $0.hasPrefix("deja:{a%7db/") && $0.hasSuffix("}:t:x%20y") })
        for key in keys {
            let lifetime = Int(redis.command("PTTL", key).dropFirst().prefix { $0.isNumber }) ?? -1
            #expect(lifetime > 29 * 86_400_000, "\(key)")
        }
    }

    @Test func tagSetsFollowTheirEntries() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let long = CacheEntry.sample(1, lifetime: 7200, tags: ["t"])
        let short = CacheEntry.sample(2, lifetime: 60, tags: ["t"])
        try store.put([long, short])
        let key = redis.command("KEYS", "*:t:t").split(separator: "\r\n")[2]
        #expect(redis.command("SCARD", String(key)).hasPrefix(":2"))
        // The set lives as long as its longest-lived member.
        let lifetime = Int(redis.command("TTL", String(key)).dropFirst().prefix { $0.isNumber }) ?? -1
        #expect(lifetime > 3600)
        try store.remove([short.header.reference])
        #expect(redis.command("SCARD", String(key)).hasPrefix(":1"))
        try store.remove([long.header.reference])
        #expect(redis.command("EXISTS", String(key)).hasPrefix(":0"))
        #expect(entryKeys(redis) == 0)
    }

    @Test func replacingAndRemovingLeaveNoKeysBehind() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        for number in UInt64(0)..<20 {
            var entry = CacheEntry.sample(number, tags: ["t\(number)"])
            entry.header.exactKey = .sample(5)
            try store.put(entry)
        }
        #expect(entryKeys(redis) == 3)
        try store.remove(try store.allHeaders().map(\.reference))
        #expect(entryKeys(redis) == 0)
    }

    @Test func anEvictedEntryIsAMiss() throws {
        let redis = try PrivateRedis(arguments: ["--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"])
        let store = RedisStore(.test(redis))
        let noise = (0..<30_000).map { _ in UInt8.random(in: 0x30...0x39) }
        let response = RawJSON(validated: [0x22] + noise + [0x22])
        let entries = (UInt64(0)..<200).map { CacheEntry.sample($0, scope: $0, response: response) }
        try store.put(entries)
        let found = try entries.filter { try store.entry($0.header.reference) != nil }
        #expect(found.count < entries.count)
        // Half an entry is none: whichever key is gone, a lookup ends without an error.
        for header in entries.map(\.header) {
            _ = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
        }
        #expect(try store.allHeaders().count <= entries.count)
    }

    @Test func anEntryWhoseHashIsEvictedAloneIsAMiss() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let header = CacheEntry.sample(1).header
        try store.put(CacheEntry(header: header, body: CacheEntry.sample(1).body))
        redis.command("DEL", try key(of: "e", in: redis))
        #expect(try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) == nil)
        #expect(try store.entry(header.reference) == nil)
        #expect(try store.allHeaders() == [])
    }

    @Test func aFullRedisSaysSoAndWritesNoHalves() throws {
        let redis = try PrivateRedis(arguments: ["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"])
        let store = RedisStore(.test(redis))
        var error: StoreError?
        var number: UInt64 = 0
        while error == nil && number < 2000 {
            var entry = CacheEntry.sample(number, scope: number)
            entry.header.prompt = String(repeating: "word ", count: 10_000)
            error = storeError { () throws(StoreError) in try store.put(entry) }
            number += 1
        }
        #expect(error?.code == .full)
        let kept = try store.allHeaders()
        #expect(kept.count == Int(number) - 1)
        #expect(entryKeys(redis) == 2 * kept.count)
        // Room can be made.
        #expect(try store.remove(kept.map(\.reference)) == kept.count)
        try store.put(.sample(5000))
    }

    @Test func damagedKeysAreReportedPassedOverAndHealed() throws {
        let redis = try PrivateRedis()
        let reports = Locked<[StoreError]>([])
        let store = RedisStore(.test(redis), report: { error in reports.withLock { $0.append(error) } })
        let entries = (0..<4).map { CacheEntry.sample($0, scope: $0, tags: ["t"]) }
        try store.put(entries)
        let keys = entries.map { entry in
            redis.command("KEYS", "*:e:\(entry.header.id)").split(separator: "\r\n")[2]
        }
        redis.command("SET", String(keys[0]), "text")
        redis.command("HSET", String(keys[1]), "folded", "short")
        redis.command("HSET", String(keys[2]), "v", "2")
        redis.command("SET", try key(of: "t", in: redis), "text")
        #expect(try store.allHeaders() == [entries[3].header])
        #expect(reports.withLock { $0.map(\.code.rawValue).sorted() } == ["corrupt", "corrupt", "newerVersion"])
        let codes = entries.map { entry in
            storeError { () throws(StoreError) in _ = try store.entry(entry.header.reference) }?.code
        }
        #expect(codes == [.corrupt, .corrupt, .newerVersion, nil])
        let header = entries[1].header
        let error = storeError { () throws(StoreError) in
            _ = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
        }
        #expect(error?.message == "unix://\(redis.socketPath)?db=0: key \(keys[1]) is damaged: field folded")
        try store.put(entries)
        for entry in entries { #expect(try store.entry(entry.header.reference) == entry) }
    }

    @Test func anExactKeyOfTheWrongTypeIsReportedAndHealed() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let entry = CacheEntry.sample(1)
        let header = entry.header
        try store.put(entry)
        let exact = try key(of: "x", in: redis)
        redis.command("DEL", exact)
        redis.command("LPUSH", exact, "text")
        let error = storeError { () throws(StoreError) in
            _ = try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "unix://\(redis.socketPath)?db=0: key \(exact) is damaged: another kind of value")
        try store.put(entry)
        #expect(
            try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) == entry)
    }

    @Test func otherKeysInTheDatabaseAreLeftAlone() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        for number in 0..<50 { redis.command("SET", "session:\(number)", "x") }
        redis.command("SET", "deja:{x}:e:notanid", "x")
        try store.put(.sample(1))
        #expect(try store.allHeaders().count == 1)
        #expect(try store.statistics().entries == 1)
        #expect(redis.command("DBSIZE").hasPrefix(":55"))
    }

    // MARK: TCP

    @Test func tcpWorksAndARefusedPortIsUnavailable() throws {
        let port = try freePort()
        let redis = try PrivateRedis(arguments: ["--port", String(port), "--bind", "127.0.0.1"])
        defer { withExtendedLifetime(redis) {} }
        let store = RedisStore(try RedisConfiguration(url: "redis://localhost:\(port)/1?timeout_ms=20000"))
        #expect(store.location == "redis://localhost:\(port)/1")
        let entry = CacheEntry.sample(1)
        try store.put(entry)
        #expect(try store.entry(entry.header.reference) == entry)
        redis.kill()
        let error = storeError { () throws(StoreError) in try store.check() }
        #expect(error?.code == .unavailable)
    }

    @Test func aHostWithoutAnAddressIsUnavailable() throws {
        let store = RedisStore(try RedisConfiguration(url: "redis://no-such-host.invalid?timeout_ms=3000"))
        let error = storeError { () throws(StoreError) in try store.check() }
        #expect([.unavailable, .timeout].contains(error?.code))
    }

    // MARK: Parts

    /// What a busy machine may add to a deadline.
    private let slack = 3.0

    private func expectEnd(
        within limit: Double, _ code: StoreError.Code, location: SourceLocation = #_sourceLocation,
        _ body: () throws(StoreError) -> Void
    ) {
        let began = SystemClock().monotonicNanoseconds()
        #expect(storeError(body)?.code == code, sourceLocation: location)
        #expect(seconds(since: began) < limit + slack, sourceLocation: location)
    }

    private func seconds(since began: UInt64) -> Double {
        Double(SystemClock().monotonicNanoseconds() - began) / 1e9
    }

    /// How many keys there are of entries, exact keys and tags.
    private func entryKeys(_ redis: PrivateRedis) -> Int {
        redis.command("KEYS", "deja:{*}:[ext]:*").split(separator: "\r\n").count { $0.hasPrefix("deja:") }
    }

    /// The first key of a kind (`e`, `x`, `t`).
    private func key(of kind: String, in redis: PrivateRedis) throws -> String {
        let lines = redis.command("KEYS", "deja:*:\(kind):*").split(separator: "\r\n")
        return String(try #require(lines.first { $0.hasPrefix("deja:") }))
    }

    /// A port that was free a moment ago.
    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                _ = getsockname(descriptor, $0, &size)
            }
        }
        return UInt16(bigEndian: try #require(address.sin_port == 0 ? nil : address.sin_port))
    }
}
