import Foundation
import TestSupport
import Testing

/// A running server as its clients see it.
struct ServeTests {
    static let question = "How do I reset my password?"
    static let answer = "Open Settings, Security, Reset password."

    @Test func allClientsGetTheSameAnswer() throws {
        let server = try RunningServer()
        let stored = try server.deja(["store", Self.question, Self.answer, "--model", "gpt-4o"])
        #expect(stored.output.hasPrefix("stored: "), "\(stored)")
        let byCommand = try server.deja(["lookup", Self.question, "--model", "gpt-4o", "--json"])
        #expect(byCommand.status == 0)
        let byCurl = try DejaProcess.run(
            [
                "-s", "--unix-socket", server.socket, "-d", #"{"prompt":"\#(Self.question)","model":"gpt-4o"}"#,
                "http://deja/v1/lookup",
            ], program: "/usr/bin/curl")
        let byRedis = try DejaProcess.run(
            ["-s", server.socket, "--json", "LOOKUP", "prompt", Self.question, "model", "gpt-4o"],
            program: "/usr/bin/redis-cli")
        for output in [byCommand.output, byCurl.output] {
            #expect(output.contains(#""status":"hit","hit_type":"exact""#))
            #expect(output.contains(#""response":"\#(Self.answer)""#))
        }
        #expect(byRedis.output.contains("exact") && byRedis.output.contains(Self.answer))
    }

    @Test func commandsEndWithTheStatusOfTheirAnswer() throws {
        let server = try RunningServer()
        #expect(try server.deja(["lookup", Self.question]).status == 1)
        let stored = try server.deja(["store", Self.question, Self.answer, "--tag", "faq"])
        let id = String(stored.output.dropFirst("stored: ".count).dropLast())
        let hit = try server.deja(["lookup", Self.question])
        #expect(hit.status == 0)
        #expect(hit.output.hasSuffix("\n\(Self.answer)\n"))
        #expect(try server.deja(["invalidate", "--tag", "faq", "--dry-run"]).output == "would remove 1\n")
        #expect(try server.deja(["delete", id]).output == "deleted: \(id)\n")
        #expect(try server.deja(["delete", id]).status == 1)
        #expect(try server.deja(["invalidate", "--all"]).output == "removed 0 of 0\n")
        #expect(try server.deja(["stats"]).output.contains("lookups"))
    }

    @Test func aChatGatewayLeavesItsHistoryHere() throws {
        let server = try RunningServer()
        func call(_ method: String, _ path: String, _ body: String? = nil) throws -> String {
            var words = ["-s", "--unix-socket", server.socket, "-X", method]
            if let body { words += ["-d", body] }
            return try DejaProcess.run(words + ["http://deja/v1/\(path)"], program: "/usr/bin/curl").output
        }
        let first = #""prompt":"\#(Self.question)","conversation":"c-42","append":true"#
        #expect(try call("POST", "lookup", "{\(first)}").contains(#""status":"miss""#))
        #expect(try call("POST", "store", #"{\#(first),"user":"u-1","response":"\#(Self.answer)"}"#).contains("stored"))
        let other = try call("POST", "lookup", #"{"prompt":"\#(Self.question)","conversation":"c-43","append":true}"#)
        #expect(other.contains(#""status":"hit""#) && other.contains(#""appended":true"#))
        let added = try call("POST", "conversations/c-42/messages", #"{"role":"user","content":"And then?"}"#)
        #expect(added.contains(#""content":"And then?""#))
        let shown = try call("GET", "conversations/c-42")
        #expect(shown.contains(#"{"role":"user","content":"\#(Self.question)""#), "\(shown)")
        #expect(shown.contains(#"{"role":"assistant","content":"\#(Self.answer)""#))
        #expect(try call("GET", "conversations?user=u-1").contains(#"{"id":"c-42","messages":3"#))
        #expect(
            try call("POST", "conversations/c-42/trim?keep=1").contains(#""messages":[{"role":"user","content":"And"#))
        #expect(try call("GET", "conversations/c-42?tenant=acme").contains("urn:deja:problem:not-found"))
        #expect(try call("GET", "conversations/c-42?tennant=acme").contains(#""field":"tennant""#))
        #expect(try call("DELETE", "conversations/c-42") == #"{"deleted":true}"#)
        #expect(try call("POST", "lookup", #"{"prompt":"x","append":true}"#).contains(#""field":"conversation""#))
    }

    @Test(arguments: [
        #""messages":[{"role":"user","content":"What is in this picture?","images":["PICTURE"]}]"#,
        #""prompt":"What is in this picture?","images":["PICTURE"]"#,
    ])
    func thePictureIsPartOfTheQuestion(_ question: String) throws {
        let server = try RunningServer()
        func post(_ path: String, _ picture: String, _ more: String = "") throws -> String {
            let body = "{\(question.replacing("PICTURE", with: picture))\(more)}"
            return try DejaProcess.run(
                ["-s", "--unix-socket", server.socket, "-d", body, "http://deja/v1/\(path)"],
                program: "/usr/bin/curl"
            ).output
        }
        #expect(try post("store", "A", #","response":"A cat.""#).contains("stored"))
        #expect(try post("lookup", "A").contains(#""status":"hit""#))
        #expect(try post("lookup", "B").contains(#""status":"miss""#))
    }

    @Test func entriesSurviveARestart() throws {
        let folder = try TemporaryFolder()
        let first = try RunningServer(folder: folder)
        _ = try first.deja(["store", Self.question, Self.answer])
        #expect(first.stop() == 0)
        let second = try RunningServer(folder: folder)
        #expect(try second.deja(["lookup", Self.question]).status == 0)
    }

    @Test func theAccessHistoryOutlivesAStop() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("deja.db.history")
        #expect(try RunningServer(folder: folder).stop() == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let second = try RunningServer(folder: folder)
        #expect(!second.startLog.contains("history.refused"))
        second.stop()
        try Data("not a history".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try RunningServer(folder: folder).startLog.contains("history.refused"))
    }

    @Test func withoutReadingAheadNoHistoryIsKept() throws {
        let server = try RunningServer(["--read-ahead", "false"])
        server.stop()
        #expect(!FileManager.default.fileExists(atPath: server.folder.file("deja.db.history")))
    }

    @Test func aServerOnALiveSocketIsNotStolenFrom() throws {
        let server = try RunningServer()
        let second = try DejaProcess.run(["serve", "--socket", server.socket, "--store", "memory:"])
        #expect(second.status == 2)
        #expect(second.errors.contains(server.socket))
        #expect(try server.deja(["stats"]).status == 0)
    }

    @Test func withoutAServerTheClientSaysHowToStartOne() throws {
        let folder = try TemporaryFolder()
        let result = try DejaProcess.run(["lookup", "--socket", folder.file("none.sock"), "x"])
        #expect(result.status == 2)
        #expect(result.errors.contains("deja serve"))
    }

    @Test(arguments: ["http_client.py", "redis_client.py"])
    func pythonClientsAreServed(_ script: String) throws {
        let server = try RunningServer()
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        let result = try DejaProcess.run(["\(folder)/Clients/\(script)", server.socket], program: "/usr/bin/python3")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "served\n")
    }

    @Test func twoProcessesHashTheSameRequestToTheSameKey() throws {
        let body =
            #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"¿Qué?"}],"params":{"b":1,"a":{"y":[1.0,null],"x":true}},"explain":true}"#
        let keys = try (0..<2).map { _ -> String in
            let reply = try RunningServer().deja(["lookup", "--body", "-", "--json"], input: body).output
            return try #require(reply.firstMatch(of: /"exact_key":"([0-9a-f]{64})"/)).1.description
        }
        #expect(keys[0] == keys[1])
    }

    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func serversThatShareARedisShareTheirAnswers() throws {
        let redis = try PrivateRedis()
        let store = "unix://\(redis.socketPath)"
        let (one, two) = (try RunningServer(store: store), try RunningServer(store: store))
        _ = try one.deja(["store", Self.question, Self.answer])
        #expect(try two.deja(["lookup", Self.question]).status == 0)
        #expect(try two.deja(["invalidate", "--all"]).output == "removed 1 of 1\n")
        let third = try RunningServer(store: store)
        #expect(try third.deja(["lookup", Self.question]).status == 1)
    }

    @Test func storesThatCannotBeUsedAreNamedAtStart() throws {
        let folder = try TemporaryFolder()
        let notADatabase = folder.file("notes.txt")
        try String(repeating: "not a database ", count: 200).write(
            toFile: notADatabase, atomically: true, encoding: .utf8)
        let socket = folder.file("s.sock")
        // A Redis that does not answer may be back in a moment (`DeadStoreTests`); an address that is none never is.
        for store in [
            "sqlite:\(notADatabase)", "sqlite:/proc/deja.db", "redis://localhost:99999", "redis+sentinel://localhost",
            "unix://",
        ] {
            let result = try DejaProcess.run(["serve", "--socket", socket, "--store", store])
            #expect(result.status == 2, "\(store)")
            #expect(!result.errors.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: socket), "no socket is left behind")
        }
    }

    @Test func doctorSaysWhenTheBLASTakesTheProcessorForAnOldOne() throws {
        let models = try #require(Self.modelsFolder)
        let output = try DejaProcess.run(
            ["doctor", "--models", models], environment: ["OPENBLAS_CORETYPE": "Prescott"]
        ).output
        #expect(output.contains(output.contains("avx") ? "set OPENBLAS_CORETYPE=" : "Prescott"))
    }

    @Test func aDamagedModelIsNamed() throws {
        let folder = try TemporaryFolder()
        let models = try #require(Self.modelsFolder)
        let copy = folder.file("models")
        try FileManager.default.copyItem(atPath: models, toPath: copy)
        let manifest = try #require(
            FileManager.default.subpaths(atPath: copy)?.first { $0.hasSuffix(".bin") && $0.contains("deja-en") })
        let file = "\(copy)/\(manifest)"
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.truncate(atOffset: 1000)
        let result = try DejaProcess.run(["doctor", "--models", copy])
        #expect(result.status == 2)
        #expect(result.output.contains("FAILED"))
    }

    static var modelsFolder: String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent("models").path
    }
}
