import Foundation
import Platform

@testable import MatchJudge

/// The model of the repository, read once.
enum Shared {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let modelFolder = root.appendingPathComponent("models/judge-v1").path
    static let model: JudgeModel = try! JudgeModel(folder: modelFolder, hasher: OpenSSLHasher())
    static let analyzer = TextAnalyzer(vocabulary: model.vocabulary)
    static let judge = CalibratedJudge(model: model)
}
