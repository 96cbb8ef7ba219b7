import CacheModel
import Foundation
import Testing

@testable import Transformer

/// fixtures/golden/verifier.json: tokens and logits of the training code for the verifier that ships.
@Suite struct VerifierGoldenTests {
    private struct Case {
        let (a, b): (String, String)
        /// `nil` where the pair is not read.
        let tokens: (pieces: [Int32], segments: [UInt8], tags: [UInt8])?
        let logits: [Float]
    }

    private static let model = GoldenFiles.root + "/models/deja-verifier-v1"

    private static let cases: [Case] = {
        guard let json = try? JSONValue(parsing: GoldenFiles.bytes("verifier.json")),
            FileManager.default.fileExists(atPath: model + "/manifest.json")
        else {
            print("skipped: there is no models/deja-verifier-v1 with fixtures/golden/verifier.json")
            return []
        }
        return json["cases"]!.array!.map { item in
            func numbers<T: BinaryInteger>(_ name: String) -> [T] {
                item["tokens"]?[name]?.array?.map { T($0.integer!) } ?? []
            }
            let isRead = item["tokens"]?["pieces"] != nil
            return Case(
                a: item["a"]!.string!, b: item["b"]!.string!,
                tokens: isRead ? (numbers("pieces"), numbers("segments"), numbers("tags")) : nil,
                logits: item["logits"]?.array?.map { Float($0.double!) } ?? [])
        }
    }()

    @Test func tokensAndTagsEqualThoseOfTraining() throws {
        guard !Self.cases.isEmpty else { return }
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: Self.model + "/vocabulary.txt")))
        let vocabulary = try WordPieceVocabulary(bytes, path: Self.model)
        var (reader, batch) = (PairReader(), TokenBatch())
        for item in Self.cases {
            let isRead = reader.read(item.a, item.b, vocabulary: vocabulary, limit: 128)
            #expect(isRead == (item.tokens != nil), "\(item.a.prefix(40))")
            guard isRead, let tokens = item.tokens else { continue }
            reader.write(.forward, vocabulary, into: &batch)
            #expect(batch.pieces == tokens.pieces)
            #expect(batch.segments == tokens.segments)
            #expect(batch.tags == tokens.tags)
        }
    }

    /// Single precision differs by its rounding alone; 8-bit activations by a tenth of a logit and rarely more.
    @Test(arguments: Arithmetic.supported) func logitsEqualThoseOfTraining(arithmetic: Arithmetic) throws {
        guard !Self.cases.isEmpty else { return }
        let verifier = try CrossEncoder(folder: Self.model, arithmetic: arithmetic)
        let tolerance: Float = arithmetic == .floats ? 2e-3 : 0.5
        for item in Self.cases {
            let outcome = verifier.verify(item.a, item.b)
            guard item.tokens != nil else {
                #expect(outcome == .unread)
                continue
            }
            guard case .verdict(let forward, let backward) = outcome else {
                Issue.record("\(item.a.prefix(40)) was not read")
                continue
            }
            #expect(abs(forward - item.logits[0]) < tolerance, "\(arithmetic.name): \(item.a.prefix(40))")
            #expect(abs(backward - item.logits[1]) < tolerance, "\(arithmetic.name): \(item.b.prefix(40))")
        }
    }
}
