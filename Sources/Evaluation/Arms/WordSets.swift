import CacheModel

/// Texts as sets of numbered words, shared by an embedder and its indexes.
///
/// The engine knows texts by vectors. For Jaccard's index a text's vector is no more than its number here, so that the
/// plain baseline runs through the very engine that it is compared with.
final class WordTable: Sendable {
    /// The bits of a text's number.
    static let dimension = 32

    private struct State {
        var words: [String: UInt32] = [:]
        var numbers: [String: UInt32] = [:]
        var texts: [[UInt32]] = []
    }
    private let state = Locked(State())

    /// The number of a text: the same for the same text.
    func number(of text: String) -> UInt32 {
        state.withLock { state in
            if let known = state.numbers[text] { return known }
            let words = JaccardScorer.words(text).map { word in
                let next = UInt32(state.words.count)
                return state.words[String(word)]
                    ?? {
                        state.words[String(word)] = next; return next
                    }()
            }
            state.texts.append(words)
            state.numbers[text] = UInt32(state.texts.count - 1)
            return UInt32(state.texts.count - 1)
        }
    }

    /// The words of a text.
    func words(_ number: UInt32) -> [UInt32] { state.withLock { $0.texts[Int(number)] } }

    /// A unit vector whose signs spell `number`: it survives the store's 8-bit components and a change of length.
    static func vector(_ number: UInt32) -> [Float] {
        let size = 1 / Float(dimension).squareRoot()
        return (0..<dimension).map { number >> $0 & 1 == 1 ? size : -size }
    }

    /// The number that a vector's signs spell.
    static func number(_ vector: UnsafeBufferPointer<Float>) -> UInt32 {
        (0..<dimension).reduce(0) { $0 | (vector[$1] > 0 ? 1 << $1 : 0) }
    }
}

/// Gives a text's number as its vector.
struct WordSetEmbedder: Embedder {
    let identifier = "word-sets"
    let dimension = WordTable.dimension
    let words: WordTable

    func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>) {
        for (row, text) in texts.enumerated() {
            for (column, value) in WordTable.vector(words.number(of: text)).enumerated() {
                out[row * dimension + column] = value
            }
        }
    }
}

/// Makes indexes over the texts of one table.
struct WordSetIndexFactory: VectorIndexFactory {
    let words: WordTable
    func makeIndex(dimension: Int) -> any VectorIndex { WordSetIndex(words: words) }
}

/// Finds the texts whose word sets have the highest Jaccard index with the query's, exactly: an inverted list for each
/// word, of which only those of the query's words are read.
final class WordSetIndex: VectorIndex, @unchecked Sendable {
    // Unchecked: as every index, the caller lets many search at once or one change it.
    let dimension = WordTable.dimension
    private let words: WordTable
    private var lists: [UInt32: [UInt32]] = [:]
    private var sets: [UInt32: [UInt32]] = [:]

    init(words: WordTable) { self.words = words }

    var count: Int { sets.count }
    var memoryBytes: Int { sets.values.reduce(0) { $0 + 8 * $1.count + 64 } }

    func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) {
        precondition(sets[slot] == nil, "a slot is used once")
        let set = words.words(WordTable.number(vector))
        sets[slot] = set
        for word in set { lists[word, default: []].append(slot) }
    }

    @discardableResult
    func remove(slot: UInt32) -> Bool {
        guard let set = sets.removeValue(forKey: slot) else { return false }
        for word in set { lists[word]?.removeAll { $0 == slot } }
        return true
    }

    func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        let wanted = words.words(WordTable.number(query))
        var common: [UInt32: Int] = [:]
        for word in wanted { for slot in lists[word] ?? [] { common[slot, default: 0] += 1 } }
        var best: [Neighbor] = []
        for (slot, count) in common {
            let similarity = Float(Double(count) / Double(wanted.count + sets[slot]!.count - count))
            if similarity >= minimumSimilarity {
                Self.keep(Neighbor(slot: slot, similarity: similarity), in: &best, limit)
            }
        }
        return best
    }

    func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        stride(from: 0, to: queries.count, by: dimension).map { start in
            search(
                UnsafeBufferPointer(rebasing: queries[start..<(start + dimension)]), limit: limit,
                minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        }
    }

    /// Puts a neighbour where it belongs among the `limit` best.
    private static func keep(_ neighbor: Neighbor, in best: inout [Neighbor], _ limit: Int) {
        func isBefore(_ a: Neighbor, _ b: Neighbor) -> Bool {
            a.similarity != b.similarity ? a.similarity > b.similarity : a.slot < b.slot
        }
        if best.count == limit, let last = best.last, !isBefore(neighbor, last) { return }
        best.insert(neighbor, at: best.firstIndex { isBefore(neighbor, $0) } ?? best.count)
        if best.count > limit { best.removeLast() }
    }
}
