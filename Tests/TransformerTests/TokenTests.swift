import Foundation
import Testing

@testable import Transformer

/// Words, pieces and tags, as models/training/verifier/tokens.py has them.
@Suite struct TokenTests {
    private func words(_ text: String) -> [String] {
        var list = WordList()
        list.read(text)
        return (0..<list.count).map { String(decoding: list[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("How do I reset my PASSWORD?", ["how", "do", "i", "reset", "my", "password", "?"]),
        ("it's $3.50", ["it", "'", "s", "$", "3", ".", "50"]), ("", []), (" \t\n\r", []), ("?!", ["?", "!"]),
        ("Straße naïve ÅNGSTRÖM", ["straße", "naive", "angstrom"]), ("cafe\u{301}", ["cafe"]),
        ("我怎么X改", ["我", "怎", "么", "x", "改"]), ("zero\u{200B}width\u{AD}x", ["zerowidthx"]),
        ("a\u{0}b\u{7F}c\u{FFFD}d", ["abcd"]), ("em—dash…", ["em", "—", "dash", "…"]),
        ("a\u{A0}b\u{3000}c", ["a", "b", "c"]),
        ("각", ["\u{1100}\u{1161}\u{11A8}"]), ("が", ["か"]), ("𠀀b", ["𠀀", "b"]), ("👍 ok", ["👍", "ok"]),
    ]) func wordsAreCutAndFolded(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test func readingStopsAtTheLimit() {
        var list = WordList()
        list.read(String(repeating: "word ", count: 1000), limit: 7)
        #expect(list.count == 7)
    }

    private func vocabulary(_ pieces: [String]) throws -> WordPieceVocabulary {
        try WordPieceVocabulary(
            Array((["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + pieces).map { "\($0)\n" }.joined().utf8),
            path: "vocabulary.txt")
    }

    private func cut(_ word: String, _ vocabulary: WordPieceVocabulary) -> [Int32] {
        var pieces: [Int32] = []
        vocabulary.append(Array(word.utf8)[...], scalars: word.unicodeScalars.count, to: &pieces)
        return pieces
    }

    @Test func theLongestPieceComesFirst() throws {
        let vocabulary = try vocabulary(["pass", "password", "##word", "##w", "##s", "w", "é", "##é"])
        #expect(cut("password", vocabulary) == [5])
        #expect(cut("passwords", vocabulary) == [5, 8])
        #expect(cut("passs", vocabulary) == [4, 8])
        #expect(cut("ééé", vocabulary) == [10, 11, 11])
    }

    /// A continuation never begins a word, and a beginning never goes on one.
    @Test func beginningsAndContinuationsAreTwoThings() throws {
        let vocabulary = try vocabulary(["##s", "w"])
        #expect(cut("s", vocabulary) == [1])
        #expect(cut("ww", vocabulary) == [1])
    }

    @Test func wordsThatNoPieceMatchesAreUnknown() throws {
        let vocabulary = try vocabulary(["a", "##b"])
        #expect(cut("abx", vocabulary) == [1])
        #expect(cut("a" + String(repeating: "b", count: 99), vocabulary).count == 100)
        #expect(cut("a" + String(repeating: "b", count: 100), vocabulary) == [1])
    }

    @Test func aVocabularyWithoutMarksOrTwiceTheSameIsRefused() {
        for (text, hint) in [
            ("[PAD]\n[UNK]\n[CLS]\n", "[SEP]"), ("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n", "line 6"), ("a", "no end"),
            ("", "no end"),
        ] {
            let error = #expect(throws: (any Error).self) {
                try WordPieceVocabulary(Array(text.utf8), path: "v.txt")
            }
            #expect("\(error!)".contains(hint) && "\(error!)".contains("v.txt"))
        }
    }

    private func tags(_ a: String, _ b: String, limit: Int = 128) throws -> (first: [UInt8], count: Int)? {
        let letters = "abcdefghijklmnopqrstuvwxyz0123456789".map(String.init)
        let vocabulary = try vocabulary(letters + letters.map { "##\($0)" } + ["?", "."])
        var (reader, batch) = (PairReader(), TokenBatch())
        guard reader.read(a, b, vocabulary: vocabulary, limit: limit) else { return nil }
        reader.write(.backward, vocabulary, into: &batch)
        let count = batch.count
        reader.write(.forward, vocabulary, into: &batch)
        #expect(batch.sequences == 1 && batch.count == count)
        return (batch.tags, count)
    }

    @Test func tagsSayHowAWordStandsToTheOtherSide() throws {
        // [CLS] a b c [SEP] a b d [SEP]
        #expect(try tags("a b c", "a b d")?.first == [0, 1, 1, 2, 0, 1, 1, 2, 0])
        #expect(try tags("a 1", "a 2")?.first == [0, 1, 3, 0, 1, 3, 0])
        // c b a: b keeps no neighbour side.
        #expect(try tags("a b c", "c b a")?.first == [0, 4, 4, 4, 0, 4, 4, 4, 0])
    }

    @Test func whatBothShareIsCutFirst() throws {
        let shared = String(repeating: "w ", count: 100)
        let read = try #require(try tags("\(shared)a", "\(shared)b"))
        #expect(read.count <= 128)
        #expect(read.first.count { $0 == 2 } == 2)
        // Twelve shared words before each difference stay.
        #expect(read.count == 3 + 2 * 13)
    }

    @Test func aPairOfTooManyDifferencesIsNotRead() throws {
        let a = (0..<100).map { "a\($0)" }.joined(separator: " ")
        #expect(try tags(a, a.replacing("a", with: "b")) == nil)
    }
}
