import CacheEngine
import CacheModel

/// Requests that have no reply yet: with a worker, or waiting for what another request brings.
extension EventLoop {
    /// Serves nothing else of the client until `step` has its answer.
    func suspend(_ connection: Connection, _ step: Step<Answer>) {
        connection.phase = .busy
        if connection.use != nil { connection.busyBytes = connection.heldBytes - connection.output.count }
        proceed(connection.token, step)
    }

    /// Takes a step of the request of the connection with this token.
    private func proceed(_ token: UInt64, _ step: Step<Answer>) {
        switch step {
        case .done(let answer): send(.answer(token: token, answer))
        case .blocking(let work):
            let isQueued = workers.submit { [self] in send(.step(token: token, Self.work(work))) }
            if !isQueued { send(.answer(token: token, overloaded(token))) }
        case .waiting(let waiting):
            let until = now &+ waiting.nanoseconds
            waits[token] = Wait(until: until, resume: waiting.resume)
            nextSweep = min(nextSweep, until)
            waiting.subscribe { [weak self] in self?.send(.wake(token: token)) }
        }
    }

    /// On a worker's thread: as far as it goes without waiting.
    private static func work(_ work: @Sendable () -> Step<Answer>) -> Step<Answer> {
        var step = work()
        while case .blocking(let next) = step { step = next() }
        return step
    }

    /// A worker has taken a step.
    func proceedFromWorker(_ token: UInt64, _ step: Step<Answer>) {
        guard connection(token)?.phase == .busy else { return }
        if case .done(let answer) = step { deliver(answer, to: token) } else { proceed(token, step) }
    }

    /// What a request waited for has happened, or its time is over.
    func resume(_ token: UInt64) {
        guard let wait = waits.removeValue(forKey: token), connection(token)?.phase == .busy else { return }
        let step = wait.resume()
        if case .done(let answer) = step { deliver(answer, to: token) } else { proceed(token, step) }
    }

    /// Resumes requests whose wait is over, and notes when the next one's is.
    func sweepWaits() {
        for (token, wait) in waits where wait.until <= now { resume(token) }
        for wait in waits.values { nextSweep = min(nextSweep, wait.until) }
    }

    private func overloaded(_ token: UInt64) -> Answer {
        if case .resp(let session)? = connection(token)?.dialect {
            var writer = RESPWriter(version: session.version)
            writer.error("UNAVAILABLE", "too many requests wait for the store")
            return .resp(writer.bytes)
        }
        return .http(HTTPReply(.unavailable("too many requests wait for the store")))
    }

    /// The open connection of a token.
    private func connection(_ token: UInt64) -> Connection? {
        let descriptor = Int(token & 0xFFFF_FFFF)
        guard descriptor < connections.count, let connection = connections[descriptor], connection.token == token
        else { return nil }
        return connection
    }
}
