/// Connections that are told of events until they close.
extension EventLoop {
    /// Begins a response without an end.
    func begin(_ stream: EventStream, _ connection: Connection) {
        connection.stream = stream
        connection.phase = .streaming
        streams[connection.token] = connection
        stream.fill(&connection.output)
    }

    /// There are new events: who has room is told.
    func feedStreams() {
        for connection in streams.values { pump(connection) }
    }

    /// Sends what waits and what is new, as far as the client reads.
    func pumpStream(_ connection: Connection, _ stream: EventStream) {
        repeat {
            guard connection.flush() else { return close(connection) }
        } while stream.fill(&connection.output) && connection.output.count < EventStream.highWater
        guard connection.flush() else { return close(connection) }
        watchAndTime(connection)
    }

    /// Nothing has happened for a while: a comment finds out whether the client is still there.
    func beat(_ connection: Connection) {
        guard let stream = connection.stream else { return }
        stream.beat(&connection.output)
        connection.bound = .none
        pump(connection)
    }
}
