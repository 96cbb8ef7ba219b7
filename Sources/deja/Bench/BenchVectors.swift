import CacheModel
import Evaluation
import Foundation
import LinearAlgebra

/// Real vectors to measure an index by: embeddings of prompts that the user names, and queries to them.
///
/// The prompts are shuffled; the last of them, at most 1,000, are kept out as **fresh** queries. Entries are the others
/// in turn; where more are wanted than there are, each further round holds every prompt with two random edits of its
/// words, of which one replaces a word by one drawn from another prompt. A **near-duplicate** query is an entry's text
/// with one edit that replaces nothing: a word dropped, repeated, or exchanged with the next. All are embedded as the
/// cache would. The same file, embedder, count and seed give the same vectors.
struct BenchVectors {
    /// d.
    let dimension: Int
    /// The entries' vectors: count×d, row-major, unit-norm.
    private(set) var base: [Float] = []
    /// The queries' vectors, a near-duplicate and a fresh one in turn.
    private(set) var queries: [Float] = []
    /// How many of the entries are prompts as given.
    let original: Int

    var count: Int { base.count / dimension }
    var queryCount: Int { queries.count / dimension }

    /// Embeds `count` entries and at most `queryCount` queries made of `texts`.
    ///
    /// - Throws: `CommandFailure` when there are too few texts.
    init(texts: [String], count: Int, queryCount: Int, embedder: any Embedder, progress: (String) -> Void) throws {
        var generator = SplitMix64(seed: 1)
        var seen: Set<String> = []
        var prompts = texts.filter { seen.insert($0).inserted }
        prompts.shuffle(using: &generator)
        let half = min(queryCount / 2, prompts.count / 10)
        guard half > 0 else { throw CommandFailure("the file holds \(prompts.count) prompts: too few to measure by") }
        // Always the same number is kept out, so that larger counts hold the smaller ones' entries.
        let fresh = Array(prompts.suffix(half))
        prompts.removeLast(half)
        dimension = embedder.dimension
        original = min(count, prompts.count)
        var edits = WordEdits(prompts: prompts, generator: generator)
        base.reserveCapacity(count * dimension)
        for start in stride(from: 0, to: count, by: 4096) {
            let texts = (start..<min(start + 4096, count)).map { number in
                number < prompts.count ? prompts[number] : edits.grown(prompts[number % prompts.count])
            }
            base += Self.embed(texts, embedder)
            progress("embedding \(start)/\(count)")
        }
        let queryTexts = fresh.flatMap { text -> [String] in
            [edits.nearDuplicate(prompts[Int(edits.generator.next() % UInt64(original))]), text]
        }
        queries = Self.embed(queryTexts, embedder)
    }

    private static func embed(_ texts: [String], _ embedder: any Embedder) -> [Float] {
        [Float](unsafeUninitializedCapacity: texts.count * embedder.dimension) { buffer, count in
            count = texts.count * embedder.dimension
            embedder.embed(texts, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The similarity of each query's nearest entry, by brute force in single precision.
    func nearestSimilarities() -> [Float] {
        var best = [Float](repeating: -2, count: queryCount)
        let rows = 1024
        var dots = [Float](repeating: 0, count: queryCount * rows)
        for start in stride(from: 0, to: count, by: rows) {
            let n = min(rows, count - start)
            base.withUnsafeBufferPointer { base in
                Products.gemm(
                    queries, .plain, base.baseAddress! + start * dimension, .transposed, m: queryCount, n: n,
                    k: dimension, into: &dots)
            }
            for query in 0..<queryCount {
                for row in 0..<n { best[query] = max(best[query], dots[query * n + row]) }
            }
        }
        return best
    }

    /// The similarity of a query and an entry in single precision.
    func similarity(_ query: Int, _ entry: Int) -> Float {
        queries.withUnsafeBufferPointer { queries in
            base.withUnsafeBufferPointer { base in
                Products.dot(
                    UnsafeBufferPointer(rebasing: queries[query * dimension..<(query + 1) * dimension]),
                    UnsafeBufferPointer(rebasing: base[entry * dimension..<(entry + 1) * dimension]))
            }
        }
    }

    /// Writes entries and queries as little-endian floats, row after row, to `path` and `path.queries`.
    func write(to path: String) throws {
        for (values, file) in [(base, path), (queries, path + ".queries")] {
            let written = values.withUnsafeBytes { bytes -> Bool in
                guard let stream = fopen(file, "w") else { return false }
                let count = fwrite(bytes.baseAddress, 1, bytes.count, stream)
                return fclose(stream) == 0 && count == bytes.count
            }
            guard written else { throw CommandFailure("\(file) cannot be written") }
        }
    }
}

/// Random edits of a text's words.
struct WordEdits {
    let prompts: [String]
    var generator: SplitMix64

    /// Two edits, of which one replaces a word by one of another prompt.
    mutating func grown(_ text: String) -> String {
        var words = text.split(separator: " ")
        edit(&words)
        let donor = prompts[Int(generator.next() % UInt64(prompts.count))].split(separator: " ")
        if let word = donor.randomElement(using: &generator), let place = words.indices.randomElement(using: &generator)
        {
            words[place] = word
        }
        return words.joined(separator: " ")
    }

    /// One edit.
    mutating func nearDuplicate(_ text: String) -> String {
        var words = text.split(separator: " ")
        edit(&words)
        return words.joined(separator: " ")
    }

    /// Drops a word, repeats one, or exchanges one with the next.
    private mutating func edit(_ words: inout [Substring]) {
        guard words.count > 1 else { return }
        let place = Int(generator.next() % UInt64(words.count - 1))
        switch generator.next() % 3 {
        case 0 where words.count > 2: words.remove(at: place)
        case 1: words.insert(words[place], at: place)
        default: words.swapAt(place, place + 1)
        }
    }
}

extension DataFile {
    /// All texts of the file.
    ///
    /// - Throws: `CommandFailure` for a file whose kind holds no prompts of one text.
    func texts() throws -> [String] {
        switch self {
        case .pairs(let set): set.pairs.flatMap { [$0.a, $0.b] }
        case .clusters(let set): set.texts.map(\.text)
        case .prompts(let set): set.prompts.map(\.text)
        case .context, .traffic: throw CommandFailure("wanted a file of pairs, clusters or prompts")
        }
    }
}
