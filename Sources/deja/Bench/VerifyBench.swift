import CacheModel
import Evaluation
import Foundation
import Transformer

/// Measures the verifier on the calling thread: time by tokens, in single precision and in 8 bits, and memory.
struct VerifyBench {
    let folder: String
    /// Rounds of each measurement.
    let rounds: Int

    /// One arithmetic.
    struct Result {
        let arithmetic: String
        /// Of loading the folder.
        let loadMilliseconds: Double
        /// Of weights.
        let bytes: Int
        let rows: [Row]
    }

    /// One length of pair.
    struct Row {
        /// Tokens of the pair in one order, marks included.
        let tokens: Int
        /// Median of both orders, microseconds.
        let microseconds: Double
    }

    private static let lengths = [16, 30, 48, 64, 96, 128]

    /// Measures every arithmetic that this machine has, the arithmetics in turn so that all see the same load.
    func run(progress: (String) -> Void) throws -> [Result] {
        let clock = SystemClock()
        var loaded: [(model: CrossEncoder, milliseconds: Double)] = []
        for arithmetic in Arithmetic.supported {
            let start = clock.monotonicNanoseconds()
            let model = try CrossEncoder(folder: folder, arithmetic: arithmetic)
            loaded.append((model, Double(clock.monotonicNanoseconds() - start) / 1e6))
        }
        let pairs = Self.lengths.map { Self.pair(tokens: $0, loaded[0].model) }
        var times = [[Double]](repeating: [], count: loaded.count * pairs.count)
        for round in 0..<rounds + 1 {
            progress("round \(round) of \(rounds)")
            for (number, item) in loaded.enumerated() {
                for (length, pair) in pairs.enumerated() {
                    let start = clock.monotonicNanoseconds()
                    _ = item.model.verify(pair.0, pair.1)
                    // The first round warms up.
                    if round > 0 {
                        times[number * pairs.count + length].append(Double(clock.monotonicNanoseconds() - start) / 1000)
                    }
                }
            }
        }
        return loaded.enumerated().map { number, item in
            Result(
                arithmetic: item.model.arithmetic.name, loadMilliseconds: item.milliseconds, bytes: item.model.bytes,
                rows: pairs.enumerated().map { length, pair in
                    Row(
                        tokens: item.model.tokenCount(pair.0, pair.1) ?? 0,
                        microseconds: Quantile.value(0.5, of: times[number * pairs.count + length]) ?? 0)
                })
        }
    }

    /// Two prompts of about `tokens` tokens together.
    private static func pair(tokens: Int, _ model: CrossEncoder) -> (String, String) {
        let words =
            "how can i change the email address of my account and keep the old one for the bills we get each year"
            .split(separator: " ")
        var (a, b) = ("", "")
        for index in 0... {
            let next = (a + " \(words[index % words.count])", b + " \(words[(index * 7 + 3) % words.count])x")
            guard let count = model.tokenCount(next.0, next.1), count <= tokens else { return (a, b) }
            (a, b) = next
        }
        return (a, b)
    }
}

extension BenchTables {
    static func verify(_ results: [VerifyBench.Result]) -> (JSONValue, String) {
        var lines = ["verify: one pair in both orders, medians on one core, ms"]
        let head = results.first?.rows.map { "\($0.tokens) tokens".leftPadded(to: 12) }.joined() ?? ""
        lines.append("  \("".padded(to: 18))\("load".leftPadded(to: 8))\("MB".leftPadded(to: 8))\(head)")
        for result in results {
            let times = result.rows.map { Format.fixed($0.microseconds / 1000, 2).leftPadded(to: 12) }.joined()
            lines.append(
                "  \(result.arithmetic.padded(to: 18))\(Format.fixed(result.loadMilliseconds, 0).leftPadded(to: 8))"
                    + "\(Format.fixed(Double(result.bytes) / 1e6, 1).leftPadded(to: 8))\(times)")
        }
        let json = results.map { result -> JSONValue in
            [
                "arithmetic": .string(result.arithmetic), "load_ms": .number(result.loadMilliseconds),
                "bytes": .integer(Int64(result.bytes)),
                "rows": .array(
                    result.rows.map { ["tokens": .integer(Int64($0.tokens)), "us": .number($0.microseconds)] }),
            ]
        }
        return (.array(json), lines.joined(separator: "\n"))
    }
}
