import CacheModel
import Foundation
import Platform

/// Carries bytes to and from a server without ever blocking: the seam between sockets and what may be wrapped around
/// them.
protocol RedisTransport: AnyObject {
    /// What `poll` waits on.
    var descriptor: Int32 { get }
    /// Whether bytes have arrived of which `poll` knows nothing any more.
    var hasPending: Bool { get }
    /// Reads what there is.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> TransportResult
    /// Writes what fits.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> TransportResult
}

/// What came of a read or a write.
enum TransportResult {
    /// So many bytes were carried.
    case carried(Int)
    /// Nothing can be done until `poll` sees these events.
    case blocked(events: Int16)
    /// The other side has closed.
    case closed
}

/// Opens a transport to the server, by a deadline.
protocol RedisConnector: Sendable {
    func connect(by deadline: Deadline) throws(StoreError) -> any RedisTransport
}

/// A plain stream socket.
final class SocketTransport: RedisTransport {
    let descriptor: Int32
    var hasPending: Bool { false }
    private let errors: RedisErrors

    /// Takes over a connected, non-blocking `descriptor`.
    init(descriptor: Int32, errors: RedisErrors) {
        self.descriptor = descriptor
        self.errors = errors
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> TransportResult {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .carried(count) }
            if count == 0 { return .closed }
            if errno == EINTR { continue }
            if errno == EAGAIN { return .blocked(events: Int16(POLLIN)) }
            throw lost()
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> TransportResult {
        while true {
            let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .carried(count) }
            if errno == EINTR { continue }
            if errno == EAGAIN { return .blocked(events: Int16(POLLOUT)) }
            throw lost()
        }
    }

    private func lost() -> StoreError {
        errors.unavailable("closed the connection", systemError: String(cString: strerror(errno)))
    }
}

/// Waits for a descriptor.
enum Readiness {
    /// Waits for `events` until `deadline`; returns those that came, 0 when the deadline passed.
    static func wait(for events: Int16, on descriptor: Int32, by deadline: Deadline) -> Int16 {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        while true {
            let count = poll(&entry, 1, deadline.remainingMilliseconds)
            if count > 0 { return entry.revents }
            if count == 0 { return 0 }
            // The time left is read anew, so signals do not prolong the wait.
            if errno != EINTR { return Int16(POLLERR) }
        }
    }

    /// Whether something can be read right now: on an idle connection only its end, or what nobody asked for.
    static func hasInput(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) != 0
    }
}
