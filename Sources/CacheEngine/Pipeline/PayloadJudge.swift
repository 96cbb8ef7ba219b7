import CacheModel

/// Judges prompts that share most of their text by what they do not share.
///
/// Six hundred characters of template around two different questions look like one prompt to every measure of likeness.
/// So for such a pair another judge is asked about the payloads alone, with the similarity of these. What the guards have
/// against the whole prompts still counts: a payload cut out of a code block is no longer seen to be code.
public struct PayloadJudge: MatchJudging {
    private let base: any MatchJudging
    private let embedder: any Embedder

    /// A judge that asks `base`; `embedder` is the one that candidates are found by.
    public init(_ base: any MatchJudging, embedder: any Embedder) { (self.base, self.embedder) = (base, embedder) }

    public var identifier: String { base.identifier }

    public func begin(_ prompt: String) -> any CandidateJudging {
        Query(prompt: prompt, whole: base.begin(prompt), base: base, embedder: embedder)
    }

    public func requiredProbability(maximumFalseHitRate: Double) -> Double {
        base.requiredProbability(maximumFalseHitRate: maximumFalseHitRate)
    }

    public var verifies: Bool { base.verifies }

    public func requiredProbability(maximumFalseHitRateVerified budget: Double) -> Double {
        base.requiredProbability(maximumFalseHitRateVerified: budget)
    }

    public func verify(_ prompt: String, _ candidate: String, similarity: Double, explain: Bool) -> Judgement? {
        guard let pair = PayloadPair(prompt, candidate) else {
            return base.verify(prompt, candidate, similarity: similarity, explain: explain)
        }
        let (first, second) = (String(pair.first), String(pair.second))
        return base.verify(
            first, second, similarity: Self.nearness(first, second, embedder), explain: explain)
    }

    private static func nearness(_ first: String, _ second: String, _ embedder: any Embedder) -> Double {
        Double(zip(embedder.embed(first), embedder.embed(second)).reduce(Float(0)) { $0 + $1.0 * $1.1 })
    }

    private struct Query: CandidateJudging {
        let prompt: String
        let whole: any CandidateJudging
        let base: any MatchJudging
        let embedder: any Embedder

        var refusal: MissReason? { whole.refusal }

        func judge(_ candidate: String, similarity: Double, explain: Bool) -> Judgement {
            guard let pair = PayloadPair(prompt, candidate) else {
                return whole.judge(candidate, similarity: similarity, explain: explain)
            }
            let judgement = whole.judge(candidate, similarity: similarity, explain: explain)
            if judgement.veto != nil { return judgement }
            let (first, second) = (String(pair.first), String(pair.second))
            let payload = base.begin(first)
            // Nothing to judge by beside the template, or something that only its surroundings explain.
            if let refusal = payload.refusal ?? base.begin(second).refusal {
                return Judgement(
                    probability: nil,
                    veto: .init(guardName: "template", detail: "beside the shared text stands \(refusal.rawValue)"))
            }
            return payload.judge(
                second, similarity: PayloadJudge.nearness(first, second, embedder), explain: explain)
        }
    }
}
