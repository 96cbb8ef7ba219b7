import Foundation
import Platform
import Transformer

@testable import MatchJudge

/// The model of the repository, read once.
enum Shared {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The labelled pairs of a file in fixtures/pairs, each with the line that it stands in.
    static func pairs(_ file: String) throws -> [(category: String, a: String, b: String, isSame: Bool, line: String)] {
        let file = root.appendingPathComponent("fixtures/pairs/\(file)")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return (String(columns[0].prefix { $0 != "/" }), columns[1], columns[2], columns[3] == "1", String(line))
        }
    }
    static let modelFolder = root.appendingPathComponent("models/judge-v1").path
    static let model: JudgeModel = try! JudgeModel(folder: modelFolder, hasher: OpenSSLHasher())
    static let analyzer = TextAnalyzer(vocabulary: model.vocabulary)
    /// The first stage alone.
    static let judge = CalibratedJudge(model: model)
    /// Both stages, as the product has them; time is not what these tests are about.
    static let bothStages: CalibratedJudge = {
        let folder = root.appendingPathComponent("models/deja-verifier-v1").path
        var configuration = CalibratedJudge.Configuration(verifier: try! CrossEncoder(folder: folder))
        configuration.verifyTimeout = 60
        return CalibratedJudge(model: model, configuration: configuration)
    }()
}
