import CacheModel

/// The part of a manifest that the loader needs.
struct JudgeManifest {
    /// A file of the model.
    struct File {
        var name: String
        var bytes: Int
        var sha256: String
    }

    /// The second stage.
    struct Verified {
        var file: File
        /// The verifier that it was fitted to.
        var verifier: String
    }

    var identifier: String
    var embedder: String
    var file: File
    var verified: Verified?
    /// The calibration of pairs that a guard refuses.
    var vetoed: Calibration?

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
        guard let identifier = json["identifier"]?.string else {
            throw JudgeModelError(.badManifest, "the manifest lacks identifier")
        }
        file = try Self.file(json, of: "the manifest")
        self.identifier = identifier
        embedder = json["embedder"]?.string ?? ""
        verified = try json["verified"].map { (part) throws(JudgeModelError) in try Self.verified(part) }
        vetoed = try json["vetoed"].map { (part) throws(JudgeModelError) in try Self.vetoed(part) }
    }

    private static func vetoed(_ json: JSONValue) throws(JudgeModelError) -> Calibration {
        let rows = json.array?.map { $0.array?.compactMap(\.double) ?? [] } ?? []
        let knots = rows.filter { $0.count == 2 }.map { (score: Float($0[0]), probability: Float($0[1])) }
        guard knots.count == rows.count, let calibration = Calibration(knots: knots) else {
            throw JudgeModelError(.corrupt, "the manifest's calibration of vetoed pairs does not rise")
        }
        return calibration
    }

    private static func verified(_ json: JSONValue) throws(JudgeModelError) -> Verified {
        guard let verifier = json["verifier"]?.string else {
            throw JudgeModelError(.badManifest, "the second stage of the manifest names no verifier")
        }
        return Verified(file: try file(json, of: "the second stage of the manifest"), verifier: verifier)
    }

    private static func file(_ json: JSONValue, of place: String) throws(JudgeModelError) -> File {
        guard let name = json["file"]?.string, let bytes = json["bytes"]?.integer, let sha256 = json["sha256"]?.string,
            !name.contains("/")
        else {
            throw JudgeModelError(.badManifest, "\(place) lacks file, bytes or sha256")
        }
        return File(name: name, bytes: Int(clamping: bytes), sha256: sha256)
    }
}
