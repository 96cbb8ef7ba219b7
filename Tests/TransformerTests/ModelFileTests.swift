import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Transformer

/// Model folders that cannot be used say why.
@Suite struct ModelFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("model") }

    init() throws { folder = try TemporaryFolder() }

    private func failure() -> ModelError? {
        do { _ = try CrossEncoder(folder: path) } catch { return error }
        return nil
    }

    private func cut(_ name: String) throws {
        let data = try #require(FileManager.default.contents(atPath: "\(path)/\(name)"))
        try data.dropLast(3).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    @Test func aFileCutShortIsTold() throws {
        try TinyModel(isPair: true).write(to: path)
        try cut("weights.bin")
        #expect(failure()?.code == .truncated)
    }

    @Test func aMissingVocabularyIsNamed() throws {
        try TinyModel(isPair: true).write(to: path)
        try FileManager.default.removeItem(atPath: path + "/vocabulary.txt")
        #expect(failure()?.code == .unreadable)
        #expect(failure()?.description.contains("vocabulary.txt") == true)
    }

    @Test(arguments: [
        ["layers": 3.0], ["layers": 1], ["width": 48], ["heads": 32], ["vocabulary": 20], ["tags": 4], ["tokens": 400],
        ["bits": 16], ["inner": 47],
    ]) func sizesThatDoNotFitAreRefused(parameters: [String: Double]) throws {
        try TinyModel(isPair: true).write(to: path, parameters: parameters)
        let error = try #require(failure())
        #expect(error.code == .inconsistent || error.code == .unsupported)
    }

    @Test func anotherTokenizerIsRefused() throws {
        try TinyModel(isPair: true).write(to: path, tokenizer: "wordpiece-pair-2")
        #expect(failure()?.code == .unsupported)
        #expect(failure()?.description.contains("wordpiece-pair-2") == true)
    }

    @Test func aModelOfAnotherKindIsRefused() throws {
        try TinyModel(isPair: false).write(to: path)
        #expect(failure()?.code == .unsupported)
        #expect(throws: ModelError.self) {
            try TinyModel(isPair: true).write(to: path); _ = try SentenceEncoder(folder: path)
        }
    }

    @Test func filesThatAreNotMiniLMAreRefused() throws {
        let source = folder.file("source")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try Data("[PAD]\n".utf8).write(to: URL(fileURLWithPath: source + "/vocab.txt"))
        let file = URL(fileURLWithPath: source + "/model.safetensors")
        let header = #"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        for (content, code) in [
            (Data(), ModelError.Code.truncated), (Data(repeating: 0xFF, count: 40), .truncated),
            (Data(repeating: 0, count: 8), .malformed), (length + Data(header.utf8) + Data(count: 16), .inconsistent),
        ] {
            try content.write(to: file)
            let error = #expect(throws: ModelError.self) { try MiniLMConversion.convert(source, to: path) }
            #expect(error?.code == code)
            #expect(!FileManager.default.fileExists(atPath: path + "/manifest.json"))
        }
    }
}
