import CacheModel

/// A verifier and the stage that was fitted to it.
struct SecondStage: Sendable {
    let verified: VerifiedStage
    private let verifier: any PairVerifying
    private let timeout: UInt64
    private let clock: any WallClock

    /// `nil` without a verifier, or where the model was fitted to none or to another one.
    init?(model: JudgeModel, _ configuration: CalibratedJudge.Configuration) {
        guard let verified = model.verified, let verifier = configuration.verifier,
            verifier.identifier == verified.verifier
        else { return nil }
        (self.verified, self.verifier, clock) = (verified, verifier, configuration.clock)
        timeout = UInt64(configuration.verifyTimeout * 1e9)
    }

    /// The judgement of a pair from its features and the verifier's logits; `nil` where there are none.
    func judge(_ prompt: String, _ candidate: String, features: [Float], explain: Bool) -> Judgement? {
        let end = clock.monotonicNanoseconds() &+ timeout
        let outcome = verifier.verify(prompt, candidate) { clock.monotonicNanoseconds() >= end }
        guard case .verdict(let forward, let backward) = outcome else { return nil }
        let all = features + [forward, backward]
        let probability = verified.stage.probability(all)
        guard explain else { return Judgement(probability: probability) }
        let named = zip(VerifiedStage.featureNames, all).map { Judgement.Feature(name: $0, value: Double($1)) }
        return Judgement(probability: probability, features: named)
    }
}
