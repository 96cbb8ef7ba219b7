import CKernels
import CacheModel
import Foundation
import TestSupport
import Testing

@testable import Transformer

/// Golden vectors of sentence-transformers for all-MiniLM-L6-v2, through the model folder that the conversion writes.
@Suite struct MiniLMTests {
    /// The PyPI package's files; without them these tests say so and end.
    private static let source: String? = {
        let found = MiniLMSource.folder(ProcessInfo.processInfo.environment["DEJA_MINILM_SOURCE"])
        if found == nil {
            print("skipped: all-MiniLM-L6-v2 is not installed (\(MiniLMSource.advice), then DEJA_MINILM_SOURCE)")
        }
        return found
    }()

    private static let cases: [(text: String, vector: [Float])] = {
        let json = try! JSONValue(parsing: GoldenFiles.bytes("minilm.json"))
        return json["cases"]!.array!.map { ($0["text"]!.string!, $0["vector"]!.array!.map { Float($0.double!) }) }
    }()

    private func leastCosine(_ arithmetic: Arithmetic) throws -> Float {
        guard let source = Self.source else { return 1 }
        let folder = try TemporaryFolder()
        try MiniLMConversion.convert(source, to: folder.file("minilm"))
        let encoder = try SentenceEncoder(folder: folder.file("minilm"), arithmetic: arithmetic)
        let texts = Self.cases.map(\.text)
        var vectors = [Float](repeating: 0, count: texts.count * encoder.dimension)
        vectors.withUnsafeMutableBufferPointer { encoder.embed(texts, into: $0) }
        var least: Float = 1
        for (index, item) in Self.cases.enumerated() {
            let row = vectors[index * encoder.dimension..<(index + 1) * encoder.dimension]
            let cosine = zip(row, item.vector).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            if cosine < 0.99 { print("\(arithmetic.name): \(cosine) for \(item.text.prefix(40))") }
            least = min(least, cosine)
        }
        print("\(arithmetic.name): least cosine \(least)")
        return least
    }

    @Test func singlePrecisionGivesTheVectorsOfSentenceTransformers() throws {
        #expect(try leastCosine(.floats) > 0.999)
    }

    @Test func eightBitsStayClose() throws {
        guard case .bytes = Arithmetic.best else { return }
        #expect(try leastCosine(.best) > 0.98)
    }
}
