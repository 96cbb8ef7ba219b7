import CacheModel
import TestSupport
import XCTest

@testable import CacheService

/// Rate limits on the wire, in both protocols.
final class RateLimitTests: XCTestCase {
    func testARefusedCallIsToldWhenToComeAgain() throws {
        let server = try RunningServer()
        let peer = try server.peer()
        for remaining in [1, 0] {
            try peer.post("/v1/ratelimit/u-1", #"{"limit":2,"window_s":60}"#)
            let reply = try peer.response()
            XCTAssertEqual(reply.status, 200)
            XCTAssertTrue(reply.body.hasPrefix(#"{"allowed":true,"remaining":\#(remaining),"reset_s":"#), reply.body)
        }
        try peer.post("/v1/ratelimit/u-1", #"{"limit":2,"window_s":60}"#)
        let refused = try peer.response()
        XCTAssertEqual(refused.status, 200, "the question was answered")
        XCTAssertTrue(refused.body.hasPrefix(#"{"allowed":false,"remaining":0,"retry_after_s":"#), refused.body)
        XCTAssertTrue(refused.head.contains("Retry-After: 6"), refused.head)
        let redis = try server.peer()
        try redis.command("RATELIMIT", "u-1", "2", "60")
        XCTAssertTrue(try redis.reply().hasPrefix("*8\r\n$7\r\nallowed\r\n:0\r\n$9\r\nremaining\r\n:0\r\n"))
        try redis.command("RATELIMIT", "u-2", "2", "60", "2")
        XCTAssertTrue(try redis.reply().hasPrefix("*6\r\n$7\r\nallowed\r\n:1\r\n"))
    }

    func testAMistakeNamesItsField() throws {
        let server = try RunningServer()
        let peer = try server.peer()
        for (body, field, word) in [
            (#"{"window_s":60}"#, "limit", "missing"), (#"{"limit":5}"#, "window_s", "missing"),
            (#"{"limit":-1,"window_s":60}"#, "limit", "whole number"),
            (#"{"limit":"5","window_s":60}"#, "limit", "a string"),
            (#"{"limit":5,"window_s":0}"#, "window_s", "0.06"),
            (#"{"limit":5,"window_s":60,"cost":6}"#, "cost", "never"),
            (#"{"limit":5,"window_s":60,"windows":1}"#, "windows", "known are"),
        ] {
            try peer.post("/v1/ratelimit/u-1", body)
            let reply = try peer.response()
            XCTAssertEqual(reply.status, 400, body)
            XCTAssertTrue(reply.body.contains("\"field\":\"\(field)\"") && reply.body.contains(word), reply.body)
        }
        try peer.post("/v1/ratelimit/a%0Ab", #"{"limit":5,"window_s":60}"#)
        XCTAssertEqual(try peer.response().status, 400)
        let redis = try server.peer()
        try redis.command("RATELIMIT", "u-1", "many", "60")
        XCTAssertTrue(try redis.reply().hasPrefix("-ERR invalid-value: limit"))
        try redis.command("RATELIMIT", "u-1")
        XCTAssertTrue(try redis.reply().hasPrefix("-ERR wrong number"))
    }

    func testATenantsKeysAreItsOwn() throws {
        let cache = MemoryCache()
        func caller(_ tenant: String?) -> CallerCache {
            CallerCache(
                cache, for: Caller(name: "t", tenant: tenant, namespaces: nil, rights: Set(AccessRight.allCases)))
        }
        let request = RateLimitRequest(key: "u-1", limit: 1, window: 60)
        for tenant in ["acme", "globex", nil] {
            XCTAssertTrue(caller(tenant).limitRate(request).finish().isAllowed, tenant ?? "none")
            XCTAssertFalse(caller(tenant).limitRate(request).finish().isAllowed, tenant ?? "none")
        }
    }
}
