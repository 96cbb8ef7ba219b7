import CacheModel

/// Refuses pairs of which one asks whether something is allowed and the other whether it is demanded: "May the tenant paint
/// the walls" against "Must the tenant paint the walls".
struct ModalityGuard: MatchGuard {
    let name = "modality"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        guard let here = Self.asked(pair.query), let there = Self.asked(pair.candidate), here != there else {
            return nil
        }
        return veto("whether it may against whether it must")
    }

    private enum Asked { case permission, demand }

    /// What a text asks for; `nil` where it asks neither, or both.
    private static func asked(_ text: TextAnalysis) -> Asked? {
        var asked: Asked?
        for position in text.tokens.indices {
            guard let mode = mode(text, position) else { continue }
            if let asked, asked != mode { return nil }
            asked = mode
        }
        return asked
    }

    private static func mode(_ text: TextAnalysis, _ position: Int) -> Asked? {
        let token = text.tokens[position]
        if demands.contains(token.hash) { return .demand }
        let next = position + 1 < text.tokens.count ? text.tokens[position + 1].hash : 0
        if having.contains(token.hash), next == Word.to { return .demand }
        if permitting.contains(token.hash) { return .permission }
        // "May" is a month too, and "can" asks for help as often ("how can I"): only where it leads its question.
        return leading.contains(token.hash) && token.traits.contains(.sentenceStart) ? .permission : nil
    }

    private static let demands = WordSet("must mandatory obligatory compulsory required obliged obligated")
    private static let having = WordSet("have has had need needs")
    private static let permitting = WordSet("allowed permitted permissible")
    private static let leading = WordSet("may can could")
}
