import CacheModel
import CacheService
import Foundation
import TestSupport
import Testing

/// Tokens as an operator makes them and a tenant uses them.
struct TokenTests {
    private struct Made {
        var token: String
        var name: String
    }

    private func make(_ file: String, _ options: [String]) throws -> Made {
        let result = try DejaProcess.run(["token", "make", "--tokens-file", file, "--json"] + options)
        #expect(result.status == 0, "\(result.errors)")
        let fields = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: String])
        return Made(token: try #require(fields["token"]), name: try #require(fields["name"]))
    }

    @Test func aTokenIsPrintedOnceAndItsFileKeepsOnlyTheDigest() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json5")
        try "// Who may use the cache.\n{\n  // none yet\n}\n".write(toFile: file, atomically: true, encoding: .utf8)
        let made = try make(file, ["--tenant", "acme", "--namespaces", "support, sales", "--rights", "read,write"])
        _ = try make(file, ["--name", "operator", "--rights", "read,write,admin", "--expires", "2999-12-31"])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(!text.contains(made.token))
        #expect(text.hasPrefix("// Who may use the cache."))
        #expect(text.contains(#"tenant: "acme", namespaces: ["sales", "support"], rights: ["read", "write"]"#))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let again = try DejaProcess.run(["token", "make", "--tokens-file", file, "--name", "operator"])
        #expect(again.status == 64)
        #expect(again.errors.contains("already"))
    }

    @Test(arguments: [
        ("[]", "must hold an object"), ("{a: 1}", "must be an object"), ("{a: {}}", "'rights' is missing"),
        ("{a: {sha256: 'x', rights: ['read']}}", "64 hexadecimal digits"),
        ("{a: {sha256: '\(String(repeating: "0", count: 64))', rights: ['all']}}", "found 'all'"),
        ("{a: {sha256: '\(String(repeating: "0", count: 64))', rights: ['read'], tennant: 'x'}}", "'tennant'"),
        ("{a: {sha256: '\(String(repeating: "0", count: 64))', rights: ['read'], expires: 'soon'}}", "'expires'"),
        ("{a: {sha256: '\(String(repeating: "0", count: 64))', rights: []}}", "at least one"), ("{", "not JSON5"),
    ])
    func aTokensFileThatMakesNoSenseStopsTheStart(_ text: String, _ said: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json5")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try DejaProcess.run(
            ["serve", "--socket", folder.file("s"), "--store", "memory:", "--tokens-file", file])
        #expect(result.status == 64)
        // A missing digest is said before missing rights.
        #expect(result.errors.contains(said) || (text == "{a: {}}" && result.errors.contains("sha256")), "\(result)")
    }

    @Test func aTenantsTokenHearsNothingOfAnothers() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json5")
        let acme = try make(file, ["--tenant", "acme", "--rights", "read,write,admin"])
        let server = try RunningServer(["--tokens-file", file], folder: folder)
        func listen(_ token: String?) throws -> String {
            let words =
                ["-s", "-N", "--max-time", "2", "--unix-socket", server.socket, "http://deja/v1/events"]
                + (token.map { ["-H", "Authorization: Bearer \($0)"] } ?? [])
            let heard = Locked("")
            let ended = DispatchGroup()
            ended.enter()
            Thread.detachNewThread {
                let output = (try? DejaProcess.run(words, program: "/usr/bin/curl").output) ?? ""
                heard.withLock { $0 = output }
                ended.leave()
            }
            let victim = Victim(server: server)
            // Until curl has gone, others go on with their work.
            while ended.wait(timeout: .now() + 0.1) == .timedOut { _ = try victim.plant() }
            return heard.withLock { $0 }
        }
        #expect(try listen(nil).contains("globex"), "who is bound to nothing hears it")
        let heard = try listen(acme.token)
        #expect(!heard.contains("globex") && !heard.contains("entry_id"), "\(heard.prefix(500))")
    }

    /// The property: whatever a tenant's token asks of any endpoint, naming another tenant in every way that the endpoint
    /// has, nothing of the other's comes back and nothing of the other's changes.
    @Test func aTenantsTokenReachesNothingOfAnothers() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json5")
        let acme = try make(file, ["--tenant", "acme", "--rights", "read,write,admin"])
        let server = try RunningServer(["--tokens-file", file], folder: folder)
        let victim = Victim(server: server)
        let id = try victim.plant()
        let before = try victim.state(id)
        let document =
            try JSONSerialization.jsonObject(
                with: Data(try victim.call("GET", "/openapi.json").utf8)) as? [String: Any]
        let paths = try #require(document?["paths"] as? [String: [String: Any]])
        var asked = 0
        // A stream has no end: it has a test of its own.
        for (pattern, methods) in paths where pattern != "/v1/events" {
            for method in methods.keys where method != "parameters" {
                for path in victim.paths(pattern, id: id) {
                    for body in method == "get" ? [nil] : Victim.bodies(id: id) {
                        let reply = try victim.call(method.uppercased(), path, body, token: acme.token)
                        #expect(!reply.contains(Victim.secret), "\(method) \(path) \(body ?? "")")
                        asked += 1
                    }
                }
            }
        }
        for words in Victim.commands(id: id) {
            let reply = try DejaProcess.run(
                ["-s", server.socket, "--no-auth-warning", "-a", acme.token] + words, program: "/usr/bin/redis-cli")
            #expect(!(reply.output + reply.errors).contains(Victim.secret), "\(words)")
            asked += 1
        }
        #expect(asked > 200)
        let after = try victim.state(id)
        #expect(after == before, "\(after)\n\(before)")
    }
}

/// Another tenant's data, and every way of asking for it.
private final class Victim {
    let server: RunningServer
    static let secret = "the-globex-launch-code"
    static let prompt = "What is the launch code of globex?"

    /// One connection for each token, so that a thousand questions take seconds.
    private var clients: [String: DejaClient] = [:]

    /// An invalidation that globex has scheduled.
    private(set) var appointment = ""

    init(server: RunningServer) { self.server = server }

    func call(_ method: String, _ path: String, _ body: String? = nil, token: String? = nil) throws -> String {
        let client = clients[token ?? ""] ?? DejaClient(.unix(server.socket), token: token)
        clients[token ?? ""] = client
        return try client.send(method, path, body.map { Array($0.utf8) }).text
    }

    func plant() throws -> String {
        let stored = try call(
            "POST", "/v1/store",
            #"{"prompt":"\#(Self.prompt)","tenant":"globex","user":"u-1","response":"\#(Self.secret)","tags":["t"]}"#)
        let id = try #require(stored.firstMatch(of: /"entry_id":"([0-9A-Z]{26})"/)).1
        _ = try call(
            "POST", "/v1/conversations/c-1/messages?tenant=globex&user=u-1",
            #"{"role":"user","content":"\#(Self.secret)"}"#)
        let value = try call("PUT", "/v1/kv/c-1/c-1?tenant=globex", #"{"value":"\#(Self.secret)"}"#)
        #expect(!value.contains("problem"), "\(value)")
        let later = try call(
            "POST", "/v1/invalidate",
            #"{"prompt":"\#(Self.secret)","tenant":"globex","at":"2999-01-15T08:00:00Z"}"#)
        appointment = String(try #require(later.firstMatch(of: /"scheduled":"([0-9A-Z]{26})"/), "\(later)").1)
        return String(id)
    }

    /// What there is of globex's: its entry, conversation, value and appointment, without what time changes.
    func state(_ id: String) throws -> String {
        let entry = try call("GET", "/v1/entries/\(id)")
        let conversation = try call("GET", "/v1/conversations/c-1?tenant=globex")
        let value = try call("GET", "/v1/kv/c-1/c-1?tenant=globex")
        let appointments = try call("GET", "/v1/invalidations")
        for kept in [entry, conversation, value, appointments] { #expect(kept.contains(Self.secret), "\(kept)") }
        return (entry + conversation + value + appointments).replacing(/"(age|ttl)_s":\d+/, with: "")
    }

    func paths(_ pattern: String, id: String) -> [String] {
        let names = [id, "c-1", appointment]
        let filled = names.map { pattern.replacing(/\{[^}]*\}/, with: $0) }
        let queries = [
            "", "?tenant=globex", "?tenant=globex&user=u-1", "?user=u-1", "?keep=1&tenant=globex", "?keep=1",
        ]
        return Set(filled).flatMap { path in queries.map { path + $0 } }
    }

    static func bodies(id: String) -> [String?] {
        let request = #""prompt":"\#(prompt)","user":"u-1","conversation":"c-1""#
        return [
            "{\(request)}", #"{\#(request),"tenant":"globex"}"#, #"{\#(request),"append":true,"explain":true}"#,
            #"{"requests":[{\#(request),"tenant":"globex"},{\#(request)}]}"#,
            #"{"prompt":"\#(prompt)","tenant":"globex","response":"overwritten"}"#,
            #"{"prompt":"\#(prompt)","response":"overwritten"}"#,
            #"{"id":"\#(id)"}"#, #"{"tags":["t"]}"#, #"{"tenant":"globex"}"#, #"{"all":true}"#, #"{"user":"u-1"}"#,
            #"{"prompt":"\#(prompt)"}"#, #"{"namespace":"c-1"}"#, #"{"namespace":"default"}"#, #"{"keys":["c-1"]}"#,
            #"{"values":{"c-1":"overwritten"}}"#, #"{"lookup_id":"\#(id)","verdict":"wrong"}"#, #"{"older_than_s":0}"#,
            #"{"role":"user","content":"overwritten"}"#,
        ]
    }

    static func commands(id: String) -> [[String]] {
        [
            ["LOOKUP", "prompt", prompt], ["LOOKUP", "prompt", prompt, "tenant", "globex"], ["STATS"], ["INFO"],
            ["STORE", "prompt", prompt, "tenant", "globex", "response", "1"], ["DELETE", id],
            ["INVALIDATE", "tenant", "globex"], ["INVALIDATE", "all", "true"], ["INVALIDATE", "id", id],
            ["INVALIDATE", "tags", #"["t"]"#], ["GET", "c-1"], ["COMMAND"], ["CONFIG", "GET", "*"],
            ["EPOCH", "namespace", "default"], ["FEEDBACK", id, "wrong"], ["RELEASE", id], ["MGET", "c-1", id],
            ["SET", "c-1", "overwritten"], ["MSET", "c-1", "overwritten"], ["GETSET", "c-1", "overwritten"],
            ["GETDEL", "c-1"], ["DEL", "c-1"], ["APPEND", "c-1", "x"], ["EXPIRE", "c-1", "1"], ["INCR", "c-1"],
        ]
    }
}
