import Foundation
import Platform
import Transformer

@testable import MatchJudge

/// The model of the repository, read once.
enum Shared {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
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
