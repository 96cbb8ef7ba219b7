import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import Testing

/// Two servers and three real sentinels.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct RedisSentinelTests {
    @Test func theStoreFollowsTheMasterThroughFailovers() throws {
        let sentinels = try PrivateSentinels()
        let store = RedisStore(try RedisConfiguration(url: "\(sentinels.url)?timeout_ms=1000"))
        let entries = (UInt64(0)..<20).map { CacheEntry.sample($0) }
        try store.put(entries)
        // It becomes a replica because somebody says so: connections stay open, and writes are refused over them.
        try sentinels.wait { $0[0].command("SENTINEL", "FAILOVER", "cache").hasPrefix("+OK") }
        try sentinels.wait { _ in sentinels.master == 1 }
        try recovers(within: 30) { try store.put(.sample(100)) }
        for entry in entries { #expect(try store.entry(entry.header.reference) == entry) }
        try sentinels.wait { _ in
            sentinels.servers[0].command("INFO", "replication").contains("master_link_status:up")
        }
        sentinels.servers[1].command("WAIT", "1", "5000")
        // The new master dies.
        sentinels.servers[1].kill()
        try recovers(within: 30) { try store.put(.sample(101)) }
        #expect(sentinels.servers[0].command("INFO", "replication").contains("role:master"))
        for entry in entries { #expect(try store.entry(entry.header.reference) == entry) }
        // What the old master took after the sentinels had chosen another may be gone; what came after is not.
        #expect(Set(try store.allHeaders().map(\.id)).isSuperset(of: entries.map(\.header.id)))
    }

    @Test func deadSentinelsAndUnknownNamesAreSaidSo() throws {
        let sentinels = try PrivateSentinels()
        sentinels.sentinels[0].kill()
        sentinels.sentinels[1].pause()
        // The third still knows.
        try RedisStore(try RedisConfiguration(url: "\(sentinels.url)?timeout_ms=2000")).check()
        let wrong = sentinels.url.replacingOccurrences(of: "/cache", with: "/other") + "?timeout_ms=2000"
        let store = RedisStore(try RedisConfiguration(url: wrong))
        let error = storeError { () throws(StoreError) in try store.check() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("knows no master called other") == true, "\(String(describing: error))")
        sentinels.sentinels[1].resume()
    }

    /// Tries until it works.
    private func recovers(within seconds: Double, _ body: () throws -> Void) throws {
        let deadline = Deadline(seconds: seconds)
        while true {
            do { return try body() } catch { if deadline.hasPassed { throw error } }
            usleep(20_000)
        }
    }
}
