import CacheEngine
import CacheModel
import CacheService
import Foundation
import Platform

/// `deja serve`
enum ServeCommand: Command {
    static let name = "serve"
    static let abstract = "Serve the cache on a Unix socket, and on TCP when asked."
    static let discussion = """
        HTTP/1.1 with JSON and RESP share the socket: curl, any HTTP client, redis-cli and Redis client libraries are
        clients. Stops on SIGTERM or SIGINT when the requests in flight have ended; reads the tokens file again on SIGHUP.
        """
    static let options = [Settings.configOption]
    static let settings = Setting.all

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let settings = try Settings(arguments: arguments)
        let signals = SignalWait()
        let logger = Logger.standardError(level: LogLevel(word: settings.value(.logLevel)) ?? .info)
        let assembly = Assembly(settings: settings)
        let skipped: @Sendable (StoreError) -> Void = { error in
            logger.log(.warning, "store.entry_skipped", ["error": error.message])
        }
        let sharedClock = assembly.sharedClock()
        let clock: any WallClock = sharedClock ?? SystemClock()
        let store = try assembly.store(clock: clock, report: skipped)
        try check(store, assembly, logger: logger)
        sharedClock?.follow(store)
        let ledger = try assembly.ledger(store: store, clock: clock) { error in
            logger.log(.warning, "ledger.waiting", ["error": error.message])
        }
        let engine = try assembly.engine(
            store: store, ledger: ledger, clock: clock, snapshot: assembly.snapshot(),
            accessHistory: assembly.accessHistory(), report: skipped
        ) { tell($0, logger) }
        // Before anything is served: an entry of an epoch that is over must not be.
        try loadEpochs(engine, store, logger: logger)
        if let doubt = try assembly.doubtAboutJudge() {
            logger.log(.warning, "judge.doubtful", ["reason": doubt.what, "remedy": doubt.remedy])
        }
        loadSnapshot(engine, logger: logger)
        loadAccessHistory(engine, logger: logger)
        recoverWrites(engine, logger: logger)
        loadEvidence(engine, logger: logger)
        let service = try Service(
            engine: engine, store: store, ledger: ledger, clock: sharedClock, settings: ServerSettings(settings),
            logger: logger)
        let signal = attend(service, signals, arguments, logger: logger)
        logger.log(.info, "server.stopping", ["signal": signal == SIGTERM ? "SIGTERM" : "SIGINT"])
        service.stop()
        return .success
    }

    /// Serves until a signal ends that, and tells the service manager how it goes. Returns the signal.
    private static func attend(
        _ service: Service, _ signals: SignalWait, _ arguments: Arguments, logger: Logger
    ) -> Int32 {
        let process = ProcessInfo.processInfo
        let manager = ServiceManager(environment: process.environment, process: process.processIdentifier)
        manager.ready("serving, reading the store")
        let watchdog = manager.watchdogTimeout.map { timeout in
            // A loop that hangs sends no sign of life, and the manager restarts the service.
            MaintenanceThread(interval: timeout / 3) {
                if service.server.isAlive(within: timeout / 3) { manager.alive() }
            }
        }
        watchdog?.start()
        rebuild(service, manager, logger: logger)
        var signal = signals.wait()
        while signal == SIGHUP {
            manager.reloading()
            reload(service, arguments, logger: logger)
            manager.ready("serving")
            signal = signals.wait()
        }
        manager.stopping()
        watchdog?.stop()
        return signal
    }

    /// Reads the tokens again. What is wrong with them is said, and those in force stay.
    private static func reload(_ service: Service, _ arguments: Arguments, logger: Logger) {
        do {
            let tokens = try TokensFile.table(try Settings(arguments: arguments))
            service.server.replace(tokens: tokens)
            logger.log(.info, "tokens.reloaded", ["tokens": "\(tokens.count)"])
        } catch {
            logger.log(.error, "tokens.not_reloaded", ["error": "\(error)"])
        }
    }

    /// A store of this machine, one that refuses us, or one that another key has sealed is a mistake in the settings: say so
    /// now. A server that does not answer may be back in a moment, and the cache goes on without it.
    private static func check(_ store: any EntryStore, _ assembly: Assembly, logger: Logger) throws {
        do {
            try assembly.check(store)
        } catch let error as StoreError where isAway(store, error) {
            logger.log(.warning, "store.degraded", ["error": "\(error)"])
        }
    }

    private static func isAway(_ store: any EntryStore, _ error: StoreError) -> Bool {
        store.isShared && [.unavailable, .partlyUnavailable, .timeout, .full, .readOnly].contains(error.code)
    }

    /// Learns which epochs are over. Without them the engine reads no entry from the store, and asks again.
    private static func loadEpochs(_ engine: CacheEngine, _ store: any EntryStore, logger: Logger) throws(StoreError) {
        do throws(StoreError) {
            try engine.loadEpochs()
        } catch {
            guard isAway(store, error) else { throw error }
            logger.log(.warning, "epochs.waiting", ["error": "\(error)"])
        }
    }

    /// Takes over what waited for the store when an earlier run ended.
    private static func recoverWrites(_ engine: CacheEngine, logger: Logger) {
        do throws(StoreError) {
            let count = try engine.recoverWrites()
            guard count > 0 else { return }
            logger.log(.info, "writes.recovered", ["count": "\(count)"])
            // Before they are served: a store that answers knows whether they still hold.
            engine.tendStore()
        } catch {
            logger.log(.error, "writes.not_recovered", ["error": "\(error)"])
        }
    }

    /// Says which verifier is at work, or why none is.
    private static func tell(_ verifier: Assembly.VerifierState, _ logger: Logger) {
        switch verifier {
        case .ready(let model):
            logger.log(.info, "verifier.ready", ["model": model.identifier, "arithmetic": model.arithmetic.name])
        case .off(let reason): logger.log(.info, "verifier.off", ["reason": reason])
        }
    }

    /// Takes over the index of the last run, if it left one that fits.
    private static func loadSnapshot(_ engine: CacheEngine, logger: Logger) {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        do throws(SnapshotProblem) {
            let count = try engine.loadSnapshot()
            let milliseconds = (clock.monotonicNanoseconds() - start) / 1_000_000
            if count > 0 { logger.log(.info, "snapshot.loaded", ["entries": "\(count)", "ms": "\(milliseconds)"]) }
        } catch {
            logger.log(.warning, "snapshot.refused", ["reason": "the snapshot \(error); reading the store instead"])
        }
    }

    /// Takes over what the last run knew of who asks for what; without it a new history begins.
    private static func loadAccessHistory(_ engine: CacheEngine, logger: Logger) {
        do throws(SnapshotProblem) { try engine.loadAccessHistory() } catch {
            logger.log(.warning, "history.refused", ["reason": "the access history \(error); a new one begins"])
        }
    }

    /// Reads what feedback has taught, before anything is served against it.
    private static func loadEvidence(_ engine: CacheEngine, logger: Logger) {
        do throws(StoreError) { try engine.loadEvidence() } catch {
            logger.log(.warning, "evidence.waiting", ["error": error.message])
        }
    }

    /// Fills the index while the server already answers; lookups find what has been read so far.
    private static func rebuild(_ service: Service, _ manager: ServiceManager, logger: Logger) {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        let thread = Thread {
            var progress = ProgressLine("reading the store", total: nil)
            var count = 0
            do throws(StoreError) {
                try service.engine.rebuild { read in
                    count = read
                    progress.update(read)
                }
                progress.clear()
                let milliseconds = (clock.monotonicNanoseconds() - start) / 1_000_000
                logger.log(.info, "index.built", ["entries": "\(count)", "ms": "\(milliseconds)"])
                manager.status("serving \(count) entries")
            } catch {
                progress.clear()
                logger.log(.error, "index.incomplete", ["entries": "\(count)", "error": error.message])
            }
        }
        thread.name = "deja-rebuild"
        thread.stackSize = 8 << 20
        thread.start()
    }
}
