import CacheModel
import Foundation
import TestSupport
import Testing
import TextEmbedding
import VectorSearch

@testable import CacheEngine

/// Prompts made from templates match on what they carry.
struct TemplateTests {
    private static let lead = """
        You are the assistant of the customer portal. Answer in a friendly tone, in at most three sentences, and never \
        promise what the terms do not say. If you do not know, say so and name the support address. The customer is \
        signed in and has accepted the terms of use. Do not mention internal systems.

        """

    private func prompt(_ payload: String) -> String { "\(Self.lead)Question: \(payload)\nAnswer:" }

    @Test func cutsWhatBothShareAtWholeSentences() throws {
        let pair = try #require(
            PayloadPair(prompt("How do I enable 2FA? Thanks."), prompt("How do I disable 2FA? Thanks.")))
        #expect(pair.first == "How do I enable 2FA? ")
        #expect(pair.second == "How do I disable 2FA? ")
    }

    @Test func keepsCharactersWhole() throws {
        let lead = String(repeating: "Ä ö ü 漢字 ", count: 30)
        let pair = try #require(PayloadPair("\(lead)\nfrage: 漢é", "\(lead)\nfrage: 漢è"))
        #expect((pair.first, pair.second) == ("漢é", "漢è"))
        let joined = String(repeating: "漢字", count: 80)
        if let pair = PayloadPair("\(joined)é", "\(joined)è") { #expect(pair.first != pair.second) }
    }

    @Test func leavesPromptsAloneThatShareLittle() {
        #expect(PayloadPair("How do I enable 2FA?", "How do I disable 2FA?") == nil)
        #expect(PayloadPair(prompt("x"), String(repeating: "something else entirely. ", count: 20)) == nil)
        #expect(PayloadPair(prompt("same"), prompt("same")) == nil)
        #expect(PayloadPair("", "") == nil)
    }

    @Test func dropsLinesThatStandOnBothSidesBetweenDifferences() throws {
        let form = { (name: String, question: String) in
            "\(Self.lead)Name: \(name)\nPlan: Business, yearly, with support\nQuestion: \(question)\nAnswer:"
        }
        let pair = try #require(PayloadPair(form("Ann", "Why was I charged twice?"), form("Bob", "Where is my bill?")))
        #expect(!pair.first.contains("Business"))
        #expect(pair.first.contains("Ann"))
        #expect(pair.first.contains("charged twice"))
    }

    @Test func findsAnyPairOfTextsInLinearTime() {
        var random = SeededRandom(seed: 3)
        let alphabet = Array("ab .\n:?é漢")
        for _ in 0..<3000 {
            let shared = String(
                (0..<Int.random(in: 0...150, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            let tail = String(
                (0..<Int.random(in: 0...90, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            let texts = (0..<2).map { _ in
                shared
                    + String(
                        (0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random)!
                        }) + tail
            }
            guard let pair = PayloadPair(texts[0], texts[1]) else { continue }
            #expect(pair.first != pair.second, "what differs is never cut away")
            if let line = pair.first.split(separator: "\n").first { #expect(texts[0].contains(line)) }
        }
    }

    @Test func learnsATemplateFromFiveOfItsPrompts() {
        let templates = ScopeTemplates()
        let scope = Digest256(1, 2, 3, 4)
        let payloads = [
            "How do I pay?", "Where is my parcel?", "Can I return shoes?", "Why was I charged?", "Who are you?",
        ]
        let learnt = payloads.map { templates.add(prompt($0), scope: scope) }
        #expect(learnt == [false, false, false, false, true])
        #expect(
            templates.text(of: prompt("What is new?"), scope: scope).trimmingCharacters(in: .whitespacesAndNewlines)
                == "What is new?")
        #expect(templates.text(of: prompt("What is new?"), scope: Digest256(9, 9, 9, 9)) == prompt("What is new?"))
        #expect(templates.text(of: "What is new?", scope: scope) == "What is new?")
        #expect(
            templates.text(of: prompt(""), scope: scope) == prompt(""), "a template without payload is found as it is")
    }

    @Test func entriesFromBeforeATemplateWasKnownAreFoundToo() throws {
        let cache = try EngineFixture { $0.judge = PayloadJudge(WordJudge(), embedder: WordEmbedder()) }
        for payload in [
            "pay my bill", "find my parcel", "return some shoes", "close an account", "change this address",
        ] {
            cache.store(prompt(payload), .string(payload))
        }
        #expect(cache.lookup(prompt("bill my pay")).response == RawJSON("pay my bill"))
        let restarted = try EngineFixture(store: cache.store) {
            $0.judge = PayloadJudge(WordJudge(), embedder: WordEmbedder())
        }
        try restarted.engine.rebuild()
        #expect(restarted.lookup(prompt("account an close")).response == RawJSON("close an account"))
    }

    @Test func aTemplateWithoutPayloadMatchesNothing() throws {
        let cache = try EngineFixture { $0.judge = PayloadJudge(WordJudge(), embedder: WordEmbedder()) }
        cache.store(prompt("pay my bill"))
        #expect(cache.lookup(prompt("")).status == .miss)
        #expect(cache.lookup(prompt("find my parcel")).status == .miss)
    }

    @Test func codeThatDiffersByALineIsRefusedAlthoughItsPayloadsLookLikeText() throws {
        let judge = PayloadJudge(Models.judge, embedder: Models.embedder)
        let loop = { (line: String) in
            """
            This never stops, why?
            ```python
            cursor = None
            while True:
                page = client.list_cards(board, cursor=cursor)
                yield from page["items"]
            \(line) is None:
                    break
            ```
            """
        }
        let (right, wrong) = (
            loop("    cursor = page[\"next_cursor\"]\n    if cursor"), loop("    if page[\"next_cursor\"]")
        )
        #expect(judge.begin(right).judge(wrong, similarity: 0.98, explain: false).veto?.guardName == "code")
        #expect(judge.begin(wrong).judge(right, similarity: 0.98, explain: true).veto?.guardName == "code")
    }

    // MARK: Measured

    /// Lead and end of twenty templates.
    private static let templates: [(lead: String, end: String)] = (0..<20).map { number in
        let roles = ["shop", "bank", "hospital", "library", "airline"]
        let tones = ["friendly and short", "formal and complete", "in plain words", "as a list of steps"]
        let role = roles[number % 5]
        let tone = tones[number / 5]
        return (
            """
            You are an assistant of a \(role). Your answers are \(tone). Use only what the handbook of the \(role) says; \
            where it is silent, say that you do not know and name the desk that does. Never ask for passwords or card \
            numbers. Customers of the \(role) write from a phone, so keep lines short. Do not repeat the question. \
            Template \(number).

            Customer: 
            """, "\nAssistant of the \(role):"
        )
    }

    /// Rephrasings and near misses of fixtures/pairs inside the templates: what the cache makes of them, all in one scope.
    private func measure(isAware: Bool) throws -> (right: Int, wrong: Int, positives: Int, negatives: Int, found: Int) {
        let embedder = Models.embedder
        let cache = try EngineFixture {
            $0.embedder = embedder
            $0.indexes = FlatIndexFactory()
            $0.normalizer = Normalizer()
            $0.judge = isAware ? PayloadJudge(Models.judge, embedder: embedder) : Models.judge
            $0.limits.candidates = 8
            if !isAware { $0.limits.learnsTemplates = false }
        }
        let file = "\(Models.root)/fixtures/pairs/regression.tsv"
        let rows = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }.filter { $0[1].utf8.count < 80 && $0[2].utf8.count < 80 && !$0[1].contains("\n") }
        var outcome = (right: 0, wrong: 0, positives: 0, negatives: 0, found: 0)
        for (number, template) in Self.templates.enumerated() {
            let batch = rows.enumerated().filter { $0.offset % 20 == number }.map(\.element).prefix(50)
            for row in batch { cache.store("\(template.lead)\(row[1])\(template.end)", .string(row[1])) }
        }
        for (number, template) in Self.templates.enumerated() {
            let batch = rows.enumerated().filter { $0.offset % 20 == number }.map(\.element).prefix(50)
            for row in batch where row[1] != row[2] {
                var request = CacheRequest(prompt: "\(template.lead)\(row[2])\(template.end)")
                request.controls.maximumFalseHitRate = 0.05
                let reply = cache.lookup(request)
                let isSame = row[3] == "1"
                if isSame { outcome.positives += 1 } else { outcome.negatives += 1 }
                guard reply.hitType == .semantic else { continue }
                let served = reply.response == RawJSON(.string(row[1]))
                if isSame && served { outcome.right += 1 }
                // Another entry's answer may serve too; only the labelled pair is known to be wrong.
                if !isSame && served { outcome.wrong += 1 }
            }
        }
        return outcome
    }

    @Test func insideTemplatesRephrasingsAreFoundAndNearMissesRefused() throws {
        let before = try measure(isAware: false)
        let after = try measure(isAware: true)
        for (name, outcome) in [("before", before), ("after", after)] {
            print(
                "templates \(name): \(outcome.right) of \(outcome.positives) rephrasings served,",
                "\(outcome.wrong) of \(outcome.negatives) near misses")
        }
        // The budget of 5 %, which judging whole texts does not keep in templates.
        #expect(after.wrong * 20 <= after.right + after.wrong)
        #expect(after.wrong * 2 <= before.wrong)
        // Under that budget a wrong hit weighs as much as twenty right ones.
        #expect(after.right - 20 * after.wrong >= before.right - 20 * before.wrong)
        #expect(after.right >= 60)
    }
}
