import CacheModel

/// Whether two answers say the same, as far as that can be told without a model: evidence must rather be missing than
/// wrong.
///
/// Equal answers after folding are the same; so are answers of the same content words and figures in one order, to which no
/// guard objects; answers that contradict each other (yes and no, other figures in
/// otherwise like texts) or have next to nothing in common are others. Everything else is unclear. docs/judge.md says how often that is
/// right.
struct ResponseComparer: Sendable {
    enum Outcome: String, Sendable { case same, other, unclear }

    let embedder: any Embedder
    let normalizer: any TextNormalizer
    let judge: any MatchJudging

    /// The longest part of an answer that is compared by its words, bytes. Longer answers can be equal, not alike.
    static let maximumBytes = 8192
    /// Answers of at most so many words are names, numbers and labels: a word more or less is another answer.
    static let shortWords = 3

    /// Members of a reply that differ from call to call whatever the answer.
    private static let passing: Set<String> = [
        "id", "created", "created_at", "model", "usage", "system_fingerprint", "request_id", "service_tier",
        "object", "logprobs",
    ]

    /// What two answers have in common. O(bytes).
    func compare(_ a: RawJSON, _ b: RawJSON) -> Outcome {
        if a == b { return .same }
        guard let first = try? a.parsed(), let second = try? b.parsed() else { return .unclear }
        if let left = AnswerTurn.text(of: first), let right = AnswerTurn.text(of: second) {
            return compare(texts: left, right)
        }
        return compare(structures: Self.essence(first), Self.essence(second))
    }

    // MARK: Texts

    private func compare(texts a: String, _ b: String) -> Outcome {
        if let first = Self.structure(a), let second = Self.structure(b) {
            return compare(structures: first, second)
        }
        let (left, right) = (normalizer.fold(a), normalizer.fold(b))
        if left == right { return left.isEmpty ? .unclear : .same }
        guard left.utf8.count <= Self.maximumBytes, right.utf8.count <= Self.maximumBytes else { return .unclear }
        let (first, second) = (AnswerWords(left), AnswerWords(right))
        if first.all.isEmpty || second.all.isEmpty { return .unclear }
        if let a = first.polarity, let b = second.polarity, a != b { return .other }
        if max(first.count, second.count) <= Self.shortWords { return compare(short: first, second) }
        let overlap = first.overlap(second)
        if !first.figures.isEmpty, !second.figures.isEmpty, first.figures.isDisjoint(with: second.figures),
            overlap > 0.3
        {
            return .other
        }
        let similarity = similarity(a, b)
        if overlap < 0.08, similarity < 0.3, min(first.count, second.count) >= 8 { return .other }
        // One content word in another's place ("few" for "many") is enough to say the contrary.
        guard first.content == second.content, similarity >= 0.9, first.figures == second.figures,
            first.negations == second.negations, first.sharesOrder(with: second)
        else { return .unclear }
        return isObjectedTo(a, b, similarity) ? .unclear : .same
    }

    /// Names and numbers: the same words in another order are the same, a part of the other is unclear.
    private func compare(short a: AnswerWords, _ b: AnswerWords) -> Outcome {
        if a.figures != b.figures { return a.figures.isEmpty || b.figures.isEmpty ? .unclear : .other }
        let (left, right) = (a.content, b.content)
        if left == right { return left.isEmpty || a.all != b.all ? .unclear : .same }
        if left.isEmpty || right.isEmpty { return .unclear }
        return left.isDisjoint(with: right) ? .other : .unclear
    }

    private func similarity(_ a: String, _ b: String) -> Double {
        Double(zip(embedder.embed(a), embedder.embed(b)).reduce(Float(0)) { $0 + $1.0 * $1.1 })
    }

    /// Whether a guard sees a difference that would change an answer.
    private func isObjectedTo(_ a: String, _ b: String, _ similarity: Double) -> Bool {
        judge.begin(a).judge(b, similarity: similarity, explain: false).veto != nil
    }

    // MARK: Structures

    private static func structure(_ text: String) -> JSONValue? {
        guard let first = text.utf8.first(where: { $0 > 0x20 }), first == 0x7B || first == 0x5B else { return nil }
        return try? JSONValue(parsing: text)
    }

    /// A reply without what differs from call to call; of a chat completion its messages.
    private static func essence(_ value: JSONValue) -> JSONValue {
        if let choices = value["choices"]?.array { return .array(choices.map { essence($0["message"] ?? $0) }) }
        guard let members = value.members else { return value }
        return .object(
            members.filter { !passing.contains($0.name) }.map { member in
                // A tool call's name is made up by each call.
                guard member.name == "tool_calls", let calls = member.value.array else { return member }
                return JSONMember(member.name, .array(calls.map { $0["function"] ?? $0 }))
            })
    }

    private func compare(structures a: JSONValue, _ b: JSONValue) -> Outcome {
        let (left, right) = (leaves(a), leaves(b))
        if left == right { return left.isEmpty ? .unclear : .same }
        // Other members, or other lengths of lists: the same may be said in another shape.
        guard left.keys == right.keys else { return .unclear }
        let hard = left.contains { path, value in
            guard let other = right[path], other != value else { return false }
            return value.isFirm && other.isFirm
        }
        return hard ? .other : .unclear
    }

    /// The scalars by their paths, texts folded.
    private func leaves(_ value: JSONValue) -> [String: Leaf] {
        var found: [String: Leaf] = [:]
        func walk(_ value: JSONValue, _ path: String) {
            switch value {
            case .null: break
            case .array(let elements):
                for (index, element) in elements.enumerated() { walk(element, "\(path)[\(index)]") }
            case .object(let members): for member in members { walk(member.value, "\(path).\(member.name)") }
            case .string(let text): found[path] = .text(normalizer.fold(text))
            case .bool(let flag): found[path] = .flag(flag)
            case .integer, .number: found[path] = .number(value.double ?? 0)
            }
        }
        walk(value, "")
        return found
    }

    private enum Leaf: Equatable {
        case text(String)
        case number(Double)
        case flag(Bool)

        /// Whether another value is another answer: numbers, truth values and single words are, sentences may not be.
        var isFirm: Bool { if case .text(let text) = self { !text.contains(" ") } else { true } }
    }
}
