/// What of two long prompts differs, as whole sentences.
///
/// Prompts made from one template, or asked about one document, share most of their text: what they share is equal, so
/// that whether one answer serves both is decided by the rest. That is cut out here by looking at the two texts alone;
/// nothing has to be known of templates.
struct PayloadPair: Equatable {
    var first: Substring
    var second: Substring

    /// Prompts shorter than this are looked at whole, bytes.
    static let leastPrompt = 160
    /// What both share must be this many bytes at least …
    static let leastShared = 100
    /// … and this share of the longer prompt.
    static let leastShare = 0.5
    /// How far a cut moves to find the end of a sentence, bytes; then it is made at a word.
    static let reach = 160

    /// The payloads of two prompts; `nil` when they have too little in common, or nothing to tell them apart. O(bytes).
    init?(_ a: String, _ b: String) {
        guard let cut = Self.cut(a, b) else { return nil }
        first = Self.middle(a, cut)
        second = Self.middle(b, cut)
        dropSharedLines()
    }

    /// Bytes at both ends of two texts.
    typealias Cut = (prefix: Int, suffix: Int)

    /// What two prompts share at both ends, up to whole sentences; `nil` when that is too little.
    static func cut(_ a: String, _ b: String) -> Cut? {
        let (left, right) = (a.utf8.count, b.utf8.count)
        guard left >= leastPrompt, right >= leastPrompt else { return nil }
        // Most pairs part at once.
        guard a.utf8.first == b.utf8.first || a.utf8.last == b.utf8.last else { return nil }
        var (a, b) = (a, b)
        let found = a.withUTF8 { first in b.withUTF8 { second in cut(first, second) } }
        guard let found, found.prefix + found.suffix >= leastShared,
            Double(found.prefix + found.suffix) >= leastShare * Double(max(left, right))
        else { return nil }
        return found
    }

    private static func middle(_ text: String, _ cut: Cut) -> Substring {
        let utf8 = text.utf8
        return text[
            utf8.index(utf8.startIndex, offsetBy: cut.prefix)..<utf8.index(utf8.endIndex, offsetBy: -cut.suffix)]
    }

    /// The shared bytes at both ends, moved outwards to where sentences begin and end.
    private static func cut(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Cut? {
        let shorter = min(a.count, b.count)
        var prefix = 0
        while prefix < shorter, a[prefix] == b[prefix] { prefix += 1 }
        guard prefix < shorter || a.count != b.count else { return nil }
        prefix = min(sentenceStart(a, before: prefix), prefix)
        var suffix = 0
        while suffix < shorter - prefix, a[a.count - 1 - suffix] == b[b.count - 1 - suffix] { suffix += 1 }
        suffix = a.count - sentenceEnd(a, from: a.count - suffix)
        return (prefix, suffix)
    }

    /// The last place at or before `end` where a sentence or a line begins, else a word some way back.
    private static func sentenceStart(_ text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
        let floor = max(0, end - reach)
        var position = end
        while position > floor {
            if isBoundary(text, position) { return position }
            position -= 1
        }
        // A word near `floor`, else no more than a whole character: never past `end`, where the texts part.
        let word = wordStart(text, from: floor)
        if floor == 0 || word <= end { return floor == 0 ? 0 : word }
        var start = end
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// The first place at or after `start` where a sentence or a line has ended, else the end of a word some way on.
    private static func sentenceEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ceiling = min(text.count, start + reach)
        var position = start
        while position < ceiling {
            if position > 0, isBoundary(text, position) { return position }
            position += 1
        }
        return ceiling == text.count ? ceiling : wordStart(text, from: ceiling)
    }

    /// Whether a sentence or a line begins at `position`: after a line end, or after white space behind `. ! ? : ; >` or a
    /// quotation mark.
    private static func isBoundary(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        guard position > 0, position < text.count else { return position == 0 }
        let last = text[position - 1]
        if last == 0x0A { return true }
        guard last == 0x20 || last == 0x09, position > 1 else { return last == 0x3E }
        switch text[position - 2] {
        case 0x2E, 0x21, 0x3F, 0x3A, 0x3B, 0x3E, 0x22: return true
        default: return false
        }
    }

    /// The first byte at or after `position` that begins a word, or the end: never inside a character.
    private static func wordStart(_ text: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        var position = position
        while position < text.count, position > 0, text[position - 1] != 0x20, text[position - 1] != 0x0A {
            position += 1
        }
        return position
    }

    /// Between two places that differ there may be more that does not: lines that stand on both sides at the same place.
    private mutating func dropSharedLines() {
        let left = first.split(separator: "\n", omittingEmptySubsequences: false)
        let right = second.split(separator: "\n", omittingEmptySubsequences: false)
        guard left.count == right.count, left.count > 2 else { return }
        let kept = left.indices.filter { left[$0] != right[$0] }
        guard !kept.isEmpty, kept.count < left.count else { return }
        first = Substring(kept.map { left[$0] }.joined(separator: "\n"))
        second = Substring(kept.map { right[$0] }.joined(separator: "\n"))
    }
}
