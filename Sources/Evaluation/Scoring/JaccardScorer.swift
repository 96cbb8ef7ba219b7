/// Jaccard's index of the sets of words: |A ∩ B| / |A ∪ B| (P. Jaccard, Bull. Soc. vaudoise Sc. nat. 37, 1901) over
/// lower-cased words split at white space. The plain baseline that caches began with; nothing is done to make it better.
public struct JaccardScorer: PairScoring {
    public let name = "jaccard"
    public let scale = ScoreScale.similarity
    public let defaultThreshold: Double

    /// The baseline with its usual threshold of 0.6.
    public init(threshold: Double = 0.6) { defaultThreshold = threshold }

    public func score(_ pairs: ArraySlice<LabelledPair>) -> [PairScore] {
        pairs.map { PairScore(Self.similarity(Self.words($0.a), Self.words($0.b))) }
    }

    /// The words that are compared.
    static func words(_ text: String) -> Set<Substring> { Set(text.lowercased().split(whereSeparator: \.isWhitespace)) }

    /// The index; 0 for two empty sets, so that nothing matches nothing.
    static func similarity(_ a: Set<Substring>, _ b: Set<Substring>) -> Double {
        let common = a.count < b.count ? a.count(where: b.contains) : b.count(where: a.contains)
        let all = a.count + b.count - common
        return all == 0 ? 0 : Double(common) / Double(all)
    }
}
