import CacheModel
import Evaluation
import Foundation
import TestSupport
import Testing

@testable import deja

/// The figures that whoever pays sees, against an oracle that can be checked by hand.
struct LedgerTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// What the report must say: tokens times list price, line by line.
    private struct Oracle: Equatable {
        var lookups: Int64 = 0
        var hits: Int64 = 0
        var calls: Int64 = 0
        var chargedTokens: Int64 = 0
        var charged: Int64 = 0
        var avoidedTokens: Int64 = 0
        var avoided: Int64 = 0

        /// Nano-dollars a token of a model: dollars per million tokens times 1000.
        private static func price(_ model: String) throws -> (prompt: Int64, cached: Int64, completion: Int64) {
            let data = try #require(FileManager.default.contents(atPath: "\(LedgerTests.root)/models/prices.json"))
            let price = try #require(try JSONValue(parsing: [UInt8](data))["models"]?[model])
            func nano(_ name: String) throws -> Int64 { Int64((try #require(price[name]?.double) * 1000).rounded()) }
            return (try nano("prompt"), try nano("cached_prompt"), try nano("completion"))
        }

        private static func amount(_ event: TrafficEvent) throws -> (tokens: Int64, nano: Int64) {
            let body = try #require(event.store)
            let price = try price(try #require(body["model"]?.string))
            let usage = try #require(body["usage"])
            let prompt = usage["prompt_tokens"]?.integer ?? 0
            let cached = usage["prompt_tokens_details"]?["cached_tokens"]?.integer ?? 0
            let completion = usage["completion_tokens"]?.integer ?? 0
            return (
                prompt + completion,
                (prompt - cached) * price.prompt + cached * price.cached + completion * price.completion
            )
        }

        mutating func add(_ outcome: TrafficReplay.Outcome) throws {
            lookups += 1
            if outcome.isHit {
                let (tokens, nano) = try Self.amount(try #require(outcome.source))
                hits += 1
                avoidedTokens += tokens
                avoided += nano
            } else if outcome.event.store != nil {
                // A call that failed costs nothing.
                guard (200..<300).contains(outcome.event.store?["status_code"]?.integer ?? 200) else { return }
                let (tokens, nano) = try Self.amount(outcome.event)
                calls += 1
                chargedTokens += tokens
                charged += nano
            }
        }

        init() {}

        /// What the report says.
        init(_ report: JSONValue) throws {
            let total = try #require(report["total"])
            func figure(_ name: String) throws -> Int64 { try #require(total[name]?.integer, "\(name)") }
            lookups = try figure("lookups")
            hits = try figure("exact_hits") + figure("semantic_hits")
            calls = try figure("calls")
            chargedTokens = try figure("charged_prompt_tokens") + figure("charged_completion_tokens")
            charged = try figure("charged_nano_usd")
            avoidedTokens = try figure("avoided_prompt_tokens") + figure("avoided_completion_tokens")
            avoided = try figure("avoided_nano_usd")
        }
    }

    private func replay(_ connection: ServerConnection, _ socket: String) throws -> Oracle {
        var oracle = Oracle()
        var replay = TrafficReplay(client: try SocketCacheClient(socket: socket))
        for event in try TrafficLog.read(path: "\(Self.root)/fixtures/traffic/support.jsonl") {
            try oracle.add(try replay.send(event))
        }
        _ = try connection.post("/v1/invalidate", ["all": true])
        return oracle
    }

    @Test(arguments: ["SQLite", "Redis"])
    func aReplaysReportEqualsItsOracleToTheNanoDollarAndDoubles(_ store: String) throws {
        let redis = store == "Redis" ? try PrivateRedis() : nil
        let server = try RunningServer(store: redis.map { "unix://\($0.socketPath)" })
        let connection = ServerConnection(socket: server.socket)
        func report() throws -> JSONValue { try connection.get("/v1/report?by=model").value }
        let first = try replay(connection, server.socket)
        #expect(first.hits > 100 && first.charged > 0 && first.avoided > 0)
        #expect(try Oracle(report()) == first)
        let second = try replay(connection, server.socket)
        #expect(second == first, "the same traffic on an emptied cache is answered the same")
        let doubled = try Oracle(report())
        #expect(doubled.charged == 2 * first.charged && doubled.avoided == 2 * first.avoided)
        #expect(doubled.lookups == 2 * first.lookups && doubled.hits == 2 * first.hits)
        withExtendedLifetime(redis) {}
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func aServerKilledAtAnyMomentLosesNoAnswersCount(_ seed: UInt64) throws {
        var random = TestSupport.SeededRandom(seed: seed)
        let folder = try TemporaryFolder()
        var answered: Int64 = 0
        var charged: Int64 = 0
        for _ in 0..<4 {
            let server = try RunningServer(folder: folder)
            let connection = ServerConnection(socket: server.socket)
            for _ in 0..<Int.random(in: 1...150, using: &random) {
                let number = Int64.random(in: 1...1_000_000, using: &random)
                let request: JSONValue = [
                    "prompt": .string("What is order \(number) about?"), "model": "gpt-4o-mini", "user": "u-1",
                    "response": "Nothing.", "cost_usd": .number(Double(number) / 1e9),
                ]
                _ = try connection.post("/v1/store", request)
                answered += 1
                charged += number
            }
            server.kill()
        }
        let server = try RunningServer(folder: folder)
        let total = try #require(try ServerConnection(socket: server.socket).get("/v1/report").value["total"])
        #expect(total["calls"]?.integer == answered)
        #expect(total["charged_nano_usd"]?.integer == charged)
    }

    @Test func aRedisThatGoesAwayAndComesBackLosesNoAnswersCount() throws {
        let redis = try PrivateRedis(arguments: ["--appendonly", "yes", "--appendfsync", "always"])
        let folder = try TemporaryFolder()
        let server = try RunningServer(
            store: "unix://\(redis.socketPath)", folder: folder, environment: ["XDG_STATE_HOME": folder.path])
        let connection = ServerConnection(socket: server.socket)
        var asked: Int64 = 0
        for round in 0..<3 {
            for number in 0..<40 {
                _ = try connection.post("/v1/lookup", ["prompt": .string("What of \(round)/\(number)?"), "user": "u"])
                asked += 1
                if number == 20 { redis.kill() }
            }
            try redis.start()
        }
        let total = try #require(try connection.get("/v1/report").value["total"])
        #expect(total["lookups"]?.integer == asked)
    }

    @Test(arguments: ["SQLite", "Redis"])
    func badInputIsRefusedOrMarkedAndTheSumsStayRight(_ kind: String) throws {
        let redis = kind == "Redis" ? try PrivateRedis() : nil
        let server = try RunningServer(store: redis.map { "unix://\($0.socketPath)" })
        func post(_ path: String, _ body: String) throws -> String {
            try DejaProcess.run(
                ["-s", "--unix-socket", server.socket, "-d", "@-", "http://deja\(path)"], program: "/usr/bin/curl",
                input: body
            ).output
        }
        func store(_ more: String, _ prompt: String = "How?") throws -> String {
            try post("/v1/store", #"{"prompt":"\#(prompt)","model":"gpt-4o-mini","response":"So.",\#(more)}"#)
        }
        // Right: a dollar, and nine tokens at list price.
        #expect(try store(#""cost_usd":1,"usage":{"prompt_tokens":9,"completion_tokens":1}"#).contains("stored"))
        for (wrong, field) in [
            (#""usage":{"prompt_tokens":-1}"#, "usage.prompt_tokens"), (#""usage":{"completion_tokens":1.5}"#, "usage"),
            (#""cost_usd":-1"#, "cost_usd"), (#""cost_usd":"1""#, "cost_usd"), (#""cost_usd":1e300"#, "cost_usd"),
            (#""latency_ms":-3"#, "latency_ms"), (#""usage":{"prompt_tokens":"9"}"#, "usage.prompt_tokens"),
        ] {
            let answer = try store(wrong)
            #expect(answer.contains("\"status\":400") && answer.contains("\"field\":\"\(field)"), "\(wrong): \(answer)")
        }
        // Absurd, but numbers: kept as an answer, marked in the ledger.
        #expect(try store(#""usage":{"prompt_tokens":5000000000,"completion_tokens":1}"#, "And?").contains("stored"))
        #expect(try store(#""cost_usd":2000000"#, "Then?").contains("stored"))
        // A model that nobody has heard of has no price.
        let unheard = #"{"prompt":"Who?","model":"unheard-of","response":"I.","usage":{"prompt_tokens":7}}"#
        #expect(try post("/v1/store", unheard).contains("stored"))
        // A huge conversation is cut down to what is kept of one.
        let turn = #"{"role":"user","content":"\#(String(repeating: "word ", count: 40_000))"}"#
        for _ in 0..<12 { _ = try post("/v1/conversations/c-1/messages", turn) }
        let kept = try JSONValue(
            parsing: try DejaProcess.run(
                ["-s", "--unix-socket", server.socket, "http://deja/v1/conversations/c-1"], program: "/usr/bin/curl"
            ).output)
        #expect(kept["appended"]?.integer == 12 && (1...5).contains(kept["messages"]?.array?.count ?? 0))
        let report = try ServerConnection(socket: server.socket).get("/v1/report").value
        let total = try #require(report["total"])
        #expect(total["charged_nano_usd"]?.integer == 1_000_000_000)
        #expect(total["charged_prompt_tokens"]?.integer == 16 && total["calls"]?.integer == 4)
        #expect(total["implausible"]?.integer == 2 && total["charged_unpriced"]?.integer == 1)
        #expect(report["alerts"]?.array?.compactMap { $0["code"]?.string } == ["implausible_usage"])
        withExtendedLifetime(redis) {}
    }

    @Test func reportsComeInEveryFormat() throws {
        let server = try RunningServer()
        _ = try server.deja(["store", "How?", "So.", "--model", "gpt-4o-mini"])
        _ = try server.deja(["lookup", "How?", "--model", "gpt-4o-mini"])
        let table = try server.deja(["report", "--by", "model", "--since", "1d"]).output
        #expect(table.contains("gpt-4o-mini") && table.contains("total"), "\(table)")
        #expect(
            try server.deja(["report", "--format", "csv", "--by", "namespace,model"]).output.contains(
                "default,gpt-4o-mini,1,1,0"))
        #expect(try server.deja(["report", "--format", "markdown", "--by", "day"]).output.contains("| total |"))
        let html = try server.deja(["report", "--format", "html", "--by", "model"]).output
        #expect(html.hasPrefix("<!doctype html>") && html.contains("<svg") && !html.contains("http"))
        let wrong = try server.deja(["report", "--by", "colour"])
        #expect(wrong.status == 2 && wrong.errors.contains("by"))
        #expect(try server.deja(["report", "--since", "yesterday"]).errors.contains("since"))
    }

    @Test func priceTablesAreCheckedBeforeTheyAreTaken() throws {
        let folder = try TemporaryFolder()
        let target = folder.file("prices.json")
        func table(_ unit: String, _ date: String, _ price: String = "1.5") throws -> String {
            let path = folder.file("\(date)-\(unit).json")
            try
                #"{"format":1,"unit":"\#(unit)","as_of":"\#(date)","source":"test","models":{"m-1":{"prompt":\#(price),"completion":2}},"aliases":{"nick":"m-1"}}"#
                .write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        func prices(_ words: String...) throws -> DejaProcess.Result {
            try DejaProcess.run(["prices", "--prices", target] + words)
        }
        #expect(try prices("update", table("usd_per_million_tokens", "2026-11")).status == 0)
        #expect(try prices("nick").output.contains("$1.5 prompt"))
        #expect(try prices("m-1-20260101").output.contains("$2.0 completion"))
        #expect(try prices("unheard-of").status == 1)
        let wrongUnit = try prices("update", table("usd_per_token", "2026-12"))
        #expect(wrongUnit.status == 2 && wrongUnit.errors.contains("unit"))
        #expect(
            try prices("update", table("usd_per_million_tokens", "2026-13", "-1")).errors.contains("models.m-1.prompt"))
        #expect(try prices("update", table("usd_per_million_tokens", "2026-10")).errors.contains("older"))
        #expect(try prices("update", table("usd_per_million_tokens", "2026-10"), "--force").status == 0)
    }
}
