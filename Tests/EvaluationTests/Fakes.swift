import CacheEngine
import CacheModel
import Evaluation

/// A bag of words in 64 hashed places: alike texts share places, the same in every process.
struct BagEmbedder: Embedder {
    let identifier = "bag"
    let dimension = 64

    func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        for (row, text) in texts.enumerated() {
            var vector = [Float](repeating: 0, count: dimension)
            for word in text.lowercased().split(separator: " ") { vector[Int(Fnv.hash(word.utf8) % 64)] += 1 }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for column in 0..<dimension { out[row * dimension + column] = norm > 0 ? vector[column] / norm : 0 }
        }
    }
}

/// FNV-1a, 64 bits.
enum Fnv {
    static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// Four FNV hashes: a digest for tests, no more.
struct FnvHasher: ContentHasher {
    func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest256 {
        let words = (1...4).map { word -> UInt64 in
            let hash = Fnv.hash(bytes, from: UInt64(word) &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
            return (hash ^ hash >> 31) &* 0x94D0_49BB_1331_11EB
        }
        return Digest256(words[0], words[1], words[2], words[3])
    }
}

/// Lower case and no more.
struct LowercaseNormalizer: TextNormalizer {
    let identifier = "lower"
    func fold(_ text: String) -> String { text.lowercased() }
}

/// Vetoes where the last words differ; else the probability is the similarity.
struct LastWordJudge: MatchJudging {
    let identifier = "last-word"
    func begin(_ prompt: String) -> any CandidateJudging { Query(prompt: prompt) }
    func requiredProbability(maximumFalseHitRate: Double) -> Double { 1 - maximumFalseHitRate * 10 }

    struct Query: CandidateJudging {
        let prompt: String
        var refusal: MissReason? { prompt.isEmpty ? .emptyPrompt : nil }
        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            let differs = prompt.split(separator: " ").last != candidate.split(separator: " ").last
            return Judgement(
                probability: max(0, similarity),
                veto: differs ? Judgement.Veto(guardName: "last", detail: "the last word") : nil)
        }
    }
}

/// In doubt about every pair; the verifier praises one candidate.
struct DoubtingJudge: MatchJudging {
    let identifier = "doubts"
    let praised: String
    var vetoed: String?
    let verifies = true
    func begin(_ prompt: String) -> any CandidateJudging { Query(vetoed: vetoed) }
    func requiredProbability(maximumFalseHitRate: Double) -> Double { 0.9 }
    func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
        Judgement(probability: candidate == praised ? 0.95 : 0.05, veto: Self.veto(candidate == vetoed))
    }

    private static func veto(_ isVetoed: Bool) -> Judgement.Veto? {
        isVetoed ? Judgement.Veto(guardName: "numbers", detail: "") : nil
    }

    struct Query: CandidateJudging {
        let vetoed: String?
        var refusal: MissReason? { nil }
        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            Judgement(probability: 0.5, veto: DoubtingJudge.veto(candidate == vetoed), isDoubtful: true)
        }
    }
}

/// Every vector compared.
final class PlainIndex: VectorIndex, @unchecked Sendable {
    // Unchecked: as every index, the caller lets many search at once or one change it.
    let dimension: Int
    private var rows: [UInt32: [Float]] = [:]
    init(dimension: Int) { self.dimension = dimension }
    var count: Int { rows.count }
    var memoryBytes: Int { 0 }
    func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) { rows[slot] = Array(vector) }
    @discardableResult func remove(slot: UInt32) -> Bool { rows.removeValue(forKey: slot) != nil }
    func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        rows.map { slot, row in Neighbor(slot: slot, similarity: zip(query, row).reduce(0) { $0 + $1.0 * $1.1 }) }
            .filter { $0.similarity >= minimumSimilarity }
            .sorted { ($1.similarity, $0.slot) < ($0.similarity, $1.slot) }.prefix(limit).map(\.self)
    }
    func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        stride(from: 0, to: queries.count, by: dimension).map {
            search(
                UnsafeBufferPointer(rebasing: queries[$0..<($0 + dimension)]), limit: limit,
                minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        }
    }
}

struct PlainIndexes: VectorIndexFactory {
    func makeIndex(dimension: Int) -> any VectorIndex { PlainIndex(dimension: dimension) }
}

/// Prompts and answers, and nothing else of the wire.
struct PromptCoding: WireCoding {
    struct NoPrompt: Error {}

    func lookupRequest(_ body: JSONValue) throws -> CacheRequest {
        guard let prompt = body["prompt"]?.string else { throw NoPrompt() }
        var request = CacheRequest(prompt: prompt)
        request.model = body["model"]?.string
        return request
    }

    func storeRequest(_ body: JSONValue) throws -> StoreRequest {
        var request = StoreRequest(request: try lookupRequest(body), response: RawJSON(body["response"] ?? .null))
        request.usage = TokenUsage(promptTokens: 10, completionTokens: 100)
        return request
    }

    func body(_ reply: LookupReply) -> JSONValue {
        var members = [JSONMember("status", .string(reply.status.rawValue))]
        if let type = reply.hitType { members.append(JSONMember("hit_type", .string(type.rawValue))) }
        if let id = reply.entryID { members.append(JSONMember("entry_id", .string("\(id)"))) }
        if let reason = reply.reason { members.append(JSONMember("reason", .string(reason.rawValue))) }
        if let cost = reply.avoided?.cost {
            members.append(JSONMember("avoided", ["cost_usd": .number(cost.dollars), "prompt_tokens": 10]))
        }
        return .object(members)
    }

    func body(_ reply: StoreReply) -> JSONValue {
        switch reply {
        case .stored(let id): ["status": "stored", "entry_id": .string("\(id)")]
        case .refused(let reason): ["status": "refused", "reason": .string(reason.rawValue)]
        }
    }
}

/// What the tests run arms with.
enum Bench {
    static let kit = EngineKit(
        normalizer: LowercaseNormalizer(), hasher: FnvHasher(),
        pricing: PriceTable(["m": PriceTable.Price(prompt: 1, cachedPrompt: 1, completion: 10)]))
    static let bag = Arm.cosine(name: "bag", embedder: BagEmbedder(), indexes: PlainIndexes(), threshold: 0.7)
    static let judged = Arm.judged(
        name: "judge", embedder: BagEmbedder(), indexes: PlainIndexes(), judge: LastWordJudge(),
        maximumFalseHitRate: 0.03)

    static func pair(_ a: String, _ b: String, _ isSame: Bool, id: String = "x/1") -> LabelledPair {
        LabelledPair(id: id, a: a, b: b, isSame: isSame)
    }
}
