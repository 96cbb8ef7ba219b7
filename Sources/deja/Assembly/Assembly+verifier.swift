import Foundation
import MatchJudge
import Transformer

extension Assembly {
    /// The verifier in force, or why there is none.
    enum VerifierState {
        case ready(CrossEncoder)
        case off(String)

        var model: CrossEncoder? { if case .ready(let model) = self { model } else { nil } }
    }

    /// The verifier that `verifier` names, if `judge` was fitted to it.
    ///
    /// Where the setting is the default, a model that is not there or does not fit leaves the judge alone with its work;
    /// one that was asked for by name must be there.
    ///
    /// - Throws: `ModelError` or `CommandFailure` for a verifier that was asked for and cannot be used.
    func verifier(of judge: JudgeModel) throws -> VerifierState {
        if settings.value(.verifier) == "off" { return .off("verifier is off") }
        let isDefault = settings.origin(.verifier) == .fallback
        do {
            let folder = try modelFolder(.verifier)
            if isDefault && !FileManager.default.fileExists(atPath: folder) { return .off("there is no \(folder)") }
            let model = try CrossEncoder(folder: folder)
            guard judge.verifier == model.identifier else {
                throw CommandFailure(
                    "the judge \(judge.identifier) was fitted to \(judge.verifier ?? "no verifier"), not to \(model.identifier): "
                        + "name that one, fit the judge to this one (models/training/judge), or say verifier off")
            }
            return .ready(model)
        } catch  where isDefault {
            return .off("\(error)")
        }
    }
}
