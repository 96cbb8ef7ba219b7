import CacheModel
import Foundation
import Platform
import TestSupport
import Testing

@testable import RedisStore

@Suite struct HashSlotTests {
    /// From the specification, and what `CLUSTER KEYSLOT` of a real server says.
    @Test func slotsAreThoseOfTheSpecification() {
        func slot(_ key: String) -> Int { HashSlot.of(Array(key.utf8)) }
        #expect(slot("123456789") == 0x31C3)
        #expect(slot("foo") == 12_182)
        #expect(slot("{user1000}.following") == slot("{user1000}.followers"))
        #expect(slot("foo{{bar}}zap") == slot("{bar"))
        #expect(slot("foo{bar}{zap}") == slot("bar"))
        #expect(slot("foo{}{bar}") != slot("bar"))
        #expect(slot("") == 0)
    }

    @Test func commandsAreRoutedByTheirKey() {
        #expect(String(decoding: RESPCommand("HMGET", "k", "f").routingKey, as: UTF8.self) == "k")
        #expect(String(decoding: RESPCommand("EVALSHA", "sha", "2", "a", "b").routingKey, as: UTF8.self) == "a")
        #expect(String(decoding: RESPCommand("EVAL", "text", "1", "a").routingKey, as: UTF8.self) == "a")
        #expect(RESPCommand("DBSIZE").routingKey.isEmpty)
    }
}

@Suite struct ClusterMapTests {
    private let asked = RedisConfiguration.Endpoint.tcp(host: "seed", port: 1)

    private func node(_ host: String?, _ port: Int64) -> RESPReply {
        .array([host.map { .string(Array($0.utf8)) } ?? .null, .integer(port), .string(Array("id".utf8))])
    }

    @Test func slotsBelongToTheFirstNodeOfTheirRange() throws {
        let reply = RESPReply.array([
            .array([.integer(0), .integer(99), node("a", 1), node("b", 2)]),
            .array([.integer(200), .integer(16_383), node("", 7)]),
        ])
        var map = try #require(ClusterMap(reply, asked: asked))
        #expect(map.owner(of: 99) == .tcp(host: "a", port: 1))
        #expect(map.owner(of: 100) == nil)
        // A node that does not know its own name is where it was asked.
        #expect(map.owner(of: 16_383) == .tcp(host: "seed", port: 7))
        #expect(map.nodes.count == 3)
        map.move(100, to: .tcp(host: "c", port: 9))
        #expect(map.owner(of: 100) == .tcp(host: "c", port: 9))
        #expect(map.masters.count == 3)
    }

    @Test(arguments: [
        RESPReply.array([]), .null, .array([.integer(1)]),
        .array([.array([.integer(0), .integer(16_384), .array([.string([0x61]), .integer(1)])])]),
        .array([.array([.integer(5), .integer(4), .array([.string([0x61]), .integer(1)])])]),
        .array([.array([.integer(0), .integer(4), .array([.string([0x61]), .integer(70_000)])])]),
    ])
    func whatIsNoMapIsNone(reply: RESPReply) { #expect(ClusterMap(reply, asked: asked) == nil) }

    @Test func redirectionsAreRead() {
        func redirection(_ text: String) -> ClusterRedirection? { ClusterRedirection(.error(text), asked: asked) }
        #expect(redirection("MOVED 3999 127.0.0.1:6381") == .moved(slot: 3999, to: .tcp(host: "127.0.0.1", port: 6381)))
        #expect(redirection("MOVED 3999 ::1:6381") == .moved(slot: 3999, to: .tcp(host: "::1", port: 6381)))
        #expect(redirection("MOVED 3999 :6381") == .moved(slot: 3999, to: .tcp(host: "seed", port: 6381)))
        #expect(redirection("ASK 1 h:2") == .ask(.tcp(host: "h", port: 2)))
        #expect(redirection("TRYAGAIN Multiple keys request during rehashing of slot") == .tryAgain)
        for text in ["MOVED", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h", "CLUSTERDOWN", "ERR MOVED 1 h:1"] {
            #expect(redirection(text) == nil)
        }
        #expect(ClusterRedirection(.string(Array("MOVED 1 h:1".utf8)), asked: asked) == nil)
    }
}

/// Six real nodes on the loopback.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct RedisClusterTests {
    private func store(_ cluster: PrivateCluster, timeout: Int = 20_000) throws -> RedisStore {
        RedisStore(try RedisConfiguration(url: "\(cluster.url)?timeout_ms=\(timeout)"))
    }

    private func slot(_ header: EntryHeader) -> Int {
        HashSlot.of(
            Array(
                RedisKeys(prefix: "deja", shardCount: 64).base(
                    namespace: header.namespace, scope: header.scope
                ).utf8))
    }

    @Test func entriesSpreadOverAllMastersAndAreFoundAgain() throws {
        let cluster = try PrivateCluster()
        let store = try store(cluster)
        try store.check()
        let entries = (UInt64(0)..<200).map { CacheEntry.sample($0, scope: $0, tags: ["t"]) }
        try store.put(entries)
        for entry in entries {
            let header = entry.header
            #expect(try store.entry(header.reference) == entry)
            #expect(
                try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) == entry)
        }
        #expect(Set(try store.allHeaders().map(\.id)) == Set(entries.map(\.header.id)))
        #expect(try store.statistics().entries == 200)
        for node in cluster.nodes[..<3] {
            let count = Int(node.command("DBSIZE").dropFirst().prefix { $0.isNumber }) ?? 0
            #expect(count > 50)
        }
        #expect(try store.remove(entries.map(\.header.reference)) == 200)
        #expect(try store.allHeaders() == [])
    }

    @Test func whatIsSealedMovesWithItsSlotAndIsFollowed() throws {
        let cluster = try PrivateCluster(nodeTimeout: 30_000)
        let (inner, other) = (try store(cluster), try store(cluster))
        let cipher = AESCipher(.random())
        let (sealed, reader) = (SealedStore(inner, cipher: cipher), SealedStore(other, cipher: cipher))
        let changes = SealedChanges(other, entries: reader, cipher: cipher)
        var position = try changes.end()
        let entries = (UInt64(0)..<40).map { CacheEntry.sample($0, scope: $0) }
        try sealed.put(entries)
        var followed: [EntryID: EntryHeader] = [:]
        let deadline = Deadline(seconds: 20)
        while followed.count < entries.count, !deadline.hasPassed {
            let found = try changes.changes(after: &position, waiting: 0.1) { _ in false }
            for case .stored(let header) in found { followed[header.id] = header }
        }
        let headers = Dictionary(uniqueKeysWithValues: entries.map { ($0.header.id, $0.header) })
        #expect(followed == headers)
        #expect(try other.allHeaders().allSatisfy { !$0.prompt.contains("password") })
        for slot in Set(entries.map { slot($0.header) }.filter { $0 <= 5460 }) {
            cluster.move(slot: slot, from: 0, to: 2)
        }
        for entry in entries { #expect(try reader.entry(entry.header.reference) == entry) }
        #expect(Dictionary(uniqueKeysWithValues: try reader.allHeaders().map { ($0.id, $0) }) == headers)
    }

    @Test func nothingIsLostWhileSlotsMoveUnderLoad() throws {
        // No master is to be replaced meanwhile, however busy the machine is: a replica may lack the last writes.
        // Nor is the time-out longer: nodes tell each other of moved slots every half of it.
        let cluster = try PrivateCluster(
            nodeTimeout: 5000,
            arguments: ["--cluster-replica-no-failover", "yes", "--cluster-require-full-coverage", "no"])
        let store = try store(cluster)
        let before = (UInt64(0)..<300).map { CacheEntry.sample($0, scope: $0 % 40) }
        try store.put(before)
        let slots = Set(before.map { slot($0.header) }.filter { $0 <= 5460 })
        #expect(slots.count > 5)
        let isOver = Locked(false)
        let stored = Locked<[CacheEntry]>([])
        let problems = Locked<[String]>([])
        let reads = Locked(0)
        onThreads(4) { thread in
            if thread == 0 {
                for slot in slots.sorted() { cluster.move(slot: slot, from: 0, to: 1) }
                isOver.withLock { $0 = true }
                return
            }
            var number = UInt64(thread) * 100_000
            while !isOver.withLock({ $0 }) {
                number += 1
                do {
                    if thread == 1 {
                        let entry = CacheEntry.sample(number, scope: number % 40)
                        try store.put(entry)
                        stored.withLock { $0.append(entry) }
                    } else {
                        let entry = before[Int(number) % before.count]
                        let header = entry.header
                        let found =
                            thread == 2
                            ? try store.entry(header.reference)
                            : try store.entry(
                                exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
                        if found != entry { problems.withLock { $0.append("\(number): not found") } }
                        reads.withLock { $0 += 1 }
                    }
                } catch {
                    problems.withLock { $0.append("\(number): \(error)") }
                }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(reads.withLock { $0 } > 0)
        let all = before + stored.withLock { $0 }
        for entry in all { #expect(try store.entry(entry.header.reference) == entry) }
        #expect(Set(try store.allHeaders().map(\.id)).isSuperset(of: all.map(\.header.id)))
        for index in 0..<3 { #expect(cluster.nodes[index].command("INFO", "replication").contains("role:master")) }
        // The third node hears of it from the others.
        let deadline = Deadline(seconds: 20)
        while cluster.master(of: slots.first!, asking: 2) != 1, !deadline.hasPassed { usleep(50_000) }
        #expect(
            cluster.master(of: slots.first!, asking: 2) == 1,
            "\(slots.first!): \(cluster.nodes[2].command("CLUSTER", "NODES"))")
    }

    /// An entry in a slot of the first node, while its namespace is known already.
    private func entryOfTheFirstNode(_ store: RedisStore) throws -> CacheEntry {
        try store.put(.sample(1000, scope: 1000))
        let entries = (UInt64(0)..<100).map { CacheEntry.sample($0, scope: $0) }
        return try #require(entries.first { slot($0.header) <= 5460 })
    }

    /// A put needs its keys on one node: while its slot is open nobody takes it.
    @Test func whatNobodyTakesWhileASlotIsOnItsWayIsNotReportedAsStored() throws {
        let cluster = try PrivateCluster(nodeTimeout: 30_000)
        let (hasty, patient) = (try store(cluster, timeout: 2000), try store(cluster))
        let entry = try entryOfTheFirstNode(hasty)
        cluster.beginMove(slot: slot(entry.header), from: 0, to: 1)
        let error = storeError { () throws(StoreError) in try hasty.put(entry) }
        // A time-out when the deadline passes between a command and its reply.
        #expect([.partlyUnavailable, .timeout].contains(error?.code), "\(String(describing: error))")
        cluster.move(slot: slot(entry.header), from: 0, to: 1)
        #expect(try patient.entry(entry.header.reference) == nil)
        try patient.put(entry)
        #expect(try patient.entry(entry.header.reference) == entry)
    }

    @Test func whatASlotOnItsWayToADeadNodeDoesNotTakeIsNotReportedAsStored() throws {
        let cluster = try PrivateCluster(nodeTimeout: 30_000)
        let store = try store(cluster)
        let entry = try entryOfTheFirstNode(store)
        cluster.beginMove(slot: slot(entry.header), from: 0, to: 1)
        cluster.nodes[1].kill()
        let error = storeError { () throws(StoreError) in try store.put(entry) }
        #expect(error?.code == .partlyUnavailable, "\(String(describing: error))")
    }

    @Test func aDeadMasterCostsItsSlotsAloneAndItsReplicaTakesOver() throws {
        let cluster = try PrivateCluster(arguments: ["--cluster-require-full-coverage", "no"])
        let store = try store(cluster, timeout: 250)
        let entries = (UInt64(0)..<60).map { CacheEntry.sample($0, scope: $0) }
        try store.put(entries)
        cluster.nodes[0].command("WAIT", "1", "5000")
        cluster.nodes[0].kill()
        let clock = SystemClock()
        let began = clock.monotonicNanoseconds()
        var codes: Set<String> = []
        var failing = true
        var slowest = 0.0
        while failing {
            failing = false
            for entry in entries {
                let start = clock.monotonicNanoseconds()
                do throws(StoreError) {
                    #expect(try store.entry(entry.header.reference) == entry)
                } catch {
                    // The two other masters go on answering.
                    #expect(slot(entry.header) <= 5460)
                    codes.insert(error.code.rawValue)
                    failing = true
                }
                slowest = max(slowest, Double(clock.monotonicNanoseconds() - start) / 1e9)
            }
            try #require(Double(clock.monotonicNanoseconds() - began) < 60e9, "nobody took over")
            usleep(20_000)
        }
        #expect(codes.isSubset(of: ["partlyUnavailable"]), "\(codes)")
        #expect(slowest < 3.25)
        #expect(store.servers.topologyChanges > 0)
        try store.put(entries)
        #expect(Set(try store.allHeaders().map(\.id)) == Set(entries.map(\.header.id)))
    }

    @Test func aHangingMasterCostsOneTimeOutAndNotOneEach() throws {
        let cluster = try PrivateCluster(nodeTimeout: 15_000)
        let store = try store(cluster, timeout: 200)
        let entries = (UInt64(0)..<60).map { CacheEntry.sample($0, scope: $0) }
        try store.put(entries)
        let hanging = entries.filter { slot($0.header) <= 5460 }
        cluster.nodes[0].pause()
        let clock = SystemClock()
        let began = clock.monotonicNanoseconds()
        for _ in 0..<5 {
            for entry in hanging {
                let error = storeError { () throws(StoreError) in _ = try store.entry(entry.header.reference) }
                #expect([.timeout, .partlyUnavailable].contains(error?.code))
            }
        }
        // Each for itself would be some 20 seconds.
        #expect(Double(clock.monotonicNanoseconds() - began) / 1e9 < 5)
        cluster.nodes[0].resume()
    }
}
