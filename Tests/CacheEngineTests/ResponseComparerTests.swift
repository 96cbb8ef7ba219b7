import CacheModel
import Foundation
import MatchJudge
import Platform
import TestSupport
import Testing
import TextEmbedding

@testable import CacheEngine

/// The models of the repository, read once.
enum Models {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let embedder = try! LearnedEmbedder(folder: "\(root)/models/deja-en-v2")
    static let judge = CalibratedJudge(
        model: try! JudgeModel(folder: "\(root)/models/judge-v1", hasher: OpenSSLHasher()))
}

/// Whether two answers say the same, as far as the comparer dares to tell.
struct ResponseComparerTests {
    private let comparer = ResponseComparer(
        embedder: Models.embedder, normalizer: Normalizer(), judge: Models.judge)

    private func compare(_ a: JSONValue, _ b: JSONValue) -> ResponseComparer.Outcome {
        let outcome = comparer.compare(RawJSON(a), RawJSON(b))
        #expect(comparer.compare(RawJSON(b), RawJSON(a)) == outcome, "the order makes no difference")
        return outcome
    }

    @Test(
        arguments: [
            ("Settings, Security, Two-factor.", "settings,  security, two-factor."),
            ("42", " 42 "), ("Paris", "PARIS"), ("Douglas Adams", "Adams, Douglas"),
            (
                "To reset your password, open the login page, choose Forgot password, and follow the link in the mail.",
                "To reset your password, open the login page, choose Forgot password and follow the link in the mail."
            ),
        ] as [(String, String)])
    func same(a: String, b: String) { #expect(compare(.string(a), .string(b)) == .same) }

    @Test(
        arguments: [
            ("Yes, you can return it.", "No, you cannot return it."), ("42", "43"), ("Paris", "Lyon"),
            ("true", "false"),
            (
                "Refunds are possible within 30 days of the purchase.",
                "Refunds are possible within 60 days of the purchase."
            ),
            (
                "Open the Billing page and choose Change plan to downgrade your subscription.",
                "Photosynthesis turns sunlight, water and carbon dioxide into sugar and oxygen in the leaves of plants."
            ),
        ] as [(String, String)])
    func other(a: String, b: String) { #expect(compare(.string(a), .string(b)) == .other) }

    @Test(
        arguments: [
            ("Paris", "Paris, France"),
            ("Click Forgot password.", "Use the link in the mail that we sent you."),
            (
                "You can enable the feature for all members in the security settings of the workspace.",
                "You can disable the feature for all members in the security settings of the workspace."
            ),
        ] as [(String, String)])
    func cannotTell(a: String, b: String) { #expect(compare(.string(a), .string(b)) == .unclear) }

    @Test func whatDiffersFromCallToCallDoesNotCount() throws {
        func completion(_ id: String, _ text: String) -> JSONValue {
            [
                "id": .string(id), "created": 17, "usage": ["total_tokens": .integer(Int64(id.count))],
                "choices": [["index": 0, "message": ["role": "assistant", "content": .string(text)]]],
            ]
        }
        #expect(compare(completion("a", "The answer."), completion("bcd", "The answer")) == .same)
        #expect(compare(completion("a", "7"), completion("b", "8")) == .other)
        #expect(compare(completion("a", "The answer."), "the answer") == .same, "a bare text is one too")
    }

    @Test func structuresAreComparedByTheirValues() {
        #expect(compare(["a": 1, "b": ["x", true]], ["b": ["x", true], "a": 1.0]) == .same)
        #expect(compare(["a": 1, "b": "x"], ["a": 2, "b": "x"]) == .other)
        #expect(compare(["a": "one sentence here"], ["a": "another sentence here"]) == .unclear)
        #expect(compare(["a": 1], ["b": 1]) == .unclear)
        #expect(compare(#"{"score": 3}"#, #"{ "score":3 }"#) == .same, "a text that is JSON is read as such")
        let call: (String, JSONValue) -> JSONValue = { id, city in
            [
                "role": "assistant", "content": nil,
                "tool_calls": [["id": .string(id), "function": ["name": "w", "arguments": city]]],
            ]
        }
        #expect(compare(call("a", "Rome"), call("b", "Rome")) == .same)
        #expect(compare(call("a", "Rome"), call("b", "Oslo")) == .other)
    }

    /// Statements that people labelled, as a stand-in for answers. `DEJA_TEST_DATA=FOLDER` names the data; what it prints
    /// stands in docs/judge.md.
    @Test func isRarelyWrongOnLabelledStatements() throws {
        guard let folder = ProcessInfo.processInfo.environment["DEJA_TEST_DATA"] else {
            print("skipped: DEJA_TEST_DATA names no folder of labelled pairs")
            return
        }
        var total = (sameOfOther: 0, decidedOther: 0, otherOfSame: 0, decidedSame: 0)
        for name in ["msrp.test", "sick.trial", "stsb.dev", "semantoneg.dev", "paws_wiki.dev", "cannot_negated"] {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/pairs/\(name).tsv.gz"))
            let text = String(decoding: try Gzip.decompress([UInt8](data)), as: UTF8.self)
            var counts: [String: Int] = [:]
            for line in text.split(separator: "\n").dropFirst().prefix(2000) {
                let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                let outcome = comparer.compare(RawJSON(.string(columns[1])), RawJSON(.string(columns[2])))
                counts["\(columns[3]) \(outcome.rawValue)", default: 0] += 1
            }
            print(name, counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
            total.sameOfOther += counts["0 same"] ?? 0
            total.decidedOther += (counts["0 same"] ?? 0) + (counts["0 other"] ?? 0)
            total.otherOfSame += counts["1 other"] ?? 0
            total.decidedSame += (counts["1 same"] ?? 0) + (counts["1 other"] ?? 0)
        }
        print(
            "called the same, of the others told: \(total.sameOfOther) of \(total.decidedOther);",
            "called others, of the same told: \(total.otherOfSame) of \(total.decidedSame)")
        #expect(Double(total.sameOfOther) <= EvidenceCurve.comparisonError * Double(total.decidedOther))
    }
}
