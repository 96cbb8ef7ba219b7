import CacheModel
import ModelFiles
import TestSupport
import Testing

@testable import TextEmbedding

private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// Prompts of a help desk whose every prompt opens with the same words.
func templatedPrompts(_ count: Int) -> [String] {
    let things = ["password", "invoice", "router", "refund", "parcel", "licence", "camera", "ticket"]
    let actions = ["reset", "download", "restart", "request", "track", "renew", "clean", "cancel"]
    return (0..<count).map { i in
        "You are a helpful assistant of Example Corp. How do I \(actions[i % 8]) my \(things[i / 8 % 8]) number \(i / 64)?"
    }
}

@Suite struct EmbedderTrainerTests {
    private func small() -> EmbedderTrainer {
        var trainer = EmbedderTrainer(dimension: 32)
        trainer.places = 256
        return trainer
    }

    @Test func aTrainedModelIsWrittenAndLoaded() throws {
        let folder = try TemporaryFolder()
        let summary = try small().train(templatedPrompts(300), name: "desk", output: folder.file("model"))
        #expect(summary.prompts == 300)
        #expect(summary.kept > 0.5 && summary.kept <= 1.001)
        let embedder = try ModelLoader.load(folder.file("model"))
        #expect(embedder.dimension == 32)
        #expect(embedder.identifier.hasPrefix("desk@"))
        let manifest = try ModelLoader.manifest(folder.file("model"))
        #expect(manifest.kind == .hashedNGrams)
        #expect(manifest.provenance == "deja train, 300 prompts")
    }

    @Test func whatAllPromptsShareWeighsLittle() throws {
        let folder = try TemporaryFolder()
        try small().train(templatedPrompts(512), name: "desk", output: folder.file("model"))
        let trained = try ModelLoader.load(folder.file("model"))
        let untrained = HashedNGramEmbedder(dimension: 32, places: 256)
        // Over many pairs: which of the equally frequent words keep a direction of their own depends on the machine's BLAS.
        let texts = templatedPrompts(64)
        func likeness(_ embedder: any Embedder) -> Float {
            let vectors = texts.map { embedder.embed($0) }
            let pairs = vectors.indices.flatMap { i in
                vectors.indices.filter { $0 % 8 != i % 8 && $0 / 8 != i / 8 }.map { (i, $0) }
            }
            return pairs.reduce(0) { $0 + dot(vectors[$1.0], vectors[$1.1]) } / Float(pairs.count)
        }
        #expect(likeness(trained) < likeness(untrained) - 0.1)
    }

    @Test func theSamePromptsGiveTheSameModel() throws {
        let folder = try TemporaryFolder()
        try small().train(templatedPrompts(100), name: "desk", output: folder.file("a"))
        try small().train(templatedPrompts(100), name: "desk", output: folder.file("b"))
        #expect(try ModelLoader.load(folder.file("a")).identifier == ModelLoader.load(folder.file("b")).identifier)
    }

    @Test func tooFewPromptsAreRefusedWithTheNumberNeeded() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ModelError.self) {
            try small().train(templatedPrompts(31), name: "desk", output: folder.file("model"))
        }
        #expect(error?.code == .tooLittleText)
        #expect(error?.description.contains("at least 32 prompts") == true)
    }

    @Test func progressRisesToOne() throws {
        let folder = try TemporaryFolder()
        var shares: [Double] = []
        try small().train(templatedPrompts(64), name: "desk", output: folder.file("model")) { shares.append($0) }
        #expect(shares == shares.sorted())
        #expect(shares.last == 1)
    }
}
