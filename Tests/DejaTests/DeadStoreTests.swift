import Foundation
import Platform
import TestSupport
import Testing

/// A server whose Redis is not there yet, or not any more.
@Suite(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"), .serialized)
struct DeadStoreTests {
    private static let question = "How do I reset my password?"

    private func get(_ path: String, _ server: RunningServer) throws -> String {
        try DejaProcess.run(
            ["-s", "--unix-socket", server.socket, "http://deja\(path)"], program: "/usr/bin/curl"
        ).output
    }

    @Test(arguments: [false, true])
    func itStartsDegradedKeepsWhatItIsToldAndWritesItWhenRedisIsThere(_ isSealed: Bool) throws {
        let port = FreePorts.next(1)[0]
        let url = "redis://127.0.0.1:\(port)"
        let folder = try TemporaryFolder()
        let key = isSealed ? ["DEJA_ENCRYPTION_KEY": String(repeating: "5a", count: 32)] : [:]
        let state = key.merging(["XDG_STATE_HOME": folder.path]) { $1 }
        let first = try RunningServer(store: url, environment: state, until: "index.incomplete")
        #expect(first.startLog.contains("store.degraded"))
        let deadline = Deadline(seconds: 60)
        // That the store is away is known as soon as it has been asked for the index.
        var ready = ""
        while !ready.contains("degraded"), !deadline.hasPassed { ready = try get("/readyz", first) }
        #expect(ready.contains(#""index_built":false"#), "\(ready)")
        #expect(try first.deja(["store", Self.question, "By mail."]).status == 0)
        #expect(try first.deja(["lookup", Self.question]).output.hasSuffix("By mail.\n"))
        // Killed in the middle of the outage: the next one knows what it was told.
        first.kill()
        let waiting = try TemporaryFolder.files(in: folder.path)
        #expect(!waiting.isEmpty)
        for file in waiting where isSealed {
            #expect(try !TemporaryFolder.bytes(of: file).contains(Array("reset my password".utf8)), "\(file)")
        }
        let second = try RunningServer(store: url, environment: state, until: "index.incomplete")
        #expect(second.startLog.contains("writes.recovered"))
        #expect(try second.deja(["lookup", Self.question]).output.hasSuffix("By mail.\n"))
        let redis = try PrivateRedis(arguments: ["--port", "\(port)"])
        while !redis.command("KEYS", "*").contains(":e:"), !deadline.hasPassed { usleep(100_000) }
        while try !get("/readyz", second).contains(#""status":"ready""#), !deadline.hasPassed { usleep(100_000) }
        #expect(!deadline.hasPassed)
        let other = try RunningServer(store: url, environment: key)
        #expect(try other.deja(["lookup", Self.question]).output.hasSuffix("By mail.\n"))
        #expect(second.stop() == 0)
        if isSealed { #expect(throws: RunningServer.ServerDidNotStart.self) { try RunningServer(store: url) } }
    }

    @Test func aRedisThatRefusesUsIsAMistakeInTheSettings() throws {
        let port = FreePorts.next(1)[0]
        let redis = try PrivateRedis(password: "right", arguments: ["--port", "\(port)"])
        let folder = try TemporaryFolder()
        let result = try DejaProcess.run(
            ["serve", "--socket", folder.file("s"), "--store", "redis://:wrong@127.0.0.1:\(port)"])
        #expect(result.status == 2)
        #expect(result.errors.contains("refuses the user or password"))
        #expect(!result.errors.contains("wrong@"))
        withExtendedLifetime(redis) {}
    }

    @Test func whatOneServerStoresIsASemanticHitOnAnother() throws {
        let redis = try PrivateRedis()
        let url = "unix://\(redis.socketPath)"
        // On a busy machine too.
        let patient = ["--store-timeout", "10s"]
        let (here, there) = (try RunningServer(patient, store: url), try RunningServer(patient, store: url))
        #expect(try here.deja(["store", "How do I enable 2FA?", "Settings, Security."]).status == 0)
        let deadline = Deadline(seconds: 20)
        var reply = ""
        while !reply.hasPrefix("hit: semantic"), !deadline.hasPassed {
            reply = try there.deja(["lookup", "Please tell me how to enable 2FA"]).output
        }
        #expect(reply.hasPrefix("hit: semantic"), "\(reply)")
        let removal = try here.deja(["invalidate", "--all"])
        #expect(removal.output == "removed 1 of 1\n", "\(removal.errors)")
        while reply.hasPrefix("hit"), !deadline.hasPassed {
            reply = try there.deja(["lookup", "Please tell me how to enable 2FA"]).output
        }
        #expect(reply.hasPrefix("miss"), "\(reply)")
    }
}
