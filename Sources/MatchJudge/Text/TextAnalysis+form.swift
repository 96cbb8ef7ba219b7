extension TextAnalysis {
    /// Reads the form of answer asked for: language, structure, length, tone.
    func readForm() {
        for position in tokens.indices where tokens[position].traits.isDisjoint(with: [.quoted, .code]) {
            let token = tokens[position]
            if token.traits.contains(.language) { readLanguage(position) }
            if position < 3, token.hash == Self.listVerb, tokens[..<position].allSatisfy({ !$0.isContent }) {
                form.leadsWithList = true
            }
            for rule in Self.formRules[token.hash] ?? [] { apply(rule, position) }
        }
    }

    /// "in French", "into German", "auf Deutsch", "en français", "translate to Spanish".
    private func readLanguage(_ position: Int) {
        guard position > 0, Self.languageMarkers.contains(tokens[position - 1].hash) else { return }
        let isPlain = tokens[position - 1].hash == Word.in_ || tokens[position - 1].hash == Self.auf
        guard isPlain || tokens.contains(where: { Self.translating.contains($0.hash) }) else { return }
        // "in Chinese culture" names no language.
        let next = position + 1 < tokens.count ? tokens[position + 1] : nil
        if let next, !tokens[position].traits.contains(.clauseEnd), next.isContent,
            next.traits.isDisjoint(with: .number)
        {
            return
        }
        form.language = tokens[position].hash
    }

    private func apply(_ rule: FormRule, _ position: Int) {
        switch rule.condition {
        case .always: break
        case .afterMarker:
            // "as a list", "in a table", "in bullet points", "in one sentence"
            guard followsMarker(position) else { return }
        case .afterIn:
            guard position > 0,
                Self.inWords.contains(tokens[position - 1].hash)
                    || position > 1 && Self.inWords.contains(tokens[position - 2].hash)
                        && Self.degrees.contains(tokens[position - 1].hash)
            else { return }
        case .afterFull:
            // "at full length", "a deep dive"
            guard position > 0, Self.fullWords.contains(tokens[position - 1].hash) else { return }
        case .afterIt:
            // "keep it short"
            guard position > 0, tokens[position - 1].hash == Self.it else { return }
        case .afterJust:
            // "reply with just a number"
            guard position > 1, Self.articles.contains(tokens[position - 1].hash),
                Self.just.contains(tokens[position - 2].hash)
            else { return }
        case .shownOf:
            // "show me a table of your plans"; not "what is a table of contents"
            guard position + 1 < tokens.count, tokens[position + 1].hash == Word.of,
                tokens.prefix(3).contains(where: { Self.showing.contains($0.hash) })
            else { return }
        case .afterNumber:
            guard position > 0,
                tokens[position - 1].traits.contains(.number)
                    || quantities.contains(where: { Int($0.token) == position - 1 })
            else { return }
        case .beforeNoun:
            guard precedes(Self.answerNouns, position, within: 2) else { return }
        case .beforeTerms:
            guard precedes(Self.terms, position, within: 1) else { return }
        case .withWriting:
            guard isWritten else { return }
        case .notAskedAbout:
            // "a haiku about the sea", "why …, in rhyme" want one; "what is the best love song" does not.
            guard isWritten || followsMarker(position) || !tokens.contains(where: { $0.traits.contains(.question) })
            else { return }
        case .notBeforeNoun:
            // "please elaborate", "elaborate how …"; not "an elaborate hoax".
            guard
                position + 1 >= tokens.count || tokens[position].traits.contains(.clauseEnd)
                    || !tokens[position + 1].isContent || tokens[position + 1].traits.contains(.question)
            else { return }
        }
        form.kinds.formUnion(rule.kind)
    }

    /// Whether something is to be written.
    private var isWritten: Bool { tokens.contains { Self.writing.contains($0.hash) } }

    /// "as", "in", "into" before, with only articles, figures and a few adjectives between.
    private func followsMarker(_ position: Int) -> Bool {
        var index = position - 1
        while index >= 0, index >= position - 4 {
            let token = tokens[index]
            if Self.formMarkers.contains(token.hash) {
                return index < position - 1 || !Self.needsArticle.contains(tokens[position].hash)
            }
            if token.traits.contains(.clauseEnd) { return false }
            guard token.traits.contains(.number) || Self.betweenWords.contains(token.hash) else { return false }
            index -= 1
        }
        return false
    }

    private func precedes(_ words: WordSet, _ position: Int, within reach: Int) -> Bool {
        var index = position + 1
        while index < tokens.count, index <= position + reach {
            if words.contains(tokens[index].hash) { return true }
            index += 1
        }
        return false
    }

    private static let it = WordHash.of("it")
    private static let fullWords = WordSet("full great greater some deep")
    private static let languageMarkers = WordSet("in into to auf en au ins nach al")
    private static let formMarkers = WordSet("as in into als en using with im")
    private static let betweenWords = WordSet(
        "a an the one few bullet bulleted numbered short simple plain single brief great more some full markdown ein eine einem einer une un una mit tabular table list of"
    )
    private static let needsArticle = WordSet("words table list")
    private static let answerNouns = WordSet(
        "answer answers explanation summary reply response tone style manner complaint letter email mail message reminder"
    )
    private static let auf = WordHash.of("auf")
    private static let translating = WordSet(
        "translate translation convert rewrite render put switch reply answer respond write say ubersetze ubersetzen traduire traduis traduce traducir reponds en"
    )
    private static let listVerb = WordHash.of("list")
    private static let inWords = WordSet("in im en")
    private static let degrees = WordSet("great more full much some")
    private static let terms = WordSet("terms words language english")
    private static let writing = WordSet(
        "write writing compose draft generate create rewrite make schreibe ecris escribe")

    private static let articles = WordSet("a an the")
    private static let just = WordSet("just only")
    private static let showing = WordSet("show give make draw create provide write")

    private struct FormRule {
        enum Condition {
            case always, afterMarker, afterIn, afterFull, afterIt, afterNumber, beforeNoun, beforeTerms, withWriting
            case notAskedAbout, notBeforeNoun, afterJust, shownOf
        }
        var kind: FormRequest.Kinds
        var condition: Condition
    }

    private static let formRules: WordMap<[FormRule]> = {
        let lines: [(FormRequest.Kinds, FormRule.Condition, String)] = [
            (.list, .afterMarker, "list bullets bullet bulleted points numbered stichpunkten liste lista"),
            (.list, .always, "bulleted"), (.table, .afterMarker, "table tabular tabelle tableau tabla columns"),
            (.table, .shownOf, "table chart"),
            (.json, .always, "json"), (.csv, .always, "csv"), (.xml, .always, "xml"), (.yaml, .always, "yaml yml"),
            (.markdown, .always, "markdown"), (.html, .always, "html"),
            (.poem, .notAskedAbout, "poem haiku limerick sonnet rhyme gedicht poeme poema song lyrics verse"),
            (.essay, .withWriting, "essay article aufsatz"), (.message, .withWriting, "email letter memo mail"),
            (.tweet, .always, "tweet"), (.story, .withWriting, "story tale"), (.speech, .withWriting, "speech"),
            (.short, .always, "briefly concisely succinctly tldr kurz brievement brevemente shortly"),
            (.short, .afterIt, "short brief concise"), (.short, .afterJust, "number figure name word"),
            (.short, .beforeNoun, "short brief concise succinct quick shorter"),
            (.long, .always, "exhaustively thoroughly ausfuhrlich"), (.long, .notBeforeNoun, "elaborate"),
            (.long, .afterIn, "detail depth details"), (.long, .afterFull, "length dive"),
            (.long, .beforeNoun, "detailed long comprehensive thorough extensive longer lengthy indepth full complete"),
            (.simple, .always, "eli5 layman laymans laypeople"), (.simple, .beforeTerms, "simple plain easy everyday"),
            (.simple, .beforeNoun, "simple simplified"),
            (.technical, .beforeNoun, "technical scientific academic"), (.formal, .always, "formally politely"),
            (.formal, .beforeNoun, "formal professional polite"), (.casual, .always, "informally casually"),
            (.casual, .beforeNoun, "casual informal friendly slang relaxed"),
            (.humorous, .beforeNoun, "funny humorous sarcastic witty"),
            (.humorous, .always, "sarcastically humorously"),
            (.steps, .always, "stepbystep"), (.example, .afterMarker, "example examples"),
            (.sentence, .afterMarker, "sentence sentences satz satzen phrase frase"),
            (.paragraph, .afterMarker, "paragraph paragraphs"), (.word, .afterNumber, "words word"),
        ]
        var rules: WordMap<[FormRule]> = [:]
        for (kind, condition, words) in lines {
            for word in words.split(separator: " ") {
                rules[WordHash.of(word), default: []].append(FormRule(kind: kind, condition: condition))
            }
        }
        return rules
    }()
}
