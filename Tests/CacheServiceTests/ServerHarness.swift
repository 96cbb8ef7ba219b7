import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// A server on a Unix socket in a temporary folder, stopped when the value goes.
final class RunningServer {
    let folder: TemporaryFolder
    let server: Server
    let cache: MemoryCache
    let clock: TestClock
    let path: String

    init(
        cache: MemoryCache? = nil, clock: TestClock = TestClock(), logger: Logger = .silent,
        _ change: (inout ServerSettings) -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        path = folder.file("deja.sock")
        self.clock = clock
        self.cache = cache ?? MemoryCache(clock: clock)
        var settings = ServerSettings(unixSocket: path)
        settings.workers = 2
        change(&settings)
        server = Server(cache: self.cache, settings: settings, clock: clock, logger: logger)
        try server.start()
    }

    deinit { server.stop(graceful: false) }

    func peer() throws -> Peer { try Peer(.unix(path)) }

    /// The server's first TCP address.
    func tcpAddress() throws -> TCPAddress {
        try XCTUnwrap(server.addresses.lazy.compactMap { $0.contains("/") ? nil : TCPAddress($0) }.first)
    }

    /// Moves the clock on and lets the loop see it.
    func advance(_ seconds: Double) {
        clock.advance(seconds: seconds)
        server.wake()
    }
}

/// A client that speaks bytes.
final class Peer {
    let socket: ClientSocket
    private var unread: [UInt8] = []

    init(_ address: ServerAddress) throws { socket = try ClientSocket(address, timeout: 10) }

    /// Ten real seconds from now: only a failing test waits for it.
    static var deadline: UInt64 { SystemClock().monotonicNanoseconds() + 10_000_000_000 }

    func send(_ text: String) throws { try send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) throws { try socket.send(bytes, deadline: Self.deadline) }

    /// Everything until the server closes.
    func readAll() throws -> String {
        while try socket.receive(into: &unread, deadline: Self.deadline) > 0 {}
        defer { unread = [] }
        return String(decoding: unread, as: UTF8.self)
    }

    /// The next HTTP response: status, head and body.
    func response(head isHead: Bool = false) throws -> (status: Int, head: String, body: String) {
        while true {
            let text = String(decoding: unread, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                let start = head.utf8.count + 4
                let wanted = isHead ? 0 : length
                if unread.count >= start + wanted {
                    let body = String(decoding: unread[start..<(start + wanted)], as: UTF8.self)
                    unread.removeFirst(start + wanted)
                    return (Int(head.split(separator: " ")[1])!, head, body)
                }
            }
            guard try socket.receive(into: &unread, deadline: Self.deadline) > 0 else {
                throw ClientError(.disconnected, "closed after \(String(decoding: unread, as: UTF8.self))")
            }
        }
    }

    /// The next RESP reply, as it is on the wire.
    func reply() throws -> String {
        while true {
            let outcome = unread.withUnsafeBufferPointer { RESPReplyScanner.scan($0) }
            switch outcome {
            case .reply(let count, _):
                defer { unread.removeFirst(count) }
                return String(decoding: unread[..<count], as: UTF8.self)
            case .malformed: throw ClientError(.malformed, String(decoding: unread, as: UTF8.self))
            case .incomplete:
                guard try socket.receive(into: &unread, deadline: Self.deadline) > 0 else {
                    throw ClientError(.disconnected, "closed after \(String(decoding: unread, as: UTF8.self))")
                }
            }
        }
    }

    func post(_ path: String, _ body: String, headers: String = "") throws {
        try send("POST \(path) HTTP/1.1\r\nHost: d\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func command(_ words: String...) throws { try send(LoadGenerator.command(words.map { Array($0.utf8) })) }
}

/// Runs a program and returns its exit status and output.
func runProgram(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
