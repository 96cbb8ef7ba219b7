import CacheEngine
import CacheModel
import Dispatch
import Foundation

/// Serves a cache on a Unix socket, and on TCP when asked.
///
/// `start` listens and returns; the work happens on the loop's thread and the workers'. `stop` may be called from any
/// thread, such as the one that waits for SIGTERM.
public final class Server: Sendable {
    private enum State {
        case idle
        case running(EventLoop)
        case stopped
    }

    private let cache: any CacheServing
    private let settings: ServerSettings
    private let clock: any WallClock
    private let logger: Logger
    private let state = Locked(State.idle)
    private let ended = DispatchSemaphore(value: 0)
    private let bound = Locked<[String]>([])
    private let access: AccessControl

    /// A server that does not listen yet.
    public init(
        cache: any CacheServing, settings: ServerSettings, clock: any WallClock = SystemClock(),
        logger: Logger = .silent
    ) {
        self.cache = cache
        self.settings = settings
        self.clock = clock
        self.logger = logger
        access = AccessControl(clock: clock)
    }

    /// Puts other tokens in force beside `ServerSettings.token`, at once: a connection that has shown one that is none
    /// any more must show another.
    public func replace(tokens: AccessTable) { access.replace(tokens.adding(token: settings.token)) }

    /// Listens and begins to serve.
    ///
    /// - Throws: `ServerError` when it cannot; then nothing is left behind.
    public func start() throws(ServerError) {
        if let token = settings.token, token.utf8.count < 8 {
            throw ServerError(.invalidSettings, "the token has fewer than 8 bytes: choose a longer one")
        }
        if settings.unixNeedsToken && !settings.hasTokens {
            throw ServerError(.invalidSettings, "the socket is to ask for a token, and there is none: make one first")
        }
        raiseDescriptorLimit()
        let listeners = try Listener.open(settings)
        let loop: EventLoop
        do throws(ServerError) {
            access.replace(settings.tokens.adding(token: settings.token))
            let exporter = settings.traces.map { SpanExporter($0, logger: logger) }
            let tracer = RequestTracer(exporter: exporter, logger: logger, clock: clock)
            let context = ServiceContext(cache: cache, clock: clock, access: access, tracer: tracer)
            loop = try EventLoop(listeners: listeners, settings: settings, context: context, logger: logger)
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
        bound.withLock { $0 = listeners.map(\.name) }
        state.withLock { $0 = .running(loop) }
        for listener in listeners { logger.log(.info, "server.listening", ["address": listener.name]) }
        let thread = Thread { [ended] in
            loop.run()
            ended.signal()
        }
        thread.name = "deja-loop"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// The soft limit of descriptors is often 1024, the hard one far higher.
    private func raiseDescriptorLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        let wanted = rlim_t(max(0, settings.limits.connections)) + 512
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        if setrlimit(resource, &limit) != 0 || limit.rlim_cur < wanted {
            logger.log(
                .warning, "server.few_descriptors", ["allowed": String(limit.rlim_cur), "wanted": String(wanted)])
        }
    }

    /// What the server listens on: paths of sockets and `host:port` with the port that it got.
    public var addresses: [String] { bound.withLock { $0 } }

    /// Stops, and returns when it has: a graceful stop takes no more clients and waits, up to the drain timeout, for
    /// requests in flight; otherwise connections are cut. Calling it again does nothing.
    public func stop(graceful: Bool = true) {
        let loop = state.withLock { state -> EventLoop? in
            guard case .running(let loop) = state else { return nil }
            state = .stopped
            return loop
        }
        guard let loop else { return }
        loop.send(.stop(graceful: graceful))
        ended.wait()
        loop.context.tracer.stop()
        let hasEnded = loop.workers.stop(within: graceful ? settings.limits.drainTimeout : 0)
        logger.log(.info, "server.stopped", ["workers": hasEnded ? "ended" : "left"])
    }

    /// Whether the loop answers within some seconds: for a watchdog. Blocks that long at most.
    public func isAlive(within seconds: Double) -> Bool {
        guard case .running(let loop) = state.withLock({ $0 }) else { return false }
        let answered = TimedSignal()
        loop.send(.ping { answered.signal() })
        return answered.wait(seconds: seconds)
    }

    /// Makes the loop look at its clock: for a clock that does not move by itself.
    func wake() {
        if case .running(let loop) = state.withLock({ $0 }) { loop.wake() }
    }
}
