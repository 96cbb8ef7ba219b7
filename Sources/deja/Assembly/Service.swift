import CacheEngine
import CacheModel
import CacheService
import Foundation

/// A running cache: engine, server, and the thread that tidies up.
final class Service: Sendable {
    let engine: CacheEngine
    let server: Server
    private let store: any EntryStore
    private let maintenance: MaintenanceThread
    private let logger: Logger

    /// How often what has expired is removed.
    private static let sweepInterval = 30.0

    /// Listens. The index is empty until `rebuild`.
    ///
    /// - Throws: what keeps it from starting; then nothing is left running.
    init(engine: CacheEngine, store: any EntryStore, settings: ServerSettings, logger: Logger) throws {
        self.engine = engine
        self.store = store
        server = Server(cache: engine, settings: settings, logger: logger)
        self.logger = logger
        maintenance = MaintenanceThread(interval: Self.sweepInterval) {
            _ = engine.removeExpired()
            // At most as long as until the next time.
            var pieces = 0
            while pieces < 10_000, engine.maintainIndexes() {
                pieces += 1
                usleep(2000)
            }
            if engine.wantsSnapshot { Self.saveSnapshot(engine, logger) }
        }
        try server.start()
        maintenance.start()
    }

    /// Stops: requests in flight end, the store is closed.
    func stop() {
        server.stop(graceful: true)
        maintenance.stop()
        Self.saveSnapshot(engine, logger)
        store.close()
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

/// Calls something now and then, until it is told to stop.
final class MaintenanceThread: Sendable {
    private let interval: Double
    private let work: @Sendable () -> Void
    private let stopped = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isRunning = Locked(false)

    init(interval: Double, work: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.work = work
    }

    func start() {
        isRunning.withLock { $0 = true }
        let thread = Thread { [self] in
            while stopped.wait(timeout: .now() + interval) == .timedOut { work() }
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
        self.init(unixSocket: settings.text(.socket) ?? Paths.defaultSocket())
        unixGroup = settings.text(.socketGroup)
        if let text = settings.text(.listen) {
            guard let address = TCPAddress(text) else {
                throw UsageError("'--listen' must be HOST:PORT, found '\(text)'")
            }
            listen = [address]
        }
        token = try Secrets.token(settings)
        workers = settings.integer(.workers)
        limits.connections = settings.integer(.maxConnections)
        limits.http.body = settings.bytes(.maxBody)
        limits.requestTimeout = settings.seconds(.requestTimeout)
        limits.headerTimeout = settings.seconds(.requestTimeout)
        limits.idleTimeout = settings.seconds(.idleTimeout)
        limits.drainTimeout = settings.seconds(.drainTimeout)
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
