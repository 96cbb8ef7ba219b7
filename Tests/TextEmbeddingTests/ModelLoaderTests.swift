import CacheModel
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import TextEmbedding

@Suite struct ModelLoaderTests {
    private let folder: TemporaryFolder
    private var model: String { folder.file("model") }
    private var weights: String { model + "/weights.bin" }
    private var manifest: String { model + "/manifest.json" }

    init() throws {
        folder = try TemporaryFolder()
        var trainer = EmbedderTrainer(dimension: 8)
        trainer.places = 32
        try trainer.train(templatedPrompts(32), name: "small", output: folder.file("model"))
    }

    private func failure() -> ModelError? {
        do { _ = try ModelLoader.load(model) } catch { return error }
        return nil
    }

    private func edit(_ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        #expect(text.contains(old))
        try text.replacingOccurrences(of: old, with: new).write(toFile: manifest, atomically: true, encoding: .utf8)
    }

    @Test func aSoundModelLoads() { #expect(failure() == nil) }

    @Test func aMissingFolderIsNamed() {
        let error = #expect(throws: ModelError.self) { try ModelLoader.load("/nonexistent/model") }
        #expect(error?.code == .unreadable)
        #expect(error?.description.contains("/nonexistent/model/manifest.json") == true)
    }

    @Test func aMissingFileIsNamed() throws {
        try FileManager.default.removeItem(atPath: weights)
        #expect(failure()?.code == .unreadable)
        #expect(failure()?.path == weights)
    }

    @Test func aFileCutShortIsTold() throws {
        let data = FileManager.default.contents(atPath: weights)!
        try data.dropLast(10).write(to: URL(fileURLWithPath: weights))
        let error = try #require(failure())
        #expect(error.code == .truncated)
        #expect(
            error.description
                == "\(weights): \(data.count - 10) bytes where the manifest says \(data.count); copy the file again")
    }

    @Test func aChangedByteIsTold() throws {
        var data = FileManager.default.contents(atPath: weights)!
        data[100] ^= 1
        try data.write(to: URL(fileURLWithPath: weights))
        #expect(failure()?.code == .corrupt)
        #expect(failure()?.path == weights)
    }

    @Test func aManifestThatIsNotJSONIsTold() throws {
        try "{\"format\":1,".write(toFile: manifest, atomically: true, encoding: .utf8)
        #expect(failure()?.code == .malformed)
        #expect(failure()?.path == manifest)
    }

    @Test func aMissingMemberIsNamed() throws {
        try edit("\"licence\"", "\"license\"")
        #expect(failure()?.problem == "\"licence\" is missing or of another type")
    }

    @Test func anotherFormatIsRefused() throws {
        try edit("\"format\":1", "\"format\":2")
        #expect(failure()?.code == .unsupported)
        #expect(failure()?.problem == "format 2, this program reads format 1")
    }

    @Test func anotherTokenizerIsRefused() throws {
        try edit(Tokenizer.version, "deja-words-9")
        #expect(failure()?.code == .unsupported)
    }

    @Test func anUnknownKindIsRefused() throws {
        try edit("hashed-ngrams", "transformer")
        #expect(failure()?.code == .unsupported)
    }

    @Test(arguments: ["9", "7", "0", "-1", "9999999999"])
    func aDimensionThatDoesNotFitTheFileIsRefused(_ dimension: String) throws {
        try edit("\"dimension\":8", "\"dimension\":\(dimension)")
        #expect(failure()?.code == .inconsistent)
    }

    @Test func aFileOutsideTheFolderIsRefused() throws {
        try edit("weights.bin", "../weights.bin")
        #expect(failure()?.code == .malformed)
    }

    @Test func aModelOfAnotherKindIsRefusedByName() {
        let error = #expect(throws: ModelError.self) { try LearnedEmbedder(folder: model) }
        #expect(error?.code == .unsupported)
    }
}
