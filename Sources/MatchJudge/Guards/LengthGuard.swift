import CacheModel

/// Refuses pairs of which a side was not read to its end: what differs there is not known. Long prompts match by their
/// exact text.
struct LengthGuard: MatchGuard {
    let name = "length"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        let longest = max(pair.query.byteCount, pair.candidate.byteCount)
        guard longest > TextAnalyzer.maximumBytes else { return nil }
        return veto("\(longest) bytes, of which \(TextAnalyzer.maximumBytes) are read")
    }
}
