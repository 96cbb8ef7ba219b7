/// Decides whether the answer to one prompt serves another.
public protocol MatchJudging: Sendable {
    /// Names the judge and its content.
    var identifier: String { get }
    /// Reads the prompt of a lookup once; the result judges candidates against it.
    func begin(_ prompt: String) -> any CandidateJudging
    /// The least probability at which at most `maximumFalseHitRate` of the hits are expected to be wrong.
    func requiredProbability(maximumFalseHitRate: Double) -> Double
    /// Whether there is a second stage, for candidates that the first leaves in doubt.
    var verifies: Bool { get }
    /// The same where every candidate in doubt was verified; without a second stage there is none, and it is equal.
    func requiredProbability(maximumFalseHitRateVerified: Double) -> Double
    /// The second stage: reads both prompts together. Takes milliseconds, so it belongs on a thread that may block.
    ///
    /// - Returns: a judgement to hold against the verified threshold; `nil` where the verifier could not tell in time, or
    ///   cannot read such prompts: then the first stage's stands.
    func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement?
}

extension MatchJudging {
    public var verifies: Bool { false }

    public func requiredProbability(maximumFalseHitRateVerified budget: Double) -> Double {
        requiredProbability(maximumFalseHitRate: budget)
    }

    public func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? { nil }

    /// What both stages make of a pair: the first one's judgement, or the verifier's where the first is in doubt and the
    /// verifier reads the pair. Milliseconds where the verifier is asked.
    public func verified(_ first: Judgement, _ prompt: String, _ candidate: String, similarity: Double) -> Judgement {
        guard first.isDoubtful else { return first }
        return verify(prompt, candidate, similarity: similarity, explain: false) ?? first
    }
}

/// Judges candidates against one prompt.
public protocol CandidateJudging {
    /// Whether the prompt can be matched by meaning at all; else the reason.
    var refusal: MissReason? { get }
    /// What speaks for and against serving the answer to `candidate`, whose embedding has this cosine `similarity`.
    /// `explain` asks for the features.
    func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement
}

/// What a judge made of a candidate.
public struct Judgement: Sendable, Equatable {
    /// The calibrated probability that one answer serves both, in [0, 1]; `nil` when vetoed before it was computed.
    public var probability: Double?
    /// The guard that refuses the candidate, if one does.
    public var veto: Veto?
    /// What the probability was computed from, where asked for.
    public var features: [Feature]
    /// Whether `MatchJudging.verify` may come to another probability.
    public var isDoubtful: Bool

    /// A judgement.
    public init(probability: Double?, veto: Veto? = nil, features: [Feature] = [], isDoubtful: Bool = false) {
        self.probability = probability
        self.veto = veto
        self.features = features
        self.isDoubtful = isDoubtful
    }

    /// A guard's refusal.
    public struct Veto: Sendable, Equatable {
        /// The guard's name, as in `guard:numbers`.
        public var guardName: String
        /// What differs, in words that quote at most the differing tokens; shown by `explain` only.
        public var detail: String

        /// A refusal.
        public init(guardName: String, detail: String) {
            self.guardName = guardName
            self.detail = detail
        }
    }

    /// A named figure.
    public struct Feature: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value.
        public var value: Double

        /// A feature.
        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }
}
