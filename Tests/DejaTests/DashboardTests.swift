import CacheModel
import Foundation
import TestSupport
import Testing

@testable import deja

/// The dashboard in a browser, as whoever runs the cache has it before them.
struct DashboardTests {
    /// Where Debian's packages `chromium` and `python3` put them.
    private static let isInstalled = ["/usr/bin/chromium", "/usr/bin/python3"]
        .allSatisfy(FileManager.default.isExecutableFile)
    private static let token = "a-token-for-the-dashboard"

    private func server() throws -> RunningServer {
        let folder = try TemporaryFolder()
        let config = folder.file("config.json5")
        try #"{namespaces: {open: {show_text: true, budget: "1/day"}}}"#
            .write(toFile: config, atomically: true, encoding: .utf8)
        return try RunningServer(
            ["--listen", "127.0.0.1:0", "--token", Self.token, "--config", config], folder: folder)
    }

    /// Sixty devices asked about one after the other: each misses near the one before; three then hit.
    private func fill(_ server: RunningServer) throws {
        let connection = ServerConnection(socket: server.socket)
        func device(_ number: Int) -> [String: JSONValue] {
            [
                "namespace": "open", "model": "gpt-4o-mini", "user": "u-1",
                "prompt": .string("How do I reset the password of device \(number)?"),
            ]
        }
        func object(_ members: [String: JSONValue]) -> JSONValue {
            .object(members.map { JSONMember($0.key, $0.value) })
        }
        for number in 1...60 {
            var body = device(number)
            _ = try connection.post("/v1/lookup", object(body))
            body["response"] = .string("Hold the button of \(number) for ten seconds.")
            body["tags"] = [.string(number % 2 == 0 ? "even" : "odd")]
            body["usage"] = ["prompt_tokens": 2000, "completion_tokens": 900]
            _ = try connection.post("/v1/store", object(body))
        }
        for number in [3, 3, 5] { _ = try connection.post("/v1/lookup", object(device(number))) }
        _ = try connection.post("/v1/store", ["prompt": "What is the secret code?", "response": "1234"])
        _ = try connection.post("/v1/lookup", ["prompt": "What is the secret code?"])
    }

    @Test(.enabled(if: DashboardTests.isInstalled, "chromium or python3 is not installed"))
    func everythingOnItWorksWithTokenKeyboardPhoneAndDarkMode() throws {
        let server = try server()
        try fill(server)
        let port = try #require(server.port, "\(server.startLog)")
        let shots = ProcessInfo.processInfo.environment["DEJA_TEST_SCREENSHOTS"] ?? server.folder.path
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Clients/dashboard.py")
        let result = try DejaProcess.run(
            [script.path, "http://127.0.0.1:\(port)/", Self.token, shots], program: "/usr/bin/python3")
        #expect(result.output == "ok\n" && result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test func thePageIsOpenAndWhatItAsksForIsNot() throws {
        let server = try server()
        let port = try #require(server.port)
        func curl(_ words: String...) throws -> String {
            try DejaProcess.run(["-s", "-i"] + words, program: "/usr/bin/curl").output
        }
        let page = try curl("http://127.0.0.1:\(port)/")
        #expect(page.hasPrefix("HTTP/1.1 200") && page.contains("text/html"))
        #expect(page.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"))
        #expect(!page.contains("<script>") && !page.contains("style=") && !page.contains("onclick"), "nothing inline")
        for file in ["dashboard.js", "dashboard.css"] {
            #expect(try curl("http://127.0.0.1:\(port)/\(file)").hasPrefix("HTTP/1.1 200"))
        }
        for path in ["stats", "recent", "entries", "matching", "saved", "nearmisses", "budgets", "alerts", "report"] {
            #expect(try curl("http://127.0.0.1:\(port)/v1/\(path)").hasPrefix("HTTP/1.1 401"), "\(path)")
            #expect(
                try curl("--unix-socket", server.socket, "http://deja/v1/\(path)").hasPrefix("HTTP/1.1 200"), "\(path)")
        }
        #expect(try curl("--unix-socket", server.socket, "http://deja/").contains("<title>Deja</title>"))
    }
}
