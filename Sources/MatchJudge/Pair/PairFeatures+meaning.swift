extension PairFeatures {
    mutating func figures(_ pair: TextPair) {
        let (query, candidate) = pair.unmatchedQuantities
        set(.figuresReplaced, Float(min(query, candidate)))
        set(.figuresOneSided, Float(abs(query - candidate)))
        set(.figuresShared, Float(pair.candidate.quantities.count - candidate))
    }

    mutating func polarity(_ pair: TextPair) {
        let (query, candidate) = (pair.query, pair.candidate)
        set(.negationParity, Float((query.negationCount ^ candidate.negationCount) & 1))
        set(.weakNegation, query.hasWeakNegation == candidate.hasWeakNegation ? 0 : 1)
        var (flips, opposites) = (0, 0)
        for position in candidate.tokens.indices {
            let token = candidate.tokens[position]
            let other = Int(pair.toQuery[position])
            if other >= 0 {
                if query.tokens[other].traits.contains(.negated) != token.traits.contains(.negated) { flips += 1 }
            } else {
                for place in query.tokens.indices
                where pair.toCandidate[place] < 0 && query.tokens[place].relation(to: token) < 0 {
                    opposites += 1
                }
            }
        }
        // "Why won't my washer drain" negates the washer only by its place in the sentence.
        let isInverted = query.hasInvertedNegation || candidate.hasInvertedNegation
        set(.negationFlips, isInverted && query.negationCount == candidate.negationCount ? 0 : Float(flips))
        set(.antonyms, Float(opposites))
    }

    mutating func questions(_ pair: TextPair) {
        let (query, candidate) = (pair.query, pair.candidate)
        set(.questionsEqual, query.questions == candidate.questions ? 1 : 0)
        let areAsked = !query.questions.isEmpty && !candidate.questions.isEmpty
        set(.questionsDisjoint, areAsked && query.questions.isDisjoint(with: candidate.questions) ? 1 : 0)
        set(.formsDiffer, query.form == candidate.form ? 0 : 1)
        set(.timesDiffer, query.reference.times == candidate.reference.times ? 0 : 1)
        set(.ownersDiffer, query.reference.owners == candidate.reference.owners ? 0 : 1)
        set(.sameLanguage, query.language == candidate.language ? 1 : 0)
        set(
            .ideographs,
            Float(query.cjkCount + candidate.cjkCount) / Float(max(1, query.tokens.count + candidate.tokens.count)))
        set(.quotesDiffer, Float(abs(query.quotes.count - candidate.quotes.count)))
        set(.identifiersDiffer, Float(abs(query.identifiers.count - candidate.identifiers.count)))
    }

    mutating func entities(_ pair: TextPair) {
        var (shared, extra, missing, inversions) = (0, 0, 0, 0)
        var previous = Int32(-1)
        for position in pair.candidate.tokens.indices {
            let other = pair.toQuery[position]
            guard pair.candidate.tokens[position].traits.contains(.entity) else { continue }
            if other < 0 {
                extra += 1
                continue
            }
            shared += 1
            if other < previous { inversions += 1 }
            previous = other
        }
        for position in pair.query.tokens.indices
        where pair.toCandidate[position] < 0 && pair.query.tokens[position].traits.contains(.entity) {
            missing += 1
        }
        set(.entitiesShared, Float(shared))
        set(.entitiesMissing, Float(missing))
        set(.entitiesExtra, Float(extra))
        set(.entityOrder, Float(inversions))
    }

    mutating func roles(_ pair: TextPair) {
        var (differing, swaps) = (0, 0)
        var traded: (Role, Role) = (.none, .none)
        for position in pair.candidate.tokens.indices {
            let other = Int(pair.toQuery[position])
            let token = pair.candidate.tokens[position]
            guard other >= 0, token.isContent else { continue }
            let role = pair.query.tokens[other].role
            guard role != token.role else { continue }
            differing += 1
            if traded == (token.role, role) { swaps += 1 }
            traded = (role, token.role)
        }
        set(.rolesDiffer, Float(differing))
        set(.roleSwaps, Float(swaps))
    }

    /// What training knows of the unmatched words: of the two where each side has one, else of each alone.
    mutating func evidence(_ pair: TextPair) {
        var sum: Float = 0
        var least: Float = 0
        var most: Float = 0
        var known = 0
        pair.forEachEvidenceKey { key in
            guard let odds = evidence.odds(key) else { return }
            sum += odds
            least = min(least, odds)
            most = max(most, odds)
            known += 1
        }
        set(.evidenceSum, sum)
        set(.evidenceLeast, least)
        set(.evidenceMost, most)
        set(.evidenceKnown, Float(known))
    }
}

extension TextPair {
    /// The most unmatched words of a side that evidence looks at.
    private static let evidenceReach = 4

    /// Calls `body` with the evidence key of each unmatched content word, and of each pair of them across the sides.
    func forEachEvidenceKey(_ body: (UInt64) -> Void) {
        var taken = 0
        for position in candidate.tokens.indices where toQuery[position] < 0 && candidate.tokens[position].isContent {
            taken += 1
            if taken > Self.evidenceReach { break }
            body(Evidence.key(candidate.tokens[position].stem, 0))
            var partners = 0
            for other in query.tokens.indices where toCandidate[other] < 0 && query.tokens[other].isContent {
                partners += 1
                if partners > Self.evidenceReach { break }
                body(Evidence.key(candidate.tokens[position].stem, query.tokens[other].stem))
            }
        }
        taken = 0
        for other in query.tokens.indices where toCandidate[other] < 0 && query.tokens[other].isContent {
            taken += 1
            if taken > Self.evidenceReach { break }
            body(Evidence.key(query.tokens[other].stem, 0))
        }
    }

    /// The evidence keys of the pair, for training.
    public var evidenceKeys: [UInt32] {
        var keys: [UInt32] = []
        forEachEvidenceKey { keys.append(UInt32(truncatingIfNeeded: $0)) }
        return keys
    }
}

extension TextAnalysis {
    /// The keys of the words, for counting how rare they are.
    public var vocabularyKeys: [UInt32] {
        tokens.filter { $0.traits.isDisjoint(with: [.number, .identifier]) }.map { UInt32(truncatingIfNeeded: $0.stem) }
    }
}
