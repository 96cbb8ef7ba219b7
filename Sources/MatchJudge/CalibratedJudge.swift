import CacheModel

/// Guards first, then a calibrated probability from the features of the pair.
///
/// Without a model file there is no such judge: nothing here is set by hand.
public struct CalibratedJudge: MatchJudging {
    /// What can be chosen of a judge.
    public struct Configuration: Sendable {
        /// The names of guards that are switched off; see `Guards.names`.
        public var disabledGuards: Set<String>

        /// A configuration; everything is on unless named.
        public init(disabledGuards: Set<String> = []) { self.disabledGuards = disabledGuards }
    }

    public let identifier: String
    private let model: JudgeModel
    private let analyzer: TextAnalyzer
    private let guards: [any MatchGuard]
    private let refusesFollowUps: Bool

    /// A judge of this model.
    public init(model: JudgeModel, configuration: Configuration = Configuration()) {
        self.model = model
        analyzer = TextAnalyzer(vocabulary: model.vocabulary)
        guards = Guards.all.filter { !configuration.disabledGuards.contains($0.name) }
        refusesFollowUps = !configuration.disabledGuards.contains("follow_up")
        let off = configuration.disabledGuards.intersection(Guards.names).sorted()
        identifier = off.isEmpty ? model.identifier : "\(model.identifier)-\(off.joined(separator: "-"))"
    }

    public func begin(_ prompt: String) -> any CandidateJudging {
        PairJudge(
            query: analyzer.analyze(prompt), prompt: prompt, model: model, analyzer: analyzer, guards: guards,
            refusesFollowUps: refusesFollowUps)
    }

    public func requiredProbability(maximumFalseHitRate: Double) -> Double {
        model.curve.requiredProbability(maximumFalseHitRate)
    }
}

/// Judges candidates against one prompt, in buffers that it keeps.
final class PairJudge: CandidateJudging {
    let refusal: MissReason?
    private let model: JudgeModel
    private let analyzer: TextAnalyzer
    private let guards: [any MatchGuard]
    private let pair: TextPair
    private let candidate = TextAnalysis()
    private var features: PairFeatures

    init(
        query: TextAnalysis, prompt: String, model: JudgeModel, analyzer: TextAnalyzer, guards: [any MatchGuard],
        refusesFollowUps: Bool
    ) {
        (self.model, self.analyzer, self.guards) = (model, analyzer, guards)
        pair = TextPair(query: query)
        features = PairFeatures(evidence: model.evidence)
        if query.tokens.isEmpty {
            refusal = .emptyPrompt
        } else {
            refusal = refusesFollowUps && query.isFollowUp ? .followUp : nil
        }
    }

    func judge(_ text: String, similarity: Double, explain: Bool) -> Judgement {
        analyzer.analyze(text, into: candidate)
        pair.align(with: candidate)
        var veto: Judgement.Veto?
        for rule in guards {
            veto = rule.check(pair)
            if veto != nil { break }
        }
        if veto != nil && !explain { return Judgement(probability: nil, veto: veto) }
        features.compute(pair, similarity: similarity)
        let probability = model.calibration.probability(model.trees.score(features.values))
        guard explain else { return Judgement(probability: probability) }
        let named = PairFeature.allCases.map { Judgement.Feature(name: $0.name, value: Double(features[$0])) }
        return Judgement(probability: probability, veto: veto, features: named)
    }
}
