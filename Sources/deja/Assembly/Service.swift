import CacheEngine
import CacheModel
import CacheService
import Foundation

/// A running cache: engine, server, and the thread that tidies up.
final class Service: Sendable {
    let engine: CacheEngine
    let server: Server
    private let store: any EntryStore
    private let ledger: Ledger?
    private let maintenance: MaintenanceThread
    private let bookkeeping: MaintenanceThread
    private let storeTender: MaintenanceThread
    private let follower: MaintenanceThread
    private let logger: Logger

    /// How often what has expired is removed.
    private static let sweepInterval = 30.0
    /// How often the ledger hands its sums to the store.
    private static let flushInterval = 1.0
    /// How often what other nodes spend is read, in flushes.
    private static let budgetSeconds = 5
    /// How often a store that was away is looked after.
    private static let tendInterval = 0.1
    /// How often the clock is held against the store's, in such times.
    private static let clockTends = 10

    /// Listens. The index is empty until `rebuild`.
    ///
    /// - Throws: what keeps it from starting; then nothing is left running.
    init(
        engine: CacheEngine, store: any EntryStore, ledger: Ledger? = nil, clock: SharedClock? = nil,
        settings: ServerSettings, logger: Logger
    ) throws {
        self.engine = engine
        self.store = store
        self.ledger = ledger
        server = Server(cache: engine, settings: settings, logger: logger)
        self.logger = logger
        maintenance = MaintenanceThread(interval: Self.sweepInterval) {
            _ = engine.removeExpired()
            // A second or two at most: stopping waits for it.
            var pieces = 0
            while pieces < 500, engine.maintainIndexes() {
                pieces += 1
                usleep(2000)
            }
            if engine.wantsSnapshot { Self.saveSnapshot(engine, logger) }
            var reads = 0
            while reads < 200, engine.tendWarming() {
                reads += 1
                usleep(2000)
            }
            if engine.wantsAccessHistorySaved { Self.saveAccessHistory(engine, logger) }
        }
        // What fails here is reported by the ledger itself and tried again.
        let seconds = Locked(0)
        bookkeeping = MaintenanceThread(interval: Self.flushInterval) {
            try? ledger?.flush()
            try? ledger?.compact()
            engine.tendEvidence()
            let isDue = seconds.withLock { seconds in
                seconds += 1
                return seconds % Self.budgetSeconds == 0
            }
            if isDue && engine.sharesBudgets { try? engine.refreshBudgets() }
        }
        let watch = StoreWatch(logger: logger)
        let tended = Locked(0)
        storeTender = MaintenanceThread(interval: Self.tendInterval) {
            engine.tendStore()
            let readiness = engine.readiness()
            watch.look(at: readiness)
            let isDue = tended.withLock { tended in
                tended += 1
                return tended % Self.clockTends == 0
            }
            if isDue && readiness.breaker == .closed { clock?.follow(store) }
        }
        // Waits in the store itself, on a connection of its own.
        follower = MaintenanceThread(interval: 0.001) {
            do throws(StoreError) {
                try engine.followStore(waiting: 0.5)
                if engine.changePosition == nil { usleep(50_000) }
            } catch {
                usleep(200_000)
            }
        }
        // A store that is away says what was spent when it is back.
        do { try engine.refreshBudgets() } catch { if !store.isShared { throw error } }
        try server.start()
        maintenance.start()
        bookkeeping.start()
        storeTender.start()
        if engine.followsChanges { follower.start() }
    }

    /// Stops: requests in flight end, the store is closed.
    func stop() {
        server.stop(graceful: true)
        maintenance.stop()
        storeTender.stop()
        follower.stop()
        // The last chance for what still waits.
        engine.tendStore()
        bookkeeping.stop()
        engine.tendEvidence()
        try? ledger?.close()
        Self.saveSnapshot(engine, logger)
        Self.saveAccessHistory(engine, logger)
        store.close()
    }

    /// Writes down who asks for what, by the hour; without it the next run learns it anew.
    private static func saveAccessHistory(_ engine: CacheEngine, _ logger: Logger) {
        do throws(SnapshotProblem) { try engine.saveAccessHistory() } catch {
            logger.log(.warning, "history.not_saved", ["reason": "the access history \(error)"])
        }
    }

    /// Writes the index down for the next start, which is slower without.
    private static func saveSnapshot(_ engine: CacheEngine, _ logger: Logger) {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        do throws(SnapshotProblem) {
            guard try engine.saveSnapshot() else { return }
            logger.log(.info, "snapshot.saved", ["ms": "\((clock.monotonicNanoseconds() - start) / 1_000_000)"])
        } catch {
            logger.log(.warning, "snapshot.not_saved", ["reason": "the snapshot \(error)"])
        }
    }
}

/// Says once when a store is gone, and when it is back.
private final class StoreWatch: Sendable {
    private let logger: Logger
    private let last = Locked((isReachable: true, isBuilt: true))

    init(logger: Logger) { self.logger = logger }

    func look(at readiness: Readiness) {
        let isAway = readiness.breaker != .closed
        let former = last.withLock { last in
            defer { last = (!isAway, readiness.isIndexBuilt) }
            return last
        }
        if former.isReachable && isAway {
            logger.log(.warning, "store.away", ["error": readiness.detail ?? ""])
        } else if !former.isReachable && !isAway {
            logger.log(.info, "store.back")
        }
        if !former.isBuilt && readiness.isIndexBuilt { logger.log(.info, "index.complete") }
    }
}

/// Calls something now and then, until it is told to stop.
final class MaintenanceThread: Sendable {
    private let interval: Double
    private let work: @Sendable () -> Void
    private let stopped = TimedSignal()
    private let ended = DispatchSemaphore(value: 0)
    private let isRunning = Locked(false)

    init(interval: Double, work: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.work = work
    }

    func start() {
        isRunning.withLock { $0 = true }
        let thread = Thread { [self] in
            while !stopped.wait(seconds: interval) { work() }
            ended.signal()
        }
        thread.name = "deja-maintenance"
        thread.start()
    }

    func stop() {
        let wasRunning = isRunning.withLock { running in
            defer { running = false }
            return running
        }
        guard wasRunning else { return }
        stopped.signal()
        ended.wait()
    }
}

extension ServerSettings {
    /// The server's part of the settings.
    ///
    /// - Throws: `UsageError` for an address or a token file that makes no sense.
    init(_ settings: Settings) throws {
        self.init(unixSocket: settings.text(.socket) ?? ServerSettings.defaultSocketPath())
        unixGroup = settings.text(.socketGroup)
        if let text = settings.text(.listen) {
            guard let address = TCPAddress(text) else {
                throw UsageError("'--listen' must be HOST:PORT, found '\(text)'")
            }
            listen = [address]
        }
        token = try Secrets.token(settings)
        tokens = try TokensFile.table(settings)
        unixNeedsToken = settings.value(.socketAuth) == "token"
        let users = settings.names(.allowUsers), groups = settings.names(.allowGroups)
        if !(users + groups).isEmpty { peers = try PeerRule(users: users, groups: groups) }
        workers = settings.integer(.workers)
        limits.connections = settings.integer(.maxConnections)
        limits.http.body = settings.bytes(.maxBody)
        let rate = Double(settings.value(.clientRequests))!
        limits.client.requestsPerSecond = rate > 0 ? rate : nil
        let bytes = settings.bytes(.clientBytes)
        limits.client.bytesInFlight = bytes > 0 ? bytes : nil
        limits.requestTimeout = settings.seconds(.requestTimeout)
        limits.headerTimeout = settings.seconds(.requestTimeout)
        limits.idleTimeout = settings.seconds(.idleTimeout)
        limits.drainTimeout = settings.seconds(.drainTimeout)
        traces = try settings.traces()
    }
}

/// Reads what must not be shown.
enum Secrets {
    /// The bearer token, from its setting or its file.
    static func token(_ settings: Settings) throws -> String? {
        if let token = settings.text(.token) { return token }
        guard let path = settings.text(.tokenFile) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("the token file \(path) cannot be read")
        }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw UsageError("the token file \(path) is empty") }
        return token
    }
}

extension Settings {
    /// Where spans go.
    ///
    /// - Throws: `UsageError` for an endpoint that is none.
    func traces() throws -> TraceSettings? {
        guard let url = text(.otlpEndpoint), !url.isEmpty else { return nil }
        guard let endpoint = TraceEndpoint(url) else {
            throw UsageError(
                "'otlp_endpoint' must be http://HOST[:PORT][/PATH] (plain HTTP, without a user), found another kind of URL"
            )
        }
        var traces = TraceSettings(endpoint: endpoint)
        traces.share = Double(value(.otlpSample))!
        return traces
    }
}

extension SharedClock {
    /// Goes by the clock of a store that has one; one that is away is asked again later.
    func follow(_ store: any EntryStore) {
        guard let log = store as? any ChangeLog else { return }
        try? follow { () throws(StoreError) in try log.time() }
    }
}
