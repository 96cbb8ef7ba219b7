import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// Clients that send too much, too slowly, or nonsense; and servers in each other's way.
final class HostileClientTests: XCTestCase {
    // MARK: HTTP

    /// What each bad message is answered with, whole and byte by byte.
    func testBadHTTPMessages() throws {
        let running = try RunningServer { $0.limits.http.body = 1000 }
        let start = "POST /v1/lookup HTTP/1.1\r\nHost: d\r\n"
        let cases: [(String, Int, String)] = [
            ("\(start)Content-Length: 1001\r\n\r\n", 413, "too-large"),
            (
                "\(start)Transfer-Encoding: chunked\r\n\r\n3e9\r\n\(String(repeating: "x", count: 1001))", 413,
                "too-large"
            ),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n", 414, "uri-too-long"),
            ("\(start)X: \(String(repeating: "a", count: 40_000))", 431, "header-too-large"),
            (start + (0..<101).map { "X\($0): y\r\n" }.joined(), 431, "header-too-large"),
            ("\(start)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400, "bad-request"),
            ("\(start)Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "bad-request"),
            ("\(start)Content-Length: -2\r\n\r\n{}", 400, "bad-request"),
            ("\(start)Content-Length: 2x\r\n\r\n{}", 400, "bad-request"),
            ("\(start)Transfer-Encoding: gzip\r\n\r\n", 501, "unsupported-transfer-encoding"),
            ("\(start)Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad-request"),
            ("\(start)Expect: a-miracle\r\nContent-Length: 2\r\n\r\n{}", 417, "expectation-failed"),
            ("\(start)Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415, "unsupported-encoding"),
            ("NONSENSE / HTTP/1.1\r\n\r\n", 400, "bad-request"),
            ("\u{0}\u{1}\u{2}", 400, "bad-request"),
            ("GET / HTTP/3.9\r\nHost: d\r\n\r\n", 505, "unsupported-version"),
            ("\(start)Origin: http://evil.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 403, "denied"),
        ]
        for (message, status, slug) in cases {
            let peer = try running.peer()
            try peer.send(message)
            let answer = try peer.response()
            XCTAssertEqual(answer.status, status, String(message.prefix(120)))
            XCTAssertEqual(try JSONValue(parsing: answer.body)["type"]?.string, "urn:deja:problem:\(slug)")
            XCTAssertTrue(answer.head.contains("application/problem+json"))
            XCTAssertTrue(answer.head.contains("Connection: close"))
            XCTAssertEqual(try peer.readAll(), "")
        }
    }

    func testTruncatedMessagesAreAnswered() throws {
        let running = try RunningServer()
        for message in [
            "POST /v1/lookup HT", "POST /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: 20\r\n\r\n{\"prompt\"",
            "POST /v1/lookup HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        ] {
            let peer = try running.peer()
            try peer.send(message)
            peer.socket.endSending()
            XCTAssertEqual(try peer.response().status, 400)
        }
        let resp = try running.peer()
        try resp.send("*2\r\n$4\r\nPING\r\n$3\r\nab")
        resp.socket.endSending()
        XCTAssertTrue(try resp.readAll().hasPrefix("-ERR bad-request"))
        let quiet = try running.peer()
        quiet.socket.endSending()
        XCTAssertEqual(try quiet.readAll(), "")
        // A whole request before the end is answered.
        let half = try running.peer()
        try half.send("GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        half.socket.endSending()
        XCTAssertEqual(try half.response().status, 200)
    }

    func testBadBodiesAreAnsweredAndTheConnectionStays() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        let bodies: [[UInt8]] = [
            [], Array("null".utf8), Array("[]".utf8), Array("{".utf8), Array("{\"prompt\":\"a\u{0}b\"}".utf8),
            Array("{\"prompt\":\"".utf8) + [0xC0, 0xAF] + Array("\"}".utf8),
            Array("{\"prompt\":\"\\ud800\"}".utf8),
            Array(String(repeating: "[", count: 100_000).utf8),
            Array("{\"params\":\(String(repeating: "{\"a\":", count: 5000))".utf8),
            Array("{\"prompt\":\"a\"} x".utf8), Array("{\"prompt\":\"a\",\"prompt\":1}".utf8),
            Array("{\"prompt\":1e999}".utf8),
        ]
        for body in bodies {
            try peer.send("POST /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: \(body.count)\r\n\r\n")
            try peer.send(body)
            let answer = try peer.response()
            XCTAssertEqual(answer.status, 400, String(decoding: body.prefix(60), as: UTF8.self))
            XCTAssertFalse(answer.head.contains("Connection: close"))
        }
        try peer.post("/v1/lookup", #"{"prompt":"a\u0000b"}"#)
        XCTAssertEqual(try peer.response().status, 200)
    }

    func testExpectContinueIsAnsweredOnce() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.send("POST /v1/lookup HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n")
        XCTAssertEqual(try peer.response().status, 100)
        try peer.send("{\"prompt\":")
        try peer.send("\"a\"}")
        XCTAssertEqual(try peer.response().status, 200)
        try peer.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let old = try peer.response()
        XCTAssertTrue(old.head.contains("Connection: keep-alive"), old.head)
        try peer.send("GET /healthz HTTP/1.0\r\n\r\n")
        XCTAssertTrue(try peer.readAll().contains("Connection: close"))
    }

    // MARK: Pieces

    /// Both protocols are understood however the bytes are cut.
    func testEveryWayToCutTheBytes() throws {
        let body = #"{"prompt":"hé","cache":{"ttl":5}}"#
        let message = Array(
            "POST /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        let running = try RunningServer()
        for cut in 1..<message.count {
            let parser = HTTPMessageParser()
            let first = message[..<cut].withUnsafeBufferPointer { parser.read($0) }
            XCTAssertEqual(first.outcome, .incomplete)
            XCTAssertEqual(first.count, cut)
            let second = message[cut...].withUnsafeBufferPointer { parser.read($0) }
            XCTAssertEqual(second.outcome, .complete)
            XCTAssertEqual(String(decoding: parser.body, as: UTF8.self), body)
            XCTAssertEqual(parser.value(of: "host"), "d")
        }
        let command = LoadGenerator.command(["LOOKUP", "prompt", "hé"].map { Array($0.utf8) }) + Array("PING\r\n".utf8)
        for cut in 1..<command.count {
            var parser = RESPParser()
            var count = 0
            var outcome = command[..<cut].withUnsafeBufferPointer { parser.read($0) }
            if case .command(let taken) = outcome { count = taken }
            outcome = command[count...].withUnsafeBufferPointer { parser.read($0) }
            guard case .command = outcome else { return XCTFail("\(cut): \(outcome)") }
        }
        for bytes in [message, command] {
            let peer = try running.peer()
            for byte in bytes { try peer.send([byte]) }
            if bytes[0] == UInt8(ascii: "*") {
                XCTAssertTrue(try peer.reply().contains("miss"))
                XCTAssertEqual(try peer.reply(), "+PONG\r\n")
            } else {
                XCTAssertEqual(try peer.response().status, 200)
            }
        }
    }

    func testChunkedBodiesInPieces() throws {
        let message = Array(
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nT: v\r\n\r\n".utf8)
        for cut in 1..<message.count {
            let parser = HTTPMessageParser()
            _ = message[..<cut].withUnsafeBufferPointer { parser.read($0) }
            XCTAssertEqual(message[cut...].withUnsafeBufferPointer { parser.read($0) }.outcome, .complete)
            XCTAssertEqual(String(decoding: parser.body, as: UTF8.self), "abcdefg")
        }
    }

    // MARK: RESP

    func testBadRESPCommands() throws {
        let running = try RunningServer {
            $0.limits.resp.argument = 1000
            $0.limits.resp.command = 1500
        }
        for (bytes, problem) in [
            ("*1\r\n$1001\r\n", "at most 1000 bytes in an argument"), ("*5000\r\n", "at most 1024 arguments"),
            ("*99999999999999999999\r\n", "too many digits"), ("*1\r\n:5\r\n", "expected '$'"),
            ("*1\r\n$-1\r\n", "cannot be null"), ("*x\r\n", "not a number"), ("*1\r\n$2\r\nabcd", "does not end"),
            ("*3\r\n$900\r\n\(String(repeating: "x", count: 900))\r\n$900\r\n", "at most 1500 bytes"),
            ("mget\(String(repeating: " k", count: 1024))\r\n", "at most 1024 arguments"),
            ("*0\r\n*1\r\n$4\r\nPING\r\n" + String(repeating: "p", count: 9000), "at most 8192 bytes"),
        ] {
            let peer = try running.peer()
            try peer.send(bytes)
            let answer = try peer.readAll()
            XCTAssertTrue(answer.contains("-ERR Protocol error: ") && answer.contains(problem), answer)
        }
    }

    // MARK: Deadlines

    func testASlowRequestTimesOut() throws {
        let running = try RunningServer()
        let http = try running.peer()
        let body = try running.peer()
        let resp = try running.peer()
        try http.send("POST /v1/lookup HTTP/1.1\r\nHo")
        try body.send("POST /v1/lookup HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        XCTAssertEqual(try body.response().status, 100)
        try resp.send("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI")
        XCTAssertEqual(try resp.reply(), "+PONG\r\n")
        // The first is read once a later client has been answered.
        let probe = try running.peer()
        try probe.command("PING")
        XCTAssertEqual(try probe.reply(), "+PONG\r\n")
        running.advance(11)
        XCTAssertEqual(try http.response().status, 408)
        try body.send("x")
        running.advance(50)
        XCTAssertEqual(try body.response().status, 408)
        XCTAssertTrue(try resp.readAll().hasPrefix("-ERR timeout"))
        try probe.command("PING")
        XCTAssertEqual(try probe.reply(), "+PONG\r\n")
        running.advance(601)
        XCTAssertEqual(try probe.readAll(), "")
    }

    /// Connections cost nothing to open: they are kept for those whose requests are admitted.
    func testAConnectionIsKeptOnceARequestIsAdmitted() throws {
        let running = try RunningServer {
            $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)]
            $0.token = "correct horse"
        }
        let address = ServerAddress.tcp(try running.tcpAddress())
        let (silent, late) = (try Peer(address), try Peer(address))
        let (probing, guessing, pinging) = (try Peer(address), try Peer(address), try Peer(address))
        try probing.send("GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try probing.response().status, 200)
        try guessing.send("GET /v1/stats HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer wrong horse\r\n\r\n")
        XCTAssertEqual(try guessing.response().status, 401)
        try pinging.command("PING")
        XCTAssertEqual(try pinging.reply(), "+PONG\r\n")
        let (http, resp, owner) = (try Peer(address), try Peer(address), try running.peer())
        let admitted = "GET /v1/stats HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer correct horse\r\n\r\n"
        try http.send(admitted)
        XCTAssertEqual(try http.response().status, 200)
        try resp.command("AUTH", "correct horse")
        XCTAssertEqual(try resp.reply(), "+OK\r\n")
        try owner.command("PING")
        XCTAssertEqual(try owner.reply(), "+PONG\r\n")
        running.advance(9)
        // Neither does a request that begins late begin the time anew.
        try late.send("GET /healthz HT")
        try resp.command("PING")
        XCTAssertEqual(try resp.reply(), "+PONG\r\n")
        running.advance(2)
        for peer in [silent, probing, guessing, pinging] { XCTAssertEqual(try peer.readAll(), "") }
        XCTAssertEqual(try late.response().status, 408)
        for peer in [resp, owner] {
            try peer.command("PING")
            XCTAssertEqual(try peer.reply(), "+PONG\r\n")
        }
        try http.send(admitted)
        XCTAssertEqual(try http.response().status, 200)
    }

    func testAClientThatNeverReadsIsLeftAsideAndDropped() throws {
        let running = try RunningServer { $0.limits.outputHighWater = 64 * 1024 }
        let store = try running.peer()
        try store.post("/v1/store", #"{"prompt":"big","response":"\#(String(repeating: "x", count: 50_000))"}"#)
        XCTAssertEqual(try store.response().status, 200)
        let deaf = try running.peer()
        let lookup = LoadGenerator.command(["LOOKUP", "prompt", "big"].map { Array($0.utf8) })
        var sent = 0
        let soon = SystemClock().monotonicNanoseconds() + 500_000_000
        // The server stops reading, so sending blocks in the end.
        while (try? deaf.socket.send(lookup, deadline: soon)) != nil { sent += 1 }
        XCTAssertGreaterThan(sent, 0)
        try store.send("GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try store.response().status, 200)
        running.advance(31)
        try store.send("GET /v1/stats HTTP/1.1\r\nHost: d\r\n\r\n")
        _ = try store.response()
        try store.send("GET /v1/stats HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try JSONValue(parsing: try store.response().body)["server"]?["connections"], 1)
    }

    func testASlowReaderGetsEverything() throws {
        let running = try RunningServer { $0.limits.outputHighWater = 16 * 1024 }
        let peer = try running.peer()
        let value = String(repeating: "y", count: 30_000)
        var bytes = LoadGenerator.command(["STORE", "prompt", "p", "response", "\"\(value)\""].map { Array($0.utf8) })
        for _ in 0..<100 { bytes += LoadGenerator.command(["LOOKUP", "prompt", "p"].map { Array($0.utf8) }) }
        try peer.send(bytes)
        XCTAssertTrue(try peer.reply().contains("stored"))
        for _ in 0..<100 { XCTAssertTrue(try peer.reply().contains(value)) }
    }

    // MARK: Many

    func testTwoThousandConnections() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try XCTSkipIf(limit.rlim_cur < 4300, "the system allows \(limit.rlim_cur) descriptors, 4300 are needed")
        let running = try RunningServer()
        let peers = try (0..<2000).map { _ in try running.peer() }
        for peer in peers { try peer.command("PING") }
        for peer in peers { XCTAssertEqual(try peer.reply(), "+PONG\r\n") }
    }

    func testConnectionsOverTheLimitAreTold() throws {
        let running = try RunningServer { $0.limits.connections = 2 }
        let inside = [try running.peer(), try running.peer()]
        for peer in inside {
            try peer.command("PING")
            XCTAssertEqual(try peer.reply(), "+PONG\r\n")
        }
        let http = try running.peer()
        try http.send("GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try http.response().status, 503)
        let resp = try running.peer()
        try resp.command("PING")
        XCTAssertTrue(try resp.readAll().hasPrefix("-UNAVAILABLE"))
        let silent = try running.peer()
        try inside[0].command("PING")
        XCTAssertEqual(try inside[0].reply(), "+PONG\r\n")
        running.advance(3)
        XCTAssertEqual(try silent.readAll(), "")
    }

    func testTCPLeavesConnectionsToTheSocket() throws {
        let running = try RunningServer {
            $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)]
            $0.limits.connections = 8
        }
        let address = ServerAddress.tcp(try running.tcpAddress())
        var inside = try (0..<7).map { _ in try Peer(address) }
        for peer in inside {
            try peer.command("PING")
            XCTAssertEqual(try peer.reply(), "+PONG\r\n")
        }
        let outside = try Peer(address)
        try outside.command("PING")
        XCTAssertTrue(try outside.readAll().hasPrefix("-UNAVAILABLE"))
        inside.append(try running.peer())
        try inside[7].command("PING")
        XCTAssertEqual(try inside[7].reply(), "+PONG\r\n")
        let last = try running.peer()
        try last.command("PING")
        XCTAssertTrue(try last.readAll().hasPrefix("-UNAVAILABLE"))
    }

    // MARK: Addresses

    func testSocketFiles() throws {
        let running = try RunningServer()
        var status = stat()
        XCTAssertEqual(stat(running.path, &status), 0)
        XCTAssertEqual(status.st_mode & 0o777, 0o600)
        // A live one is not stolen.
        XCTAssertThrowsError(
            try Server(cache: MemoryCache(), settings: ServerSettings(unixSocket: running.path)).start()
        ) { XCTAssertEqual(($0 as? ServerError)?.code, .addressInUse) }
        let peer = try running.peer()
        try peer.command("PING")
        XCTAssertEqual(try peer.reply(), "+PONG\r\n")
        running.server.stop()
        XCTAssertEqual(access(running.path, F_OK), -1)
        // A stale one is replaced; a file that is no socket is not.
        let folder = try TemporaryFolder()
        let stale = folder.file("stale.sock")
        close(try staleSocket(stale))
        let second = Server(cache: MemoryCache(), settings: ServerSettings(unixSocket: stale))
        try second.start()
        XCTAssertEqual(try DejaClient(.unix(stale)).readiness().status, 200)
        second.stop()
        try "precious".write(toFile: folder.file("file"), atomically: true, encoding: .utf8)
        for path in [folder.file("file"), folder.file(String(repeating: "x", count: 200)), folder.file("no/such/x")] {
            XCTAssertThrowsError(try Server(cache: MemoryCache(), settings: ServerSettings(unixSocket: path)).start())
        }
        XCTAssertEqual(try String(contentsOfFile: folder.file("file"), encoding: .utf8), "precious")
        XCTAssertThrowsError(try Server(cache: MemoryCache(), settings: ServerSettings()).start())
    }

    private func staleSocket(_ path: String) throws -> Int32 {
        let server = try Listener.open(ServerSettings(unixSocket: path))
        return server[0].descriptor
    }

    func testPagesOfOtherSitesAreNotAnswered() throws {
        let running = try RunningServer { $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)] }
        let address = try running.tcpAddress()
        let peer = try Peer(.tcp(address))
        for (headers, status) in [
            ("Host: \(address)", 200), ("Host: localhost", 200), ("Host: [::1]:80", 200), ("Host: evil.example", 403),
            ("Host: 127.evil.example", 403), ("Host: localhost\r\nOrigin: http://localhost", 200),
            ("Host: localhost\r\nOrigin: http://evil.example", 403), ("Host: localhost\r\nOrigin: null", 403),
        ] {
            try peer.send("GET /v1/stats HTTP/1.1\r\n\(headers)\r\n\r\n")
            XCTAssertEqual(try peer.response().status, status, headers)
        }
    }

    /// A page may give its request any method, and a body whose lines are commands.
    func testHTTPSentAsCommandsIsRefusedBeforeItsBody() throws {
        let running = try RunningServer { $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)] }
        let address = ServerAddress.tcp(try running.tcpAddress())
        let body = "\nINVALIDATE {\"all\":true}\nDEL k\n"
        let rest = "Host: evil.example\r\nOrigin: http://evil.example\r\n\r\n\(body)"
        for start in [
            "patch / HTTP/1.1\r\n", "PING / HTTP/1.1\r\n", "del /k HTTP/1.1\r\n", "ping\r\n", "pink\r\n",
            "ping\r\npost /\r\n", "*2\r\n$4\r\nPOST\r\n$1\r\n/\r\n",
        ] {
            let peer = try Peer(address)
            try peer.send(start + rest)
            let answer = try peer.readAll()
            XCTAssertTrue(answer.contains("-NOPERM denied: "), answer)
            XCTAssertTrue(answer.hasSuffix("\r\n") && !answer.contains("INVALIDATE"), answer)
            XCTAssertNil(running.cache.lastInvalidation, start)
        }
        // Commands with such words in other places are commands.
        let peer = try Peer(address)
        try peer.send("ping HTTP\r\n")
        XCTAssertEqual(try peer.reply(), "$4\r\nHTTP\r\n")
        try peer.command("ECHO", "HTTP/1.1")
        XCTAssertEqual(try peer.reply(), "$8\r\nHTTP/1.1\r\n")
    }

    func testTokens() throws {
        var settings = ServerSettings()
        settings.listen = [TCPAddress(host: "0.0.0.0", port: 0)]
        XCTAssertThrowsError(try Server(cache: MemoryCache(), settings: settings).start()) {
            XCTAssertEqual(($0 as? ServerError)?.code, .invalidSettings)
        }
        let running = try RunningServer {
            $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)]
            $0.token = "correct horse"
        }
        let address = ServerAddress.tcp(try running.tcpAddress())
        XCTAssertEqual(try DejaClient(address).statistics().status, 401)
        XCTAssertEqual(try DejaClient(address, token: "wrong horse").statistics().status, 401)
        XCTAssertEqual(try DejaClient(address, token: "correct horse").statistics().status, 200)
        XCTAssertEqual(try DejaClient(address).readiness().status, 200)
        XCTAssertEqual(try DejaClient(.unix(running.path)).statistics().status, 200)
        let peer = try Peer(address)
        try peer.command("STATS")
        XCTAssertTrue(try peer.reply().hasPrefix("-NOAUTH"))
        try peer.command("HELLO", "3")
        XCTAssertTrue(try peer.reply().hasPrefix("-NOAUTH"))
        try peer.command("AUTH", "wrong horse")
        XCTAssertTrue(try peer.reply().hasPrefix("-WRONGPASS"))
        try peer.command("AUTH", "default", "correct horse")
        XCTAssertEqual(try peer.reply(), "+OK\r\n")
        try peer.command("STATS")
        XCTAssertTrue(try peer.reply().hasPrefix("*"))
        let other = try Peer(address)
        try other.command("HELLO", "3", "AUTH", "default", "correct horse")
        XCTAssertTrue(try other.reply().hasPrefix("%7"))
    }

    // MARK: Stopping and logs

    func testAGracefulStopFinishesWhatIsInFlight() throws {
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        let cache = MemoryCache(
            isBlocking: true,
            gate: {
                entered.signal()
                gate.wait()
            })
        let running = try RunningServer(cache: cache)
        let idle = try running.peer()
        let busy = try running.peer()
        try busy.post("/v1/lookup", #"{"prompt":"a"}"#)
        entered.wait()
        let stopped = expectation(description: "stopped")
        let server = running.server
        Thread {
            server.stop()
            stopped.fulfill()
        }.start()
        XCTAssertEqual(try idle.readAll(), "")
        gate.signal()
        let answer = try busy.response()
        XCTAssertEqual(answer.status, 200)
        XCTAssertTrue(answer.head.contains("Connection: close"))
        wait(for: [stopped], timeout: 10)
    }

    func testLogsAreStructuredAndHoldNoText() throws {
        let lines = Locked<[String]>([])
        let logger = Logger(level: .debug, clock: TestClock()) { line in
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        let running = try RunningServer(logger: logger)
        try DejaClient(.unix(running.path)).storeAndLookup(prompt: "my secret prompt", response: "\"my secret answer\"")
        running.server.stop()
        logger.log(.info, "test.quoting", ["value": "a \"b\"\n=c", "empty": ""])
        let all = lines.withLock { $0 }
        XCTAssertTrue(all.allSatisfy { $0.hasPrefix("time=2027-01-15T08:00:00.000Z level=") && $0.hasSuffix("\n") })
        XCTAssertTrue(all.contains { $0.contains("event=server.stopped") })
        XCTAssertTrue(all.last!.hasSuffix(" value=\"a \\\"b\\\"\\n=c\" empty=\"\"\n"), all.last!)
        XCTAssertFalse(all.joined().contains("secret"))
    }
}

extension DejaClient {
    fileprivate func storeAndLookup(prompt: String, response: String) throws {
        XCTAssertEqual(try store(Array(#"{"prompt":"\#(prompt)","response":\#(response)}"#.utf8)).status, 200)
        XCTAssertEqual(try lookup(Array(#"{"prompt":"\#(prompt)"}"#.utf8)).status, 200)
    }
}
