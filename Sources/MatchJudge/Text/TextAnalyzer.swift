/// Reads prompts: one pass over the UTF-8 bytes, then passes over the tokens.
public struct TextAnalyzer: Sendable {
    /// How rare words are.
    public let vocabulary: Vocabulary
    let lexicon = Lexicon.shared

    /// The longest part of a prompt that is read, bytes; the rest says little about whether an answer serves, and the
    /// exact tiers see all of it. Two prompts that differ beyond it never match by meaning: see `LengthGuard`.
    static let maximumBytes = 16_384

    /// An analyser with this vocabulary.
    public init(vocabulary: Vocabulary = Vocabulary()) { self.vocabulary = vocabulary }

    /// The analysis of a text.
    public func analyze(_ text: String) -> TextAnalysis {
        let analysis = TextAnalysis()
        analyze(text, into: analysis)
        return analysis
    }

    /// Fills `analysis` with what stands in `text`. O(length); allocates only what the buffers have to grow.
    public func analyze(_ text: String, into analysis: TextAnalysis) {
        var text = text
        analysis.reset()
        text.withUTF8 { bytes in
            analysis.byteCount = bytes.count
            let read = UnsafeBufferPointer(rebasing: bytes[..<min(bytes.count, Self.maximumBytes)])
            var scanner = TextScanner(bytes: read, analysis: analysis, lexicon: lexicon)
            scanner.scan()
        }
        analysis.judgeCapitals()
        analysis.readAliases()
        analysis.readCalendar(lexicon)
        analysis.readPolarity()
        analysis.readRoles()
        analysis.readForm()
        analysis.readQuestions()
        analysis.readReference()
        analysis.weigh(vocabulary)
        analysis.markEntities()
        analysis.detectFollowUp()
        analysis.index.build(analysis.tokens)
    }
}

extension TextAnalysis {
    /// Decides whether capitals tell names: not in a title and not in a text all in capitals.
    func judgeCapitals() {
        // German writes every noun with a capital.
        if language == .german { ignoresCapitals = true }
        var words = 0
        var capitals = 0
        var shouted = 0
        for token in tokens where token.length > 2 && token.traits.isDisjoint(with: [.number, .identifier, .cjk]) {
            words += 1
            if !token.traits.isDisjoint(with: [.capital, .allCapitals]) { capitals += 1 }
            if token.traits.contains(.allCapitals) { shouted += 1 }
        }
        ignoresCapitals = ignoresCapitals || words >= 4 && (capitals * 10 > words * 7 || shouted * 10 > words * 6)
    }

    /// A word seen in about 60 of 300,000 training prompts is no typing slip (`e^-3.4` of what a single one weighs).
    private static let knownMargin: Float = 3.4

    /// Looks up how rare each word is, and counts the content.
    func weigh(_ vocabulary: Vocabulary) {
        for position in tokens.indices {
            let token = tokens[position]
            if let rarity = vocabulary.rarity(token.stem) {
                tokens[position].rarity = rarity
                if rarity < vocabulary.unknownRarity - Self.knownMargin { tokens[position].traits.insert(.known) }
            } else {
                tokens[position].rarity = vocabulary.unknownRarity
            }
            if token.isContent {
                contentCount += 1
                rarityMass += tokens[position].rarity
            }
        }
    }

    /// Marks what names something: capitals inside a sentence, places, acronyms, mixed case.
    func markEntities() {
        for position in tokens.indices {
            let traits = tokens[position].traits
            guard traits.isDisjoint(with: [.number, .code, .cjk, .unit, .calendar]) else { continue }
            var isEntity = !traits.isDisjoint(with: [.place, .language])
            if !ignoresCapitals, traits.isDisjoint(with: .stop) {
                let isAcronym = traits.contains(.allCapitals) && tokens[position].length > 1
                let isName = traits.contains(.capital) && (!traits.contains(.sentenceStart) || !traits.contains(.known))
                isEntity = isEntity || isAcronym || isName || traits.contains(.mixedCase)
            }
            if isEntity && tokens[position].polarity.isEmpty || traits.contains(.place) {
                tokens[position].traits.insert(.entity)
            }
        }
    }
}
