/// The judge's second stage: the first one's features and a verifier's two logits.
///
/// It is asked where the first stage's probability lies in [floor, ceiling): below, not even a verifier's praise makes a
/// hit; above, a verifier refuses too little to be worth its milliseconds. Its thresholds are certified on the policy as a
/// whole: the first stage's probability outside that interval, this one's inside (models/training/judge/train.py).
struct VerifiedStage: Sendable {
    /// What the verifier adds to the features: the logit of (prompt, candidate), and of (candidate, prompt).
    static let addedFeatures = ["verifierForward", "verifierBackward"]
    static var featureNames: [String] { PairFeature.allCases.map(\.name) + addedFeatures }

    /// The verifier that the stage was fitted to.
    let verifier: String
    let floor: Double
    let ceiling: Double
    let stage: JudgeStage

    init(_ part: JudgeManifest.Verified, bytes: [UInt8]) throws(JudgeModelError) {
        var reader = BinaryReader(bytes)
        try reader.expect(magic: "DEJAJDV1")
        let counts = try reader.counts(6)
        guard counts[0] == PairFeature.count + Self.addedFeatures.count else {
            throw JudgeModelError(
                .otherFeatures,
                "\(part.file.name) has \(counts[0]) features instead of \(PairFeature.count + Self.addedFeatures.count)"
            )
        }
        let bounds = try reader.doubles(2)
        guard bounds[0] >= 0, bounds[0] < bounds[1], bounds[1] <= 2 else {
            throw JudgeModelError(.corrupt, "floor and ceiling of \(part.file.name) make no sense")
        }
        stage = try JudgeStage(
            &reader, counts: Array(counts[1...]), featureCount: counts[0], file: part.file.name)
        try reader.expectEnd()
        (verifier, floor, ceiling) = (part.verifier, bounds[0], bounds[1])
    }

    /// Whether a first stage's probability leaves doubt.
    func doubts(_ probability: Double) -> Bool { probability >= floor && probability < ceiling }
}
