import CacheModel
import Platform
import SQLiteStore
import TestSupport
import VectorSearch

@testable import CacheEngine

/// An engine over a real SQLite store and a real index, with an embedder and a judge simple enough to predict.
final class EngineFixture {
    let clock = TestClock()
    let store: any EntryStore
    let engine: CacheEngine

    init(
        policies: PolicyTable = PolicyTable(), store: (any EntryStore)? = nil, memoryBytes: Int = 1 << 20,
        configure: (inout CacheEngine.Parts) -> Void = { _ in }
    ) throws {
        self.store = try store ?? SQLiteStore(.memory, clock: clock)
        let random = Locked<UInt64>(0)
        var limits = CacheEngine.Limits()
        limits.memoryTierBytes = memoryBytes
        var parts = CacheEngine.Parts(
            store: self.store, embedder: WordEmbedder(), indexes: FlatIndexFactory(), judge: WordJudge(),
            normalizer: LowercaseNormalizer(), hasher: OpenSSLHasher(),
            pricing: PriceTable(["priced": .init(prompt: 1, cachedPrompt: 0.5, completion: 2)]), clock: clock,
            random: {
                random.withLock { state in
                    state &+= 0x9E37_79B9_7F4A_7C15
                    return state
                }
            }, policies: policies, limits: limits)
        configure(&parts)
        engine = CacheEngine(parts)
    }

    @discardableResult
    func store(
        _ request: CacheRequest, _ response: JSONValue = "answer", _ change: (inout StoreRequest) -> Void = { _ in }
    )
        -> StoreReply
    {
        var store = StoreRequest(request: request, response: RawJSON(response))
        change(&store)
        return engine.store(store).finish()
    }

    @discardableResult
    func store(_ prompt: String, _ response: JSONValue = "answer") -> StoreReply {
        store(CacheRequest(prompt: prompt), response)
    }

    func lookup(_ request: CacheRequest) -> LookupReply { engine.lookup(request).finish() }
    func lookup(_ prompt: String) -> LookupReply { lookup(CacheRequest(prompt: prompt)) }
}

/// One dimension a word: the cosine is the share of words in common.
struct WordEmbedder: Embedder {
    var identifier = "words@1"
    let dimension = 64

    func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        for (row, text) in texts.enumerated() {
            let start = row * dimension
            for column in 0..<dimension { out[start + column] = 0 }
            for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                let hash = word.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
                    ($0 ^ UInt64($1)) &* 1_099_511_628_211
                }
                out[start + Int(hash % UInt64(dimension))] += 1
            }
            let norm = (0..<dimension).reduce(Float(0)) { $0 + out[start + $1] * out[start + $1] }.squareRoot()
            if norm > 0 { for column in 0..<dimension { out[start + column] /= norm } }
        }
    }
}

/// The probability is the similarity; differing digits are vetoed; "why?" is a follow-up.
struct WordJudge: MatchJudging {
    let identifier = "words@1"

    func begin(_ prompt: String) -> any CandidateJudging { Candidate(prompt: prompt) }
    func requiredProbability(maximumFalseHitRate: Double) -> Double { 1 - maximumFalseHitRate * 20 }

    struct Candidate: CandidateJudging {
        let prompt: String
        var refusal: MissReason? { prompt == "why?" ? .followUp : nil }

        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            let differs = prompt.filter(\.isNumber) != candidate.filter(\.isNumber)
            return Judgement(
                probability: similarity, veto: differs ? .init(guardName: "numbers", detail: "digits differ") : nil,
                features: explain ? [.init(name: "similarity", value: similarity)] : [])
        }
    }
}

struct LowercaseNormalizer: TextNormalizer {
    let identifier = "lowercase"
    func fold(_ text: String) -> String { text.lowercased().split(separator: " ").joined(separator: " ") }
}

/// A store that other processes seem to use, too: what the directory lacks is asked of it.
final class SharedStore: EntryStore {
    private let inner: any EntryStore

    init(_ inner: any EntryStore) { self.inner = inner }

    var location: String { inner.location }
    var isShared: Bool { true }

    func put(_ entry: CacheEntry) throws(StoreError) { try inner.put(entry) }
    func put(_ entries: [CacheEntry]) throws(StoreError) { try inner.put(entries) }
    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? { try inner.entry(reference) }

    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        try inner.entry(exactKey: exactKey, scope: scope, namespace: namespace)
    }

    func remove(_ references: [EntryReference]) throws(StoreError) -> Int { try inner.remove(references) }
    func removeExpired(now: Timestamp) throws(StoreError) -> Int { try inner.removeExpired(now: now) }

    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        try inner.scanHeaders(batchSize: batchSize, body)
    }

    func statistics() throws(StoreError) -> StoreStatistics { try inner.statistics() }
    func check() throws(StoreError) { try inner.check() }
    func close() { inner.close() }
}
