import CacheEngine
import CacheModel
import Evaluation
import Foundation
import MatchJudge
import Platform
import TextEmbedding
import VectorSearch

/// The one place that knows the concrete types: makes an engine from settings.
struct Assembly {
    let settings: Settings

    /// The folder of model files.
    ///
    /// - Throws: `CommandFailure` when there is none.
    func modelsFolder() throws -> String {
        if let folder = settings.text(.models) { return folder }
        guard let folder = Paths.bundledFolder("models") else {
            throw CommandFailure(
                "the models are not beside the program (\(Paths.program)): say where they are with --models or DEJA_MODELS"
            )
        }
        return folder
    }

    /// The folder of the model that a setting names: a path, or a name among the models.
    func modelFolder(_ setting: Setting) throws -> String { try modelFolder(named: settings.value(setting)) }

    /// The folder of the model of this name: a path, or a name among the models.
    func modelFolder(named name: String) throws -> String {
        name.contains("/") ? name : "\(try modelsFolder())/\(name)"
    }

    /// The embedder in force.
    func embedder() throws -> any Embedder { try ModelLoader.load(try modelFolder(.embedder)) }

    /// The judge in force as it was trained, without what `deja calibrate` made of it and without a verifier.
    func unfittedJudge(for embedder: any Embedder) throws -> (judge: any MatchJudging, verifier: String?) {
        let (judge, verifier) = try calibratedJudge()
        return (PayloadJudge(judge, embedder: embedder), verifier.model?.identifier)
    }

    /// The judge's model with the verifier in force.
    private func calibratedJudge() throws -> (judge: CalibratedJudge, verifier: VerifierState) {
        let model = try judgeModel()
        let verifier = try verifier(of: model)
        var configuration = CalibratedJudge.Configuration()
        configuration.verifier = verifier.model
        configuration.verifyTimeout = settings.seconds(.verifyTimeout)
        return (CalibratedJudge(model: model, configuration: configuration), verifier)
    }

    /// The judge in force, over candidates that `embedder` finds, with the verifier where there is one; `tell` hears which
    /// or why not. What `deja calibrate` fitted has the verifier that it was fitted with, or none.
    func judge(for embedder: any Embedder, tell: (VerifierState) -> Void = { _ in }) throws -> any MatchJudging {
        let (judge, verifier) = try calibratedJudge()
        guard let fit = try judgeFit() else {
            tell(verifier)
            return PayloadJudge(judge, embedder: embedder)
        }
        guard let model = verifier.model, model.identifier == fit.verifier else {
            tell(verifier.model == nil ? verifier : .off("the judge in force was calibrated without this verifier"))
            return try firstStage(for: embedder)
        }
        tell(verifier)
        return PayloadJudge(FittedJudge(judge, fit: fit), embedder: embedder)
    }

    /// The judge in force without a verifier: its first stage.
    func firstStage(for embedder: any Embedder) throws -> any MatchJudging {
        let trees = CalibratedJudge(model: try judgeModel())
        return PayloadJudge(try judgeFit().map { FittedJudge(trees, fit: $0) } ?? trees, embedder: embedder)
    }

    /// The judge in force with its verifier.
    ///
    /// - Throws: `CommandFailure` where there is none.
    func bothStages(for embedder: any Embedder) throws -> any MatchJudging {
        var reason = ""
        let judge = try judge(for: embedder) { if case .off(let why) = $0 { reason = why } }
        guard judge.verifies else { throw CommandFailure("the arm needs a verifier: \(reason)") }
        return judge
    }

    /// The judge's model; its `embedder` names the embedder that its probabilities are calibrated for.
    /// Of a fitted judge it is the model that the fit stands on.
    func judgeModel() throws -> JudgeModel {
        try JudgeModel(folder: try judgeModelFolder(), hasher: OpenSSLHasher())
    }

    /// The folder of the judge's model.
    func judgeModelFolder() throws -> String {
        let folder = try modelFolder(.judge)
        return try judgeFit() == nil ? folder : "\(folder)/base"
    }

    /// The fit of the judge in force, if it is one that `deja calibrate` made.
    func judgeFit() throws -> JudgeFit? { try JudgeFit(folder: try modelFolder(.judge)) }

    /// The arms that policies have run in shadow.
    ///
    /// - Throws: `UsageError` for one that there is not.
    private func shadowArms(judge: any MatchJudging) throws -> [String: ShadowArm] {
        let policies = settings.policies
        var arms: [String: ShadowArm] = [:]
        for text in ([policies.fallback] + policies.named.values).compactMap(\.shadowArm) {
            do throws(ArmError) { arms[text] = try ShadowArmName.arm(text, judge: judge) } catch {
                throw UsageError("shadow_arm: \(error)")
            }
        }
        return arms
    }

    /// What is doubtful about the judge in force: its probabilities hold for the embedder that it was fitted to.
    func doubtAboutJudge() throws -> (what: String, remedy: String)? {
        let (judge, embedder) = (try judgeModel(), try embedder().identifier)
        // A judge names the model, or the model and its content.
        let wanted = try judgeFit()?.embedder ?? judge.embedder
        guard embedder != wanted, !embedder.hasPrefix(wanted + "@") else { return nil }
        return (
            "\(judge.identifier) was calibrated for the embedder \(wanted), but \(embedder) is in force: "
                + "its probabilities may be wrong",
            "deja calibrate --data PAIRS --output FOLDER, then --judge FOLDER"
        )
    }

    /// The price table in force.
    func prices() throws -> PriceTable { try Self.prices(at: try pricesPath()) }

    /// Where the price table in force is.
    func pricesPath() throws -> String { try settings.text(.prices) ?? "\(try modelsFolder())/prices.json" }

    /// A price table from its file.
    static func prices(at path: String) throws -> PriceTable {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("the price table \(path) cannot be read")
        }
        do {
            return try PriceTable(json: try JSONValue(parsing: [UInt8](data)))
        } catch {
            throw CommandFailure("the price table \(path) is not one: \(error)")
        }
    }

    /// The clock that the nodes of a shared store agree on; `nil` where the store is this machine's.
    func sharedClock() -> SharedClock? { StoreLocation.isShared(settings.text(.store)) ? SharedClock() : nil }

    /// The store in force.
    func store(
        clock: any WallClock = SystemClock(), report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws -> any EntryStore {
        try StoreLocation.open(storeURL, timeout: settings.seconds(.storeTimeout), clock: clock, report: report)
    }

    /// Where the index of the store in force is kept for the next start; `nil` for nowhere.
    func snapshot() -> SnapshotFile? {
        StoreLocation.companion("index", of: storeURL).map(SnapshotFile.init)
    }

    /// Where it is kept who asks for what of the store in force, by the hour; `nil` for nowhere.
    func accessHistory() -> SnapshotFile? {
        StoreLocation.companion("history", of: storeURL).map(SnapshotFile.init)
    }

    private var storeURL: String { settings.text(.store) ?? "sqlite:\(Paths.defaultDatabase())" }

    /// The ledger beside the entries. Its spool lies beside an SQLite file, else in the state folder; a store in memory
    /// has none: there nothing is to outlive the process.
    func ledger(
        store: any EntryStore, clock: any WallClock = SystemClock(),
        report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws -> Ledger? {
        guard let ledgerStore = store as? any LedgerStore else { return nil }
        let spool = try spoolFolder(store).map { (folder) throws(StoreError) in try MappedSpool(folder: folder) }
        let ledger = Ledger(store: ledgerStore, spool: spool, clock: clock, report: report)
        try ledger.recover()
        return ledger
    }

    /// Where what waits for `store` lies until it answers; `nil` for a store that is gone with the process.
    private func spoolFolder(_ store: any EntryStore) -> String? {
        if store.location.hasPrefix("sqlite:") { return String(store.location.dropFirst("sqlite:".count)) + "-spool" }
        guard store.isShared else { return nil }
        return (Paths.defaultDatabase() as NSString).deletingLastPathComponent + "/spool"
    }

    /// Where writes lie that wait for a store that may be away. Beside the ledger's spool, in a folder for each store and
    /// encryption key: what was meant for one must not reach another, and what one has sealed waits for that one.
    private func writeSpool(_ store: any EntryStore, _ sealing: Sealing) throws -> (any LedgerSpool)? {
        guard let folder = writeSpoolFolder(store, sealing) else { return nil }
        return sealing.spool(try MappedSpool(folder: folder, segmentBytes: 16 << 20))
    }

    /// The folder of the writes that wait for `store`; `nil` for a store that is never away.
    func writeSpoolFolder(_ store: any EntryStore, _ sealing: Sealing) -> String? {
        guard store.isShared, let folder = spoolFolder(store) else { return nil }
        let name = sealing.hasher.digest(Array(store.location.utf8)).description.prefix(16)
        return "\(folder)/writes-\(name)"
    }

    /// Looks whether `store` can be used, and whether what it holds opens with the encryption key in force.
    func check(_ store: any EntryStore) throws { try Sealing(settings).entries(store) { _ in }.check() }

    /// An engine over `store`, its index still empty.
    func engine(
        store: any EntryStore, ledger: Ledger? = nil, clock: any WallClock = SystemClock(),
        snapshot: SnapshotFile? = nil, accessHistory: SnapshotFile? = nil,
        report: @escaping @Sendable (StoreError) -> Void = { _ in },
        tell: (VerifierState) -> Void = { _ in }
    ) throws -> CacheEngine {
        let sealing = try Sealing(settings)
        let entries = sealing.entries(store, report: report)
        var limits = CacheEngine.Limits()
        limits.memoryTierBytes = settings.bytes(.memory)
        limits.readsAhead = settings.value(.readAhead) == "true"
        limits.valueMemoryBytes = settings.bytes(.kvMemory)
        limits.pendingWriteBytes = settings.bytes(.storeQueue)
        limits.pendingWrites = settings.integer(.storeQueueEntries)
        let embedder = try embedder()
        var parts = CacheEngine.Parts(
            store: entries, embedder: embedder, indexes: AdaptiveIndexFactory(),
            judge: try judge(for: embedder, tell: tell),
            normalizer: Normalizer(), hasher: sealing.hasher, pricing: try prices(), clock: clock,
            policies: settings.policies, limits: limits)
        parts.changes = sealing.changes(store as? any ChangeLog, entries: entries)
        parts.writeSpool = try writeSpool(store, sealing)
        parts.leases = store as? any LeaseStore
        parts.rateLimits = store as? any RateLimitStore
        // Both stores keep conversations beside their entries.
        parts.conversations = sealing.conversations(store as? any ConversationStore)
        parts.evidence = sealing.evidence(store as? any EvidenceStore)
        parts.epochs = store as? any EpochStore
        parts.schedule = sealing.schedule(store as? any ScheduleStore)
        parts.values = sealing.values(store as? any KeyValueStore)
        parts.valuePolicies = settings.keyValuePolicies
        parts.ledger = ledger
        // A snapshot holds prompts in the clear: an encrypted store is read anew at each start.
        parts.snapshot = sealing.cipher == nil ? snapshot : nil
        parts.accessHistory = accessHistory
        parts.shadowArms = try shadowArms(judge: try firstStage(for: embedder))
        return CacheEngine(parts)
    }
}

/// The models that are used when no setting names others.
enum ModelNames {
    static let embedder = "deja-en-v2"
    static let judge = "judge-v1"
    static let verifier = "deja-verifier-v1"
    /// What `deja model add minilm` writes.
    static let minilm = "minilm"
    /// Those that Deja comes with.
    static let shipped = [embedder, judge, verifier]
}
