import ModelFiles

/// The word pieces that a model knows, found by their bytes without a string.
///
/// Source: Wu et al., "Google's Neural Machine Translation System" (2016), section 4.1; the pieces are BERT's. A piece
/// that goes on a word is listed with `##` before it.
struct WordPieceVocabulary: Sendable {
    /// Pieces that stand for something else than text.
    struct Marks: Sendable {
        let padding: Int32
        let unknown: Int32
        let start: Int32
        let separator: Int32
    }

    /// The longest word that is cut into pieces, in Unicode scalars; a longer one is unknown.
    static let longestWord = 100

    let count: Int
    let marks: Marks
    private let bytes: [UInt8]
    private let entries: [(start: UInt32, length: UInt32)]
    /// Open addressing: an entry's number plus one; 0 for an empty place.
    private let slots: [UInt32]
    private let longestPiece: Int

    /// Reads a file of one piece a line; line n (from 0) has number n.
    ///
    /// - Throws: `ModelError` when a mark is missing or a piece is there twice.
    init(_ file: [UInt8], path: String) throws(ModelError) {
        var entries: [(start: UInt32, length: UInt32)] = []
        var start = 0
        for (index, byte) in file.enumerated() where byte == UInt8(ascii: "\n") {
            entries.append((UInt32(start), UInt32(index - start)))
            start = index + 1
        }
        guard start == file.count, !entries.isEmpty, entries.count < 1 << 24 else {
            throw ModelError(
                .inconsistent, path, "is no list of word pieces: its last line has no end",
                "copy the whole model folder again")
        }
        var size = 16
        while size < entries.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        for (number, entry) in entries.enumerated() {
            let piece = file[Int(entry.start)..<Int(entry.start + entry.length)]
            var place = Int(truncatingIfNeeded: Self.hash(piece)) & (size - 1)
            while slots[place] != 0 {
                let other = entries[Int(slots[place]) - 1]
                if file[Int(other.start)..<Int(other.start + other.length)] == piece {
                    throw ModelError(
                        .inconsistent, path, "lists the piece of line \(number + 1) twice",
                        "copy the whole model folder again")
                }
                place = (place + 1) & (size - 1)
            }
            slots[place] = UInt32(number + 1)
        }
        (bytes, self.entries, self.slots, count) = (file, entries, slots, entries.count)
        longestPiece = Int(entries.map(\.length).max() ?? 0)
        var found: [Int32] = []
        for mark in ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] {
            let name = Array(mark.utf8)
            guard
                let number = Self.find(
                    Self.hash(name[...]), matching: { name[...] == $0 }, file, entries, slots)
            else {
                throw ModelError(
                    .inconsistent, path, "lacks the piece \(mark)", "copy the whole model folder again")
            }
            found.append(number)
        }
        marks = Marks(padding: found[0], unknown: found[1], start: found[2], separator: found[3])
    }

    /// FNV-1a, 64 bits, and a last mixing for the low bits.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        finish(bytes.reduce(seed) { step($0, $1) })
    }

    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let continuation: UInt64 = [UInt8(ascii: "#"), UInt8(ascii: "#")].reduce(seed) { step($0, $1) }

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    @inline(__always)
    private static func finish(_ hash: UInt64) -> UInt64 { hash ^ (hash >> 32) }

    private static func find(
        _ hash: UInt64, matching: (ArraySlice<UInt8>) -> Bool, _ bytes: [UInt8],
        _ entries: [(start: UInt32, length: UInt32)], _ slots: [UInt32]
    ) -> Int32? {
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != 0 {
            let entry = entries[Int(slots[place]) - 1]
            if matching(bytes[Int(entry.start)..<Int(entry.start + entry.length)]) { return Int32(slots[place] - 1) }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Appends the numbers of a word's pieces: the longest match first, from left to right; [UNK] for a word of more than
    /// `longestWord` scalars or with a part that no piece matches. O(bytes · longest piece).
    func append(_ word: ArraySlice<UInt8>, scalars: Int, to pieces: inout [Int32]) {
        let before = pieces.count
        guard scalars <= Self.longestWord else {
            pieces.append(marks.unknown)
            return
        }
        var start = word.startIndex
        while start < word.endIndex {
            guard let (number, end) = longest(word, from: start) else {
                pieces.removeLast(pieces.count - before)
                pieces.append(marks.unknown)
                return
            }
            pieces.append(number)
            start = end
        }
    }

    /// The longest piece that `word` goes on with at `start`. One pass makes the hash of every prefix.
    private func longest(_ word: ArraySlice<UInt8>, from start: Int) -> (number: Int32, end: Int)? {
        let isFirst = start == word.startIndex
        let prefix = isFirst ? 0 : 2
        let room = min(word.endIndex - start, longestPiece - prefix)
        guard room > 0 else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: room) { hashes in
            var hash = isFirst ? Self.seed : Self.continuation
            for offset in 0..<room {
                hash = Self.step(hash, word[start + offset])
                hashes[offset] = Self.finish(hash)
            }
            for length in stride(from: room, through: 1, by: -1) {
                let end = start + length
                // A piece ends where a scalar does.
                if end < word.endIndex, word[end] & 0xC0 == 0x80 { continue }
                let found = Self.find(
                    hashes[length - 1],
                    matching: { piece in
                        piece.count == length + prefix && piece.dropFirst(prefix).elementsEqual(word[start..<end])
                            && (isFirst
                                || (piece.first == UInt8(ascii: "#") && piece.dropFirst().first == UInt8(ascii: "#")))
                    }, bytes, entries, slots)
                if let found { return (found, end) }
            }
            return nil
        }
    }
}
