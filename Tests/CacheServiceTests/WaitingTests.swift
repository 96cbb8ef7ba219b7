import CacheModel
import TestSupport
import XCTest

@testable import CacheService

/// Clients that wait for another client's answer.
final class WaitingTests: XCTestCase {
    private static let waiting = #"{"prompt":"hello","wait_ms":60000}"#
    private static let answer = #"{"prompt":"hello","response":"hi"}"#

    /// Few workers, many waiters: who waits takes no thread.
    func testHundredsOfWaitersAreAnsweredByOneStore() throws {
        for isBlocking in [false, true] {
            let server = try RunningServer(cache: MemoryCache(isBlocking: isBlocking))
            let leader = try server.peer()
            try leader.post("/v1/lookup", Self.waiting)
            XCTAssert(try leader.response().body.contains(#""lease":{"token":"held","expires_ms":30000}"#))
            let peers = try (0..<200).map { _ in try server.peer() }
            for (number, peer) in peers.enumerated() {
                if number.isMultiple(of: 2) {
                    try peer.post("/v1/lookup", Self.waiting)
                } else {
                    try peer.command("LOOKUP", Self.waiting)
                }
            }
            // Others are served meanwhile.
            try leader.post("/v1/lookup", #"{"prompt":"other"}"#)
            XCTAssert(try leader.response().body.contains(#""status":"miss""#))
            while server.cache.waiting < peers.count { usleep(1000) }
            try leader.post("/v1/store", Self.answer)
            XCTAssert(try leader.response().body.contains("stored"))
            for (number, peer) in peers.enumerated() {
                let reply = number.isMultiple(of: 2) ? try peer.response().body : try peer.reply()
                XCTAssert(reply.contains("hit"), reply)
            }
        }
    }

    func testAWaitEndsByItsTime() throws {
        let server = try RunningServer()
        let leader = try server.peer()
        try leader.post("/v1/lookup", Self.waiting)
        _ = try leader.response()
        let follower = try server.peer()
        try follower.post("/v1/lookup", Self.waiting)
        while server.cache.waiting < 1 { usleep(1000) }
        server.advance(61)
        XCTAssert(try follower.response().body.contains(#""status":"miss""#))
        // The connection is as good as before.
        try follower.post("/v1/store", Self.answer)
        XCTAssert(try follower.response().body.contains("stored"))
    }

    func testAWaiterThatGoesAwayHarmsNobody() throws {
        let server = try RunningServer()
        let leader = try server.peer()
        try leader.post("/v1/lookup", Self.waiting)
        _ = try leader.response()
        do {
            let follower = try server.peer()
            try follower.post("/v1/lookup", Self.waiting)
            while server.cache.waiting < 1 { usleep(1000) }
        }
        try leader.post("/v1/store", Self.answer)
        XCTAssert(try leader.response().body.contains("stored"))
        try leader.post("/v1/lookup", Self.waiting)
        XCTAssert(try leader.response().body.contains(#""status":"hit""#))
    }

    func testALeaseIsGivenBack() throws {
        let peer = try RunningServer()
        let client = try peer.peer()
        try client.post("/v1/lease/release", #"{"token":"held"}"#)
        XCTAssertEqual(try client.response().body, #"{"released":true}"#)
        try client.post("/v1/lease/release", #"{"token":"other"}"#)
        XCTAssertEqual(try client.response().body, #"{"released":false}"#)
        try client.post("/v1/lease/release", "{}")
        XCTAssertEqual(try client.response().status, 400)
        let redis = try peer.peer()
        try redis.command("RELEASE", "held")
        XCTAssertEqual(try redis.reply(), ":1\r\n")
    }
}
