import CShims
import Foundation

/// Where a server listens.
public enum ServerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The path of a Unix socket.
    case unix(String)
    /// A TCP address.
    case tcp(TCPAddress)

    /// A path (anything with a slash) or `host:port`; `nil` for anything else.
    public init?(_ text: String) {
        if text.contains("/") {
            self = .unix(text)
        } else if let address = TCPAddress(text) {
            self = .tcp(address)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let address): address.description
        }
    }
}

/// Why a client got no answer.
public struct ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// Nobody listens there.
        case cannotConnect
        /// The connection broke.
        case disconnected
        /// The deadline passed.
        case timedOut
        /// The answer is not what the protocol allows.
        case malformed
    }

    /// The kind of failure.
    public let code: Code
    /// What happened.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// A connected socket that never waits longer than its deadline. For one thread at a time.
final class ClientSocket {
    let descriptor: Int32
    /// Bytes that the system has taken to be sent.
    private(set) var sentBytes = 0
    /// Bytes that have come.
    private(set) var receivedBytes = 0

    /// Connects.
    init(_ address: ServerAddress, timeout: Double) throws(ClientError) {
        let milliseconds = Int32(max(1, min(timeout * 1000, 1e9)))
        switch address {
        case .unix(let path): descriptor = deja_connect_unix(path, milliseconds)
        case .tcp(let address): descriptor = deja_connect_tcp(address.host, String(address.port), milliseconds)
        }
        if descriptor < 0 {
            throw ClientError(
                descriptor == -ETIMEDOUT ? .timedOut : .cannotConnect,
                "cannot connect to \(address): \(String(cString: strerror(-descriptor)))")
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends all bytes before `deadline` (of the monotonic clock, nanoseconds).
    func send(_ bytes: [UInt8], deadline: UInt64) throws(ClientError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { deja_send(descriptor, $0.baseAddress! + sent, bytes.count - sent) }
            if count >= 0 {
                sent += Int(count)
                sentBytes += Int(count)
            } else if count == -Int64(EAGAIN) {
                try wait(for: Int16(POLLOUT), deadline)
            } else if count != -Int64(EINTR) {
                throw ClientError(.disconnected, "the server closed the connection")
            }
        }
    }

    /// Appends what arrives first before `deadline` to `bytes`; returns its count, 0 when the server closed.
    func receive(into bytes: inout [UInt8], deadline: UInt64) throws(ClientError) -> Int {
        while true {
            var failure: Int32 = 0
            let before = bytes.count
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
                let got = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                failure = got < 0 ? errno : 0
                count = max(0, got)
            }
            bytes += chunk
            receivedBytes += chunk.count
            if failure == 0 { return bytes.count - before }
            if failure == EAGAIN {
                try wait(for: Int16(POLLIN), deadline)
            } else if failure != EINTR {
                throw ClientError(.disconnected, "the connection broke: \(String(cString: strerror(failure)))")
            }
        }
    }

    /// Whether nothing has come that nobody has asked for, such as the other side's end.
    var isQuiet: Bool {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptors, 1, 0) == 0
    }

    /// Says that nothing more is sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func wait(for events: Int16, _ deadline: UInt64) throws(ClientError) {
        let now = SystemClockReading.nanoseconds()
        guard now < deadline else { throw ClientError(.timedOut, "the server did not answer in time") }
        var descriptors = pollfd(fd: descriptor, events: events, revents: 0)
        _ = poll(&descriptors, 1, Int32(min((deadline - now) / 1_000_000 + 1, 60_000)))
    }
}
