import CacheModel
import Foundation
import Platform
import RedisStore
import TestSupport
import VectorSearch

@testable import CacheEngine

/// Three nodes over a cluster of six, while masters and nodes die and stand still at random: what must hold all the same.
///
/// Each node stores, looks up and invalidates prompts of a few subjects and tenants. An answer says which store it comes
/// from, so that every hit can be held against what was invalidated before.
final class ChaosScenario: Sendable {
    /// What was done, and what was found wrong.
    struct Outcome: Sendable {
        var lookups = 0
        var hits = 0
        var stores = 0
        var stored = 0
        var invalidations = 0
        var faults: [String: Int] = [:]
        var problems: [String] = []
        /// Milliseconds from a store on one node to the entry's being in the others' indexes, sorted.
        var propagation: [Double] = []
    }

    /// One node, as a process of its own would be; `nil` while it is dead.
    private final class Node: Sendable {
        let engine: CacheEngine
        let ledger: Ledger
        let isPaused = Locked(false)
        let isOver = Locked(false)
        let threads = DispatchGroup()

        init(engine: CacheEngine, ledger: Ledger) { (self.engine, self.ledger) = (engine, ledger) }
    }

    /// What was last invalidated of each subject: the number of the last store that had ended before.
    private struct Truth {
        var lastStored: [Int: Int] = [:]
        var floor: [Int: Int] = [:]
        var next = 0
        var invalidated: [(tag: String, moment: Timestamp)] = []
    }

    private let cluster: PrivateCluster
    private let folder: TemporaryFolder
    private let seconds: Double
    private let seed: UInt64
    private let nodes: [Locked<Node?>]
    private let truth = Locked(Truth())
    private let outcome = Locked(Outcome())
    private let clock = SystemClock()

    private static let subjects = 24
    private static let tenants = 3
    /// A slot of each third.
    private static let slots = [0, 8000, 16_383]

    /// A replica on a busy machine may be late to be elected: it stays fit for that for 110 s rather than 20 s.
    private static let settings = [
        "--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "100",
    ]

    /// Of so many seconds; the same `seed` does the same things in the same order, as far as threads allow.
    init(seconds: Double, seed: UInt64) throws {
        cluster = try PrivateCluster(nodeTimeout: 1000, arguments: Self.settings)
        folder = try TemporaryFolder()
        (self.seconds, self.seed) = (seconds, seed)
        nodes = (0..<3).map { _ in Locked<Node?>(nil) }
        for index in nodes.indices { try start(index) }
    }

    /// Runs it, lets everything come to rest, and checks.
    func run() throws -> Outcome {
        let deadline = Deadline(seconds: seconds)
        onThreads(4) { [self] thread in
            if thread == 3 { disturb(until: deadline) } else { work(thread, until: deadline) }
        }
        try comeToRest()
        try check()
        measurePropagation()
        return outcome.withLock { $0 }
    }

    // MARK: Nodes

    private func start(_ index: Int) throws {
        var configuration = try RedisConfiguration(url: "\(cluster.url)?timeout_ms=250")
        configuration.connections = 4
        let store = RedisStore(configuration)
        let ledger = Ledger(store: store, spool: try MappedSpool(folder: folder.file("ledger-\(index)")))
        try ledger.recover()
        var limits = CacheEngine.Limits()
        limits.memoryTierBytes = 1 << 20
        var parts = CacheEngine.Parts(
            store: store, embedder: WordEmbedder(), indexes: FlatIndexFactory(), judge: WordJudge(),
            normalizer: LowercaseNormalizer(), hasher: OpenSSLHasher(), pricing: PriceTable([:]), limits: limits)
        parts.changes = store
        parts.epochs = store
        parts.leases = store
        parts.ledger = ledger
        parts.accounting = ledger
        parts.writeSpool = try MappedSpool(folder: folder.file("writes-\(index)"), segmentBytes: 1 << 20)
        let engine = CacheEngine(parts)
        // Redis may be away: then nothing is read from it before it has said.
        try? engine.loadEpochs()
        try engine.recoverWrites()
        let node = Node(engine: engine, ledger: ledger)
        nodes[index].withLock { $0 = node }
        try? engine.rebuild()
        keep(node) { node in
            do throws(StoreError) { try node.engine.followStore(waiting: 0.1) } catch { usleep(50_000) }
        }
        keep(node) { node in
            node.engine.tendStore()
            try? node.ledger.flush()
            usleep(50_000)
        }
    }

    /// Does `work` again and again on a thread of its own, until the node is over.
    private func keep(_ node: Node, _ work: @escaping @Sendable (Node) -> Void) {
        node.threads.enter()
        Thread.detachNewThread {
            defer { node.threads.leave() }
            while !node.isOver.withLock({ $0 }) {
                if node.isPaused.withLock({ $0 }) { usleep(20_000) } else { work(node) }
            }
        }
    }

    /// As SIGKILL does: nothing is flushed, written or closed. Its threads end between two steps, so that its files are
    /// nobody's.
    private func kill(_ index: Int) {
        let node = nodes[index].withLock { node in
            defer { node = nil }
            return node
        }
        node?.isOver.withLock { $0 = true }
        node?.threads.wait()
    }

    // MARK: Work

    private func work(_ index: Int, until deadline: Deadline) {
        var random = SeededRandom(seed: seed &+ UInt64(index))
        while !deadline.hasPassed {
            let subject = Int.random(in: 0..<Self.subjects, using: &random)
            let choice = Int.random(in: 0..<100, using: &random)
            // Whoever kills the node waits for the step to end.
            nodes[index].withLock { node in
                guard let node, !node.isPaused.withLock({ $0 }) else { return }
                switch choice {
                case 0..<60: lookUp(subject, node.engine)
                case 60..<96: store(subject, node.engine)
                default: invalidate(subject, node.engine)
                }
            }
            usleep(1000)
        }
    }

    private func request(_ subject: Int) -> CacheRequest {
        var request = CacheRequest(prompt: "what is the state of subject \(subject)")
        request.tenant = "tenant \(subject % Self.tenants)"
        return request
    }

    private func lookUp(_ subject: Int, _ engine: CacheEngine) {
        let before = truth.withLock { $0.floor[subject] ?? -1 }
        let reply = engine.lookup(request(subject)).finish()
        outcome.withLock { outcome in
            outcome.lookups += 1
            if reply.status == .hit { outcome.hits += 1 }
        }
        if let number = answer(reply, subject), number <= before {
            // Other nodes hear of it within moments; the end of the run is where it must hold everywhere.
            outcome.withLock { $0.faults["hits while an invalidation was on its way", default: 0] += 1 }
        }
    }

    /// The number of the store that a hit comes from; a wrong tenant's or subject's answer is a problem.
    private func answer(_ reply: LookupReply, _ subject: Int) -> Int? {
        guard reply.status == .hit, let text = reply.response.map({ String(decoding: $0.bytes, as: UTF8.self) }) else {
            return nil
        }
        let parts = text.dropFirst().dropLast().split(separator: "/")
        guard parts.count == 3, Int(parts[0]) == subject % Self.tenants, Int(parts[1]) == subject else {
            outcome.withLock { $0.problems.append("subject \(subject) was answered \(text)") }
            return nil
        }
        return Int(parts[2])
    }

    private func store(_ subject: Int, _ engine: CacheEngine) {
        let number = truth.withLock { truth in
            truth.next += 1
            return truth.next
        }
        var request = StoreRequest(
            request: request(subject),
            response: RawJSON(.string("\(subject % Self.tenants)/\(subject)/\(number)")))
        request.tags = ["subject \(subject)"]
        let reply = engine.store(request).finish()
        outcome.withLock { outcome in
            outcome.stores += 1
            if case .stored = reply { outcome.stored += 1 }
        }
        truth.withLock { $0.lastStored[subject] = max($0.lastStored[subject] ?? -1, number) }
    }

    private func invalidate(_ subject: Int, _ engine: CacheEngine) {
        var request = InvalidationRequest()
        request.tags = ["subject \(subject)"]
        let floor = truth.withLock { truth in
            truth.invalidated.append((request.tags[0], clock.now()))
            return truth.lastStored[subject] ?? -1
        }
        _ = engine.invalidate(request).finish()
        truth.withLock { $0.floor[subject] = max($0.floor[subject] ?? -1, floor) }
        outcome.withLock { $0.invalidations += 1 }
        // Here it holds at once.
        let reply = engine.lookup(self.request(subject)).finish()
        outcome.withLock { $0.lookups += 1 }
        if reply.status == .hit { outcome.withLock { $0.hits += 1 } }
        if let number = answer(reply, subject), number <= floor {
            outcome.withLock { $0.problems.append("store \(number) was served where \(floor) had been invalidated") }
        }
    }

    // MARK: Faults

    private func disturb(until deadline: Deadline) {
        var random = SeededRandom(seed: seed &+ 99)
        while !deadline.hasPassed {
            usleep(UInt32.random(in: 300_000...900_000, using: &random))
            let target = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                note("nodes killed")
                kill(target)
                usleep(UInt32.random(in: 50_000...400_000, using: &random))
                restart(target)
            case 1:
                note("nodes paused")
                guard let node = nodes[target].withLock({ $0 }) else { continue }
                node.isPaused.withLock { $0 = true }
                usleep(UInt32.random(in: 200_000...1_500_000, using: &random))
                node.isPaused.withLock { $0 = false }
            case 2:
                note("masters paused for a moment")
                pauseMaster(of: target, milliseconds: Int.random(in: 100...600, using: &random))
            case 3:
                note("masters paused until replaced")
                pauseMaster(of: target, milliseconds: 3500)
            default: killMaster(of: target)
            }
        }
    }

    private func note(_ fault: String) { outcome.withLock { $0.faults[fault, default: 0] += 1 } }

    private func restart(_ index: Int) {
        do { try start(index) } catch { outcome.withLock { $0.problems.append("node \(index): \(error)") } }
    }

    /// The place of the master of a third of the slots, as any node that answers says.
    private func master(of third: Int) -> Int? {
        for asked in cluster.nodes.indices {
            if let master = cluster.master(of: Self.slots[third], asking: asked) { return master }
        }
        return nil
    }

    private func pauseMaster(of third: Int, milliseconds: Int) {
        guard let master = master(of: third) else { return }
        cluster.nodes[master].pause()
        usleep(UInt32(milliseconds) * 1000)
        cluster.nodes[master].resume()
        settle()
    }

    /// Kills a master once its replica has everything, waits for the replica to take over, and starts the dead one again.
    ///
    /// Nothing is written from before the replica is asked until the master is dead: Redis would lose it, and its master
    /// comes back empty, so that it must not come back as the master that it was.
    private func killMaster(of third: Int) {
        guard let master = master(of: third) else { return }
        let node = cluster.nodes[master]
        node.command("CLIENT", "PAUSE", "2000", "WRITE")
        guard cluster.isReplicated(master, within: 1) else { return }
        note("masters killed")
        node.kill()
        let living = cluster.nodes.indices.filter { $0 != master }
        awaitCluster("the replica of a dead master took over") { nodes in
            let agreed = Set(living.map { self.cluster.master(of: Self.slots[third], asking: $0) })
            guard agreed.count == 1, let heir = agreed.first ?? nil, heir != master else { return false }
            return nodes[heir].command("INFO", "replication").contains("role:master")
        }
        do { try node.start() } catch { outcome.withLock { $0.problems.append("redis-server: \(error)") } }
        settle()
    }

    /// Waits until every master has its replica again: another fault before that could lose data, as Redis may.
    private func settle() {
        awaitCluster("every master has its replica") { nodes in
            nodes.allSatisfy { node in
                let info = node.command("INFO", "replication")
                return info.contains("role:master") ? info.contains("state=online") : info.contains("link_status:up")
            } && nodes.allSatisfy { $0.command("CLUSTER", "INFO").contains("cluster_state:ok") }
        }
    }

    /// What the cluster does not come to in time is said, or its loss of data would look like ours.
    private func awaitCluster(_ state: String, _ isReached: ([PrivateRedis]) -> Bool) {
        do {
            try cluster.wait(seconds: 90, isReached)
        } catch {
            outcome.withLock { $0.problems.append("the cluster did not come so far that \(state): \(error)") }
        }
    }

    // MARK: The end

    private func comeToRest() throws {
        settle()
        let deadline = Deadline(seconds: 30)
        var isAtRest = false
        while !isAtRest, !deadline.hasPassed {
            usleep(100_000)
            isAtRest = nodes.allSatisfy { node in
                guard let engine = node.withLock({ $0?.engine }) else { return false }
                let readiness = engine.readiness()
                return engine.statistics().pendingWrites == 0 && readiness.isIndexBuilt && readiness.breaker == .closed
                    && !engine.follower.isBehind
            }
        }
        if !isAtRest { outcome.withLock { $0.problems.append("it did not come to rest") } }
        // One poll of every log, for what was published while nobody heard.
        usleep(6_000_000)
    }

    private func check() throws {
        let floors = truth.withLock { $0.floor }
        for (index, slot) in nodes.enumerated() {
            guard let node = slot.withLock({ $0 }) else { continue }
            for subject in 0..<Self.subjects {
                let reply = node.engine.lookup(request(subject)).finish()
                outcome.withLock { outcome in
                    outcome.lookups += 1
                    if reply.status == .hit { outcome.hits += 1 }
                }
                if let number = answer(reply, subject), number <= floors[subject] ?? -1 {
                    outcome.withLock {
                        $0.problems.append("node \(index) serves store \(number) of subject \(subject), invalidated")
                    }
                }
            }
        }
        let store = RedisStore(try RedisConfiguration(url: "\(cluster.url)?timeout_ms=5000"))
        let invalidated = truth.withLock { $0.invalidated }
        try store.scanHeaders(batchSize: 500) { headers in
            for header in headers
            where invalidated.contains(where: { header.tags == [$0.tag] && header.created <= $0.moment }) {
                outcome.withLock { $0.problems.append("an invalidated entry is still in the store: \(header.prompt)") }
            }
            return true
        }
        try checkLedger(store)
    }

    private func checkLedger(_ store: RedisStore) throws {
        for slot in nodes {
            guard let node = slot.withLock({ $0 }) else { continue }
            try node.ledger.flush()
        }
        let rows = try store.ledger(LedgerQuery(since: 0, until: .max / 48))
        let counted = rows.reduce(into: LedgerCounts()) { $0 += $1.counts }
        let done = outcome.withLock { $0 }
        let lookups = [LedgerCounter.exactHits, .semanticHits, .staleHits, .misses, .bypasses].reduce(0) {
            $0 + counted[$1]
        }
        if lookups != Int64(done.lookups) {
            outcome.withLock { $0.problems.append("\(lookups) of \(done.lookups) lookups in the ledger") }
        }
        if counted[.exactHits] + counted[.semanticHits] != Int64(done.hits) {
            outcome.withLock { $0.problems.append("hits in the ledger differ from \(done.hits)") }
        }
        if counted[.stored] != Int64(done.stored) {
            outcome.withLock { $0.problems.append("\(counted[.stored]) of \(done.stored) stores in the ledger") }
        }
    }

    /// Stores on one node and watches the indexes of the others.
    private func measurePropagation() {
        guard let first = nodes[0].withLock({ $0 }) else { return }
        let others = nodes[1...].compactMap { $0.withLock { $0?.engine } }
        var times: [Double] = []
        for number in 0..<100 {
            var request = request(number % Self.subjects)
            request.input = .prompt("a fresh question of number \(number)")
            let began = clock.monotonicNanoseconds()
            guard
                case .stored(let id) = first.engine.store(StoreRequest(request: request, response: RawJSON("x")))
                    .finish()
            else { continue }
            let deadline = Deadline(seconds: 10)
            while others.contains(where: { $0.directory.record(id) == nil }), !deadline.hasPassed { usleep(100) }
            times.append(Double(clock.monotonicNanoseconds() - began) / 1e6)
        }
        outcome.withLock { $0.propagation = times.sorted() }
    }
}
