/// How a token stands to the other text of its pair.
enum PairTag: UInt8 {
    /// A mark: [CLS], [SEP].
    case mark
    /// The word stands there too, beside a neighbour that it has here.
    case same
    /// The word does not stand there.
    case different
    /// Nor does this one, and it has a digit.
    case differentFigure
    /// The word stands there too, but beside no neighbour that it has here.
    case moved

    static let count = 5
}

/// Reads a pair of texts for the cross-encoder: word pieces, and the tag of every word.
///
/// The reference is models/training/verifier/tokens.py. When the pair is too long, what both texts share is cut first,
/// the farthest from a difference; where even the differences are too many the pair is not read at all, since what was
/// cut might be what differs.
struct PairReader {
    /// The most words around a difference that are kept when a pair is too long.
    static let cutMargin = 12
    /// Texts of more bytes than this are not read: the judge's own reading ends there, too.
    static let longestText = 16 * 1024

    private var first = Side()
    private var second = Side()
    private var names = WordNames()

    private struct Side {
        var words = WordList()
        /// The number of each word, the same for equal words of both sides; from 1.
        var numbers: [UInt32] = []
        var tags: [PairTag] = []
        var pieces: [Int32] = []
        /// Where each word's pieces begin; one more for the end.
        var pieceStarts: [Int] = []
        var isKept: [Bool] = []

        /// How many pieces the kept words have.
        var kept: Int {
            var sum = 0
            for index in tags.indices where isKept[index] { sum += pieceStarts[index + 1] - pieceStarts[index] }
            return sum
        }
    }

    /// `(a, b)`, or `(b, a)`.
    enum Order { case forward, backward }

    /// Reads two texts, to be written at most `limit` tokens long.
    ///
    /// - Returns: `false`, and nothing may be written, where a text has no word or is too long, or where the differences
    ///   alone are more than `limit` tokens.
    mutating func read(_ a: String, _ b: String, vocabulary: WordPieceVocabulary, limit: Int) -> Bool {
        guard a.utf8.count <= Self.longestText, b.utf8.count <= Self.longestText else { return false }
        first.words.read(a)
        second.words.read(b)
        guard first.words.count > 0, second.words.count > 0 else { return false }
        names.removeAll()
        Self.number(&first, &names, vocabulary)
        Self.number(&second, &names, vocabulary)
        Self.tag(&first, against: second, &names)
        Self.tag(&second, against: first, &names)
        return cut(to: limit - 3)
    }

    /// Writes `[CLS] a [SEP] b [SEP]` or `[CLS] b [SEP] a [SEP]`, as long as each other, of the texts that were read last, as
    /// the batch's one sequence.
    func write(_ order: Order, _ vocabulary: WordPieceVocabulary, into batch: inout TokenBatch) {
        batch.removeAll()
        let marks = vocabulary.marks
        batch.append(marks.start)
        for (segment, side) in zip([UInt8(0), 1], order == .forward ? [first, second] : [second, first]) {
            for (index, tag) in side.tags.enumerated() where side.isKept[index] {
                for piece in side.pieces[side.pieceStarts[index]..<side.pieceStarts[index + 1]] {
                    batch.append(piece, segment: segment, tag: tag.rawValue)
                }
            }
            batch.append(marks.separator, segment: segment)
        }
        batch.endSequence()
    }

    private static func number(_ side: inout Side, _ names: inout WordNames, _ vocabulary: WordPieceVocabulary) {
        side.numbers.removeAll(keepingCapacity: true)
        side.pieces.removeAll(keepingCapacity: true)
        side.pieceStarts.removeAll(keepingCapacity: true)
        for index in 0..<side.words.count {
            let word = side.words[index]
            side.numbers.append(names.number(of: word))
            side.pieceStarts.append(side.pieces.count)
            vocabulary.append(word, scalars: Int(side.words.words[index].length), to: &side.pieces)
        }
        side.pieceStarts.append(side.pieces.count)
        side.isKept.removeAll(keepingCapacity: true)
        for _ in 0..<side.words.count { side.isKept.append(true) }
    }

    private static func tag(_ own: inout Side, against other: Side, _ names: inout WordNames) {
        names.beginSet()
        for index in 0...other.numbers.count {
            let left = index > 0 ? other.numbers[index - 1] : 0
            let right = index < other.numbers.count ? other.numbers[index] : 0
            names.mark(left, before: right)
        }
        own.tags.removeAll(keepingCapacity: true)
        for (index, word) in own.numbers.enumerated() {
            guard names.isMarked(word) else {
                own.tags.append(own.words.words[index].hasDigit ? .differentFigure : .different)
                continue
            }
            let left = index > 0 ? own.numbers[index - 1] : 0
            let right = index + 1 < own.numbers.count ? own.numbers[index + 1] : 0
            let isBeside = names.isMarked(left, before: word) || names.isMarked(word, before: right)
            own.tags.append(isBeside ? .same : .moved)
        }
    }

    /// Cuts words that both sides share until the pair fits `limit` pieces; `false` where that does not suffice.
    private mutating func cut(to limit: Int) -> Bool {
        if first.pieces.count + second.pieces.count <= limit { return true }
        for margin in stride(from: Self.cutMargin, through: 0, by: -1) {
            Self.keep(&first, margin)
            Self.keep(&second, margin)
            if first.kept + second.kept <= limit { return true }
        }
        return false
    }

    /// Keeps the words at most `margin` words from a difference.
    private static func keep(_ side: inout Side, _ margin: Int) {
        for index in side.isKept.indices { side.isKept[index] = false }
        var done = 0
        for (index, tag) in side.tags.enumerated() where tag != .same {
            let end = min(side.tags.count, index + margin + 1)
            for place in max(done, index - margin)..<max(done, end) { side.isKept[place] = true }
            done = max(done, end)
        }
    }
}

/// Numbers for words, the same for equal ones, in tables that are used again and again.
private struct WordNames {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]
    private var slots = [UInt32](repeating: 0, count: 256)
    /// Which words are in the set at hand, and which stand before which; 0 is the end of a text.
    private var marked: [Bool] = [false]
    private var neighbours: Set<UInt64> = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeLast(ends.count - 1)
        for index in slots.indices { slots[index] = 0 }
        marked.removeLast(marked.count - 1)
    }

    /// The number of a word, from 1.
    mutating func number(of word: ArraySlice<UInt8>) -> UInt32 {
        if ends.count * 2 > slots.count { grow() }
        var place = Self.hash(word) & (slots.count - 1)
        while slots[place] != 0 {
            if name(slots[place]) == word { return slots[place] }
            place = (place + 1) & (slots.count - 1)
        }
        bytes.append(contentsOf: word)
        ends.append(bytes.count)
        marked.append(false)
        slots[place] = UInt32(ends.count - 1)
        return slots[place]
    }

    /// Forgets what was marked.
    mutating func beginSet() {
        for index in marked.indices { marked[index] = false }
        neighbours.removeAll(keepingCapacity: true)
    }

    mutating func mark(_ left: UInt32, before right: UInt32) {
        marked[Int(right)] = true
        neighbours.insert(UInt64(left) << 32 | UInt64(right))
    }

    func isMarked(_ number: UInt32) -> Bool { marked[Int(number)] }

    func isMarked(_ left: UInt32, before right: UInt32) -> Bool {
        neighbours.contains(UInt64(left) << 32 | UInt64(right))
    }

    private func name(_ number: UInt32) -> ArraySlice<UInt8> { bytes[ends[Int(number) - 1]..<ends[Int(number)]] }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in 1..<UInt32(ends.count) {
            var place = Self.hash(name(number)) & (slots.count - 1)
            while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = number
        }
    }

    private static func hash(_ word: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7FFF_FFFF)
    }
}
