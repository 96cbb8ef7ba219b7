import CacheModel
import Evaluation
import Platform

/// Measures the embedder and the judge on the calling thread.
struct EmbedBench {
    let embedder: any Embedder
    let judge: any MatchJudging

    /// One measurement.
    struct Row {
        let name: String
        let microseconds: Double
    }

    private static let prompts = [
        "How do I change the billing address of my account, and does the new one show on older invoices too?",
        "Can I change the billing address of our account, and will it show on the invoices of last year as well?",
    ]
    private static let repetitions = 2_000

    func run() -> [Row] {
        let (first, second) = (Self.prompts[0], Self.prompts[1])
        let batch = Array(repeating: first, count: 64)
        let long = String(repeating: first, count: 65_536 / first.utf8.count)
        let cipher = AESCipher(.random())
        let answer = Array(
            String(repeating: "The answer, in words of \(first.utf8.count) bytes. ", count: 180).utf8.prefix(6144))
        let sealed = cipher.seal(answer, for: SealPlace("bench"))
        let vector = embedder.embed(first)
        let other = embedder.embed(second)
        let similarity = Double(zip(vector, other).reduce(Float(0)) { $0 + $1.0 * $1.1 })
        let query = judge.begin(first)
        var sink = 0.0
        let rows = [
            Row(
                name: "embed one prompt of \(first.utf8.count) bytes",
                microseconds: median { sink += Double(embedder.embed(first)[0]) }),
            Row(
                name: "embed in a batch of 64, each",
                microseconds: median(repetitions: 100) { sink += Double(embed(batch)[0]) } / 64),
            Row(
                name: "scan it for secrets",
                microseconds: median { sink += SensitiveScan.first(in: first, of: .all) == nil ? 1 : 0 }),
            Row(
                name: "scan 64 KiB of such text for secrets, each KiB",
                microseconds: median(repetitions: 100) {
                    sink += SensitiveScan.first(in: long, of: .all) == nil ? 1 : 0
                } / Double(long.utf8.count) * 1024),
            Row(
                name: "seal an answer of 6 KiB (compressed first)",
                microseconds: median { sink += Double(cipher.seal(answer, for: SealPlace("bench")).count) }),
            Row(
                name: "open it",
                microseconds: median { sink += Double(cipher.open(sealed, for: SealPlace("bench"))?.count ?? 0) }),
            Row(
                name: "read a prompt for judging",
                microseconds: median { sink += judge.begin(first).refusal == nil ? 1 : 0 }),
            Row(
                name: "judge one candidate",
                microseconds: median {
                    sink += query.judge(second, similarity: similarity, explain: false).probability ?? 0
                }),
        ]
        precondition(sink.isFinite)
        return rows
    }

    private func embed(_ texts: [String]) -> [Float] {
        [Float](unsafeUninitializedCapacity: texts.count * embedder.dimension) { buffer, count in
            embedder.embed(
                texts, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(texts.count * embedder.dimension)]))
            count = texts.count * embedder.dimension
        }
    }

    /// The median microseconds of `work`, after as many calls to warm up.
    private func median(repetitions: Int = EmbedBench.repetitions, _ work: () -> Void) -> Double {
        let clock = SystemClock()
        var sample: [Double] = []
        for repetition in 0..<(2 * repetitions) {
            let start = clock.monotonicNanoseconds()
            work()
            if repetition >= repetitions { sample.append(Double(clock.monotonicNanoseconds() - start) / 1000) }
        }
        return Quantile.value(0.5, of: sample) ?? 0
    }
}
