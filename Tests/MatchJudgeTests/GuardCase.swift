import CacheModel
import XCTest

@testable import MatchJudge

/// Asserts what one guard makes of a pair, in both directions: which prompt came first must not matter.
func assertVetoed(
    _ guardName: String, _ a: String, _ b: String, file: StaticString = #filePath, line: UInt = #line
) {
    for (query, candidate) in [(a, b), (b, a)] where veto(of: guardName, query, candidate) == nil {
        XCTFail("\(guardName) lets pass: \(query) | \(candidate)", file: file, line: line)
    }
}

/// Asserts that no guard at all refuses the pair.
func assertBenign(_ a: String, _ b: String, file: StaticString = #filePath, line: UInt = #line) {
    for (query, candidate) in [(a, b), (b, a)] {
        let pair = aligned(query, candidate)
        for rule in Guards.all {
            guard let veto = rule.check(pair) else { continue }
            XCTFail("\(veto.guardName) refuses (\(veto.detail)): \(query) | \(candidate)", file: file, line: line)
        }
    }
}

/// The refusal of the guard with this name.
func veto(of guardName: String, _ query: String, _ candidate: String) -> Judgement.Veto? {
    guard let rule = Guards.all.first(where: { $0.name == guardName }) else {
        XCTFail("there is no guard \(guardName)")
        return nil
    }
    return rule.check(aligned(query, candidate))
}

/// A pair as the judge reads it.
func aligned(_ query: String, _ candidate: String) -> TextPair {
    let analyzer = Shared.analyzer
    let pair = TextPair(query: analyzer.analyze(query))
    pair.read(candidate, of: query, by: analyzer, into: TextAnalysis())
    return pair
}
