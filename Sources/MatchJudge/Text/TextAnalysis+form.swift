extension TextAnalysis {
    /// Reads the form of answer asked for: language, structure, length, tone.
    func readForm() {
        for position in tokens.indices where tokens[position].traits.isDisjoint(with: [.quoted, .code]) {
            let token = tokens[position]
            if token.traits.contains(.language) { readLanguage(position) }
            for rule in Self.formRules[token.hash] ?? [] { apply(rule, position) }
        }
    }

    /// "in French", "into German", "auf Deutsch", "en français", "translate to Spanish".
    private func readLanguage(_ position: Int) {
        guard position > 0, Self.languageMarkers.contains(tokens[position - 1].hash) else { return }
        form.language = tokens[position].hash
    }

    private func apply(_ rule: FormRule, _ position: Int) {
        switch rule.condition {
        case .always: break
        case .afterMarker:
            // "as a list", "in a table", "in bullet points", "in one sentence", "a short answer"
            guard follows(Self.formMarkers, position, within: 3) else { return }
        case .beforeNoun:
            guard precedes(Self.answerNouns, position, within: 2) else { return }
        case .withWriting:
            guard tokens.contains(where: { Self.writing.contains($0.hash) }) else { return }
        }
        form.kinds.formUnion(rule.kind)
    }

    private func follows(_ words: WordSet, _ position: Int, within reach: Int) -> Bool {
        var index = position - 1
        while index >= 0, index >= position - reach {
            if words.contains(tokens[index].hash) { return true }
            if tokens[index].traits.contains(.clauseEnd) { return false }
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

    private static let languageMarkers = WordSet("in into to auf en au ins nach a al")
    private static let formMarkers = WordSet("as in into als en with using format formatted return output give just only return")
    private static let answerNouns = WordSet(
        "answer answers explanation summary description version reply response overview tone style way manner words word sentence sentences paragraph paragraphs")
    private static let writing = WordSet("write writing compose draft generate create rewrite make schreibe ecris escribe")

    private struct FormRule {
        enum Condition { case always, afterMarker, beforeNoun, withWriting }
        var kind: FormRequest.Kinds
        var condition: Condition
    }

    private static let formRules: [UInt64: [FormRule]] = {
        let lines: [(FormRequest.Kinds, FormRule.Condition, String)] = [
            (.list, .afterMarker, "list bullets bullet bulleted points numbered stichpunkten liste lista"),
            (.list, .always, "bulleted"), (.table, .afterMarker, "table tabular tabelle tableau tabla columns"),
            (.json, .always, "json"), (.csv, .always, "csv"), (.xml, .always, "xml"), (.yaml, .always, "yaml yml"),
            (.markdown, .always, "markdown"), (.html, .always, "html"),
            (.poem, .always, "poem haiku limerick sonnet rhyme gedicht poeme poema song lyrics verse"),
            (.essay, .always, "essay article aufsatz"), (.message, .withWriting, "email letter memo mail"),
            (.tweet, .always, "tweet"), (.story, .withWriting, "story tale"), (.speech, .withWriting, "speech"),
            (.short, .always, "briefly concisely succinctly tldr kurz brievement brevemente shortly"),
            (.short, .beforeNoun, "short brief concise succinct quick shorter"),
            (.long, .always, "elaborate exhaustively thoroughly ausfuhrlich"), (.long, .afterMarker, "detail depth details"),
            (.long, .beforeNoun, "detailed long comprehensive thorough extensive longer lengthy indepth"),
            (.simple, .always, "eli5 layman laymans laypeople"), (.simple, .afterMarker, "simple plain easy"),
            (.simple, .beforeNoun, "simple simplified easy"),
            (.technical, .beforeNoun, "technical scientific academic"), (.formal, .always, "formally politely"),
            (.formal, .beforeNoun, "formal professional polite"), (.casual, .always, "informally casually"),
            (.casual, .beforeNoun, "casual informal friendly slang relaxed"),
            (.humorous, .beforeNoun, "funny humorous sarcastic witty"), (.humorous, .always, "sarcastically humorously"),
            (.steps, .always, "stepbystep"), (.example, .afterMarker, "example examples"),
            (.sentence, .afterMarker, "sentence sentences satz satzen phrase frase"),
            (.paragraph, .afterMarker, "paragraph paragraphs"), (.word, .afterMarker, "words"),
        ]
        var rules: [UInt64: [FormRule]] = [:]
        for (kind, condition, words) in lines {
            for word in words.split(separator: " ") {
                rules[WordHash.of(word), default: []].append(FormRule(kind: kind, condition: condition))
            }
        }
        return rules
    }()
}
