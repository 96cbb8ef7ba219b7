import CacheModel
import Foundation
import Platform
import TestSupport
import XCTest

@testable import MatchJudge

/// The verifier's part in a judgement, with a second stage small enough to predict: the sum of the logits.
final class SecondStageTests: XCTestCase {
    private let prompts = ("How do I reset my password?", "how can my password be changed to a new one")

    /// Log-odds as told, and how often they were asked for.
    private final class FixedVerifier: PairVerifying {
        let identifier: String
        private let outcome: @Sendable (() -> Bool) -> Verification
        let asked = Locked(0)
        let bothFrom = Locked<Float?>(nil)

        init(
            _ identifier: String = "small@1", _ outcome: @escaping @Sendable (_ isLate: () -> Bool) -> Verification
        ) {
            (self.identifier, self.outcome) = (identifier, outcome)
        }

        func verify(_ a: String, _ b: String, bothFrom least: Float, isLate: () -> Bool) -> Verification {
            asked.withLock { $0 += 1 }
            bothFrom.withLock { $0 = least }
            return outcome(isLate)
        }
    }

    /// The second stage's file: probability 0.1 for a sum of the logits of at most -2, 0.95 from 2 on; half as much where
    /// a guard refuses the pair.
    private func stage(
        floor: Double = 0, ceiling: Double = 2, weights: [Double] = [0, 1, 0, 0, 0, 0, 0, 0],
        knots: [[Double]] = [[-2, 0.1], [2, 0.95]], bothFrom: Any? = nil
    ) -> Data {
        var parts: [String: Any] = [
            "floor": floor, "ceiling": ceiling, "intercept": 0, "weights": weights, "knots": knots,
            "vetoed": knots.map { [$0[0], $0[1] / 2] }, "budgets": [[0.01, 0.9]],
        ]
        parts["bothFrom"] = bothFrom
        return try! JSONSerialization.data(withJSONObject: parts)
    }

    /// The shipped model with this second stage.
    private func model(
        _ stage: Data?, change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> JudgeModel {
        let folder = try TemporaryFolder()
        let copy = folder.file("judge")
        try FileManager.default.copyItem(atPath: Shared.modelFolder, toPath: copy)
        let path = URL(fileURLWithPath: copy + "/manifest.json")
        var manifest = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        manifest["verified"] = nil
        if let stage {
            try stage.write(to: URL(fileURLWithPath: copy + "/verified.json"))
            var part: [String: Any] = [
                "verifier": "small@1", "file": "verified.json", "bytes": stage.count,
                "sha256": OpenSSLHasher().digest([UInt8](stage)).description,
            ]
            change(&part)
            manifest["verified"] = part
        }
        try JSONSerialization.data(withJSONObject: manifest).write(to: path)
        return try JudgeModel(folder: copy, hasher: OpenSSLHasher())
    }

    private func judge(_ model: JudgeModel, _ verifier: FixedVerifier?, clock: TestClock = TestClock())
        -> CalibratedJudge
    {
        var configuration = CalibratedJudge.Configuration(verifier: verifier)
        configuration.clock = clock
        return CalibratedJudge(model: model, configuration: configuration)
    }

    private func firstStage(_ judge: CalibratedJudge) -> Judgement {
        judge.begin(prompts.0).judge(prompts.1, similarity: 0.7, explain: false)
    }

    private func verified(_ judge: CalibratedJudge, explain: Bool = false) -> Judgement? {
        judge.verify(prompts.0, prompts.1, similarity: 0.7, explain: explain)
    }

    func testTheVerifiersLogitsDecide() throws {
        let model = try model(stage())
        for (logit, probability) in [(Float(3), 0.95), (-3, 0.1)] {
            let judge = judge(model, FixedVerifier { _ in .verdict(forward: logit, backward: 0) })
            XCTAssertTrue(judge.verifies)
            XCTAssertTrue(firstStage(judge).isDoubtful)
            XCTAssertEqual(try XCTUnwrap(verified(judge)?.probability), probability, accuracy: 1e-6)
        }
    }

    func testTheSecondStageHasThresholdsOfItsOwn() throws {
        let judge = judge(try model(stage()), FixedVerifier { _ in .late })
        XCTAssertEqual(judge.requiredProbability(maximumFalseHitRateVerified: 0.01), 0.9)
        XCTAssertEqual(
            judge.requiredProbability(maximumFalseHitRate: 0.01),
            Shared.judge.requiredProbability(maximumFalseHitRate: 0.01))
    }

    func testOnlyDoubtIsVerified() throws {
        let verifier = FixedVerifier { _ in .verdict(forward: 3, backward: 3) }
        let probability = try XCTUnwrap(firstStage(judge(try model(stage()), verifier)).probability)
        XCTAssertFalse(firstStage(judge(try model(stage(floor: probability + 0.01)), verifier)).isDoubtful)
        XCTAssertFalse(firstStage(judge(try model(stage(ceiling: probability)), verifier)).isDoubtful)
        XCTAssertTrue(firstStage(judge(try model(stage(floor: probability)), verifier)).isDoubtful)
        XCTAssertEqual(verifier.asked.withLock { $0 }, 0, "the first stage never asks")
    }

    func testTheStageSaysFromWhereBothOrdersAreRead() throws {
        for (told, expected) in [(-0.5, Float(-0.5)), (nil, -.infinity)] as [(Double?, Float)] {
            let verifier = FixedVerifier { _ in .verdict(forward: 3, backward: 3) }
            XCTAssertNotNil(verified(judge(try model(stage(bothFrom: told)), verifier)))
            XCTAssertEqual(verifier.bothFrom.withLock { $0 }, expected)
        }
        XCTAssertThrowsError(try model(stage(bothFrom: "low"))) {
            XCTAssertEqual(($0 as? JudgeModelError)?.code, .corrupt)
        }
    }

    func testVetoesStandAboveTheVerifier() throws {
        let judge = judge(try model(stage()), FixedVerifier { _ in .verdict(forward: 9, backward: 9) })
        let query = judge.begin("How do I enable 2FA?")
        XCTAssertNotNil(query.judge("How do I disable 2FA?", similarity: 0.97, explain: true).veto)
        let served = query.judge("How do I disable 2FA?", similarity: 0.97, explain: false)
        XCTAssertNotNil(served.veto)
        XCTAssertFalse(served.isDoubtful)
    }

    func testAVetoLowersTheVerifiedProbabilityToo() throws {
        let judge = judge(try model(stage()), FixedVerifier { _ in .verdict(forward: 9, backward: 9) })
        let verdict = try XCTUnwrap(
            judge.verify("How do I enable 2FA?", "How do I disable 2FA?", similarity: 0.97, explain: true))
        XCTAssertEqual(verdict.veto?.guardName, "antonyms")
        XCTAssertEqual(try XCTUnwrap(verdict.probability), 0.475, accuracy: 1e-6)
    }

    func testAModelWithoutACalibrationOfVetoedPairsIsStillRead() throws {
        var parts = try XCTUnwrap(JSONSerialization.jsonObject(with: stage()) as? [String: Any])
        parts["vetoed"] = nil
        let model = try model(try JSONSerialization.data(withJSONObject: parts))
        let judge = judge(model, FixedVerifier { _ in .verdict(forward: 9, backward: 9) })
        let verdict = try XCTUnwrap(
            judge.verify("How do I enable 2FA?", "How do I disable 2FA?", similarity: 0.97, explain: false))
        XCTAssertNotNil(verdict.veto)
        XCTAssertEqual(try XCTUnwrap(verdict.probability), 0.95, accuracy: 1e-6)
        parts["vetoed"] = [[1, 0.9], [2, 0.1]]
        XCTAssertThrowsError(try self.model(try JSONSerialization.data(withJSONObject: parts))) {
            XCTAssertEqual(($0 as? JudgeModelError)?.code, .corrupt)
        }
    }

    func testAnotherVerifierIsNotAsked() throws {
        let other = FixedVerifier("small@2") { _ in .verdict(forward: 3, backward: 3) }
        for judge in [judge(try model(stage()), other), judge(try model(nil), other), judge(try model(stage()), nil)] {
            XCTAssertFalse(judge.verifies)
            XCTAssertFalse(firstStage(judge).isDoubtful)
            XCTAssertNil(verified(judge))
        }
        XCTAssertEqual(other.asked.withLock { $0 }, 0)
    }

    func testWhatIsLateOrUnreadLeavesTheFirstStagesWord() throws {
        let clock = TestClock()
        let slow = FixedVerifier { isLate in
            if isLate() { return .unread }
            clock.advance(seconds: 0.03)
            return isLate() ? .late : .verdict(forward: 3, backward: 3)
        }
        XCTAssertNil(verified(judge(try model(stage()), slow, clock: clock)), "25 ms are over")
        let quick = FixedVerifier { isLate in
            clock.advance(seconds: 0.02)
            return isLate() ? .late : .verdict(forward: 3, backward: 3)
        }
        XCTAssertNotNil(verified(judge(try model(stage()), quick, clock: clock)))
        XCTAssertNil(verified(judge(try model(stage()), FixedVerifier { _ in .unread })))
    }

    func testTheLogitsAreExplained() throws {
        let judge = judge(try model(stage()), FixedVerifier { _ in .verdict(forward: 1.5, backward: -2.5) })
        let features = try XCTUnwrap(verified(judge, explain: true)).features
        XCTAssertEqual(features.map(\.name), ["verifierForward", "verifierBackward"] + VerifiedStage.featureNames)
        XCTAssertEqual(features.prefix(2).map(\.value), [1.5, -2.5])
        XCTAssertEqual(features.dropFirst(3).prefix(4).map(\.value), [-1, 0, -4, 4])
    }

    func testADamagedSecondStageIsRefused() throws {
        func code(_ stage: Data, change: (inout [String: Any]) -> Void = { _ in }) -> JudgeModelError.Code? {
            do {
                _ = try model(stage, change: change)
                return nil
            } catch { return (error as? JudgeModelError)?.code }
        }
        XCTAssertNil(code(stage()))
        XCTAssertEqual(code(stage().dropLast(4)), .corrupt)
        XCTAssertEqual(code(stage(weights: [1])), .otherFeatures)
        XCTAssertEqual(code(stage(floor: 0.5, ceiling: 0.5)), .corrupt)
        XCTAssertEqual(code(stage(knots: [[1, 0.9], [2, 0.1]])), .corrupt)
        XCTAssertEqual(code(stage()) { $0["bytes"] = 7 }, .wrongLength)
        XCTAssertEqual(code(stage()) { $0["sha256"] = String(repeating: "0", count: 64) }, .wrongDigest)
        XCTAssertEqual(code(stage()) { $0["verifier"] = nil }, .badManifest)
        XCTAssertEqual(code(stage()) { $0["file"] = "../verified.json" }, .badManifest)
        XCTAssertEqual(code(stage()) { $0["file"] = "missing.bin" }, .unreadable)
    }
}
