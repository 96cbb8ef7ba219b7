import CacheModel
import CacheService
import Foundation
import TestSupport
import Testing

/// Entries that move from one server to another, and a server that is filled from a log.
struct MovingTests {
    private func fill(_ server: RunningServer, _ count: Int = 5) throws {
        for number in 0..<count {
            let body =
                #"{"prompt":"How do I reset device \#(number)?","namespace":"\#(number % 2 == 0 ? "even" : "odd")","tenant":"acme","#
                + #""tags":["t\#(number)"],"response":{"answer": \#(number).50,"#
                + "\n" + #""text":"line\nend ü"},"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
            #expect(try DejaClient(.unix(server.socket)).store(Array(body.utf8)).isSuccess)
        }
    }

    private func answer(_ server: RunningServer, _ number: Int) throws -> String {
        let body =
            #"{"prompt":"how do i reset device \#(number)","namespace":"\#(number % 2 == 0 ? "even" : "odd")","tenant":"acme"}"#
        return try DejaClient(.unix(server.socket)).lookup(Array(body.utf8)).text
    }

    @Test func whatIsExportedIsServedByAnotherServer() throws {
        let (one, two) = (try RunningServer(), try RunningServer())
        try fill(one)
        let file = one.folder.file("all.jsonl")
        #expect(try one.deja(["export", file]).output == "exported 5\n")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600, "it holds answers in the clear")
        #expect(try two.deja(["import", file]).output.hasPrefix("took in 5, there already 0"))
        for number in 0..<5 {
            let found = try answer(two, number)
            #expect(found.contains(#""status":"hit""#), "\(found)")
            // Byte for byte, odd white space and figures too.
            #expect(found.contains("{\"answer\": \(number).50,\n\"text\":\"line\\nend ü\"}"), "\(found)")
        }
        #expect(try two.deja(["import", file]).output.hasPrefix("took in 0, there already 5"), "again changes nothing")
        #expect(try two.deja(["invalidate", "--tag", "t1"]).output == "removed 1 of 1\n", "tags came along")
    }

    @Test func anExportOfOneNamespaceAndOneWithoutAServer() throws {
        let folder = try TemporaryFolder()
        let server = try RunningServer(folder: folder)
        try fill(server)
        let live = try server.deja(["export", "--namespace", "even"]).output
        #expect(live.split(separator: "\n").count == 5, "head, three entries, end")
        #expect(server.stop() == 0)
        let offline = try DejaProcess.run(
            ["export", "--offline", "--namespace", "even", "--store", "sqlite:\(folder.file("deja.db"))"])
        #expect(offline.status == 0, "\(offline.errors)")
        #expect(Set(offline.output.split(separator: "\n")) == Set(live.split(separator: "\n")))
    }

    @Test func anInterruptedExportGoesOn() throws {
        let server = try RunningServer()
        try fill(server)
        let file = server.folder.file("all.jsonl")
        let whole = try server.deja(["export"]).output
        let lines = whole.split(separator: "\n", omittingEmptySubsequences: true)
        // Two entries and half of a third.
        try (lines[0...2].joined(separator: "\n") + "\n" + lines[3].prefix(40)).write(
            toFile: file + ".part", atomically: true, encoding: .utf8)
        #expect(try server.deja(["export", file]).output == "exported 5\n")
        let resumed = try String(contentsOfFile: file, encoding: .utf8)
        #expect(Set(resumed.split(separator: "\n")) == Set(lines))
        #expect(!FileManager.default.fileExists(atPath: file + ".part"))
    }

    @Test func damageIsNamedAndANewerFormatRefused() throws {
        let server = try RunningServer()
        try fill(server, 3)
        let whole = try server.deja(["export"]).output
        let target = try RunningServer()
        let cases = [
            (whole.replacing("device 1", with: "device 9"), "damaged"),
            (whole.split(separator: "\n").dropLast().joined(separator: "\n") + "\n", "its end is missing"),
            (whole.replacing("{\"deja_export\":1", with: "{\"deja_export\":2"), "newer Deja"),
            ("hello\n", "no export of Deja"), ("", "is empty"),
        ]
        for (text, said) in cases {
            let file = target.folder.file("broken.jsonl")
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let result = try target.deja(["import", file])
            #expect(result.status == 2)
            #expect(result.errors.contains(said), "\(said): \(result.errors)")
        }
    }

    /// Digests under an encryption key mean nothing elsewhere: entries would never be found, and are not taken in.
    @Test func entriesOfAnotherKeyAreRefused() throws {
        let (plain, sealed) = (
            try RunningServer(),
            try RunningServer(environment: ["DEJA_ENCRYPTION_KEY": String(repeating: "5a", count: 32)])
        )
        try fill(sealed, 2)
        let file = plain.folder.file("sealed.jsonl")
        #expect(try sealed.deja(["export", file]).output == "exported 2\n")
        let result = try plain.deja(["import", file])
        #expect(result.status == 2 && result.errors.contains("another encryption key"), "\(result)")
    }

    @Test func aLogWarmsACacheAndChargesNothing() throws {
        let server = try RunningServer()
        let log = server.folder.file("log.jsonl")
        try """
        {"at":1,"prompt":"How do I warm up?","model":"gpt-4o-mini","response":"Slowly.","usage":{"prompt_tokens":9,"completion_tokens":9},"answer":"x"}
        {"at":2,"prompt":"How do I fail?","model":"gpt-4o-mini","response":{"error":1},"status_code":500}
        {"at":3,"prompt":"A lookup only"}

        """.write(toFile: log, atomically: true, encoding: .utf8)
        let result = try server.deja(["warm", log])
        #expect(result.output == "stored 1, without a response 1\nrefused 1: error_status\n", "\(result)")
        #expect(try server.deja(["lookup", "How do I warm up?", "--model", "gpt-4o-mini"]).status == 0)
        let report = try server.deja(["report", "--format", "json"]).output
        let total = try JSONValue(parsing: Array(report.utf8))["total"]
        #expect(total?["charged_nano_usd"]?.integer == 0 || total?["calls"]?.integer == 0, "\(report)")
    }
}

/// What an operator does with keys.
struct KeyTests {
    @Test func keysAreMadeRotatedAndRetiredWhileAnswersStay() throws {
        let folder = try TemporaryFolder()
        let keys = folder.file("keys.json")
        func key(_ words: String...) throws -> DejaProcess.Result {
            try DejaProcess.run(["key"] + words + ["--encryption-key-file", keys])
        }
        let first = try key("make").output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(first.count == 8)
        #expect(try key("make").status == 2, "another file in its place would lose everything")
        let options = ["--encryption-key-file", keys]
        var server = try RunningServer(options, folder: folder)
        _ = try server.deja(["store", "What is kept?", "the-kept-answer"])
        _ = try server.deja(["kv", "set", "name", "the-kept-value"])
        let second = try key("rotate").output.split(separator: "\n").map(String.init)
        #expect(second.count == 2 && second[1] == first)
        #expect(try server.deja(["lookup", "What is kept?"]).status == 0)
        #expect(server.stop() == 0)
        for file in try TemporaryFolder.files(in: folder.path) where !file.hasSuffix(".sock") {
            #expect(try !TemporaryFolder.bytes(of: file).contains(Array("the-kept-".utf8)), "\(file)")
        }
        let store = ["--store", "sqlite:\(folder.file("deja.db"))"]
        let early = try DejaProcess.run(["key", "retire", first] + options + store)
        #expect(early.status == 2 && early.errors.contains("(1 answer, 1 value)"), "\(early.errors)")
        #expect(try key("show").output == "\(second[0])\n\(first)\n", "nothing has changed")
        #expect(try DejaProcess.run(["key", "reseal"] + options + store).output == "sealed 2\n")
        #expect(try key("retire", second[0]).status == 64, "the one that seals stays")
        #expect(try DejaProcess.run(["key", "retire", first] + options + store).output == "\(second[0])\n")
        server = try RunningServer(options, folder: folder)
        #expect(try server.deja(["lookup", "What is kept?"]).output.hasSuffix("the-kept-answer\n"))
        #expect(try server.deja(["kv", "get", "name"]).output == "the-kept-value\n")
        #expect(server.stop() == 0)
        // Without the key, or with another one, the start says so.
        for environment in [[:], ["DEJA_ENCRYPTION_KEY": String(repeating: "0", count: 64)]] {
            let refused = try DejaProcess.run(
                ["serve", "--socket", folder.file("other.sock")] + store, environment: environment)
            #expect(refused.status == 2)
            #expect(refused.errors.contains("encryption key"), "\(refused.errors)")
        }
        let third = try key("rotate").output.split(separator: "\n")[0]
        #expect(try DejaProcess.run(["key", "retire", second[0]] + options + store).status == 2)
        #expect(try key("retire", second[0], "--force").output == "\(third)\n", "for who gives it up")
    }
}
