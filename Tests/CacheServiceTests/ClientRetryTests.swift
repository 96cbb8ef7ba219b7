import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// What a client sends again when its kept connection ends.
final class ClientRetryTests: XCTestCase {
    /// A client whose connection is kept, of a server that ends it as `end` says.
    private func connected(_ end: EndingServer.End) throws -> (client: DejaClient, server: EndingServer) {
        let server = try EndingServer(end)
        let client = DejaClient(.unix(server.path))
        XCTAssertEqual(try client.readiness().status, 200)
        return (client, server)
    }

    func testWhatMayHaveBeenDoneIsNotSentAgain() throws {
        for (method, path, body) in [
            ("POST", "/v1/kv/n/k/incr", ""), ("POST", "/v1/store", #"{"prompt":"a","response":1}"#),
            ("PUT", "/v1/kv/n/k", #"{"value":1,"version":0}"#),
            ("POST", "/v1/conversations/c/messages", #"{"role":"user","content":"a"}"#),
            ("POST", "/v1/lookup", #"{"prompt":"a","conversation":"c","append":true}"#),
            ("POST", "/v1/lookup/batch", #"{"requests":[{"prompt":"a","conversation":"c","append":true}]}"#),
        ] {
            let (client, server) = try connected(.whenTheNextHasCome)
            XCTAssertThrowsError(try client.send(method, path, Array(body.utf8)), path) {
                XCTAssertEqual(($0 as? ClientError)?.code, .disconnected)
            }
            XCTAssertEqual(server.requests, 2, path)
            // The next one has a connection of its own.
            XCTAssertEqual(try client.send(method, path, Array(body.utf8)).status, 200)
            XCTAssertEqual(server.requests, 3, path)
        }
    }

    func testQuestionsAreAskedAgain() throws {
        for (method, path, body) in [
            ("GET", "/v1/stats", nil), ("DELETE", "/v1/entries/x", nil),
            ("POST", "/v1/lookup", #"{"prompt":"what does append do?","append":false}"#),
            ("POST", "/v1/lookup/batch", #"{"requests":[{"prompt":"a"}]}"#),
        ] as [(String, String, String?)] {
            let (client, server) = try connected(.whenTheNextHasCome)
            XCTAssertEqual(try client.send(method, path, body.map { Array($0.utf8) }).status, 200, path)
            XCTAssertEqual(server.requests, 3, path)
        }
    }

    func testAConnectionThatHasEndedIsReplacedBeforeAnythingIsSent() throws {
        let (client, server) = try connected(.atOnce)
        server.waitForTheEnd()
        XCTAssertEqual(try client.send("POST", "/v1/kv/n/k/incr", []).status, 200)
        XCTAssertEqual(server.requests, 2)
    }
}

/// Answers the first request of its first connection and ends it then; later connections are served.
private final class EndingServer: Sendable {
    enum End { case atOnce, whenTheNextHasCome }

    let path: String
    private let folder: TemporaryFolder
    private let listener: Int32
    private let count = Locked(0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ end: End) throws {
        folder = try TemporaryFolder()
        path = folder.file("server.sock")
        listener = try Listener.open(ServerSettings(unixSocket: path))[0].descriptor
        Thread.detachNewThread { [listener, count, ended] in
            var isFirst = true
            while let connection = EndingServer.next(listener) {
                EndingServer.serve(connection, isFirst ? end : nil, count)
                close(connection)
                if isFirst { ended.signal() }
                isFirst = false
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Requests that came.
    var requests: Int { count.withLock { $0 } }

    /// Returns when the first connection has ended.
    func waitForTheEnd() { ended.wait() }

    /// The next client; `nil` when the listener is shut down.
    private static func next(_ listener: Int32) -> Int32? {
        while true {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
            let connection = accept(listener, nil, nil)
            if connection >= 0 { return connection }
            // A listener that was shut down is ready for ever, and has nobody.
            if waiting.revents & Int16(POLLHUP) != 0 || errno != EAGAIN && errno != EINTR { return nil }
        }
    }

    /// Each request of these tests is small: it comes whole.
    private static func serve(_ connection: Int32, _ end: End?, _ count: Locked<Int>) {
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8)
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var isNext = false
        while read(connection, &buffer, buffer.count) > 0 {
            count.withLock { $0 += 1 }
            if isNext && end == .whenTheNextHasCome { return }
            _ = write(connection, answer, answer.count)
            if end == .atOnce { return }
            isNext = true
        }
    }
}
