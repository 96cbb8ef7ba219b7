import CacheModel
import Foundation

/// What the judge learned: words, evidence, trees, calibration and the budget curve, read from a folder and checked.
public struct JudgeModel: Sendable {
    /// Names the model and its content.
    public let identifier: String
    /// The embedder whose cosines the model was fitted to.
    public let embedder: String
    let vocabulary: Vocabulary
    let evidence: Evidence
    let first: JudgeStage
    /// The stage for candidates that the first leaves in doubt; `nil` for a model without.
    let verified: VerifiedStage?
    /// What the first stage's score means for pairs that a guard refuses.
    private let vetoed: Calibration?

    /// The format that this version reads.
    static let format: Int64 = 1
    /// A larger file is none of ours.
    static let maximumBytes = 8 << 20

    /// The verifier whose logits the second stage was fitted to; `nil` for a model without such a stage.
    public var verifier: String? { verified?.verifier }

    /// Reads the model in `folder`: `manifest.json` and the files it names.
    ///
    /// - Throws: `JudgeModelError`, whose `code` says what is wrong: unreadable files, another format, other features,
    ///   a file cut short, a wrong digest, figures that make no sense.
    public init(folder: String, hasher: some ContentHasher) throws(JudgeModelError) {
        let manifest = try JudgeManifest(parsing: Self.read("\(folder)/manifest.json"))
        let bytes = try Self.read(manifest.file, in: folder, hasher)
        var verified: VerifiedStage?
        if let part = manifest.verified {
            verified = try VerifiedStage(part, bytes: Self.read(part.file, in: folder, hasher))
        }
        try self.init(manifest: manifest, bytes: bytes, verified: verified)
    }

    /// A file of the model, once its length and its digest are right.
    private static func read(
        _ file: JudgeManifest.File, in folder: String, _ hasher: some ContentHasher
    ) throws(JudgeModelError) -> [UInt8] {
        let bytes = try read("\(folder)/\(file.name)")
        guard bytes.count == file.bytes else {
            throw JudgeModelError(.wrongLength, "\(file.name) has \(bytes.count) bytes instead of \(file.bytes)")
        }
        guard hasher.digest(bytes).description == file.sha256 else {
            throw JudgeModelError(.wrongDigest, "\(file.name) has another SHA-256 than the manifest says")
        }
        return bytes
    }

    private init(manifest: JudgeManifest, bytes: [UInt8], verified: VerifiedStage?) throws(JudgeModelError) {
        var reader = BinaryReader(bytes)
        try reader.expect(magic: "DEJAJDG1")
        let counts = try reader.counts(8)
        guard counts[0] == PairFeature.count else {
            throw JudgeModelError(.otherFeatures, "the model has \(counts[0]) features instead of \(PairFeature.count)")
        }
        let unknown = try reader.float()
        vocabulary = Vocabulary(entries: try reader.table(counts[1]), unknownRarity: unknown)
        evidence = Evidence(entries: try reader.table(counts[2]))
        guard unknown.isFinite else {
            throw JudgeModelError(.corrupt, "the rarity of unknown words in \(manifest.file.name) is no number")
        }
        first = try JudgeStage(
            &reader, counts: Array(counts[3...]), featureCount: PairFeature.count, file: manifest.file.name)
        try reader.expectEnd()
        (self.verified, vetoed) = (verified, manifest.vetoed)
        (identifier, embedder) = (manifest.identifier, manifest.embedder)
    }

    /// The probability of a pair that a guard refuses: never served, but told where asked for. Some of them one answer
    /// would serve; how many is another matter than for pairs that pass.
    func vetoedProbability(_ features: [Float]) -> Double {
        vetoed.map { first.probability(features, by: $0) } ?? first.probability(features)
    }

    private static func read(_ path: String) throws(JudgeModelError) -> [UInt8] {
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            if size > maximumBytes {
                throw JudgeModelError(.wrongLength, "\(path) is larger than any model of a judge")
            }
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch let error as JudgeModelError {
            throw error
        } catch {
            throw JudgeModelError(.unreadable, "cannot read \(path)", cause: String(describing: error))
        }
    }
}
