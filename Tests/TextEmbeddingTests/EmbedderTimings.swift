import CacheModel
import Foundation
import Testing

@testable import TextEmbedding

/// Prints how long embedding takes: `DEJA_TIMINGS=1 swift test -c release --filter EmbedderTimings`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["DEJA_TIMINGS"] != nil))
struct EmbedderTimings {
    /// 100 characters.
    static let prompt =
        "How can I reset the password of my online account when I no longer have access to my e-mail address?"
    static let unicode =
        "Wie kann ich das Passwort für mein Konto zurücksetzen, wenn ich keinen Zugriff auf E-Mails habe – äöü?"

    private func time(_ name: String, rounds: Int, per: Int = 1, _ body: () -> Void) {
        var best = Double.infinity, all: [Double] = []
        for _ in 0..<15 {
            let start = ContinuousClock.now
            for _ in 0..<rounds { body() }
            let elapsed = ContinuousClock.now - start
            let micro = Double(elapsed.components.attoseconds) / 1e12 + Double(elapsed.components.seconds) * 1e6
            all.append(micro / Double(rounds * per))
            best = min(best, all.last!)
        }
        let median = all.sorted()[all.count / 2]
        print("\(name): best \(String(format: "%.2f", best)) µs, median \(String(format: "%.2f", median)) µs")
    }

    @Test func learned() throws {
        let embedder = try LearnedEmbedder(folder: GoldenFile.model)
        var out = [Float](repeating: 0, count: embedder.dimension * 64)
        for (name, text) in [("100 ASCII characters", Self.prompt), ("102 with umlauts", Self.unicode)] {
            time("tokenise \(name)", rounds: 4000) { _ = Tokenizer.tokenize(text) }
            out.withUnsafeMutableBufferPointer { out in
                let one = UnsafeMutableBufferPointer(rebasing: out[0..<embedder.dimension])
                time("learned, \(name)", rounds: 2000) { embedder.embed([text], into: one) }
                let batch = [String](repeating: text, count: 64)
                time("learned, \(name), each of 64", rounds: 40, per: 64) { embedder.embed(batch, into: out) }
            }
        }
        let tokens = Tokenizer.tokenize(Self.prompt)
        time("rows of the prompt", rounds: 4000) { _ = embedder.index.rows(of: tokens) }
    }

    @Test func hashed() {
        let embedder = HashedNGramEmbedder()
        var out = [Float](repeating: 0, count: embedder.dimension)
        out.withUnsafeMutableBufferPointer { out in
            time("hashed n-grams, 100 characters", rounds: 500) { embedder.embed([Self.prompt], into: out) }
        }
    }

    @Test func normalizer() {
        let normalizer = Normalizer()
        let long = String(repeating: Self.prompt, count: 5), accents = String(repeating: Self.unicode, count: 5)
        time("fold 500 ASCII bytes", rounds: 4000) { _ = normalizer.fold(long) }
        time("fold 530 bytes with umlauts", rounds: 2000) { _ = normalizer.fold(accents) }
    }
}
