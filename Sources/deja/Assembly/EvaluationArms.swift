import CacheEngine
import CacheModel
import CacheService
import Evaluation
import Foundation
import Platform
import TextEmbedding
import VectorSearch

/// The arms that `eval`, `ab`, `replay` and `exam` know, made of the product's own parts.
struct EvaluationArms {
    private let assembly: Assembly

    /// The least similarity of a hit of the arms that have no probabilities, where none is given.
    private static let similarityThreshold = 0.8

    init(_ settings: Settings) { assembly = Assembly(settings: settings) }

    /// The settings that arms are made by.
    static let settings: [Setting] =
        [.models, .embedder, .judge, .verifier, .verifyTimeout, .prices] + Setting.policies

    /// The words for `--help`.
    static let help = """
        An arm is jaccard, hashed, learned, minilm, guards, judge, adaptive, verifier, or model:FOLDER for another embedder. A
        figure may follow: for judge, adaptive and verifier the share of hits that may be wrong (judge@0.005), for the others
        the least similarity (jaccard@0.6).
        """

    /// The share of hits that may be wrong, by the settings.
    var budget: Double { assembly.settings.policies.fallback.maximumFalseHitRate }

    /// Whether there is a verifier.
    var hasVerifier: Bool { (try? assembly.bothStages(for: try assembly.embedder())) != nil }

    /// The arm that decides as the product does.
    ///
    /// - Throws: whatever keeps the judge, or a verifier that was asked for by name, from being used.
    func product() throws -> String { try assembly.judge(for: try assembly.embedder()).verifies ? "verifier" : "judge" }

    /// Every arm by name.
    var catalog: ArmCatalog {
        let assembly = assembly
        let indexes = FlatIndexFactory()
        let threshold = Self.similarityThreshold
        let judged = { (name: String, budget: Double, judge: (any Embedder) throws -> any MatchJudging) throws -> Arm in
            let embedder = try assembly.embedder()
            return .judged(
                name: name, embedder: embedder, indexes: indexes, judge: try judge(embedder),
                maximumFalseHitRate: budget)
        }
        return ArmCatalog([
            .init(name: "hashed", help: "Cosine of hashed n-grams.", figure: .threshold, fallback: threshold) {
                .cosine(name: "hashed", embedder: HashedNGramEmbedder(), indexes: indexes, threshold: $0)
            },
            .init(name: "learned", help: "Cosine of the embedder in force.", figure: .threshold, fallback: threshold) {
                .cosine(name: "learned", embedder: try assembly.embedder(), indexes: indexes, threshold: $0)
            },
            .init(name: "guards", help: "The same, under the guards.", figure: .threshold, fallback: threshold) {
                let embedder = try assembly.embedder()
                return .guarded(
                    name: "guards", embedder: embedder, indexes: indexes, judge: try assembly.judge(for: embedder),
                    threshold: $0)
            },
            .init(name: "minilm", help: "Cosine of MiniLM.", figure: .threshold, fallback: threshold) {
                .cosine(
                    name: "minilm", embedder: try ModelLoader.load(try assembly.modelFolder(named: ModelNames.minilm)),
                    indexes: indexes, threshold: $0)
            },
            .init(name: "judge", help: "The judge without a verifier.", figure: .budget, fallback: budget) {
                try judged("judge", $0, assembly.firstStage)
            },
            .init(
                name: "adaptive", help: "The judge in force, learning as it goes.", figure: .budget, fallback: budget
            ) {
                try judged("adaptive", $0) { try assembly.judge(for: $0) }
                    .learning(name: "adaptive", shadowShare: Self.shadowShare)
            },
            .init(name: "verifier", help: "The judge with its verifier.", figure: .budget, fallback: budget) {
                try judged("verifier", $0, assembly.bothStages)
            },
        ])
    }

    /// What share of its would-be hits the learning arm lets through.
    private static let shadowShare = 0.05

    /// The arm that `text` names.
    ///
    /// - Throws: `UsageError` for a name that there is not; whatever loading a model throws.
    func arm(_ text: String) throws -> Arm {
        do {
            return try text.hasPrefix("model:") ? modelArm(text) : catalog.arm(text)
        } catch let error as ArmError {
            throw UsageError(error.description)
        }
    }

    /// `model:FOLDER` or `model:FOLDER@THRESHOLD`.
    private func modelArm(_ text: String) throws -> Arm {
        var folder = String(text.dropFirst("model:".count))
        var threshold = Self.similarityThreshold
        if let at = folder.lastIndex(of: "@"), let figure = Double(folder[folder.index(after: at)...]) {
            (folder, threshold) = (String(folder[..<at]), figure)
        }
        return .cosine(
            name: text, embedder: try ModelLoader.load(folder), indexes: FlatIndexFactory(), threshold: threshold)
    }

    /// What all arms share.
    func kit() throws -> EngineKit {
        EngineKit(
            normalizer: Normalizer(), hasher: OpenSSLHasher(), pricing: try assembly.prices(),
            policies: assembly.settings.policies)
    }
}

/// Reads and writes bodies as the server does.
struct ServiceCoding: WireCoding {
    func lookupRequest(_ body: JSONValue) throws -> CacheRequest { try WireCodec.lookupRequest(body) }
    func storeRequest(_ body: JSONValue) throws -> StoreRequest { try WireCodec.storeRequest(body) }
    func body(_ reply: LookupReply) -> JSONValue { WireCodec.body(reply) }
    func body(_ reply: StoreReply) -> JSONValue { WireCodec.body(reply) }
}

/// Reads files of data, those that end in `.gz` decompressed.
enum DataFiles {
    static let source: ByteSource = { (path) throws(DataError) in
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DataError(file: path, "cannot be read: there is no such file, or its permissions forbid it")
        }
        guard path.hasSuffix(".gz") else { return [UInt8](data) }
        do throws(Gzip.Failure) {
            return try Gzip.decompress([UInt8](data))
        } catch {
            throw DataError(
                file: path,
                error == .damaged ? "is no gzip file, damaged, or cut short" : "is larger than 4 GiB when decompressed")
        }
    }
}

/// One progress line for work of many parts, told from any thread.
final class ProgressMeter: Sendable {
    private let state = Locked<(what: String, line: ProgressLine)?>(nil)

    /// Shows how far a part has got; a new part takes the line over.
    func show(_ what: String, _ done: Int, _ total: Int) {
        state.withLock { state in
            if state?.what != what {
                state?.line.clear()
                state = (what, ProgressLine(what, total: total))
            }
            state!.line.update(done)
        }
    }

    /// Clears the line, so that other output can be written.
    func clear() { state.withLock { $0?.line.clear() } }
}
