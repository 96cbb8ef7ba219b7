extension TextPair {
    /// The first two candidate tokens that stand in each other's place of the query, judged by the neighbours that
    /// each has. O(tokens).
    var firstExchange: (Int, Int)? {
        for position in candidate.tokens.indices where isCarrier(position) {
            let home = Int(toQuery[position])
            for side in 0..<2 {
                let slot = side == 0 ? slotAfter(position) : slotBefore(position)
                if slot < 0 || slot == home { continue }
                guard slot < query.tokens.count,
                    query.tokens[slot].isContent || query.tokens[slot].traits.contains(.number)
                else { continue }
                let other = Int(toCandidate[slot])
                guard other >= 0, other != position, query.tokens[slot].stem != query.tokens[home].stem else {
                    continue
                }
                if slotAfter(other) == home || slotBefore(other) == home { return (position, other) }
            }
        }
        return nil
    }

    /// How many such exchanges there are, each counted once for each of its words.
    var exchangeCount: Int {
        var count = 0
        for position in candidate.tokens.indices where isCarrier(position) {
            let home = Int(toQuery[position])
            let (after, before) = (slotAfter(position), slotBefore(position))
            if isExchange(position, home, after) || isExchange(position, home, before) { count += 1 }
        }
        return count
    }

    private func isExchange(_ position: Int, _ home: Int, _ slot: Int) -> Bool {
        guard slot >= 0, slot != home, slot < query.tokens.count, query.tokens[slot].isContent else { return false }
        let other = Int(toCandidate[slot])
        guard other >= 0, other != position, query.tokens[slot].stem != query.tokens[home].stem else { return false }
        return slotAfter(other) == home || slotBefore(other) == home
    }

    @inline(__always)
    private func isCarrier(_ position: Int) -> Bool {
        toQuery[position] >= 0
            && (candidate.tokens[position].isContent || candidate.tokens[position].traits.contains(.number))
    }

    /// The query's place right after the partner of the token before `position`, or -1.
    @inline(__always)
    private func slotAfter(_ position: Int) -> Int {
        guard position > 0, toQuery[position - 1] >= 0 else { return -1 }
        return Int(toQuery[position - 1]) + 1
    }

    /// The query's place right before the partner of the token after `position`, or -1.
    @inline(__always)
    private func slotBefore(_ position: Int) -> Int {
        guard position + 1 < candidate.tokens.count, toQuery[position + 1] >= 0 else { return -1 }
        return Int(toQuery[position + 1]) - 1
    }

    /// How many words of one side only head an "of": "the height of the highest mountain" against "the highest mountain".
    var attributeCount: Int { attributes(query, toCandidate) + attributes(candidate, toQuery) }

    private func attributes(_ text: TextAnalysis, _ links: [Int32]) -> Int {
        guard text.tokens.count > 1 else { return 0 }
        var count = 0
        for position in 0..<text.tokens.count - 1 where links[position] < 0 && text.tokens[position].isContent {
            if text.tokens[position + 1].role == .of { count += 1 }
        }
        return count
    }

    /// Whether two unmatched words stand beside one matched word: in one place of the two texts.
    func areNeighboured(_ other: Int, _ position: Int) -> Bool {
        slotAfter(position) == other || slotBefore(position) == other
    }
}
