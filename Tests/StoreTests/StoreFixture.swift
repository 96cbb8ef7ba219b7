import CacheModel
import Platform
import RedisStore
import SQLiteStore
import TestSupport
import Testing

/// A kind of store that has to pass the conformance suite.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case sqliteFile = "SQLite file"
    case sqliteMemory = "SQLite memory"
    case redis = "Redis"
    case sealed = "SQLite memory, sealed"
    case sealedRedis = "Redis, sealed"

    var testDescription: String { rawValue }

    /// The kinds that keep everything themselves.
    static let available = every.filter { !$0.isSealed }

    var isSealed: Bool { self == .sealed || self == .sealedRedis }
    /// Whether the store expires by itself.
    var isRedis: Bool { self == .redis || self == .sealedRedis }

    /// The kinds that can be tried here, sealed ones too; says which cannot.
    static let every = allCases.filter { kind in
        guard kind.isRedis, !PrivateRedis.isInstalled else { return true }
        print("skipped for Redis: \(PrivateRedis.skipReason)")
        return false
    }
}

/// A fresh, empty store with what it stands on.
struct StoreFixture: Sendable {
    let store: any EntryStore
    /// The same store, as the keeper of conversations.
    let conversations: any ConversationStore
    /// The same store, as the keeper of the ledger.
    let ledger: any LedgerStore
    /// The same store, as the keeper of evidence.
    let evidence: any EvidenceStore
    /// The same store, as the keeper of rate limits.
    let rates: any RateLimitStore
    /// Starts at the real time, because Redis expires by its own clock.
    let clock = TestClock(milliseconds: SystemClock().now().milliseconds)
    private var sealedValues: SealedValues?
    private var sealedSchedule: SealedSchedule?
    private let plain: any Everything
    private let folder: TemporaryFolder?
    private let redis: PrivateRedis?

    private typealias Everything = EntryStore & ConversationStore & LedgerStore & EvidenceStore & RateLimitStore
        & KeyValueStore & EpochStore & ScheduleStore

    init(_ kind: StoreKind) throws {
        folder = kind == .sqliteFile ? try TemporaryFolder() : nil
        redis = kind.isRedis ? try PrivateRedis() : nil
        if let redis {
            plain = RedisStore(.test(redis), clock: clock)
        } else {
            plain = try SQLiteStore(folder.map { .file($0.file("cache.db")) } ?? .memory, clock: clock)
        }
        (ledger, rates) = (plain, plain)
        guard kind.isSealed else {
            (store, conversations, evidence) = (plain, plain, plain)
            return
        }
        let cipher = AESCipher(.random())
        store = SealedStore(plain, cipher: cipher)
        conversations = SealedConversations(plain, cipher: cipher)
        evidence = SealedEvidence(plain, cipher: cipher)
        sealedValues = SealedValues(plain, cipher: cipher)
        sealedSchedule = SealedSchedule(plain, cipher: cipher)
    }

    /// The same store, as the keeper of values, epochs and appointments.
    var values: any KeyValueStore { sealedValues ?? plain }
    var epochs: any EpochStore { plain }
    var schedule: any ScheduleStore { sealedSchedule ?? plain }

    /// An entry whose digests and name follow from `number`.
    func entry(
        _ number: UInt64, scope: UInt64 = 1, namespace: String = "default", response: RawJSON? = nil,
        lifetime: Double? = nil, tags: [String] = []
    ) -> CacheEntry {
        .sample(
            number, scope: scope, namespace: namespace, response: response, created: clock.now(),
            lifetime: lifetime, tags: tags)
    }
}

extension RedisConfiguration {
    /// For a test's own server; patient, because test machines are busy.
    static func test(_ redis: PrivateRedis, timeout: Double = 20) -> RedisConfiguration {
        var configuration = RedisConfiguration(.unix(path: redis.socketPath))
        configuration.timeout = timeout
        return configuration
    }
}

extension Digest256 {
    /// A digest that follows from `number`.
    static func sample(_ number: UInt64) -> Digest256 {
        let mixed = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        return Digest256(mixed, mixed &* 3, ~mixed, number)
    }
}

extension CacheEntry {
    /// An entry whose digests and name follow from `number` and `scope`.
    static func sample(
        _ number: UInt64, scope: UInt64 = 1, namespace: String = "default", response: RawJSON? = nil,
        created: Timestamp = SystemClock().now(), lifetime: Double? = nil, tags: [String] = []
    ) -> CacheEntry {
        let scope = Digest256.sample(scope)
        let header = EntryHeader(
            id: EntryID(created: created, scope: scope, random: number), namespace: namespace, scope: scope,
            exactKey: .sample(number &+ 1_000_000), foldedKey: .sample(number &+ 2_000_000),
            prompt: "How do I reset password \(number)?", isSemantic: true,
            vector: StoredVector(embedder: "test@1", scale: 0.0078125, components: (0..<64).map { Int8($0 - 32) }),
            model: "gpt-4o-mini", provider: "openai", tenant: "acme", user: "u-17", tags: tags, created: created,
            expires: lifetime.map { created.adding(seconds: $0) })
        let usage = TokenUsage(promptTokens: 9, completionTokens: 120, cachedPromptTokens: 3, reasoningTokens: 40)
        let body = EntryBody(
            response: response ?? RawJSON(validated: Array("{\"answer\":\(number)}".utf8)), usage: usage,
            isUsageEstimated: true, cost: NanoDollars(73_350), latencyMilliseconds: 812.125)
        return CacheEntry(header: header, body: body)
    }
}

/// The error that `body` throws; `nil` when it throws none.
func storeError(_ body: () throws(StoreError) -> Void) -> StoreError? {
    do throws(StoreError) { try body() } catch { return error }
    return nil
}

extension EntryStore {
    /// All headers that a scan finds.
    func allHeaders(batchSize: Int = 100) throws -> [EntryHeader] {
        var headers: [EntryHeader] = []
        try scanHeaders(batchSize: batchSize) { batch in
            headers += batch
            return true
        }
        return headers
    }
}
