import CacheModel

/// One way to decide about hits, whole: what the cache's engine needs of it, and a scorer for labelled pairs.
public struct Arm: Sendable {
    /// The name.
    public let name: String
    /// Makes vectors of prompts.
    public let embedder: any Embedder
    /// Finds the nearest of them.
    public let indexes: any VectorIndexFactory
    /// Vetoes, and judges where the arm has probabilities.
    public let judge: any MatchJudging
    /// Scores labelled pairs as the engine would.
    public let scorer: any PairScoring
    /// The share of hits that may be wrong, where the arm goes by one.
    public let maximumFalseHitRate: Double?
    /// The share of would-be hits that the arm lets through to learn from; `nil` for an arm that does not learn.
    public private(set) var shadowShare: Double?

    /// What the arm's decisions go by.
    public var scale: ScoreScale { scorer.scale }

    /// The same arm, learning from the answers that follow its misses and from `shadowShare` of its would-be hits.
    public func learning(name: String, shadowShare: Double) -> Arm {
        var arm = Arm(
            name: name, embedder: embedder, indexes: indexes, judge: judge, scorer: scorer,
            maximumFalseHitRate: maximumFalseHitRate)
        arm.shadowShare = shadowShare
        return arm
    }

    /// The same arm under whatever budget the policies say.
    var withoutBudget: Arm {
        Arm(
            name: name, embedder: embedder, indexes: indexes, judge: judge, scorer: scorer, maximumFalseHitRate: nil)
    }

    /// The seed's arm: Jaccard on words.
    public static func jaccard(threshold: Double = 0.6) -> Arm {
        let words = WordTable()
        return Arm(
            name: "jaccard", embedder: WordSetEmbedder(words: words), indexes: WordSetIndexFactory(words: words),
            judge: ThresholdJudge(threshold: threshold), scorer: JaccardScorer(threshold: threshold),
            maximumFalseHitRate: nil)
    }

    /// Cosine similarity of an embedder.
    public static func cosine(
        name: String, embedder: any Embedder, indexes: any VectorIndexFactory, threshold: Double
    ) -> Arm {
        Arm(
            name: name, embedder: embedder, indexes: indexes, judge: ThresholdJudge(threshold: threshold),
            scorer: CosineScorer(name: name, embedder: embedder, threshold: threshold), maximumFalseHitRate: nil)
    }

    /// Cosine similarity under the judge's vetoes.
    public static func guarded(
        name: String, embedder: any Embedder, indexes: any VectorIndexFactory, judge: any MatchJudging,
        threshold: Double
    ) -> Arm {
        Arm(
            name: name, embedder: embedder, indexes: indexes,
            judge: ThresholdJudge(threshold: threshold, guards: judge),
            scorer: JudgedScorer(
                name: name, embedder: embedder, judge: judge, value: .similarity(threshold: threshold)),
            maximumFalseHitRate: nil)
    }

    /// The judge's probability under its vetoes: the product as it is.
    public static func judged(
        name: String, embedder: any Embedder, indexes: any VectorIndexFactory, judge: any MatchJudging,
        maximumFalseHitRate: Double = JudgedScorer.defaultFalseHitRate
    ) -> Arm {
        Arm(
            name: name, embedder: embedder, indexes: indexes, judge: judge,
            scorer: JudgedScorer(
                name: name, embedder: embedder, judge: judge, value: .probability,
                maximumFalseHitRate: maximumFalseHitRate),
            maximumFalseHitRate: maximumFalseHitRate)
    }
}

/// The arms that can be asked for by name.
public struct ArmCatalog {
    /// One entry: what it is, what its figure after `@` means, and how to make it.
    public struct Entry {
        /// The name.
        public let name: String
        /// One sentence.
        public let help: String
        /// What the figure after `@` is.
        public let figure: Figure
        /// The figure when none is given.
        public let fallback: Double
        /// Makes the arm.
        public let make: (Double) throws -> Arm

        /// What the figure after `@` is.
        public enum Figure: String, Sendable {
            /// The least similarity of a hit.
            case threshold = "the least similarity of a hit"
            /// The share of hits that may be wrong.
            case budget = "the share of hits that may be wrong"
        }

        /// An entry.
        public init(
            name: String, help: String, figure: Figure, fallback: Double,
            make: @escaping (Double) throws -> Arm
        ) {
            self.name = name
            self.help = help
            self.figure = figure
            self.fallback = fallback
            self.make = make
        }
    }

    /// The entries, from the plainest to the whole.
    public let entries: [Entry]

    /// A catalogue of `entries`; `jaccard` is always there and first.
    public init(_ entries: [Entry]) {
        let jaccard = Entry(
            name: "jaccard", help: "Jaccard on lower-cased words, as the seed had it.", figure: .threshold,
            fallback: 0.6
        ) { .jaccard(threshold: $0) }
        self.entries = [jaccard] + entries
    }

    /// The arm of `NAME` or `NAME@FIGURE` (`jaccard@0.6`, `learned@0.85`, `judge@0.005`).
    ///
    /// - Throws: `ArmError` for an unknown name or a figure out of range; whatever making the arm throws.
    public func arm(_ text: String) throws -> Arm {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw ArmError("there is no arm '\(name)'; there are \(entries.map(\.name).joined(separator: ", "))")
        }
        guard parts.count == 2 else { return try entry.make(entry.fallback) }
        let range = entry.figure == .threshold ? -1.0...1.0 : 0.0...1.0
        guard let figure = Double(parts[1]), range.contains(figure) else {
            throw ArmError(
                "'\(text)': the figure after '@' is \(entry.figure.rawValue), from \(Evaluation.Figure.fixed(range.lowerBound, 0)) "
                    + "to 1, found '\(parts[1])'")
        }
        return try entry.make(figure)
    }
}

/// What is wrong with an arm's name.
public struct ArmError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
