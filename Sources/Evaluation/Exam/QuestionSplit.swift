import CacheModel

/// Which part of the data a question belongs to, so that what training saw is never measured on.
///
/// The same rule as `models/training` (data.py): texts are compared in lower case with single spaces; all texts that Quora's
/// pairs link, and all that positive pairs of other sets link, are one group; a group is named by its first text and goes
/// by the first byte of SHA-256 of "deja split 1:" and that name: below 26 development, below 52 test, else training.
public struct QuestionSplit {
    /// A part of the data.
    public enum Part: Sendable, Equatable { case training, development, test }

    private var groups = TextGroups()
    private let hasher: any ContentHasher
    /// What training cuts texts to, in Unicode scalars.
    static let longestText = 2000

    /// A split in which no texts are linked yet.
    public init(hasher: any ContentHasher) { self.hasher = hasher }

    /// Links the texts of a set's pairs: all of them where `linksDifferent`, else those that one answer serves.
    public mutating func link(_ set: PairSet, linksDifferent: Bool) {
        for pair in set.pairs where linksDifferent || pair.isSame { groups.join(Self.key(pair.a), Self.key(pair.b)) }
    }

    /// The part of a text.
    public mutating func part(of text: String) -> Part {
        let name = groups.name(of: Self.key(text))
        let byte = hasher.digest(Array("deja split 1:\(name)".utf8)).bytes[0]
        return byte < 26 ? .development : byte < 52 ? .test : .training
    }

    /// The pairs that training did not see a text of: at least one is of the test part, and neither of the training part.
    ///
    /// Where different texts are not linked, most different pairs straddle parts; asking for two test texts would leave
    /// almost none of them.
    public mutating func testPairs(_ set: PairSet) -> PairSet {
        var kept: [LabelledPair] = []
        for pair in set.pairs {
            let parts = (part(of: pair.a), part(of: pair.b))
            if parts.0 == .training || parts.1 == .training { continue }
            if parts.0 == .test || parts.1 == .test { kept.append(pair) }
        }
        return PairSet(name: set.name, pairs: kept)
    }

    /// A text as it is compared.
    static func key(_ text: String) -> String {
        let cut =
            text.utf8.count <= longestText
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText)))
        return cut.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
