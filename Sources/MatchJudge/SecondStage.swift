import CacheModel

/// A verifier and the stage that was fitted to it.
public struct SecondStage: Sendable {
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

    /// Whether the verifier's vocabulary, which is English, covers a text: neither another language's function words nor
    /// letters of another script. What it does not cover becomes [UNK] on both sides, and equal.
    public static func reads(_ text: String) -> Bool {
        let analysis = TextAnalyzer().analyze(text)
        guard analysis.language == .english || analysis.language == .unknown else { return false }
        // Latin letters with and without marks end at U+024F; marks and symbols of all scripts may stand between them.
        return text.unicodeScalars.allSatisfy { $0.value < 0x250 || !$0.properties.isAlphabetic }
    }

    /// The judgement of a pair from what the first stage makes of it and the verifier's logits; `nil` where there are none.
    /// A veto stands, and is part of what the probability is calibrated to.
    func judge(_ prompt: String, _ reading: PairReading, explain: Bool) -> Judgement? {
        let end = clock.monotonicNanoseconds() &+ timeout
        let outcome = verifier.verify(prompt, reading.told, bothFrom: verified.bothFrom) {
            clock.monotonicNanoseconds() >= end
        }
        guard case .verdict(let forward, let backward) = outcome else { return nil }
        let features = VerifiedStage.features(
            first: reading.probability, forward: forward, backward: backward, overlap: reading.overlap)
        let judged = verified.probability(features, isVetoed: reading.veto != nil)
        guard explain else { return Judgement(probability: judged, veto: reading.veto) }
        let named =
            [("verifierForward", Double(forward)), ("verifierBackward", Double(backward))]
            + zip(VerifiedStage.featureNames, features)
        return Judgement(
            probability: judged, veto: reading.veto, features: named.map { Judgement.Feature(name: $0.0, value: $0.1) })
    }
}

/// What the second stage needs of the first.
struct PairReading {
    /// The candidate as it was read (`CommutedText`).
    var told: String
    /// The probability by the first stage's trees, whatever a guard says.
    var probability: Double
    /// The Jaccard index of the content words.
    var overlap: Double
    var veto: Judgement.Veto?
}
