import CacheModel
import Foundation

/// A judge fitted to somebody's own pairs: the folder of another judge, a layer over its probability and the similarity,
/// and thresholds certified on those pairs.
///
/// A folder of its own: `manifest.json`, and the judge that it stands on in `base`.
public struct JudgeFit: Sendable, Equatable {
    /// What stands in the manifest as its kind.
    public static let kind = "judge-fit"
    static let format: Int64 = 1

    /// The layer and the thresholds.
    public struct Stage: Sendable, Equatable {
        /// log-odds of the new probability = intercept + odds · log-odds of the old one + cosine · similarity.
        public var intercept: Double
        /// The weight of the log-odds of the judge's probability.
        public var odds: Double
        /// The weight of the cosine similarity.
        public var cosine: Double
        /// Budgets and the least probability at which each was kept with confidence; budgets rise, thresholds do not.
        public var thresholds: [Threshold]
        /// The same for judgements of the first stage, where a verifier would have been asked and could not tell; those of
        /// all judgements where there is no verifier.
        public var firstThresholds: [Threshold]

        /// The new probability.
        public func probability(_ probability: Double, similarity: Double) -> Double {
            let bounded = min(max(probability, 1e-6), 1 - 1e-6)
            let score = intercept + odds * log(bounded / (1 - bounded)) + cosine * similarity
            return 1 / (1 + exp(-score))
        }

        var curve: RiskCurve? { Self.curve(thresholds) }
        var firstCurve: RiskCurve? { Self.curve(firstThresholds) }

        private static func curve(_ thresholds: [Threshold]) -> RiskCurve? {
            RiskCurve(points: thresholds.map { ($0.budget, $0.probability) })
        }
    }

    /// A certified threshold.
    public struct Threshold: Sendable, Equatable {
        /// The share of hits that may be wrong.
        public var budget: Double
        /// The least probability.
        public var probability: Double
    }

    /// The identifier of the embedder whose similarities it was fitted to.
    public var embedder: String
    /// The identifier of the verifier whose judgements it was fitted to; `nil` for those of the first stage alone.
    public var verifier: String?
    /// The layer over all judgements.
    public var stage: Stage
    /// How many pairs it was fitted to.
    public var pairs: Int

    /// The fit in `folder`; `nil` when another kind of judge is there.
    ///
    /// - Throws: `JudgeModelError` for a manifest of this kind that makes no sense.
    public init?(folder: String) throws(JudgeModelError) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/manifest.json"),
            let json = try? JSONValue(parsing: [UInt8](data)), json["kind"]?.string == Self.kind
        else { return nil }
        guard json["format"]?.integer == Self.format else {
            throw JudgeModelError(.unknownFormat, "\(folder): the fit is of a format that this version does not read")
        }
        guard let embedder = json["embedder"]?.string, let pairs = json["pairs"]?.integer,
            let layer = json["layer"]?.array?.compactMap(\.double), layer.count == 3, layer.allSatisfy(\.isFinite),
            let rows = json["thresholds"]?.array
        else { throw JudgeModelError(.badManifest, "\(folder): the fit's manifest lacks what a fit has") }
        let first = json["first_thresholds"]?.array ?? rows
        self.embedder = embedder
        self.pairs = Int(clamping: pairs)
        verifier = json["verifier"]?.string
        stage = Stage(
            intercept: layer[0], odds: layer[1], cosine: layer[2], thresholds: Self.thresholds(rows),
            firstThresholds: Self.thresholds(first))
        guard stage.thresholds.count == rows.count, stage.firstThresholds.count == first.count, stage.odds >= 0,
            stage.curve != nil, stage.firstCurve != nil
        else { throw JudgeModelError(.corrupt, "\(folder): the fit's figures make no sense") }
    }

    private static func thresholds(_ rows: [JSONValue]) -> [Threshold] {
        rows.compactMap { row in
            guard let figures = row.array?.compactMap(\.double), figures.count == 2 else { return nil }
            return Threshold(budget: figures[0], probability: figures[1])
        }
    }

    init(embedder: String, verifier: String?, stage: Stage, pairs: Int) {
        (self.embedder, self.verifier, self.stage, self.pairs) = (embedder, verifier, stage, pairs)
    }

    /// The manifest's text.
    public func manifest(base: String) -> [UInt8] {
        let rows = { (thresholds: [Threshold]) -> JSONValue in
            .array(thresholds.map { [.number($0.budget), .number($0.probability)] })
        }
        return JSONWriter.encode([
            "format": .integer(Self.format), "kind": .string(Self.kind), "base": .string(base),
            "embedder": .string(embedder), "verifier": verifier.map { .string($0) } ?? .null,
            "pairs": .integer(Int64(pairs)),
            "layer": [.number(stage.intercept), .number(stage.odds), .number(stage.cosine)],
            "thresholds": rows(stage.thresholds), "first_thresholds": rows(stage.firstThresholds),
        ])
    }
}

/// A judge under a fit.
public struct FittedJudge: MatchJudging {
    private let base: any MatchJudging
    private let stage: JudgeFit.Stage
    private let curve: RiskCurve
    private let firstCurve: RiskCurve
    public let identifier: String

    /// `base` as `fit` corrects it; `base` has the verifier that the fit was made with, or none.
    public init(_ base: any MatchJudging, fit: JudgeFit) {
        guard let curve = fit.stage.curve, let first = fit.stage.firstCurve else {
            preconditionFailure("a fit's thresholds were checked")
        }
        (self.base, stage, self.curve, firstCurve) = (base, fit.stage, curve, first)
        identifier = "\(base.identifier)+fit-\(fit.pairs)"
    }

    public func begin(_ prompt: String) -> any CandidateJudging { Query(base: base.begin(prompt), stage: stage) }

    public func requiredProbability(maximumFalseHitRate: Double) -> Double {
        firstCurve.requiredProbability(maximumFalseHitRate)
    }

    public var verifies: Bool { base.verifies }

    public func requiredProbability(maximumFalseHitRateVerified budget: Double) -> Double {
        (base.verifies ? curve : firstCurve).requiredProbability(budget)
    }

    public func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
        base.verify(prompt, candidate, similarity: similarity, explain: explain)
            .map { Self.fitted($0, stage, similarity) }
    }

    fileprivate static func fitted(_ judgement: Judgement, _ stage: JudgeFit.Stage, _ similarity: Double) -> Judgement {
        var judgement = judgement
        judgement.probability = judgement.probability.map { stage.probability($0, similarity: similarity) }
        return judgement
    }

    private struct Query: CandidateJudging {
        let base: any CandidateJudging
        let stage: JudgeFit.Stage
        var refusal: MissReason? { base.refusal }

        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            FittedJudge.fitted(
                base.judge(candidate, similarity: similarity, explain: explain), stage, similarity)
        }
    }
}
