import CacheEngine
import CacheModel

/// A stream of prompts through the real engine: paraphrases, traps and unrelated prompts, each looked up and, on a miss,
/// stored.
public struct StreamSimulation: Sendable {
    /// One prompt.
    public struct Item: Sendable {
        /// The text.
        public var text: String
        /// What it is an example of (`paraphrase`, `trap/numbers`, `unrelated`).
        public var kind: String
        /// The group of texts that one answer serves.
        public var answer: String

        /// A prompt.
        public init(text: String, kind: String, answer: String) {
            self.text = text
            self.kind = kind
            self.answer = answer
        }
    }

    /// The counts of one kind.
    public struct Tally: Sendable, Equatable {
        /// Prompts looked up.
        public var lookups = 0
        /// Prompts for which a right answer had been stored.
        public var answerable = 0
        /// Hits that served it.
        public var rightHits = 0
        /// Hits that served another.
        public var wrongHits = 0
        /// Wrong hits whose two texts some set labels as different; the others were never labelled against each other,
        /// so that some of them are right in truth.
        public var labelledWrongHits = 0
        /// Hits by exact key, which are not counted above.
        public var exactHits = 0

        /// Hits by meaning.
        public var hits: Int { rightHits + wrongHits }
        /// Wrong hits / hits by meaning.
        public var falseHitRate: Proportion { Proportion(wrongHits, of: hits) }
        /// Right hits / answerable prompts.
        public var recall: Proportion { Proportion(rightHits, of: answerable) }

        static func + (a: Tally, b: Tally) -> Tally {
            Tally(
                lookups: a.lookups + b.lookups, answerable: a.answerable + b.answerable,
                rightHits: a.rightHits + b.rightHits, wrongHits: a.wrongHits + b.wrongHits,
                labelledWrongHits: a.labelledWrongHits + b.labelledWrongHits, exactHits: a.exactHits + b.exactHits)
        }
    }

    /// A wrong hit.
    public struct WrongHit: Sendable {
        /// What was asked.
        public var asked: Item
        /// What the served answer had been stored for.
        public var served: Item
        /// The probability that the judge gave it.
        public var probability: Double?
        /// Whether a set labels the two as different.
        public var isLabelled: Bool
    }

    /// What came of the stream.
    public struct Outcome: Sendable {
        /// By kind, in alphabetical order.
        public var kinds: [(name: String, tally: Tally)]
        /// Wrong hits, in the stream's order.
        public var wrongHits: [WrongHit]
        /// All kinds together.
        public var total: Tally { kinds.reduce(Tally()) { $0 + $1.tally } }
    }

    /// The prompts, in order.
    public let items: [Item]
    private let different: Set<TextPair>

    /// A stream of pairs and single prompts in an order that the seed decides.
    ///
    /// Both texts of a pair stand in the stream once, at random places. Texts that are linked by positive pairs, however
    /// indirectly, are one group, and so are texts that differ in case, marks and spaces alone: sets that nobody compared
    /// share questions.
    public init(pairs: [(kind: String, pairs: [LabelledPair])], unrelated: [String], seed: UInt64) {
        var groups = TextGroups()
        for (_, pairs) in pairs { for pair in pairs where pair.isSame { groups.join(pair.a, pair.b) } }
        var spellings: [String: String] = [:]
        for text in pairs.flatMap({ $0.pairs.flatMap { [$0.a, $0.b] } }) + unrelated {
            let bare = Self.bare(text)
            if let known = spellings[bare] { groups.join(known, text) } else { spellings[bare] = text }
        }
        var seen: Set<String> = []
        var items: [Item] = []
        var different: Set<TextPair> = []
        for (kind, pairs) in pairs {
            for pair in pairs {
                if !pair.isSame { different.insert(TextPair(pair.a, pair.b)) }
                for text in [pair.a, pair.b] where seen.insert(text).inserted {
                    items.append(Item(text: text, kind: kind, answer: groups.name(of: text)))
                }
            }
        }
        for text in unrelated where seen.insert(text).inserted {
            items.append(Item(text: text, kind: "unrelated", answer: groups.name(of: text)))
        }
        self.items = items.shuffled(seed: seed)
        self.different = different
    }

    /// A text without case, marks and spaces. Marks between figures stay: 1.5 is not 15.
    private static func bare(_ text: String) -> String {
        let characters = Array(text.lowercased())
        return String(
            characters.indices.compactMap { index in
                let character = characters[index]
                if character.isLetter || character.isNumber { return character }
                let isInside = index > 0 && index + 1 < characters.count
                return isInside && characters[index - 1].isNumber && characters[index + 1].isNumber ? character : nil
            })
    }

    /// Sends the stream through `engine`.
    public func run(_ engine: any CacheServing, progress: (Int) -> Void = { _ in }) -> Outcome {
        var sources: [EntryID: Item] = [:]
        var stored: Set<String> = []
        var tallies: [String: Tally] = [:]
        var wrong: [WrongHit] = []
        for (number, item) in items.enumerated() {
            let request = CacheRequest(prompt: item.text)
            let reply = engine.lookup(request).finish()
            let isExact = reply.hitType == .exact
            tallies[item.kind, default: Tally()].lookups += 1
            if stored.contains(item.answer) && !isExact { tallies[item.kind]!.answerable += 1 }
            if reply.status == .hit, let source = reply.entryID.flatMap({ sources[$0] }) {
                let hit = WrongHit(
                    asked: item, served: source, probability: reply.probability,
                    isLabelled: different.contains(TextPair(item.text, source.text)))
                count(hit, isExact: isExact, &tallies[item.kind]!)
                if hit.isWrong && !isExact { wrong.append(hit) }
            } else {
                let answer = StoreRequest(request: request, response: RawJSON(.string(item.answer)))
                if case .stored(let id) = engine.store(answer).finish() {
                    sources[id] = item
                    stored.insert(item.answer)
                }
            }
            progress(number + 1)
        }
        return Outcome(
            kinds: tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, wrongHits: wrong)
    }

    private func count(_ hit: WrongHit, isExact: Bool, _ tally: inout Tally) {
        if isExact {
            tally.exactHits += 1
        } else if hit.isWrong {
            tally.wrongHits += 1
            if hit.isLabelled { tally.labelledWrongHits += 1 }
        } else {
            tally.rightHits += 1
        }
    }
}

extension StreamSimulation.WrongHit {
    fileprivate var isWrong: Bool { asked.answer != served.answer }
}

/// Two texts, whichever is first.
struct TextPair: Hashable {
    private let first: String
    private let second: String

    init(_ a: String, _ b: String) { (first, second) = a < b ? (a, b) : (b, a) }
}
