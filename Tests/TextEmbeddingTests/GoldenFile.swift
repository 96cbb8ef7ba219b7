import CacheModel
import Foundation
import Testing

/// fixtures/golden/learned-embedder.json, and the model that it was made with.
enum GoldenFile {
    struct Case {
        let text: String
        let words: [String]?
        let vector: [Float]
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let model = root + "/models/deja-en-v2"

    static let json: JSONValue = {
        let data = FileManager.default.contents(atPath: root + "/fixtures/golden/learned-embedder.json")!
        return try! JSONValue(parsing: [UInt8](data))
    }()

    static let cases: [Case] = json["cases"]!.array!.map { item in
        Case(
            text: item["text"]!.string!, words: item["words"]?.array?.map { $0.string! },
            vector: item["vector"]!.array!.map { Float($0.double!) })
    }

    static var texts: [String] { cases.map(\.text) }
}
