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
    let trees: TreeEnsemble
    let calibration: Calibration
    let curve: RiskCurve

    /// The format that this version reads.
    static let format: Int64 = 1
    /// A larger file is none of ours.
    static let maximumBytes = 8 << 20

    /// Reads the model in `folder`: `manifest.json` and the file it names.
    ///
    /// - Throws: `JudgeModelError`, whose `code` says what is wrong: unreadable files, another format, other features,
    ///   a file cut short, a wrong digest, figures that make no sense.
    public init(folder: String, hasher: some ContentHasher) throws(JudgeModelError) {
        let manifest = try JudgeManifest(parsing: Self.read("\(folder)/manifest.json"))
        let bytes = try Self.read("\(folder)/\(manifest.file)")
        guard bytes.count == manifest.bytes else {
            throw JudgeModelError(
                .wrongLength, "\(manifest.file) has \(bytes.count) bytes instead of \(manifest.bytes)")
        }
        guard hasher.digest(bytes).description == manifest.sha256 else {
            throw JudgeModelError(.wrongDigest, "\(manifest.file) has another SHA-256 than the manifest says")
        }
        try self.init(manifest: manifest, bytes: bytes)
    }

    private init(manifest: JudgeManifest, bytes: [UInt8]) throws(JudgeModelError) {
        var reader = BinaryReader(bytes)
        try reader.expect(magic: "DEJAJDG1")
        let counts = try reader.counts(8)
        guard counts[0] == PairFeature.count else {
            throw JudgeModelError(.otherFeatures, "the model has \(counts[0]) features instead of \(PairFeature.count)")
        }
        let unknown = try reader.float()
        vocabulary = Vocabulary(entries: try reader.table(counts[1]), unknownRarity: unknown)
        evidence = Evidence(entries: try reader.table(counts[2]))
        trees = TreeEnsemble(
            starts: try reader.starts(counts[3]), nodes: try reader.nodes(counts[4]),
            leaves: try reader.floats(counts[5]))
        guard unknown.isFinite, trees.isSound(featureCount: PairFeature.count) else {
            throw JudgeModelError(.corrupt, "the trees of \(manifest.file) point outside themselves")
        }
        let knots = try reader.floats(counts[6] * 2)
        let pairs = stride(from: 0, to: knots.count, by: 2).map { (score: knots[$0], probability: knots[$0 + 1]) }
        guard let calibration = Calibration(knots: pairs) else {
            throw JudgeModelError(.corrupt, "the calibration of \(manifest.file) does not rise")
        }
        let budgets = try reader.doubles(counts[7] * 2)
        let points = stride(from: 0, to: budgets.count, by: 2).map { (budget: budgets[$0], threshold: budgets[$0 + 1]) }
        guard let curve = RiskCurve(points: points) else {
            throw JudgeModelError(.corrupt, "the budget curve of \(manifest.file) does not fall")
        }
        try reader.expectEnd()
        (self.calibration, self.curve) = (calibration, curve)
        (identifier, embedder) = (manifest.identifier, manifest.embedder)
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

/// The part of a manifest that the loader needs.
struct JudgeManifest {
    var identifier: String
    var embedder: String
    var file: String
    var bytes: Int
    var sha256: String

    init(parsing bytes: [UInt8]) throws(JudgeModelError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch {
            throw JudgeModelError(.badManifest, "the manifest is no JSON", cause: error.description)
        }
        guard let format = json["format"]?.integer else {
            throw JudgeModelError(.badManifest, "the manifest has no format")
        }
        guard format == JudgeModel.format, json["kind"]?.string == "judge-trees" else {
            throw JudgeModelError(
                .unknownFormat,
                "the model is of format \(format), this version reads \(JudgeModel.format) of judge-trees")
        }
        guard json["features"]?.array?.compactMap(\.string) == PairFeature.allCases.map(\.name) else {
            throw JudgeModelError(.otherFeatures, "the model was fitted to other features than this version computes")
        }
        guard let identifier = json["identifier"]?.string, let file = json["file"]?.string,
            let count = json["bytes"]?.integer,
            let sha256 = json["sha256"]?.string, !file.contains("/")
        else {
            throw JudgeModelError(.badManifest, "the manifest lacks identifier, file, bytes or sha256")
        }
        (self.identifier, self.file, self.bytes, self.sha256) = (identifier, file, Int(clamping: count), sha256)
        embedder = json["embedder"]?.string ?? ""
    }
}
