import CacheModel

/// Refuses pairs whose quoted texts differ. A quotation that the other side has without its marks does not differ.
struct QuotedGuard: MatchGuard {
    let name = "quoted"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        missing(pair.query, in: pair.candidate) ?? missing(pair.candidate, in: pair.query)
    }

    private func missing(_ text: TextAnalysis, in other: TextAnalysis) -> Judgement.Veto? {
        for quote in text.quotes where !occurs(quote, text, in: other) {
            let words = quote.prefix(6).map { text.text(of: text.tokens[Int($0)]) }
            return veto("\"\(words.joined(separator: " "))\" is quoted on one side only")
        }
        return nil
    }

    private func occurs(_ quote: Range<Int32>, _ text: TextAnalysis, in other: TextAnalysis) -> Bool {
        let count = quote.count
        guard other.tokens.count >= count else { return false }
        for start in 0...(other.tokens.count - count) {
            var matches = true
            for offset in 0..<count
            where other.tokens[start + offset].hash != text.tokens[Int(quote.lowerBound) + offset].hash {
                matches = false
                break
            }
            if matches { return true }
        }
        return false
    }
}
