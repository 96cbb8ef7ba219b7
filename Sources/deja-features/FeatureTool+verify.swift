import CacheModel
import Dispatch
import Foundation
import MatchJudge
import Transformer

extension FeatureTool {
    /// Writes the verifier's two logits of each pair as 32-bit floats, little-endian, not-a-number where it does not read
    /// the pair; prints the verifier's identifier.
    static func verify(_ options: Options) throws {
        guard let verifier = options.verifier else { throw Usage(description: "--verifier is missing") }
        guard let out = options.out else { throw Usage(description: "--out is missing") }
        var pairs: [(String, String)] = []
        while let line = readLine() {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            pairs.append((columns[0], columns[1]))
        }
        let start = DispatchTime.now().uptimeNanoseconds
        let logits = logits(of: pairs, verifier, threads: options.threads)
        let spent = DispatchTime.now().uptimeNanoseconds - start
        try logits.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: out))
        print(verifier.identifier)
        FileHandle.standardError.write(
            Data("\(pairs.count) pairs, \(Double(spent) / 1e6 / Double(max(1, pairs.count))) ms each\n".utf8))
    }

    private static func logits(of pairs: [(String, String)], _ verifier: CrossEncoder, threads: Int) -> [Float] {
        let chunk = 64
        let chunks = (pairs.count + chunk - 1) / chunk
        let next = Locked(0)
        let out = Locked([Float](repeating: .nan, count: pairs.count * 2))
        let texts = pairs
        let analyzer = TextAnalyzer()
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            while true {
                let number = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                if number >= chunks { return }
                let range = number * chunk..<min(texts.count, (number + 1) * chunk)
                let values = range.flatMap { index -> [Float] in
                    // As in the product: what the vocabulary does not cover is not verified.
                    let (prompt, candidate) = texts[index]
                    guard SecondStage.reads(prompt), SecondStage.reads(candidate) else { return [.nan, .nan] }
                    let told = TextPair(query: analyzer.analyze(prompt))
                        .read(candidate, of: prompt, by: analyzer, into: TextAnalysis())
                    guard case .verdict(let forward, let backward) = verifier.verify(prompt, told)
                    else { return [.nan, .nan] }
                    return [forward, backward]
                }
                out.withLock { $0.replaceSubrange(range.lowerBound * 2..<range.upperBound * 2, with: values) }
            }
        }
        return out.withLock { $0 }
    }
}
