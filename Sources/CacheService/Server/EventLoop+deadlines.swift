/// How long clients may take.
extension EventLoop {
    /// Sets the deadline of what the connection now waits for.
    func time(_ connection: Connection) {
        if connection.output.count > 0 {
            // Only real progress earns more time: a byte now and then does not.
            let progress = connection.outputAtDeadline - connection.output.count
            if connection.bound != .write || progress >= 64 * 1024 || progress < 0 {
                connection.outputAtDeadline = connection.output.count
                setDeadline(connection, .write, limits.writeTimeout)
            }
            return
        }
        switch connection.phase {
        case .lingering:
            if connection.bound != .linger { setDeadline(connection, .linger, limits.lingerTimeout) }
        case .streaming: if connection.bound != .stream { setDeadline(connection, .stream, EventStream.heartbeat) }
        case .busy, .finishing: connection.bound = .none; connection.deadline = .max
        case .open where connection.isInsideRequest:
            // From the request's first byte on, however many pieces it comes in.
            if connection.bound != .request { connection.requestStart = now }
            // A header has its own, shorter bound, which becomes the whole request's when the header is over.
            if isInHeader(connection) {
                let start = connection.isAdmitted ? connection.requestStart : connection.opened
                setDeadline(connection, .request, limits.headerTimeout, since: start)
            } else {
                setDeadline(connection, .request, limits.requestTimeout, since: connection.requestStart)
            }
        case .open: if !connection.isRefused { rest(connection) }
        }
    }

    /// A connection rests until its client's next request. Who has made none yet that was admitted has no longer, from
    /// the connection's opening on, than a header takes: connections that say nothing, or nothing that may be said, would
    /// keep out all others.
    func rest(_ connection: Connection) {
        if connection.isAdmitted { return setDeadline(connection, .idle, limits.idleTimeout) }
        setDeadline(connection, .idle, min(limits.headerTimeout, limits.idleTimeout), since: connection.opened)
    }

    private func isInHeader(_ connection: Connection) -> Bool {
        switch connection.dialect {
        case .unknown: true
        case .http(let session): !session.parser.isHeaderComplete
        case .resp: false
        }
    }

    func setDeadline(
        _ connection: Connection, _ bound: Connection.Bound, _ seconds: Double, since start: UInt64? = nil
    ) {
        connection.bound = bound
        connection.deadline = (start ?? now) &+ UInt64(max(0, min(seconds, 1e9)) * 1e9)
        nextSweep = min(nextSweep, connection.deadline)
    }

    /// Ends what is over and finds the next deadline. A sweep costs microseconds for thousands of connections and
    /// happens at most twenty times a second, so deadlines need no order.
    func sweep() {
        nextSweep = .max
        for connection in connections {
            guard let connection else { continue }
            if connection.deadline <= now { expire(connection) }
            if connections[Int(connection.descriptor)] === connection {
                nextSweep = min(nextSweep, connection.deadline)
            }
        }
        if nextSweep != .max { nextSweep = max(nextSweep, now &+ 50_000_000) }
        sweepWaits()
    }

    private func expire(_ connection: Connection) {
        logger.log(.debug, "connection.expired", ["bound": "\(connection.bound)"])
        if connection.bound == .stream { return beat(connection) }
        guard connection.bound == .request else { return close(connection) }
        refuse(connection, .timeout("the request did not arrive within its time"))
        pump(connection)
    }
}
