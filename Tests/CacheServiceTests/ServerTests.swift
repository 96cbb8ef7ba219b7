import CacheEngine
import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// The server end to end, over real sockets.
final class ServerTests: XCTestCase {
    func testStoresAndFindsOverHTTP() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.post(
            "/v1/store",
            #"{"prompt":"hi","response": {"a" : [1,  2.50]} ,"usage":{"prompt_tokens":9,"completion_tokens":120}}"#)
        let stored = try peer.response()
        XCTAssertEqual(stored.status, 200)
        XCTAssertEqual(stored.body, #"{"status":"stored","entry_id":"0000000000000G000000000001"}"#)
        try peer.post("/v1/lookup", #"{"prompt":"hi"}"#)
        let hit = try peer.response()
        XCTAssertEqual(
            hit.body,
            #"{"status":"hit","hit_type":"exact","entry_id":"0000000000000G000000000001","#
                + #""lookup_id":"0000000000003G000000000002","similarity":1,"probability":1,"#
                + #""response":{"a" : [1,  2.50]},"age_s":12,"ttl_s":3588,"#
                + #""usage":{"prompt_tokens":9,"completion_tokens":120},"#
                + #""avoided":{"prompt_tokens":9,"completion_tokens":120,"cost_usd":0.00007335,"latency_ms":812}}"#)
        XCTAssertTrue(hit.head.contains("\r\nCache-Status: deja; hit; ttl=3588; detail=exact\r\n"), hit.head)
        XCTAssertTrue(hit.head.contains("\r\nX-Cache: HIT\r\n"))
        XCTAssertTrue(hit.head.contains("\r\nAge: 12"))
        XCTAssertTrue(hit.head.contains("\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\n"), hit.head)
    }

    func testMissSaysWhyAndExplains() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.post("/v1/lookup", #"{"prompt":"hi","explain":true,"surprise":1,"cache":{"odd":2}}"#)
        let miss = try peer.response()
        let json = try JSONValue(parsing: miss.body)
        XCTAssertEqual(json["status"], "miss")
        XCTAssertEqual(json["reason"], "no_candidate")
        XCTAssertEqual(json["nearest"]?["similarity"]?.double, 0.25)
        XCTAssertEqual(json["explain"]?["unknown_fields"], ["surprise", "cache.odd"])
        XCTAssertEqual(json["explain"]?["stages_ns"]?["embed"], 4000)
        XCTAssertEqual(json["explain"]?["candidates"]?.array?.first?["guard"], "negation")
        XCTAssertTrue(miss.head.contains("Cache-Status: deja; fwd=miss; detail=no_candidate"))
        XCTAssertTrue(miss.head.contains("X-Cache: MISS"))
    }

    func testBatchAnswersEachForItself() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.post(
            "/v1/store/batch", #"{"requests":[{"prompt":"a","response":1},{"prompt":"b"},{"prompt":"c","response":3}]}"#
        )
        let stored = try JSONValue(parsing: try peer.response().body)["results"]?.array
        XCTAssertEqual(stored?.map { $0["status"]?.string }, ["stored", "error", "stored"])
        XCTAssertEqual(stored?[1]["problem"]?["field"], "requests[1].response")
        try peer.post("/v1/lookup/batch", #"{"requests":[{"prompt":"c"},{"prompt":7},{"prompt":"zz"}]}"#)
        let found = try JSONValue(parsing: try peer.response().body)["results"]?.array
        XCTAssertEqual(found?.map { $0["status"]?.string }, ["hit", "error", "miss"])
        XCTAssertEqual(found?[0]["response"], 3)
        running.cache.batchRoom.withLock { $0 = 1 }
        try peer.post("/v1/lookup/batch", #"{"requests":[{"prompt":"c"},{"prompt":7},{"prompt":"c"}]}"#)
        let some = try JSONValue(parsing: try peer.response().body)["results"]?.array
        XCTAssertEqual(some?.map { $0["status"]?.string }, ["hit", "error", "error"])
        XCTAssertEqual(some?[2]["problem"]?["type"], "urn:deja:problem:too-large")
        XCTAssertEqual(some?[2]["problem"]?["field"], "requests[2]")
        try peer.post("/v1/lookup/batch", #"{"requests":[{"prompt":"c"},{"prompt"}]}"#)
        XCTAssertEqual(try peer.response().status, 400)
    }

    func testEntriesAndInvalidation() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.post("/v1/store", #"{"prompt":"hi","namespace":"n","response":"x","tags":["t"],"model":"m"}"#)
        let id = try XCTUnwrap(try JSONValue(parsing: try peer.response().body)["entry_id"]?.string)
        try peer.send("GET /v1/entries/\(id) HTTP/1.1\r\nHost: d\r\n\r\n")
        let entry = try JSONValue(parsing: try peer.response().body)
        XCTAssertEqual(entry["prompt"], "hi")
        XCTAssertEqual(entry["response"], "x")
        XCTAssertEqual(entry["created_at"], "2027-01-15T08:00:00.000Z")
        XCTAssertEqual(entry["ttl_s"], 3600)
        try peer.post("/v1/invalidate", #"{"tags":["t"],"dry_run":true}"#)
        XCTAssertEqual(try peer.response().body, #"{"matched":1,"removed":0,"sample":["\#(id)"]}"#)
        try peer.send("DELETE /v1/entries/\(id) HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try peer.response().status, 200)
        for method in ["GET", "DELETE"] {
            try peer.send("\(method) /v1/entries/\(id) HTTP/1.1\r\nHost: d\r\n\r\n")
            XCTAssertEqual(try peer.response().status, 404)
        }
        try peer.send("GET /v1/entries/nonsense HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try peer.response().status, 400)
    }

    func testUnrestrictedInvalidationMustBeSaid() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        for body in ["{}", #"{"all":false}"#, #"{"dry_run":true}"#, #"{"namspace":"x"}"#, #"{"all":true,"model":"m"}"#]
        {
            try peer.post("/v1/invalidate", body)
            XCTAssertEqual(try peer.response().status, 400, body)
        }
        XCTAssertNil(running.cache.lastInvalidation)
        try peer.post("/v1/invalidate", #"{"all":true}"#)
        XCTAssertEqual(try peer.response().status, 200)
        XCTAssertEqual(running.cache.lastInvalidation?.isUnrestricted, true)
    }

    func testStatusEndpoints() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        func get(_ path: String) throws -> (status: Int, head: String, body: String) {
            try peer.send("GET \(path) HTTP/1.1\r\nHost: d\r\n\r\n")
            return try peer.response()
        }
        XCTAssertEqual(try get("/healthz").status, 200)
        XCTAssertEqual(
            try get("/readyz").body, #"{"status":"ready","index_built":true,"store_reachable":true,"breaker":"closed"}"#
        )
        running.cache.setReadiness(Readiness(isIndexBuilt: false, isStoreReachable: true))
        XCTAssertEqual(try get("/readyz").status, 503)
        running.cache.setReadiness(Readiness(isIndexBuilt: true, isStoreReachable: false, detail: "no store"))
        let degraded = try get("/readyz")
        XCTAssertEqual(degraded.status, 200)
        XCTAssertTrue(degraded.body.contains("degraded"))
        XCTAssertEqual(try JSONValue(parsing: try get("/v1/stats?x=1").body)["server"]?["connections"], 1)
        let metrics = try get("/metrics")
        XCTAssertTrue(metrics.head.contains("text/plain; version=0.0.4"))
        XCTAssertTrue(metrics.body.contains("# TYPE deja_lookups_total counter\ndeja_lookups_total 0\n"), metrics.body)
        XCTAssertEqual(try get("/nowhere").status, 404)
        try peer.send("PUT /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
        let notAllowed = try peer.response()
        XCTAssertEqual(notAllowed.status, 405)
        XCTAssertTrue(notAllowed.head.contains("Allow: POST"))
        try peer.send("HEAD /healthz HTTP/1.1\r\nHost: d\r\n\r\nGET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertTrue(try peer.response(head: true).head.contains("Content-Length: 18"))
        XCTAssertEqual(try peer.response().body, #"{"status":"alive"}"#)
    }

    func testOpenAPIKnowsEveryRoute() throws {
        let document = try JSONValue(parsing: OpenAPI.document)
        for route in Routes.all {
            XCTAssertNotNil(
                document["paths"]?[route.pattern]?[route.method.lowercased()], "\(route.method) \(route.pattern)")
        }
        let described = document["paths"]?.members?.flatMap { path in
            (path.value.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }.filter { !$0.hasPrefix("PARAM") }
        }
        XCTAssertEqual(Set(described ?? []), Set(Routes.all.map { "\($0.method) \($0.pattern)" }))
    }

    func testPipelinedRequestsAreAnsweredInOrderThroughWorkers() throws {
        let running = try RunningServer(cache: MemoryCache(isBlocking: true))
        let peer = try running.peer()
        var all = ""
        for index in 0..<50 {
            let store = #"{"prompt":"p\#(index)","response":\#(index)}"#
            let lookup = #"{"prompt":"p\#(index)"}"#
            all += "POST /v1/store HTTP/1.1\r\nHost: d\r\nContent-Length: \(store.utf8.count)\r\n\r\n\(store)"
            all += "GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n"
            all += "POST /v1/lookup HTTP/1.1\r\nHost: d\r\nContent-Length: \(lookup.utf8.count)\r\n\r\n\(lookup)"
        }
        try peer.send(all)
        for index in 0..<50 {
            XCTAssertTrue(try peer.response().body.contains("stored"))
            XCTAssertTrue(try peer.response().body.contains("alive"))
            XCTAssertEqual(try JSONValue(parsing: try peer.response().body)["response"]?.integer, Int64(index))
        }
        let resp = try running.peer()
        var commands: [UInt8] = []
        for index in 0..<50 {
            commands += LoadGenerator.command(["LOOKUP", "prompt", "p\(index)"].map { Array($0.utf8) })
            commands += LoadGenerator.command([Array("PING".utf8)])
        }
        try resp.send(commands)
        for index in 0..<50 {
            XCTAssertTrue(try resp.reply().contains("\r\n\(index)\r\n"))
            XCTAssertEqual(try resp.reply(), "+PONG\r\n")
        }
    }

    func testABlockedClientDelaysNobody() throws {
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        let cache = MemoryCache(
            isBlocking: true,
            gate: {
                entered.signal()
                gate.wait()
            })
        let running = try RunningServer(cache: cache) {
            $0.workers = 1
            $0.queuedRequests = 1
        }
        let (first, second, third) = (try running.peer(), try running.peer(), try running.peer())
        try first.post("/v1/lookup", #"{"prompt":"a"}"#)
        entered.wait()
        try second.post("/v1/lookup", #"{"prompt":"b"}"#)
        // The second waits in the queue once the server has counted it, beside the first and these questions.
        var asked = 0
        var counted = 0
        while counted < 2 {
            try third.send("GET /v1/stats HTTP/1.1\r\nHost: d\r\n\r\n")
            asked += 1
            let server = try JSONValue(parsing: try third.response().body)["server"]
            counted = Int(server?["http_requests"]?.integer ?? 0) - asked
        }
        try third.post("/v1/lookup", #"{"prompt":"c"}"#)
        let refused = try third.response()
        XCTAssertEqual(refused.status, 503)
        XCTAssertTrue(refused.head.contains("Retry-After: 1"))
        gate.signal()
        gate.signal()
        XCTAssertEqual(try first.response().status, 200)
        XCTAssertEqual(try second.response().status, 200)
    }

    func testRedisCommands() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        try peer.command("ping")
        XCTAssertEqual(try peer.reply(), "+PONG\r\n")
        try peer.send("PING hello\r\n\r\nECHO  x\n")
        XCTAssertEqual(try peer.reply(), "$5\r\nhello\r\n")
        XCTAssertEqual(try peer.reply(), "$1\r\nx\r\n")
        try peer.command("STORE", "prompt", "hi", "response", #"{"a": 1}"#, "cache.ttl", "60", "tags", #"["t"]"#)
        XCTAssertEqual(
            try peer.reply(),
            "*4\r\n$6\r\nstatus\r\n$6\r\nstored\r\n$8\r\nentry_id\r\n$26\r\n0000000000000G000000000001\r\n")
        XCTAssertEqual(running.cache.lastStore?.request.controls.ttl, 60)
        XCTAssertEqual(running.cache.lastStore?.tags, ["t"])
        try peer.command("LOOKUP", #"{"prompt":"hi"}"#)
        XCTAssertTrue(try peer.reply().contains("$8\r\nresponse\r\n$8\r\n{\"a\": 1}\r\n"))
        try peer.command("HELLO", "3", "SETNAME", "me")
        XCTAssertTrue(try peer.reply().hasPrefix("%7\r\n$6\r\nserver\r\n$4\r\ndeja\r\n"))
        try peer.command("LOOKUP", "prompt", "hi")
        let hit = try peer.reply()
        XCTAssertTrue(hit.hasPrefix("%9\r\n"), hit)
        XCTAssertTrue(hit.contains("$10\r\nsimilarity\r\n,1\r\n"), hit)
        try peer.command("CLIENT", "GETNAME")
        XCTAssertEqual(try peer.reply(), "$2\r\nme\r\n")
        try peer.command("INVALIDATE", "tags", #"["t"]"#)
        XCTAssertTrue(try peer.reply().hasPrefix("%3\r\n$7\r\nmatched\r\n:1\r\n"))
        try peer.command("DELETE", "0000000000000G000000000001")
        XCTAssertEqual(try peer.reply(), ":0\r\n")
        try peer.command("STATS")
        XCTAssertTrue(try peer.reply().hasPrefix("%"))
        for (words, error) in [
            (["LPUSH", "x", "y"], "-ERR unknown command 'LPUSH'"),
            (["LOOKUP"], "-ERR wrong number of arguments for 'lookup'"),
            (["LOOKUP", "prompt"], "-ERR malformed-json: "), (["SELECT", "1"], "-ERR DB index"),
            (["LOOKUP", "prompt", "x", "model"], "-ERR missing-field"), (["HELLO", "4"], "-NOPROTO"),
            (["LOOKUP", "prompt", "x", "cache.ttl", "soon"], "-ERR malformed-json: cache.ttl must be written as JSON"),
            (["LOOKUP", "prompt", "x", "cache.ttl", "-1"], "-ERR invalid-value: cache.ttl must be greater than 0"),
            (["LOOKUP", "prompt", "x", "explain", "1,\"a\":2"], "-ERR wrong-type: explain must be true or false"),
            (["INVALIDATE", "{}"], "-ERR missing-field: all is missing"),
            // This cache keeps no appointments.
            (
                ["INVALIDATE", #"{"all":true,"at":"2098-01-15T08:00:00Z"}"#],
                "-UNAVAILABLE unavailable: nothing is scheduled"
            ),
        ] {
            try peer.send(LoadGenerator.command(words.map { Array($0.utf8) }))
            let reply = try peer.reply()
            XCTAssertTrue(reply.hasPrefix(error), reply)
        }
        try peer.command("QUIT")
        XCTAssertEqual(try peer.readAll(), "+OK\r\n")
    }

    func testCurlAndRedisCLIAreClients() throws {
        let running = try RunningServer()
        let stored = try runProgram(
            "/usr/bin/curl",
            ["-sS", "--unix-socket", running.path, "http://deja/v1/store", "-d", #"{"prompt":"q","response":"a"}"#])
        XCTAssertTrue(stored.output.contains("\"stored\""), stored.output)
        for flags in [[], ["-3"]] {
            let found = try runProgram("/usr/bin/redis-cli", flags + ["-s", running.path, "LOOKUP", "prompt", "q"])
            XCTAssertTrue(found.output.contains("exact"), found.output)
        }
        let big = String(repeating: "x", count: 300_000)
        let file = running.folder.file("big.json")
        try #"{"prompt":"big","response":"\#(big)"}"#.write(toFile: file, atomically: true, encoding: .utf8)
        // More than 1 MiB would make curl ask with Expect: 100-continue; here it is told to.
        let large = try runProgram(
            "/usr/bin/curl",
            [
                "-sS", "--unix-socket", running.path, "http://deja/v1/store", "-H", "Expect: 100-continue", "-H",
                "Transfer-Encoding: chunked", "--data-binary", "@\(file)",
            ])
        XCTAssertTrue(large.output.contains("\"stored\""), large.output)
        XCTAssertEqual(running.cache.lastStore?.response.bytes.count, 300_002)
    }

    func testClientAndLoadGenerator() throws {
        let running = try RunningServer { $0.listen = [TCPAddress(host: "127.0.0.1", port: 0)] }
        for address in [ServerAddress.unix(running.path), .tcp(try running.tcpAddress())] {
            let client = DejaClient(address)
            XCTAssertEqual(try client.store(Array(#"{"prompt":"q","response":"a"}"#.utf8)).status, 200)
            XCTAssertEqual(try client.lookup(Array(#"{"prompt":"q"}"#.utf8)).json()["response"], "a")
            XCTAssertEqual(try client.lookup(Array("{".utf8)).status, 400)
            XCTAssertEqual(try client.delete("a/b").status, 400)
            var load = LoadGenerator(address)
            load.connections = 4
            load.pipeline = 8
            let result = try load.run(count: 500) { index in
                LoadGenerator.command(["LOOKUP", "prompt", index % 5 == 0 ? "q" : "other"].map { Array($0.utf8) })
            }
            XCTAssertEqual(result.latencies.count, 500)
            XCTAssertEqual(result.errors, 0)
        }
        XCTAssertThrowsError(try DejaClient(.unix("/nowhere/x.sock")).statistics()) {
            XCTAssertEqual(($0 as? ClientError)?.code, .cannotConnect)
        }
    }
}
