import CShims
import CacheModel

/// Keeping clients within their limits.
extension EventLoop {
    /// Why a client is not served, whatever it may send; `nil` when it is.
    func refusal(of descriptor: Int32, _ listener: Listener) -> ProblemDocument? {
        if let peers = listener.peers {
            guard let peer = PeerCredentials(descriptor: descriptor), peers.admits(peer) else {
                logger.log(.warning, "connection.denied", ["listener": listener.name])
                return .denied("this user may not use the socket: have allow_users or allow_groups name it")
            }
        }
        if openCount >= limits.connections {
            return .unavailable("too many connections: at most \(limits.connections) are served")
        }
        // Who may use the socket is not kept out by whoever reaches an address.
        let room = limits.connections - (listeners.contains { $0.port == nil } ? limits.socketConnections : 0)
        guard listener.port != nil, openTCPCount >= room else { return nil }
        return .unavailable("too many connections: at most \(room) over TCP are served")
    }

    /// What a connection is counted by before it shows a token: its user, or its address.
    func place(of descriptor: Int32, _ listener: Listener) -> String {
        if listener.port == nil {
            return PeerCredentials(descriptor: descriptor).map { "uid \($0.user)" } ?? "socket"
        }
        var text = [CChar](repeating: 0, count: 64)
        guard deja_peer_address(descriptor, &text, Int32(text.count)) >= 0 else { return "tcp" }
        return text.withUnsafeBufferPointer { "ip " + String(cString: $0.baseAddress!) }
    }

    /// Counts a new connection among its client's, where clients have limits.
    func begin(_ connection: Connection) {
        guard limiter.isNeeded(nil) else { return }
        connection.count(
            as: limiter.use(of: place(of: connection.descriptor, connection.listener), rate: nil, now: now))
    }

    /// Why the client's next request may not be made now; `nil` when it may. Who shows a token is counted by it.
    func overLimit(_ connection: Connection, _ caller: Caller?) -> ProblemDocument? {
        if let caller, let token = caller.token, limiter.isNeeded(caller.requestsPerSecond) {
            connection.count(as: limiter.use(of: "token \(token)", rate: caller.requestsPerSecond, now: now))
        }
        guard let use = connection.use else { return nil }
        connection.recount()
        return limiter.refusal(of: use, now: now)
    }

    /// Refuses a request that is still arriving when its client has too much in flight, and says whether it did.
    func refuseOverflow(_ connection: Connection) -> Bool {
        guard let use = connection.use else { return false }
        connection.recount()
        guard connection.phase == .open, connection.isInsideRequest, limiter.isOver(use) else { return false }
        refuse(connection, .tooMany("too many bytes of this client's requests and replies are in flight", after: 1))
        return true
    }
}
