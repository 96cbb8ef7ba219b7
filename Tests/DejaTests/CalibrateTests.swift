import Foundation
import TestSupport
import Testing

/// `deja calibrate`, and what comes of the folder that it writes.
@Suite struct CalibrateTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// Rewordings of the fixtures, and as many pairs of strangers.
    private func pairs() throws -> String {
        let models = URL(fileURLWithPath: try #require(ServeTests.modelsFolder))
        let all = models.deletingLastPathComponent().appendingPathComponent("fixtures/pairs/regression.tsv")
        let rows = try String(contentsOf: all, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }.filter { $0[3] == "1" }
        var lines = ["id\ttext_a\ttext_b\tlabel"]
        // Both kinds come of different rows, or strangers would tie all pairs into one group.
        let half = rows.count / 2 - 8
        for number in stride(from: 0, to: half, by: 2) {
            let (a, b) = (rows[half + number], rows[half + number + 7])
            lines.append("same/\(number)\t\(rows[number][1])\t\(rows[number][2])\t1")
            lines.append("other/\(number)\t\(a[1])\t\(b[2])\t0")
        }
        let path = folder.file("pairs.tsv")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func deja(_ arguments: String...) throws -> DejaProcess.Result {
        try DejaProcess.run(arguments + ["--models", try #require(ServeTests.modelsFolder)])
    }

    @Test func aCalibratedJudgeKeepsItsVerifier() throws {
        let (pairs, mine) = (try pairs(), folder.file("mine"))
        let fitted = try deja(
            "calibrate", "--data", pairs, "--output", mine, "--max-false-hit-rate", "0.2")
        #expect(fitted.status == 0, "\(fitted.errors)")
        #expect(fitted.output.contains("--judge \(mine)"))
        let both = try deja("eval", "--data", pairs, "--arm", "verifier@0.2", "--judge", mine)
        #expect(both.status == 0, "\(both.errors)")
        let off = try deja("eval", "--data", pairs, "--arm", "verifier", "--judge", mine, "--verifier", "off")
        #expect(off.status == 2 && off.errors.contains("verifier is off"), "\(off.errors)")
    }

    @Test func aJudgeCalibratedWithoutTheVerifierDoesWithoutIt() throws {
        let (pairs, mine) = (try pairs(), folder.file("mine"))
        let fitted = try deja(
            "calibrate", "--data", pairs, "--output", mine, "--max-false-hit-rate", "0.2", "--verifier", "off")
        #expect(fitted.status == 0, "\(fitted.errors)")
        let both = try deja("eval", "--data", pairs, "--arm", "verifier", "--judge", mine)
        #expect(both.status == 2 && both.errors.contains("calibrated without this verifier"), "\(both.errors)")
    }
}
