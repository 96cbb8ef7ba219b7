import CacheModel
import TestSupport
import XCTest

@testable import MatchJudge

/// What a lookup gets from the judge.
final class CalibratedJudgeTests: XCTestCase {
    func testTheSamePromptIsCertain() throws {
        let judgement = Shared.judge.begin("How do I reset my password?")
            .judge("how do I reset my password", similarity: 1, explain: false)
        XCTAssertNil(judgement.veto)
        let probability = try XCTUnwrap(judgement.probability)
        XCTAssertGreaterThan(probability, Shared.judge.requiredProbability(maximumFalseHitRate: 0.01))
    }

    func testAnotherPromptIsNot() throws {
        let judgement = Shared.judge.begin("How do I reset my password?")
            .judge("What is the tallest mountain on earth?", similarity: 0.05, explain: false)
        // Rewordings may share nothing either, so this is no nought; it is far below what any budget asks for.
        XCTAssertLessThan(judgement.probability ?? 0, 0.3)
        XCTAssertGreaterThan(Shared.judge.requiredProbability(maximumFalseHitRate: 0.1), 0.6)
    }

    func testAVetoEndsTheMatterUnlessExplained() {
        let query = Shared.judge.begin("How do I enable 2FA?")
        let short = query.judge("How do I disable 2FA?", similarity: 0.97, explain: false)
        XCTAssertEqual(short.veto?.guardName, "antonyms")
        XCTAssertNil(short.probability)
        XCTAssertTrue(short.features.isEmpty)
        let long = query.judge("How do I disable 2FA?", similarity: 0.97, explain: true)
        XCTAssertEqual(long.veto?.guardName, "antonyms")
        XCTAssertNotNil(long.probability)
        XCTAssertEqual(long.features.map(\.name), PairFeature.allCases.map(\.name))
        XCTAssertEqual(long.features.first { $0.name == "cosine" }?.value ?? 0, 0.97, accuracy: 1e-6)
    }

    func testAGuardCanBeSwitchedOff() {
        let judge = CalibratedJudge(model: Shared.model, configuration: .init(disabledGuards: ["antonyms"]))
        let judgement = judge.begin("How do I enable 2FA?").judge(
            "How do I disable 2FA?", similarity: 0.97, explain: false)
        XCTAssertNil(judgement.veto)
        XCTAssertNotEqual(judge.identifier, Shared.judge.identifier)
    }

    func testPromptsWithoutMeaningAreRefused() {
        XCTAssertEqual(Shared.judge.begin("what about tomorrow?").refusal, .followUp)
        XCTAssertEqual(Shared.judge.begin("  ?! ").refusal, .emptyPrompt)
        XCTAssertNil(Shared.judge.begin("How do I reset my password?").refusal)
    }

    /// The buffers of one candidate must not show in the next.
    func testJudgingManyCandidatesIsJudgingEachAlone() {
        let candidates = [
            "flights from Boston to Denver on 3 May", "Wie wird das Wetter?", "what does `ls -la` do", "", "怎么更改手机号码",
            "How do I reset my password in Windows 11?",
        ]
        let together = Shared.judge.begin("How do I reset my password?")
        for candidate in candidates + candidates.reversed() {
            let alone = Shared.judge.begin("How do I reset my password?").judge(
                candidate, similarity: 0.5, explain: true)
            XCTAssertEqual(together.judge(candidate, similarity: 0.5, explain: true), alone, candidate)
        }
    }

    /// Text of any kind and length is read without a trap.
    func testArbitraryTextIsJudged() {
        var random = SeededRandom(seed: 7)
        let pieces = [
            "how do I ", "1.5", "½", "`", "```", "\"", "'", "’", "n’t", "from ", "to ", "not ", "-", "/", ".", ",", "é",
            "ß", "ü",
            "火", "を", "한국", "٣", "😀", "\u{0301}", "\u{FEFF}", "\0", "\n", " ", "%", "$", "€5", "12/31/1990", "10:3",
            "v1.2.3",
            "a_b", "x@y.z", "http://", "C++", "II", "half past ", "dozen", "united states ", "5-3", "5-", "-5", "don't",
            "…", "（",
        ]
        for _ in 0..<3000 {
            let texts = (0..<2).map { _ in
                (0..<Int(random.next() % 24)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            }
            let judgement = Shared.judge.begin(texts[0]).judge(texts[1], similarity: 0.9, explain: true)
            if let probability = judgement.probability {
                XCTAssert(probability > 0 && probability < 1, texts.description)
            }
        }
    }

    func testALongPromptIsJudgedInReasonableTime() {
        let long = String(repeating: "The quick brown fox number 7 does not jump over the lazy dog. ", count: 2000)
        let judgement = Shared.judge.begin(long).judge(long + " And then?", similarity: 0.99, explain: true)
        XCTAssertNotNil(judgement.probability)
    }
}
