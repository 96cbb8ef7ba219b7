import CacheEngine
import CacheModel

/// Arms that can run in shadow beside the judge in force, over the candidates that the engine in force finds.
public enum ShadowArmName {
    /// What there is, for messages.
    public static let forms = "jaccard@0.6, learned@0.85, guards@0.85 or judge@0.05"

    /// The arm of `NAME`, `NAME@FIGURE` or `NAME:FIGURE`; `judge` is the one in force.
    ///
    /// - Throws: `ArmError` for another name, or a figure out of range.
    public static func arm(_ text: String, judge: any MatchJudging) throws(ArmError) -> ShadowArm {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "@" || $0 == ":" }
        let name = String(parts[0])
        func figure(_ range: ClosedRange<Double>, _ fallback: Double) throws(ArmError) -> Double {
            guard parts.count == 2 else { return fallback }
            guard let figure = Double(parts[1]), range.contains(figure) else {
                throw ArmError(
                    "'\(text)': the figure must be from \(Figure.fixed(range.lowerBound, 0)) to 1, found '\(parts[1])'")
            }
            return figure
        }
        switch name {
        case "jaccard": return ShadowArm(name: text, judge: JaccardJudge(threshold: try figure(0...1, 0.6)))
        case "learned": return ShadowArm(name: text, judge: ThresholdJudge(threshold: try figure(-1...1, 0.8)))
        case "guards":
            return ShadowArm(name: text, judge: ThresholdJudge(threshold: try figure(-1...1, 0.8), guards: judge))
        case "judge": return ShadowArm(name: text, judge: judge, maximumFalseHitRate: try figure(0...1, 0.01))
        default: throw ArmError("there is no arm '\(text)' that can run in shadow; there are \(forms)")
        }
    }
}
