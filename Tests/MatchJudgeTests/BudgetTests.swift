import XCTest

@testable import MatchJudge

/// A budget that was not certified is not promised.
final class BudgetTests: XCTestCase {
    private let curve = RiskCurve(points: [(0.005, 0.9), (0.01, 0.8), (0.05, 0.5)])!

    func testATighterBudgetDemandsMore() {
        XCTAssertEqual(curve.requiredProbability(0.01), 0.8)
        XCTAssertEqual(curve.requiredProbability(0.02), 0.8, "between two budgets the smaller one's threshold stands")
        XCTAssertEqual(curve.requiredProbability(1), 0.5)
    }

    func testABudgetBelowWhatCouldBeCertifiedRefusesAll() {
        XCTAssertGreaterThan(curve.requiredProbability(0.001), 1)
        XCTAssertGreaterThan(curve.requiredProbability(0), 1)
        XCTAssertGreaterThan(RiskCurve(points: [])!.requiredProbability(0.5), 1)
        XCTAssertGreaterThan(curve.requiredProbability(.nan), 1)
    }

    func testACurveThatDoesNotFallIsRefused() {
        XCTAssertNil(RiskCurve(points: [(0.01, 0.5), (0.02, 0.6)]))
        XCTAssertNil(RiskCurve(points: [(0.02, 0.5), (0.01, 0.4)]))
        XCTAssertNil(RiskCurve(points: [(0.02, .nan)]))
    }

    func testCalibrationRisesAndStaysInside() throws {
        let map = try XCTUnwrap(Calibration(knots: [(-1, 0.1), (1, 0.9)]))
        XCTAssertEqual(map.probability(-5), 0.1, accuracy: 1e-6)
        XCTAssertEqual(map.probability(0), 0.5, accuracy: 1e-6)
        XCTAssertEqual(map.probability(9), 0.9, accuracy: 1e-6)
        XCTAssertNil(Calibration(knots: [(0, 0.5), (1, 0.4)]))
        XCTAssertNil(Calibration(knots: []))
    }

    func testTheShippedCurveDemandsMoreForLess() {
        let strict = Shared.judge.requiredProbability(maximumFalseHitRate: 0.01)
        let loose = Shared.judge.requiredProbability(maximumFalseHitRate: 0.05)
        XCTAssertLessThanOrEqual(strict, 1, "the default budget is certified")
        XCTAssertGreaterThan(strict, loose)
        XCTAssertGreaterThan(Shared.judge.requiredProbability(maximumFalseHitRate: 1e-6), 1)
    }
}
