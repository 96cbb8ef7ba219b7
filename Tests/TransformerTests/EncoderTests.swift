import CacheModel
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Transformer

/// The forward pass beside the same one in double precision.
@Suite struct EncoderTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let pairs = [
        ("How do I reset my password?", "reset my passwords!"), ("a", "b"), ("2024", "2024 2024"),
        ("my my my my password", "password my"),
    ]

    /// The two logits of a pair, the slow way.
    private func logits(_ pair: (String, String), _ model: TinyModel) throws -> [Double] {
        let vocabulary = try WordPieceVocabulary(Array(TinyModel.pieces.map { "\($0)\n" }.joined().utf8), path: "")
        var (reader, batch) = (PairReader(), TokenBatch())
        let isRead = reader.read(pair.0, pair.1, vocabulary: vocabulary, limit: model.tokens)
        #expect(isRead)
        return [PairReader.Order.forward, .backward].map { order in
            reader.write(order, vocabulary, into: &batch)
            var slow = SlowEncoder(model)
            return slow.logit(slow.states(batch.pieces, segments: batch.segments, tags: batch.tags))
        }
    }

    /// Each logit of the pairs, and the same in double precision.
    private func compared(_ model: TinyModel, _ arithmetic: Arithmetic) throws -> [(logit: Double, slow: Double)] {
        try model.write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"), arithmetic: arithmetic)
        return try Self.pairs.flatMap { pair -> [(logit: Double, slow: Double)] in
            guard case .verdict(let forward, let backward) = verifier.verify(pair.0, pair.1) else {
                Issue.record("\(pair) was not read")
                return []
            }
            let expected = try logits(pair, model)
            return [(Double(forward), expected[0]), (Double(backward), expected[1])]
        }
    }

    @Test(arguments: [8, 32]) func singlePrecisionEqualsDoublePrecision(bits: Int) throws {
        let worst = try compared(TinyModel(isPair: true, bits: bits), .floats).map { abs($0.logit - $0.slow) }.max()
        #expect(try #require(worst) < 1e-4)
    }

    /// The rounding of activations moves the logits of random weights; the spread over many models says whether the
    /// arithmetic is right. What it does to the model that ships is held by its golden logits.
    @Test(arguments: Arithmetic.supported.dropFirst()) func eightBitsStayClose(arithmetic: Arithmetic) throws {
        let logits = try (1...12).flatMap { try compared(TinyModel(isPair: true, bits: 8, seed: $0), arithmetic) }
        let error = logits.reduce(0) { $0 + ($1.logit - $1.slow) * ($1.logit - $1.slow) }
        let scale = logits.reduce(0) { $0 + $1.slow * $1.slow }
        let relative = (error / scale).squareRoot()
        #expect(relative < 0.08, "\(relative)")
    }

    @Test func theOrderOfAPairMatters() throws {
        try TinyModel(isPair: true).write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        let (a, b) = Self.pairs[0]
        guard case .verdict(let forward, let backward) = verifier.verify(a, b),
            case .verdict(let otherForward, let otherBackward) = verifier.verify(b, a)
        else {
            Issue.record("not read")
            return
        }
        #expect(forward != backward)
        #expect(abs(forward - otherBackward) < 1e-4 && abs(backward - otherForward) < 1e-4)
    }

    /// What the first order refuses is not read again; what no order refuses is.
    @Test func theSecondOrderIsReadOnlyFromALogitOn() throws {
        let model = TinyModel(isPair: true)
        try model.write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        let (a, b) = Self.pairs[0]
        guard case .verdict(let forward, let backward) = verifier.verify(a, b) else {
            Issue.record("not read")
            return
        }
        var layers = 0
        let count = { () -> Bool in
            layers += 1
            return false
        }
        let refused = verifier.verify(a, b, bothFrom: forward + 0.001, isLate: count)
        #expect(refused == .verdict(forward: forward, backward: forward))
        #expect(layers == model.layers)
        #expect(verifier.verify(a, b, bothFrom: forward) == .verdict(forward: forward, backward: backward))
    }

    @Test func aPassEndsWhenTheTimeIsUp() throws {
        let model = TinyModel(isPair: true)
        try model.write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        var asked = 0
        let outcome = verifier.verify("how do i", "reset") {
            asked += 1
            return asked == model.layers
        }
        #expect(outcome == .late)
        #expect(asked == model.layers)
        asked = 0
        let second = verifier.verify("how do i", "reset") {
            asked += 1
            return asked > model.layers
        }
        #expect(second == .late, "the time is up between the two orders")
        #expect(verifier.verify("how do i", "reset") != .late)
    }

    @Test func textsWithoutWordsAreNotRead() throws {
        try TinyModel(isPair: true).write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        for (a, b) in [("", ""), ("how", ""), ("  \n", "how"), ("\u{0}\u{200B}", "how")] {
            #expect(verifier.verify(a, b) == .unread)
        }
        if case .verdict = verifier.verify("?!", "...") {} else { Issue.record("marks are words") }
    }

    @Test func hugeTextsAreRefusedAtOnce() throws {
        try TinyModel(isPair: true).write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        let text = String(repeating: "how do i reset my password ", count: 4000)
        #expect(verifier.verify(text, text + "?") == .unread)
        #expect(verifier.verify(String(repeating: "é\u{301}", count: 50_000), "how") == .unread)
    }

    /// Many callers share one model; each gets what it would get alone.
    @Test func callersDoNotDisturbEachOther() async throws {
        try TinyModel(isPair: true).write(to: folder.file("model"))
        let verifier = try CrossEncoder(folder: folder.file("model"))
        let alone = Self.pairs.map { verifier.verify($0.0, $0.1) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { Self.pairs.map { verifier.verify($0.0, $0.1) } == alone }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    @Test func aBatchOfTextsGivesWhatEachGivesAlone() throws {
        try TinyModel(isPair: false).write(to: folder.file("model"))
        let encoder = try SentenceEncoder(folder: folder.file("model"))
        let texts = (0..<60).map { "how do i reset \($0)" } + ["", "?", String(repeating: "my ", count: 100)]
        var together = [Float](repeating: 9, count: texts.count * encoder.dimension)
        together.withUnsafeMutableBufferPointer { encoder.embed(texts, into: $0) }
        for (row, text) in texts.enumerated() {
            let alone = encoder.embed(text)
            for column in alone.indices {
                #expect(abs(alone[column] - together[row * encoder.dimension + column]) < 1e-5)
            }
            let length = alone.reduce(0) { $0 + $1 * $1 }
            #expect(text.isEmpty ? length == 0 : abs(length - 1) < 1e-4)
        }
    }
}
