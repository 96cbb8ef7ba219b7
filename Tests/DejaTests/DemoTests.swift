import Foundation
import TestSupport
import Testing

/// The demo's figures, held: a change that costs trust or hits shows here first.
struct DemoTests {
    @Test func theDemoServesMeaningAndKeepsItsWord() throws {
        let result = try DejaProcess.run(["demo", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        func figure(_ name: String) -> Double { (report[name] as? NSNumber)?.doubleValue ?? .nan }
        #expect(figure("requests") >= 400)
        // What a rephrasing is answered with is not stored again, so its repetitions count as the one or the other.
        #expect(figure("exact_hits") + figure("semantic_hits") >= 144)
        #expect(figure("semantic_hits") >= 4)
        #expect(figure("wrong_hits") <= 0)
        let refused = try #require(report["refused"] as? [String: Int])
        #expect(Set(refused.keys) == ["error_status", "finish_reason", "incomplete"])
    }

    @Test func aLogOfOnesOwnNeedsNoLabels() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log.jsonl")
        let line =
            #"{"prompt":"What is your refund policy?","response":"Thirty days.","usage":{"prompt_tokens":6,"completion_tokens":4},"model":"gpt-4o-mini"}"#
        try "\(line)\n\(line)\n".write(toFile: log, atomically: true, encoding: .utf8)
        let result = try DejaProcess.run(["demo", "--data", log])
        #expect(result.status == 0)
        #expect(result.output.contains("unknown: the log has no 'answer' labels"))
        #expect(result.output.contains("exact hits                1 (50.0 %)"))
    }

    static let badLogs: [(String, String)] = [
        ("", "holds no requests"), ("{\"prompt\":", ":1: is not JSON"), ("[1]", ":1: must hold an object, found array"),
        ("{\"model\":\"x\"}", ":1: has neither a 'prompt' nor 'messages' that end with text"),
        ("{\"prompt\":\"a\",\"at\":\"noon\"}", ":1: 'at' must be seconds, found string"),
    ]

    @Test(arguments: badLogs)
    func mistakesInALogAreNamed(_ text: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log.jsonl")
        try text.write(toFile: log, atomically: true, encoding: .utf8)
        let result = try DejaProcess.run(["demo", "--data", log])
        #expect(result.status == 2)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
