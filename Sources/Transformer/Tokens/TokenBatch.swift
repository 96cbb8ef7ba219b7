/// Sequences of tokens that the encoder reads at once, one after the other.
struct TokenBatch {
    /// The numbers of the word pieces.
    var pieces: [Int32] = []
    /// Which of two texts a token is of; all 0 where there is one text.
    var segments: [UInt8] = []
    /// How a token stands to the other text (`PairTag`); all 0 where there is one text.
    var tags: [UInt8] = []
    /// Where each sequence begins; the last one is the end of all.
    var starts: [Int] = [0]

    var count: Int { pieces.count }
    var sequences: Int { starts.count - 1 }

    mutating func removeAll() {
        pieces.removeAll(keepingCapacity: true)
        segments.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
        starts.removeLast(starts.count - 1)
    }

    @inline(__always)
    mutating func append(_ piece: Int32, segment: UInt8 = 0, tag: UInt8 = 0) {
        pieces.append(piece)
        segments.append(segment)
        tags.append(tag)
    }

    /// Drops the tokens from `end` on.
    mutating func cut(to end: Int) {
        pieces.removeLast(pieces.count - end)
        segments.removeLast(segments.count - end)
        tags.removeLast(tags.count - end)
    }

    mutating func endSequence() { starts.append(pieces.count) }
}
