import CacheModel
import Foundation

/// A blocking client over a Unix socket or TCP: HTTP with keep-alive. For one thread at a time.
///
/// Bodies go in and come out as JSON bytes: the wire is the interface.
public final class DejaClient {
    /// An answer of the server.
    public struct Response: Sendable {
        /// The HTTP status.
        public let status: Int
        /// The body.
        public let body: [UInt8]

        /// Whether the request was answered as asked.
        public var isSuccess: Bool { status >= 200 && status < 300 }
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }

        /// The body parsed.
        public func json() throws(JSONError) -> JSONValue { try JSONValue(parsing: body) }
    }

    let address: ServerAddress
    private let token: String?
    let timeout: Double
    private var socket: ClientSocket?

    /// A client that connects when it is first used.
    ///
    /// - Parameter timeout: the most that one request may take, connecting included, seconds.
    public init(_ address: ServerAddress, token: String? = nil, timeout: Double = 10) {
        self.address = address
        self.token = token
        self.timeout = timeout
    }

    /// Asks for an answer.
    public func lookup(_ body: [UInt8]) throws(ClientError) -> Response { try send("POST", "/v1/lookup", body) }
    /// Keeps an answer.
    public func store(_ body: [UInt8]) throws(ClientError) -> Response { try send("POST", "/v1/store", body) }
    /// Shows an entry.
    public func entry(_ id: String) throws(ClientError) -> Response { try send("GET", "/v1/entries/\(escaped(id))") }
    /// Removes an entry.
    public func delete(_ id: String) throws(ClientError) -> Response {
        try send("DELETE", "/v1/entries/\(escaped(id))")
    }
    /// Removes the entries that meet conditions.
    public func invalidate(_ body: [UInt8]) throws(ClientError) -> Response {
        try send("POST", "/v1/invalidate", body)
    }
    /// Counters since the server's start.
    public func statistics() throws(ClientError) -> Response { try send("GET", "/v1/stats") }
    /// Whether the server can serve.
    public func readiness() throws(ClientError) -> Response { try send("GET", "/readyz") }

    /// Sends one request and waits for its answer.
    ///
    /// A kept connection that the server has closed meanwhile is replaced. Where it ends while the request is on its
    /// way nobody knows what was done: only what may be done twice is sent again, once, and only if no part of an
    /// answer came.
    public func send(_ method: String, _ path: String, _ body: [UInt8]? = nil) throws(ClientError) -> Response {
        let deadline = SystemClockReading.nanoseconds() + UInt64(max(0, min(timeout, 1e6)) * 1e9)
        let request = message(method, path, body)
        if let socket, socket.isQuiet {
            let (sent, received) = (socket.sentBytes, socket.receivedBytes)
            do throws(ClientError) { return try exchange(socket, request, method, deadline) } catch {
                self.socket = nil
                let isUnsent = socket.sentBytes == sent
                let isUnanswered = socket.receivedBytes == received
                guard error.code == .disconnected,
                    isUnsent || (isUnanswered && Self.mayRepeat(method, path, body))
                else { throw error }
            }
        }
        let fresh = try ClientSocket(address, timeout: timeout)
        socket = fresh
        do throws(ClientError) { return try exchange(fresh, request, method, deadline) } catch {
            socket = nil
            throw error
        }
    }

    /// Whether a request may be made twice: it asks, or removes what it names. A lookup that appends does more.
    private static func mayRepeat(_ method: String, _ path: String, _ body: [UInt8]?) -> Bool {
        switch (method, path) {
        case ("GET", _), ("HEAD", _), ("DELETE", _): return true
        case ("POST", "/v1/lookup"), ("POST", "/v1/lookup/batch"):
            guard let body, let asked = try? JSONValue(parsing: body) else { return false }
            return ([asked] + (asked["requests"]?.array ?? [])).allSatisfy { $0["append"]?.bool != true }
        default: return false
        }
    }

    private var host: String { if case .tcp(let address) = address { address.description } else { "localhost" } }

    func message(_ method: String, _ path: String, _ body: [UInt8]?) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        if let token { head += "Authorization: Bearer \(token.filter { !$0.isNewline })\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }

    private func exchange(
        _ socket: ClientSocket, _ request: [UInt8], _ method: String, _ deadline: UInt64
    ) throws(ClientError) -> Response {
        try socket.send(request, deadline: deadline)
        var limits = HTTPLimits()
        limits.body = 256 * 1024 * 1024
        var parser = HTTPMessageParser(limits: limits, responses: true)
        var bytes: [UInt8] = []
        while true {
            let count = try socket.receive(into: &bytes, deadline: deadline)
            if count == 0 { throw ClientError(.disconnected, "the server closed the connection without an answer") }
            while !bytes.isEmpty {
                let (taken, outcome) = bytes.withUnsafeBufferPointer { parser.read($0) }
                bytes.removeFirst(taken)
                switch outcome {
                case .incomplete: break
                case .failed(let problem): throw ClientError(.malformed, "the answer is not HTTP: \(problem.detail)")
                case .complete where parser.status < 200:
                    parser = HTTPMessageParser(limits: limits, responses: true)
                    continue
                case .complete:
                    if !parser.keepAlive { self.socket = nil }
                    return Response(status: parser.status, body: parser.takeBody())
                }
                break
            }
        }
    }

    private func escaped(_ segment: String) -> String {
        segment.utf8.map { byte in
            let isPlain =
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.encode([byte])
        }.joined()
    }
}

/// The machine's monotonic clock: what a client's deadlines go by.
enum SystemClockReading {
    static func nanoseconds() -> UInt64 { SystemClock().monotonicNanoseconds() }
}
