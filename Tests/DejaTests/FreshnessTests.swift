import Foundation
import TestSupport
import Testing

/// Versions, appointments and stale answers at each door of a running server.
struct FreshnessTests {
    private func curl(_ server: RunningServer, _ method: String, _ path: String, _ body: String? = nil) throws
        -> (status: String, body: String)
    {
        var words = ["-s", "-w", "\n%{http_code}", "--unix-socket", server.socket, "-X", method]
        if body != nil { words += ["--data-binary", "@-"] }
        let result = try DejaProcess.run(words + ["http://deja\(path)"], program: "/usr/bin/curl", input: body ?? "")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    private func redis(_ server: RunningServer, _ words: String...) throws -> String {
        try DejaProcess.run(["-s", server.socket] + words, program: "/usr/bin/redis-cli").output
    }

    @Test func aBumpHidesWhatIsOlderAtEveryDoorAndAfterAKill() throws {
        let server = try RunningServer()
        for prompt in ["one", "two"] {
            _ = try curl(
                server, "POST", "/v1/store", #"{"prompt":"\#(prompt)","response":"x","model":"m","template":"t"}"#)
        }
        func isHit(_ server: RunningServer, _ prompt: String) throws -> Bool {
            try curl(server, "POST", "/v1/lookup", #"{"prompt":"\#(prompt)","model":"m"}"#).body.contains(
                #""status":"hit""#)
        }
        #expect(try isHit(server, "one"))
        let bumped = try curl(server, "POST", "/v1/epochs", #"{"namespace":"default","template":"t"}"#)
        #expect(bumped.status == "200" && bumped.body.contains(#""saved":true"#), "\(bumped)")
        #expect(try !isHit(server, "one"))
        let miss = try curl(server, "POST", "/v1/lookup", #"{"prompt":"two","model":"m"}"#).body
        #expect(miss.contains(#""reason":"epoch""#) && miss.contains(#""epoch":1"#), "\(miss)")
        #expect(try redis(server, "EPOCH", "namespace", "default", "model", "m").hasPrefix("epoch\n"))
        #expect(try server.deja(["epoch", "bump", "--namespace", "other"]).output.hasPrefix("epoch "))
        let listed = try server.deja(["epoch", "list"]).output
        for text in ["namespace default, model m ", "namespace default, template t ", "namespace other "] {
            #expect(listed.contains(text))
        }
        server.kill()
        let again = try RunningServer(folder: server.folder)
        #expect(try !isHit(again, "one"))
        #expect(try again.deja(["epoch", "list"]).output == listed)
    }

    @Test func aLateStoreIsRefusedAtEveryDoor() throws {
        let server = try RunningServer()
        let miss = try curl(server, "POST", "/v1/lookup", #"{"prompt":"q","lease":true}"#).body
        let root = try #require(try JSONSerialization.jsonObject(with: Data(miss.utf8)) as? [String: Any])
        let token = try #require((root["lease"] as? [String: Any])?["token"] as? String)
        let epoch = try #require(root["epoch"] as? Int)
        #expect(try server.deja(["invalidate", "--all"]).status == 0)
        let refused = #""status":"refused","reason":"epoch""#
        #expect(
            try curl(server, "POST", "/v1/store", #"{"prompt":"q","response":1,"lease":"\#(token)"}"#).body.contains(
                refused))
        #expect(
            try curl(server, "POST", "/v1/store", #"{"prompt":"q","response":1,"epoch":\#(epoch)}"#).body.contains(
                refused))
        #expect(try redis(server, "STORE", "prompt", "q", "response", "1", "epoch", "\(epoch)").contains("epoch"))
        #expect(try curl(server, "POST", "/v1/store", #"{"prompt":"q","response":1}"#).body.contains("stored"))
    }

    @Test func appointmentsAreListedCancelledAndKept() throws {
        let server = try RunningServer()
        _ = try curl(server, "POST", "/v1/store", #"{"prompt":"q","response":1,"tags":["t"]}"#)
        let later = try curl(server, "POST", "/v1/invalidate", #"{"tags":["t"],"at":"2099-01-15T08:00:00Z"}"#)
        #expect(later.body.contains(#""at":"2099-01-15T08:00:00.000Z""#), "\(later)")
        let command = try server.deja(["invalidate", "--tag", "t", "--at", "2098-01-15T08:00:00.5Z"]).output
        #expect(command.hasPrefix("scheduled: ") && command.hasSuffix(" at 2098-01-15T08:00:00.500Z\n"))
        server.kill()
        let again = try RunningServer(folder: server.folder)
        let listed = try curl(again, "GET", "/v1/invalidations").body
        let id = String(command.dropFirst("scheduled: ".count).prefix(26))
        #expect(
            listed.hasPrefix(
                #"{"invalidations":[{"id":"\#(id)","at":"2098-01-15T08:00:00.500Z","conditions":{"tags":["t"]}},"#))
        #expect(try curl(again, "DELETE", "/v1/invalidations/\(id)").body == #"{"cancelled":true}"#)
        #expect(try curl(again, "DELETE", "/v1/invalidations/\(id)").status == "404")
        #expect(try curl(again, "GET", "/v1/invalidations").body.contains("2099"))
        // One that is due is carried out.
        _ = try curl(
            again, "POST", "/v1/invalidate", #"{"tags":["t"],"at":\#(Int(Date().timeIntervalSince1970 * 1000))}"#)
        let deadline = Date().addingTimeInterval(20)
        while try curl(again, "POST", "/v1/lookup", #"{"prompt":"q"}"#).body.contains(#""status":"hit""#) {
            guard Date() < deadline else { return #expect(Bool(false), "the invalidation never came") }
        }
    }

    @Test func aStaleAnswerIsMarkedAndRefreshedByOne() throws {
        let server = try RunningServer(["--ttl", "1s", "--stale-ttl", "1h"])
        _ = try curl(server, "POST", "/v1/store", #"{"prompt":"q","response":1}"#)
        func lookup(_ more: String = "") throws -> String {
            try curl(server, "POST", "/v1/lookup", #"{"prompt":"q"\#(more)}"#).body
        }
        while try lookup(#","cache":{"max-stale":0}"#).contains(#""status":"hit""#) {}
        let replies = try (0..<3).map { _ in try lookup() }
        #expect(replies.allSatisfy { $0.contains(#""status":"stale""#) && $0.contains(#""ttl_s":0"#) }, "\(replies)")
        #expect(replies.filter { $0.contains(#""lease":{"#) }.count == 1)
        let head = try DejaProcess.run(
            ["-s", "-i", "--unix-socket", server.socket, "-d", #"{"prompt":"q"}"#, "http://deja/v1/lookup"],
            program: "/usr/bin/curl"
        ).output
        #expect(head.contains("X-Cache: STALE") && head.contains("detail=stale"))
        #expect(try server.deja(["lookup", "q"]).status == 0)
        #expect(try lookup(#","cache":{"max-stale":0}"#).contains(#""reason":"expired""#))
    }

    @Test func popularAnswersAreListedForRefresh() throws {
        let server = try RunningServer(["--refresh-ahead", "1", "--refresh-hits", "2"])
        _ = try curl(
            server, "POST", "/v1/store",
            #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"model":"m","temperature":0,"response":1}"#
        )
        for _ in 0..<3 {
            _ = try curl(
                server, "POST", "/v1/lookup",
                #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"model":"m","temperature":0}"#
            )
        }
        let listed = try curl(server, "GET", "/v1/refresh").body
        #expect(listed.contains(#""hits":3,"#) && !listed.contains("lease"), "\(listed)")
        #expect(
            listed.contains(
                #""request":{"namespace":"default","model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"params":{"temperature":0}}"#
            ), "\(listed)")
        #expect(try server.deja(["refresh"]).output.hasPrefix("        3        "))
        #expect(try curl(server, "POST", "/v1/refresh").body.contains(#""lease":{"token""#))
        #expect(try curl(server, "POST", "/v1/refresh").body == #"{"entries":[]}"#)
    }

    static let badRequests: [(String, String, String?, String, String)] = [
        ("POST", "/v1/epochs", "{}", "400", #""field":"namespace""#),
        ("POST", "/v1/epochs", #"{"namespace":""}"#, "400", #""field":"namespace""#),
        ("POST", "/v1/epochs", #"{"namespace":"a","modle":"m"}"#, "400", "modle has no epoch"),
        ("POST", "/v1/epochs", #"{"namespace":"a","model":"m","template":"t"}"#, "400", "one at a time"),
        ("POST", "/v1/epochs", #"{"namespace":7}"#, "400", "must be a string, but is a number"),
        ("POST", "/v1/invalidate", #"{"all":true,"at":"soon"}"#, "400", #""field":"at""#),
        ("POST", "/v1/invalidate", #"{"all":true,"at":"2027-13-15T08:00:00Z"}"#, "400", #""field":"at""#),
        ("POST", "/v1/invalidate", #"{"all":true,"at":"2027-01-15T25:00:00Z"}"#, "400", #""field":"at""#),
        ("POST", "/v1/invalidate", #"{"all":true,"at":-1}"#, "400", #""field":"at""#),
        ("POST", "/v1/invalidate", #"{"model":"m","kv":true}"#, "400", #""field":"tags""#),
        ("POST", "/v1/invalidate", #"{"tags":["t"],"tenant":"a","kv":true}"#, "400", #""field":"namespace""#),
        ("DELETE", "/v1/invalidations/xyz", nil, "400", #""field":"id""#),
        ("GET", "/v1/refresh?limit=0", nil, "400", #""field":"limit""#),
        ("GET", "/v1/refresh?lease=true", nil, "400", #""field":"lease""#),
        ("POST", "/v1/store", #"{"prompt":"q","response":1,"epoch":-1}"#, "400", #""field":"epoch""#),
        ("POST", "/v1/store", #"{"prompt":"q","response":1,"epoch":1.5}"#, "400", #""field":"epoch""#),
        ("POST", "/v1/store", #"{"prompt":"q","response":1,"depends_on":[7]}"#, "400", #""field":"depends_on[0]""#),
        ("POST", "/v1/store", #"{"prompt":"q","response":1,"template_version":"1"}"#, "400", #""field":"template""#),
        ("POST", "/v1/lookup", #"{"prompt":"q","cache":{"max-stale":-1}}"#, "400", #""field":"cache.max-stale""#),
        ("POST", "/v1/lease/release", #"{"token":"x","failed":"yes"}"#, "400", #""field":"failed""#),
    ]

    @Test func mistakesAreNamed() throws {
        let server = try RunningServer()
        for (method, path, body, status, detail) in Self.badRequests {
            let answer = try curl(server, method, path, body)
            #expect(
                answer.status == status && answer.body.contains(detail), "\(method) \(path) \(body ?? ""): \(answer)")
        }
        #expect(try redis(server, "EPOCH", "namespace", "a", "model").contains("missing-field"))
        #expect(try server.deja(["epoch", "bump"]).status == 64)
        #expect(try server.deja(["epoch", "turn"]).status == 64)
    }

    @Test func eventsAreFollowedFromTheCommandLine() throws {
        let server = try RunningServer()
        _ = try server.deja(["store", "secret prompt", "answer"])
        _ = try server.deja(["lookup", "secret prompt"])
        let result = try server.deja(["events", "--after", "0", "--count", "2", "--kinds", "hit,store"])
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.count == 2 && lines[0].contains(" store default stored ") && lines[1].contains(" hit default exact "),
            "\(result)")
        #expect(!result.output.contains("secret"))
        #expect(try server.deja(["events", "--kinds", "hits"]).errors.contains("kinds: "))
    }
}
