import CacheModel

/// Guards first, then a calibrated probability from the features of the pair.
///
/// Without a model file there is no such judge: nothing here is set by hand.
public struct CalibratedJudge: MatchJudging {
    /// What can be chosen of a judge.
    public struct Configuration: Sendable {
        /// The names of guards that are switched off; see `Guards.names`.
        public var disabledGuards: Set<String>
        /// Reads pairs that the first stage leaves in doubt; `nil` for one stage only.
        public var verifier: (any PairVerifying)?
        /// How long it may take, seconds; past it the first stage's judgement stands.
        public var verifyTimeout = 0.025
        /// The time.
        public var clock: any WallClock = SystemClock()

        /// A configuration; every guard is on unless named.
        public init(disabledGuards: Set<String> = [], verifier: (any PairVerifying)? = nil) {
            self.disabledGuards = disabledGuards
            self.verifier = verifier
        }
    }

    public let identifier: String
    private let model: JudgeModel
    private let analyzer: TextAnalyzer
    private let guards: [any MatchGuard]
    private let refusesFollowUps: Bool
    private let second: SecondStage?

    /// A judge of this model. A verifier is asked only if it is the one that the model was fitted to: the logits of
    /// another would mean other probabilities.
    public init(model: JudgeModel, configuration: Configuration = Configuration()) {
        self.model = model
        analyzer = TextAnalyzer(vocabulary: model.vocabulary)
        guards = Guards.all.filter { !configuration.disabledGuards.contains($0.name) }
        refusesFollowUps = !configuration.disabledGuards.contains("follow_up")
        let off = configuration.disabledGuards.intersection(Guards.names).sorted()
        identifier = off.isEmpty ? model.identifier : "\(model.identifier)-\(off.joined(separator: "-"))"
        second = SecondStage(model: model, configuration)
    }

    public func begin(_ prompt: String) -> any CandidateJudging {
        PairJudge(
            query: analyzer.analyze(prompt), prompt: prompt, model: model, analyzer: analyzer, guards: guards,
            refusesFollowUps: refusesFollowUps, verified: second?.verified)
    }

    public func requiredProbability(maximumFalseHitRate: Double) -> Double {
        model.first.curve.requiredProbability(maximumFalseHitRate)
    }

    public var verifies: Bool { second != nil }

    public func requiredProbability(maximumFalseHitRateVerified budget: Double) -> Double {
        (second?.verified.curve ?? model.first.curve).requiredProbability(budget)
    }

    public func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
        guard let second, SecondStage.reads(prompt), SecondStage.reads(candidate) else { return nil }
        let pair = PairJudge(
            query: analyzer.analyze(prompt), prompt: prompt, model: model, analyzer: analyzer, guards: guards,
            refusesFollowUps: false, verified: nil)
        return second.judge(prompt, pair.read(candidate, similarity: similarity), explain: explain)
    }
}

/// Judges candidates against one prompt, in buffers that it keeps.
final class PairJudge: CandidateJudging {
    let refusal: MissReason?
    private let prompt: String
    private let model: JudgeModel
    private let analyzer: TextAnalyzer
    private let guards: [any MatchGuard]
    private let pair: TextPair
    private let candidate = TextAnalysis()
    private var features: PairFeatures
    private let verified: VerifiedStage?

    init(
        query: TextAnalysis, prompt: String, model: JudgeModel, analyzer: TextAnalyzer, guards: [any MatchGuard],
        refusesFollowUps: Bool, verified: VerifiedStage?
    ) {
        (self.prompt, self.model, self.analyzer) = (prompt, model, analyzer)
        (self.guards, self.verified) = (guards, verified)
        pair = TextPair(query: query)
        features = PairFeatures(evidence: model.evidence)
        if query.tokens.isEmpty {
            refusal = .emptyPrompt
        } else {
            refusal = refusesFollowUps && query.isFollowUp ? .followUp : nil
        }
    }

    func judge(_ text: String, similarity: Double, explain: Bool) -> Judgement {
        let (_, veto) = align(text)
        if veto != nil && !explain { return Judgement(probability: nil, veto: veto) }
        features.compute(pair, similarity: similarity)
        let first = model.first.probability(features.values)
        let probability = veto == nil ? first : model.vetoedProbability(features.values)
        // A pair that is vetoed is not served whatever the verifier says, but `explain` may ask what it is worth.
        let isDoubtful = verified?.doubts(first) == true
        guard explain else { return Judgement(probability: probability, isDoubtful: isDoubtful) }
        let named = PairFeature.allCases.map { Judgement.Feature(name: $0.name, value: Double(features[$0])) }
        return Judgement(probability: probability, veto: veto, features: named, isDoubtful: isDoubtful)
    }

    /// What the second stage needs of the pair.
    func read(_ text: String, similarity: Double) -> PairReading {
        let (told, veto) = align(text)
        features.compute(pair, similarity: similarity)
        return PairReading(
            told: told, probability: model.first.probability(features.values),
            overlap: Double(features[.jaccardContent]), veto: veto)
    }

    /// Aligns the pair; returns the candidate as it was read, and the first guard's refusal.
    private func align(_ text: String) -> (told: String, veto: Judgement.Veto?) {
        let told = pair.read(text, of: prompt, by: analyzer, into: candidate)
        for rule in guards {
            if let veto = rule.check(pair) { return (told, veto) }
        }
        return (told, nil)
    }
}
