import CacheModel
import Testing

@testable import TextEmbedding

private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

@Suite struct HashedNGramEmbedderTests {
    private let embedder = HashedNGramEmbedder()

    @Test func vectorsHaveUnitLengthAndTextWithoutWordsIsZero() {
        #expect(abs(dot(embedder.embed("hello there"), embedder.embed("hello there")) - 1) < 1e-4)
        for text in ["", "?!", "\u{0}"] { #expect(embedder.embed(text).allSatisfy { $0 == 0 }) }
    }

    @Test func likenessOfWordingRaisesTheCosineInAnyLanguage() {
        for (text, near, far) in [
            ("How do I reset my password?", "how can I reset my passwords", "best pizza in town"),
            ("我怎么修改密码？", "如何修改密码", "今天天气很好"),
            ("Wie setze ich mein Passwort zurück?", "Passwort zurücksetzen, wie geht das?", "Rezept für Apfelkuchen"),
            ("비밀번호를 어떻게 바꾸나요?", "비밀번호 바꾸기", "오늘 날씨가 좋네요"),
        ] {
            let vector = embedder.embed(text)
            #expect(dot(vector, embedder.embed(near)) > dot(vector, embedder.embed(far)) + 0.1, "\(text)")
        }
    }

    @Test func theVectorsAreTheSameForEver() {
        // Computed once by this code; another value means that stored vectors would no longer match.
        let vector = embedder.embed("How do I reset my password?")
        let sum = zip(vector, 1...).reduce(Float(0)) { $0 + $1.0 * Float($1.1 % 7) }
        #expect(abs(sum - goldenSum) < 1e-3, "\(sum)")
        #expect(embedder.identifier == "hashed-ngrams-1-2048-256")
    }

    private let goldenSum: Float = -0.4111925

    @Test func aBatchGivesWhatSingleTextsGive() {
        let texts = ["a", "", "one two three", "你好"]
        var batch = [Float](repeating: .nan, count: 4 * 256)
        batch.withUnsafeMutableBufferPointer { embedder.embed(texts, into: $0) }
        for (i, text) in texts.enumerated() {
            #expect(zip(embedder.embed(text), batch[i * 256..<(i + 1) * 256]).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }
}
