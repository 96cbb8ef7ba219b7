import CacheModel
import TestSupport
import XCTest

@testable import CacheService

/// What one client may ask at once.
final class ClientLimitTests: XCTestCase {
    func testRequestsASecondAreBoundedOverAllConnections() throws {
        let running = try RunningServer { $0.limits.client.requestsPerSecond = 3 }
        let (http, resp) = (DejaClient(.unix(running.path)), try running.peer())
        let body = Array(#"{"prompt":"a"}"#.utf8)
        for _ in 0..<3 { XCTAssertEqual(try http.lookup(body).status, 200) }
        let peer = try running.peer()
        try peer.post("/v1/lookup", #"{"prompt":"a"}"#)
        let refused = try peer.response()
        XCTAssertEqual(refused.status, 429)
        XCTAssertTrue(refused.head.contains("Retry-After: 1"), refused.head)
        XCTAssertEqual(try JSONValue(parsing: refused.body)["type"], "urn:deja:problem:too-many-requests")
        try resp.command("LOOKUP", "prompt", "a")
        XCTAssertTrue(try resp.reply().hasPrefix("-LIMIT too-many-requests"))
        XCTAssertEqual(try http.readiness().status, 200, "probes are not counted")
        running.advance(1)
        XCTAssertEqual(try http.lookup(body).status, 200)
        try resp.command("LOOKUP", "prompt", "a")
        XCTAssertTrue(try resp.reply().hasPrefix("*"))
    }

    func testATokenHasItsOwnLimitWhereverItIsShown() throws {
        var grant = AccessGrant(name: "slow", digest: AccessGrant.digest(ofToken: "slow-token".utf8))
        grant.requestsPerSecond = 1
        let running = try RunningServer { $0.tokens = AccessTable([grant]) }
        let body = Array(#"{"prompt":"a"}"#.utf8)
        XCTAssertEqual(try DejaClient(.unix(running.path), token: "slow-token").lookup(body).status, 200)
        XCTAssertEqual(try DejaClient(.unix(running.path), token: "slow-token").lookup(body).status, 429)
        for _ in 0..<5 { XCTAssertEqual(try DejaClient(.unix(running.path)).lookup(body).status, 200) }
    }

    func testGuessingTokensIsHeldToTheLimit() throws {
        var grant = AccessGrant(name: "a", digest: AccessGrant.digest(ofToken: "right-token".utf8))
        grant.requestsPerSecond = 100
        let running = try RunningServer {
            $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)]
            $0.tokens = AccessTable([grant])
            $0.limits.client.requestsPerSecond = 2
        }
        let address = ServerAddress.tcp(try running.tcpAddress())
        let statuses = try (0..<4).map { try DejaClient(address, token: "guess-\($0)").lookup([]).status }
        XCTAssertEqual(statuses, [401, 401, 429, 429])
        XCTAssertEqual(try DejaClient(address, token: "right-token").lookup(Array(#"{"prompt":"a"}"#.utf8)).status, 200)
    }

    /// Bodies that arrive on many connections at once and are never finished.
    func testBytesInFlightAreBoundedOverAllConnections() throws {
        let running = try RunningServer { $0.limits.client.bytesInFlight = 100_000 }
        let head = "POST /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\n"
        let peers = try (0..<4).map { _ in try running.peer() }
        for peer in peers { try peer.send(head + String(repeating: "x", count: 30_000)) }
        let refused = try peers[3].response()
        XCTAssertEqual(refused.status, 429)
        XCTAssertTrue(refused.head.contains("Connection: close"))
        // What was refused is given up, so that there is room again.
        let client = DejaClient(.unix(running.path))
        XCTAssertEqual(try client.lookup(Array(#"{"prompt":"a"}"#.utf8)).status, 200)
    }

    /// What was answered is not in flight any more, however large it was.
    func testAnsweredRequestsAreNotCountedAnyMore() throws {
        let running = try RunningServer { $0.limits.client.bytesInFlight = 100_000 }
        let long = #"{"prompt":"\#(String(repeating: "x", count: 80_000))"}"#
        let peers = try (0..<5).map { _ in try running.peer() }
        for peer in peers {
            try peer.post("/v1/lookup", long)
            XCTAssertEqual(try peer.response().status, 200)
        }
    }
}
