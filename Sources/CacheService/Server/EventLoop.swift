import CShims
import CacheEngine
import CacheModel
import Glibc

/// The one thread that reads, serves and writes.
///
/// epoll is level-triggered: a connection that has more to read than one turn takes, or that was left aside because
/// its client does not read, is simply reported again; edges would need a ready list of our own for the same fairness,
/// and save one `read` per request that the descriptors here do not show.
///
/// Sendable by discipline: everything is touched by the loop's thread only, except `mailbox` and `wake`.
final class EventLoop: @unchecked Sendable {
    /// What other threads tell the loop.
    enum Message: Sendable {
        case answer(token: UInt64, Answer)
        case step(token: UInt64, Step<Answer>)
        case wake(token: UInt64)
        case events
        case ping(@Sendable () -> Void)
        case stop(graceful: Bool)
    }

    /// What a worker made.
    enum Answer: Sendable {
        case http(HTTPReply)
        case resp([UInt8])
    }

    /// A request that waits for what another one brings.
    struct Wait {
        /// The clock's nanoseconds at which it goes on in any case.
        let until: UInt64
        let resume: @Sendable () -> Step<Answer>
    }

    let settings: ServerSettings
    let limits: ServerLimits
    let logger: Logger
    let context: ServiceContext
    let workers: WorkerPool
    let limiter: ClientLimiter
    private let mailbox = Locked<[Message]>([])
    private let epoll: Int32
    private let wakeup: Int32

    var listeners: [Listener]
    /// Connections by their descriptor.
    var connections: [Connection?] = []
    /// Waiting requests by their connection's token.
    var waits: [UInt64: Wait] = [:]
    /// Connections that are told of events, by their token.
    var streams: [UInt64: Connection] = [:]
    private var subscription: UInt64?
    /// Open connections that count against the limit, and those that do not.
    var openCount = 0
    var refusedCount = 0
    /// Those that count and came in over TCP.
    var openTCPCount = 0
    private var nextGeneration: UInt64 = 1
    /// A descriptor to give up when the process has no more, so that a client can be accepted and told.
    private var reserve: Int32 = -1

    /// The clock's time at the start of the turn.
    var now: UInt64 = 0
    /// When the next deadline may be over.
    var nextSweep = UInt64.max
    private var dateSecond = Int64.min
    private var dateLine: [UInt8] = []
    private(set) var isDraining = false
    private var drainDeadline = UInt64.max
    private var isStopped = false
    private let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)

    private static let wakeToken = UInt64.max
    /// Tokens of listeners: their position below a generation that no connection has.
    private static let listenerBit: UInt64 = 1 << 63

    init(
        listeners: [Listener], settings: ServerSettings, context: ServiceContext, logger: Logger
    ) throws(ServerError) {
        (self.listeners, self.settings, self.context, self.logger) = (listeners, settings, context, logger)
        limits = settings.limits
        limiter = ClientLimiter(settings.limits.client)
        epoll = deja_epoll_create()
        wakeup = deja_eventfd()
        workers = WorkerPool(threads: settings.workers, capacity: settings.queuedRequests)
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard epoll >= 0, wakeup >= 0, deja_epoll_add(epoll, wakeup, UInt32(DEJA_READABLE), Self.wakeToken) >= 0 else {
            throw ServerError(.system, "the system has no descriptors left")
        }
        for (index, listener) in listeners.enumerated() {
            let token = Self.listenerBit | UInt64(index)
            guard deja_epoll_add(epoll, listener.descriptor, UInt32(DEJA_READABLE), token) >= 0 else {
                throw ServerError(.system, "cannot watch \(listener.name)")
            }
        }
    }

    deinit {
        scratch.deallocate()
        for descriptor in [epoll, wakeup, reserve] where descriptor >= 0 { Glibc.close(descriptor) }
    }

    // MARK: Other threads

    /// Leaves a message and wakes the loop.
    func send(_ message: Message) {
        let wasEmpty = mailbox.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { wake() }
    }

    /// Makes the loop look at its clock and its mail.
    func wake() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    // MARK: The loop

    /// Serves until it is stopped.
    func run() {
        var ready = [deja_event](repeating: deja_event(), count: 256)
        subscription = context.events?.subscribe { [weak self] in self?.send(.events) }
        defer { if let subscription { context.events?.unsubscribe(subscription) } }
        while !isStopped {
            let count = deja_epoll_wait(epoll, &ready, Int32(ready.count), waitMilliseconds())
            precondition(count >= 0, "epoll_wait failed: \(-count)")
            now = context.clock.monotonicNanoseconds()
            for index in 0..<Int(count) { handle(ready[index]) }
            if now >= nextSweep { sweep() }
            if isDraining && (openCount + refusedCount == 0 || now >= drainDeadline) { break }
        }
        for connection in connections { if let connection { close(connection) } }
        closeListeners()
    }

    private func waitMilliseconds() -> Int32 {
        let next = min(nextSweep, drainDeadline)
        if next == .max { return -1 }
        let current = context.clock.monotonicNanoseconds()
        return next <= current ? 0 : Int32(min((next - current) / 1_000_000 + 1, 60_000))
    }

    private func handle(_ event: deja_event) {
        if event.token == Self.wakeToken { return readMail() }
        if event.token & Self.listenerBit != 0 { return acceptAll(Int(event.token & 0xFFFF)) }
        let descriptor = Int(event.token & 0xFFFF_FFFF)
        guard descriptor < connections.count, let connection = connections[descriptor],
            connection.token == event.token
        else { return }
        if event.events & UInt32(DEJA_READABLE) != 0 {
            readable(connection)
        } else if event.events & UInt32(DEJA_FAILED | DEJA_HUNG_UP) != 0 {
            close(connection)
        } else if event.events & UInt32(DEJA_WRITABLE) != 0 {
            pump(connection)
        }
    }

    private func readMail() {
        var count: UInt64 = 0
        _ = read(wakeup, &count, 8)
        let messages = mailbox.withLock { messages in
            defer { messages.removeAll(keepingCapacity: true) }
            return messages
        }
        for message in messages {
            switch message {
            case .answer(let token, let answer): deliver(answer, to: token)
            case .step(let token, let step): proceedFromWorker(token, step)
            case .wake(let token): resume(token)
            case .events: feedStreams()
            case .ping(let answer): answer()
            case .stop(let graceful): stop(graceful: graceful)
            }
        }
    }

    func deliver(_ answer: Answer, to token: UInt64) {
        let descriptor = Int(token & 0xFFFF_FFFF)
        guard descriptor < connections.count, let connection = connections[descriptor], connection.token == token,
            connection.phase == .busy
        else { return }
        connection.phase = .open
        connection.busyBytes = 0
        switch (answer, connection.dialect) {
        case (.http(let reply), .http(let session)): send(reply, connection, session)
        case (.resp(let bytes), .resp(let session)): send(bytes, connection, session)
        default: preconditionFailure("an answer in another protocol")
        }
        pump(connection)
    }

    private func stop(graceful: Bool) {
        guard graceful else {
            isStopped = true
            return
        }
        guard !isDraining else { return }
        isDraining = true
        drainDeadline = now &+ UInt64(limits.drainTimeout * 1e9)
        logger.log(.info, "server.draining", ["connections": String(openCount)])
        closeListeners()
        for connection in connections {
            guard let connection, connection.phase != .busy else { continue }
            if connection.phase == .lingering || connection.phase == .streaming
                || (!connection.isInsideRequest && connection.output.count == 0)
            {
                close(connection)
            }
        }
    }

    private func closeListeners() {
        for listener in listeners { listener.close() }
        listeners = []
    }

    /// `Date: …` with its line end, made once a second.
    func date() -> [UInt8] {
        let time = context.clock.now()
        let second = time.milliseconds / 1000
        if second != dateSecond {
            dateSecond = second
            dateLine = Array("Date: \(time.httpDate)\r\n".utf8)
        }
        return dateLine
    }

    // MARK: Accepting

    private func acceptAll(_ index: Int) {
        guard index < listeners.count else { return }
        let listener = listeners[index]
        // A bound, so that a flood of clients does not starve those that are here.
        for _ in 0..<64 {
            var descriptor = deja_accept(listener.descriptor)
            if descriptor == -EMFILE || descriptor == -ENFILE { descriptor = acceptOnReserve(listener) }
            if descriptor == -EINTR || descriptor == -ECONNABORTED { continue }
            if descriptor < 0 { return }
            add(descriptor, listener)
        }
    }

    /// Without descriptors the listener would be reported again and again: the client is accepted on a spare one and
    /// closed.
    private func acceptOnReserve(_ listener: Listener) -> Int32 {
        logger.log(.error, "server.no_descriptors", ["connections": String(openCount)])
        Glibc.close(reserve)
        let descriptor = deja_accept(listener.descriptor)
        if descriptor >= 0 { Glibc.close(descriptor) }
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
        return descriptor >= 0 ? -ECONNABORTED : -EAGAIN
    }

    private func add(_ descriptor: Int32, _ listener: Listener) {
        let refusal = refusal(of: descriptor, listener)
        let isRefused = refusal != nil
        if isRefused && refusedCount >= 256 {
            context.counters.refusedConnections += 1
            Glibc.close(descriptor)
            return
        }
        if listener.port != nil { deja_no_delay(descriptor) }
        let token = nextGeneration << 32 | UInt64(descriptor)
        nextGeneration = nextGeneration % 0x3FFF_FFFF + 1
        guard deja_epoll_add(epoll, descriptor, UInt32(DEJA_READABLE), token) >= 0 else {
            Glibc.close(descriptor)
            return
        }
        let connection = Connection(
            descriptor: descriptor, token: token, listener: listener, refusal: refusal, opened: now)
        while connections.count <= Int(descriptor) { connections.append(nil) }
        connections[Int(descriptor)] = connection
        if isRefused {
            refusedCount += 1
            context.counters.refusedConnections += 1
        } else {
            openCount += 1
            if listener.port != nil { openTCPCount += 1 }
            context.counters.acceptedConnections += 1
        }
        context.counters.openConnections = openCount
        if !isRefused { begin(connection) }
        if isRefused { setDeadline(connection, .linger, limits.lingerTimeout) } else { rest(connection) }
    }

    // MARK: Reading and writing

    private func readable(_ connection: Connection) {
        if connection.phase == .busy {
            // Its next requests wait in the socket until this one is answered.
            return watch(connection, connection.interest & ~UInt32(DEJA_READABLE))
        }
        let count = read(connection.descriptor, scratch.baseAddress, scratch.count)
        if count < 0 {
            if errno != EAGAIN && errno != EINTR { close(connection) }
            return
        }
        if connection.phase == .streaming {
            // What a reader of events says is not looked at; that it leaves, is.
            if count == 0 { close(connection) }
            return
        }
        if connection.phase == .lingering || connection.phase == .finishing {
            if count == 0 {
                connection.hasInputEnded = true
                pump(connection)
            }
            return
        }
        if count == 0 {
            connection.hasInputEnded = true
        } else {
            take(UnsafeBufferPointer(rebasing: scratch[..<count]), connection)
        }
        pump(connection)
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ connection: Connection) {
        if connection.input.count > 0 {
            connection.input.append(bytes)
            return serveInput(connection)
        }
        let served = serve(connection, bytes)
        if served < bytes.count { connection.input.append(UnsafeBufferPointer(rebasing: bytes[served...])) }
    }

    private func serveInput(_ connection: Connection) {
        let served = connection.input.withBytes { serve(connection, $0) }
        if connection.phase == .finishing {
            connection.input.removeAll()
        } else {
            connection.input.removeFirst(served)
        }
    }

    /// Brings a connection as far as it goes: sends what waits, serves what is there, and says what to wait for.
    func pump(_ connection: Connection) {
        if let stream = connection.stream { return pumpStream(connection, stream) }
        while true {
            guard connection.flush() else { return close(connection) }
            guard connection.phase == .open else { break }
            if !connection.isStarved && connection.output.count < limits.outputHighWater {
                serveInput(connection)
                continue
            }
            if connection.isStarved && connection.hasInputEnded {
                endInput(connection)
                continue
            }
            break
        }
        if refuseOverflow(connection) {
            guard connection.flush() else { return close(connection) }
        }
        if connection.phase == .finishing && connection.output.count == 0 {
            if connection.hasInputEnded || isDraining { return close(connection) }
            shutdown(connection.descriptor, Int32(SHUT_WR))
            connection.phase = .lingering
        } else if connection.phase == .lingering && connection.hasInputEnded {
            return close(connection)
        }
        if isDraining, connection.phase == .open, !connection.isInsideRequest, connection.output.count == 0 {
            return close(connection)
        }
        watchAndTime(connection)
    }

    func watchAndTime(_ connection: Connection) {
        var wanted: UInt32 = connection.output.count > 0 ? UInt32(DEJA_WRITABLE) : 0
        switch connection.phase {
        case .open: if connection.isStarved && !connection.hasInputEnded { wanted |= UInt32(DEJA_READABLE) }
        case .busy: wanted |= connection.hasInputEnded ? 0 : connection.interest & UInt32(DEJA_READABLE)
        case .finishing: break
        case .lingering, .streaming: wanted |= UInt32(DEJA_READABLE)
        }
        connection.recount()
        watch(connection, wanted)
        time(connection)
    }

    private func watch(_ connection: Connection, _ events: UInt32) {
        guard events != connection.interest else { return }
        connection.interest = events
        if deja_epoll_change(epoll, connection.descriptor, events, connection.token) < 0 { close(connection) }
    }

    func close(_ connection: Connection) {
        guard let here = connections[Int(connection.descriptor)], here === connection else { return }
        connections[Int(connection.descriptor)] = nil
        waits[connection.token] = nil
        streams[connection.token] = nil
        connection.count(as: nil)
        if connection.isRefused {
            refusedCount -= 1
        } else {
            openCount -= 1
            if connection.listener.port != nil { openTCPCount -= 1 }
        }
        context.counters.openConnections = openCount
        Glibc.close(connection.descriptor)
    }
}
