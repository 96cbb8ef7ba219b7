/// The figures that a pair is judged by, in the order in which model files name them.
public enum PairFeature: Int, CaseIterable, Sendable {
    case cosine, jaccard, jaccardContent, containedQuery, containedCandidate, rareJaccard, rareMissing, rareExtra
    case rarestMissing, rarestExtra, bigrams, contentBigrams, trigrams, trigramsContained, order, contentOrder, descents
    case moved, lengthRatio, length, byteDifference, contentQuery, contentCandidate, missing, extra, substitutions
    case insertionsQuery, insertionsCandidate, functionWords, figuresReplaced, figuresOneSided, figuresShared
    case negationParity, negationFlips, antonyms, linksLoose, questionsEqual, questionsDisjoint, entitiesShared
    case entitiesMissing, entitiesExtra, formsDiffer, timesDiffer, ownersDiffer, sameLanguage, ideographs, firstEqual
    case lastEqual, rolesDiffer, roleSwaps, quotesDiffer, identifiersDiffer, evidenceSum, evidenceLeast
    case evidenceMost, evidenceKnown, slotLikeness, knownMissing, knownExtra, entityOrder, weakNegation,
        substitutedRarest
    case sameNeighbours, cosineTimesContent, exchanges, attributes

    /// The name in model files and in `explain`.
    public var name: String { String(describing: self) }

    /// How many features there are.
    public static let count = allCases.count
}

/// Computes the features of an aligned pair into a buffer that the caller keeps: no allocation once it has grown.
public struct PairFeatures {
    /// The values, by `PairFeature.rawValue`.
    public private(set) var values: [Float]
    let evidence: Evidence
    /// Lowest ends of increasing runs, for the longest one.
    private var ends: [Int32] = []

    /// A computer with the evidence of a model.
    public init(evidence: Evidence = Evidence()) {
        self.evidence = evidence
        values = [Float](repeating: 0, count: PairFeature.count)
    }

    /// The value of one feature.
    public subscript(feature: PairFeature) -> Float { values[feature.rawValue] }

    @inline(__always)
    mutating func set(_ feature: PairFeature, _ value: Float) { values[feature.rawValue] = value }

    /// Fills `values` for a pair whose embeddings have this cosine `similarity`. O(n log n) in the tokens.
    public mutating func compute(_ pair: TextPair, similarity: Double) {
        for index in values.indices { values[index] = 0 }
        set(.cosine, Float(similarity))
        overlap(pair)
        characters(pair)
        sequence(pair)
        gaps(pair)
        figures(pair)
        polarity(pair)
        questions(pair)
        entities(pair)
        roles(pair)
        set(.exchanges, Float(pair.exchangeCount))
        set(.attributes, Float(pair.attributeCount))
        evidence(pair)
        set(.cosineTimesContent, Float(similarity) * values[PairFeature.jaccardContent.rawValue])
    }

    // MARK: Overlap

    private mutating func overlap(_ pair: TextPair) {
        var (shared, sharedContent, sharedRare) = (0, 0, Float(0))
        var (extra, rareExtra, rarestExtra, functionWords) = (0, Float(0), Float(0), 0)
        var (loose, knownExtra) = (0, 0)
        for position in pair.candidate.tokens.indices {
            let token = pair.candidate.tokens[position]
            if pair.toQuery[position] >= 0 {
                shared += 1
                if pair.links[position] != .equal { loose += 1 }
                if token.isContent {
                    sharedContent += 1
                    sharedRare += token.rarity
                }
            } else if token.isContent {
                extra += 1
                rareExtra += token.rarity
                rarestExtra = max(rarestExtra, token.rarity)
                if token.traits.contains(.known) { knownExtra += 1 }
            } else {
                functionWords += 1
            }
        }
        let (missing, rareMissing, idle) = missing(pair)
        functionWords += idle
        let (n, m) = (Float(pair.query.tokens.count), Float(pair.candidate.tokens.count))
        let content = Float(sharedContent)
        set(.jaccard, ratio(Float(shared), n + m - Float(shared)))
        set(.jaccardContent, ratio(content, content + Float(missing + extra)))
        set(.containedQuery, ratio(content, content + Float(missing)))
        set(.containedCandidate, ratio(content, content + Float(extra)))
        set(.rareJaccard, ratio(sharedRare, sharedRare + rareMissing + rareExtra))
        set(.rareMissing, rareMissing)
        set(.rareExtra, rareExtra)
        set(.rarestExtra, rarestExtra)
        set(.missing, Float(missing))
        set(.extra, Float(extra))
        set(.functionWords, ratio(Float(functionWords), n + m))
        set(.linksLoose, Float(loose))
        set(.knownExtra, Float(knownExtra))
        set(.lengthRatio, ratio(min(n, m), max(n, m)))
        set(.length, min(64, max(n, m)))
        set(.contentQuery, min(32, Float(pair.query.contentCount)))
        set(.contentCandidate, min(32, Float(pair.candidate.contentCount)))
    }

    /// What only the query has: content words, their rarity, function words.
    private mutating func missing(_ pair: TextPair) -> (content: Int, rarity: Float, idle: Int) {
        var (missing, rareMissing, rarestMissing, knownMissing, idle) = (0, Float(0), Float(0), 0, 0)
        for position in pair.query.tokens.indices where pair.toCandidate[position] < 0 {
            let token = pair.query.tokens[position]
            guard token.isContent else {
                idle += 1
                continue
            }
            missing += 1
            rareMissing += token.rarity
            rarestMissing = max(rarestMissing, token.rarity)
            if token.traits.contains(.known) { knownMissing += 1 }
        }
        set(.rarestMissing, rarestMissing)
        set(.knownMissing, Float(knownMissing))
        return (missing, rareMissing, idle)
    }

    @inline(__always)
    private func ratio(_ a: Float, _ b: Float) -> Float { b > 0 ? a / b : 0 }

    private mutating func characters(_ pair: TextPair) {
        var (both, either) = (0, 0)
        for index in 0..<64 {
            both += (pair.query.trigrams[index] & pair.candidate.trigrams[index]).nonzeroBitCount
            either += (pair.query.trigrams[index] | pair.candidate.trigrams[index]).nonzeroBitCount
        }
        set(.trigrams, ratio(Float(both), Float(either)))
        set(.trigramsContained, ratio(Float(both), Float(min(pair.query.trigramCount, pair.candidate.trigramCount))))
        let (a, b) = (Float(pair.query.byteCount), Float(pair.candidate.byteCount))
        set(.byteDifference, ratio(abs(a - b), a + b))
    }

    // MARK: Order

    private mutating func sequence(_ pair: TextPair) {
        let (n, m) = (pair.query.tokens.count, pair.candidate.tokens.count)
        var (adjacent, adjacentContent, sharedContent, descents, sharedAll) = (0, 0, 0, 0, 0)
        var (previous, previousContent) = (Int32(-2), Int32(-2))
        ends.removeAll(keepingCapacity: true)
        for position in 0..<m {
            let other = pair.toQuery[position]
            if other >= 0 {
                sharedAll += 1
                if other == previous + 1, position > 0 { adjacent += 1 }
            }
            previous = other >= 0 ? other : -2
            guard pair.candidate.tokens[position].isContent else { continue }
            if other >= 0 {
                sharedContent += 1
                if previousContent >= 0 {
                    if other < previousContent {
                        descents += 1
                    } else if isNextContent(pair.query, previousContent, other) {
                        adjacentContent += 1
                    }
                }
                extendRun(other)
            }
            previousContent = other
        }
        set(.bigrams, ratio(Float(adjacent), Float(max(1, max(n, m) - 1))))
        set(
            .contentBigrams,
            ratio(Float(adjacentContent), Float(max(1, max(pair.query.contentCount, pair.candidate.contentCount) - 1))))
        set(.contentOrder, sharedContent == 0 ? 0 : Float(ends.count) / Float(sharedContent))
        set(.moved, Float(sharedContent - ends.count))
        set(.descents, Float(descents))
        ends.removeAll(keepingCapacity: true)
        for position in 0..<m where pair.toQuery[position] >= 0 { extendRun(pair.toQuery[position]) }
        set(.order, sharedAll == 0 ? 0 : Float(ends.count) / Float(sharedAll))
        set(.firstEqual, n > 0 && m > 0 && pair.toQuery[0] == 0 ? 1 : 0)
        set(.lastEqual, n > 0 && m > 0 && pair.toQuery[m - 1] == Int32(n - 1) ? 1 : 0)
    }

    /// One step of patience sorting: afterwards `ends.count` is the length of the longest increasing subsequence.
    private mutating func extendRun(_ value: Int32) {
        if ends.isEmpty || ends[ends.count - 1] < value { return ends.append(value) }
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < value { low = middle + 1 } else { high = middle }
        }
        ends[low] = value
    }

    private func isNextContent(_ text: TextAnalysis, _ first: Int32, _ second: Int32) -> Bool {
        guard second > first, second - first <= 6 else { return false }
        for position in Int(first) + 1..<Int(second) where text.tokens[position].isContent { return false }
        return true
    }

    // MARK: Gaps

    /// Runs of unmatched content after one anchor: on both sides a substitution, on one an insertion.
    private mutating func gaps(_ pair: TextPair) {
        var (substitutions, oneSided, insertions) = (0, 0, 0)
        var likeness: Float = 1
        var rarest: Float = 0
        var neighbours = 0
        var position = 0
        let query = pair.query.tokens
        while position < query.count {
            guard pair.toCandidate[position] < 0, query[position].isContent else {
                position += 1
                continue
            }
            let start = position
            let anchor = start == 0 ? -1 : Int(pair.toCandidate[start - 1])
            while position < query.count, pair.toCandidate[position] < 0 { position += 1 }
            let next = anchor + 1
            if start == 0 || anchor >= 0, next < pair.candidate.tokens.count, pair.toQuery[next] < 0,
                pair.candidate.tokens[next].isContent
            {
                substitutions += 1
                rarest = max(rarest, min(query[start].rarity, pair.candidate.tokens[next].rarity))
                likeness = min(likeness, self.likeness(pair, start, next))
                if position < query.count, next + 1 < pair.candidate.tokens.count,
                    Int(pair.toCandidate[position]) == next + 1
                {
                    neighbours += 1
                }
            } else {
                oneSided += 1
            }
        }
        for place in pair.candidate.tokens.indices
        where pair.toQuery[place] < 0 && pair.candidate.tokens[place].isContent
            && (place == 0 || pair.toQuery[place - 1] >= 0)
        {
            insertions += 1
        }
        set(.substitutions, Float(substitutions))
        set(.insertionsQuery, Float(oneSided))
        set(.insertionsCandidate, Float(max(0, insertions - substitutions)))
        set(.slotLikeness, likeness)
        set(.substitutedRarest, rarest)
        set(.sameNeighbours, Float(neighbours))
    }

    /// The share of the shorter word that the two begin with alike.
    private func likeness(_ pair: TextPair, _ a: Int, _ b: Int) -> Float {
        let (first, second) = (pair.query.tokens[a], pair.candidate.tokens[b])
        let limit = min(Int(first.length), Int(second.length))
        if limit == 0 { return 0 }
        var same = 0
        while same < limit,
            pair.query.folded[Int(first.start) + same] == pair.candidate.folded[Int(second.start) + same]
        { same += 1 }
        return Float(same) / Float(limit)
    }
}
