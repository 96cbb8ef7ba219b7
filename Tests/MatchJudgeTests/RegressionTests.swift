import CacheModel
import Foundation
import TextEmbedding
import XCTest

@testable import MatchJudge

/// The yardstick (`DEJA_SHOW_FLOORS=1` prints the figures): what the judge with the shipped models makes of fixtures/pairs/regression.tsv at the default budget.
final class RegressionTests: XCTestCase {
    fileprivate struct Tally {
        var right = 0
        var wrong = 0
        var wrongOnes: [String] = []
    }

    func testNoCategoryGetsWorse() throws {
        let tallies = try Self.tallies.get()
        if ProcessInfo.processInfo.environment["DEJA_SHOW_FLOORS"] != nil {
            for (category, tally) in tallies.sorted(by: { $0.key < $1.key }) {
                print("\"\(category)\": (\(tally.right), \(tally.wrong)),")
                tally.wrongOnes.forEach { print("    \($0)") }
            }
        }
        XCTAssertEqual(Set(tallies.keys), Set(RegressionFloors.all.keys), "a category came or went: measure it")
        for (category, floor) in RegressionFloors.all.sorted(by: { $0.key < $1.key }) {
            guard let tally = tallies[category] else { continue }
            XCTAssertGreaterThanOrEqual(tally.right, floor.leastRight, "\(category): right hits were lost")
            XCTAssertLessThanOrEqual(
                tally.wrong, floor.mostWrong, "\(category): wrong hits came\n\(tally.wrongOnes.joined(separator: "\n"))"
            )
        }
    }

    func testFewHitsAmongNearMissesAreWrong() throws {
        let tallies = try Self.tallies.get()
        let wrong = tallies.values.reduce(0) { $0 + $1.wrong }
        let hits = tallies.values.reduce(0) { $0 + $1.wrong + $1.right }
        XCTAssertGreaterThan(hits, 100)
        // Every second pair here is a near miss; a stream of prompts has fewer.
        XCTAssertLessThanOrEqual(Double(wrong) / Double(max(1, hits)), 0.03)
    }

    private static let tallies = Result { try judgeAll() }

    /// Right and wrong hits of each category at a false-hit budget of 0.01.
    private static func judgeAll() throws -> [String: Tally] {
        let embedder = try LearnedEmbedder(folder: Shared.root.appendingPathComponent("models/deja-en-v2").path)
        let judge = Shared.bothStages
        XCTAssertTrue(judge.verifies, "the judge was fitted to another verifier than the one that ships")
        let verified = judge.requiredProbability(maximumFalseHitRateVerified: 0.01)
        let unverified = judge.requiredProbability(maximumFalseHitRate: 0.01)
        var tallies: [String: Tally] = [:]
        for (category, a, b, isSame, line) in try Shared.pairs("regression.tsv") {
            let similarity = zip(embedder.embed(a), embedder.embed(b)).reduce(0) { $0 + Double($1.0 * $1.1) }
            let query = judge.begin(a)
            var judgement = query.judge(b, similarity: similarity, explain: false)
            var threshold = verified
            if judgement.isDoubtful {
                let second = judge.verify(a, b, similarity: similarity, explain: false)
                (judgement, threshold) = (second ?? judgement, second == nil ? unverified : verified)
            }
            let isHit = query.refusal == nil && judgement.veto == nil && (judgement.probability ?? 0) >= threshold
            tallies[category, default: Tally()].count(isHit: isHit, isRight: isSame, line: line)
        }
        return tallies
    }
}

extension RegressionTests.Tally {
    fileprivate mutating func count(isHit: Bool, isRight: Bool, line: String) {
        guard isHit else { return }
        if isRight {
            right += 1
        } else {
            wrong += 1
            wrongOnes.append(line)
        }
    }
}
