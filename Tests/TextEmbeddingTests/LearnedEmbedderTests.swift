import CacheModel
import Testing

@testable import TextEmbedding

private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

@Suite struct LearnedEmbedderTests {
    private let embedder: LearnedEmbedder

    init() throws { embedder = try LearnedEmbedder(folder: GoldenFile.model) }

    @Test func wordsAndVectorsAreThoseOfTheTrainer() throws {
        #expect(GoldenFile.json["sha256"]?.string == embedder.manifest.files[0].sha256)
        for item in GoldenFile.cases {
            if let words = item.words { #expect(Tokenizer.tokenize(item.text).words == words) }
            let vector = embedder.embed(item.text)
            #expect(vector.count == item.vector.count)
            if item.vector.allSatisfy({ $0 == 0 }) {
                #expect(vector.allSatisfy { $0 == 0 })
            } else {
                #expect(dot(vector, item.vector) > 0.999, "\(item.text.prefix(60))")
                #expect(abs(dot(vector, vector) - 1) < 1e-4)
            }
        }
    }

    @Test func aBatchGivesWhatSingleTextsGive() {
        let texts = GoldenFile.texts + GoldenFile.texts
        var batch = [Float](repeating: .nan, count: texts.count * embedder.dimension)
        batch.withUnsafeMutableBufferPointer { embedder.embed(texts, into: $0) }
        for (i, text) in texts.enumerated() {
            let single = embedder.embed(text)
            let row = Array(batch[i * embedder.dimension..<(i + 1) * embedder.dimension])
            #expect(zip(single, row).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func paraphrasesAreNearerThanOtherQuestions() {
        let question = embedder.embed("How do I reset my password?")
        let paraphrase = embedder.embed("I forgot my password, how can I change it?")
        let other = embedder.embed("How do I bake sourdough bread?")
        #expect(dot(question, paraphrase) > dot(question, other) + 0.3)
    }

    @Test func spellingDoesNotMatter() {
        let a = embedder.embed("What's the capital of France?"), b = embedder.embed("what is THE capital of france")
        #expect(dot(a, b) > 0.9999)
    }

    @Test func unknownWordsTakeTheirLettersMeaning() {
        let a = embedder.embed("the blorptastic machine"), b = embedder.embed("the blorptastics machine")
        let c = embedder.embed("the qwyzzk machine")
        #expect(dot(a, b) > dot(a, c))
    }

    @Test func bytesThatAreNotUTF8AreEmbeddedLikeTheirReplacement() {
        let bytes: [UInt8] = Array("reset ".utf8) + [0xFF, 0x80] + Array(" password".utf8)
        var out = [Float](repeating: 0, count: embedder.dimension)
        bytes.withUnsafeBufferPointer { text in
            out.withUnsafeMutableBufferPointer { embedder.embed(utf8: text, into: $0.baseAddress!) }
        }
        #expect(dot(out, embedder.embed("reset password")) > 0.9999)
    }

    @Test func listedWordsHaveRowsAndRareOnesWeighMore() throws {
        let the = Array("the".utf8).withUnsafeBufferPointer { embedder.row(of: $0) }
        let password = Array("password".utf8).withUnsafeBufferPointer { embedder.row(of: $0) }
        let unknown = Array("blorptastic".utf8).withUnsafeBufferPointer { embedder.row(of: $0) }
        #expect(unknown == nil)
        #expect(embedder.idf(ofRow: try #require(the)) < embedder.idf(ofRow: try #require(password)))
        #expect(embedder.idf(ofRow: try #require(password)) < embedder.unknownIDF)
        let vectors = ["car", "automobile", "sourdough"].map { word in
            Array(word.utf8).withUnsafeBufferPointer { embedder.wordVector($0) }
        }
        #expect(dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2]))
    }

    @Test func theIdentifierNamesTheContent() {
        #expect(embedder.identifier.hasPrefix("deja-en-v2@"))
        #expect(embedder.identifier.count == "deja-en-v2@".count + 12)
    }
}
