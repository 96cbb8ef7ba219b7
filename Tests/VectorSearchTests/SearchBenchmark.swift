import CacheModel
import Foundation
import Testing

@testable import VectorSearch

/// Vectors that lie as prompts' embeddings do: topics of very different size, a few strong directions and many weak
/// ones, a common mean. Vector i is a function of the seed and i alone.
struct TopicVectors {
    let dimension: Int
    private let spectrum: [Float]
    private let mean: [Float]
    private let topics: [[Float]]

    init(dimension: Int, count: Int) {
        self.dimension = dimension
        spectrum = (0..<dimension).map { 1 / (1 + Float($0) / 8).squareRoot() }
        var generator = SeededGenerator(seed: 42)
        let spectrum = spectrum
        func shaped() -> [Float] { unit(spectrum.map { $0 * generator.gaussian() }) }
        mean = shaped()
        topics = (0..<max(16, count / 50)).map { _ in shaped() }
    }

    subscript(_ index: Int) -> [Float] {
        var generator = SeededGenerator(seed: UInt64(index) &* 0x2545_F491_4F6C_DD1D)
        // Cubing a uniform number favours the first topics: the largest hold many times the average.
        let uniform = Float(generator.next() >> 40) / Float(1 << 24)
        let topic = topics[min(topics.count - 1, Int(uniform * uniform * uniform * Float(topics.count)))]
        let noise = unit(spectrum.map { $0 * generator.gaussian() })
        return unit((0..<dimension).map { 0.3 * mean[$0] + topic[$0] + noise[$0] })
    }

    /// Half near-duplicates of vectors below `count` (cosine 0.85 to 0.98), half fresh.
    func queries(_ number: Int, count: Int) -> [[Float]] {
        var generator = SeededGenerator(seed: 7)
        return (0..<number).map { index in
            if index % 2 == 1 { return self[count + index] }
            let similarity = 0.85 + 0.13 * Float(generator.next() >> 40) / Float(1 << 24)
            return generator.near(self[Int(generator.next() % UInt64(count))], similarity: similarity)
        }
    }
}

/// One line of a benchmark's table.
struct BenchmarkLine {
    var name: String
    var count: Int
    var dimension: Int
    var duplicates: Double
    var fresh: Double
    var worst: Double
    var recallDuplicates: Double
    var recallFresh: Double
    var bytesPerVector: Double
    var buildSeconds: Double

    static let header =
        "| index | n | d | µs dup. | µs fresh | p99 | recall@1 dup. | fresh | bytes/vector | build s |\n"
        + "|---|---|---|---|---|---|---|---|---|---|"

    var text: String {
        func fixed(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
        return
            "| \(name) | \(count) | \(dimension) | \(fixed(duplicates, 1)) | \(fixed(fresh, 1)) | \(fixed(worst, 1)) "
            + "| \(fixed(recallDuplicates, 3)) | \(fixed(recallFresh, 3)) | \(fixed(bytesPerVector, 0)) "
            + "| \(fixed(buildSeconds, 2)) |"
    }
}

/// Times searches and prints a table: `DEJA_BENCH=1 swift test -c release -Xswiftc -enable-testing --filter
/// SearchBenchmark`. `DEJA_BENCH_COUNTS=1000,10000` and `DEJA_BENCH_DIMENSIONS=128` narrow it.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["DEJA_BENCH"] != nil))
struct SearchBenchmark {
    static func numbers(_ variable: String, _ standard: [Int]) -> [Int] {
        ProcessInfo.processInfo.environment[variable].map { $0.split(separator: ",").compactMap { Int($0) } }
            ?? standard
    }

    static let counts = numbers("DEJA_BENCH_COUNTS", [1000, 10_000, 100_000])
    static let dimensions = numbers("DEJA_BENCH_DIMENSIONS", [128, 256])

    /// Seconds of a core that `body` takes.
    static func seconds(_ body: () -> Void) -> Double {
        let start = threadSeconds()
        body()
        return threadSeconds() - start
    }

    /// The time that this thread has had on a core: a busy machine's other work does not count.
    static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The nearest vector of each query in single precision, and the time that all took.
    static func truth(_ vectors: TopicVectors, _ queries: [[Float]], count: Int) -> [UInt32] {
        var best = [(Float, UInt32)](repeating: (-2, 0), count: queries.count)
        let d = vectors.dimension
        for slot in 0..<count {
            let vector = vectors[slot]
            vector.withUnsafeBytes { a in
                for index in queries.indices {
                    let dot = queries[index].withUnsafeBytes { b in
                        var sum = SIMD16<Float>.zero
                        for i in stride(from: 0, to: d * 4, by: 64) {
                            sum +=
                                a.loadUnaligned(fromByteOffset: i, as: SIMD16<Float>.self)
                                * b.loadUnaligned(fromByteOffset: i, as: SIMD16<Float>.self)
                        }
                        return sum.sum()
                    }
                    if dot > best[index].0 { best[index] = (dot, UInt32(slot)) }
                }
            }
        }
        return best.map(\.1)
    }

    static func measure(
        _ name: String, _ index: any VectorIndex, _ queries: [[Float]], _ truth: [UInt32], build: Double,
        minimumSimilarity: Float = -1, exhaustive: Bool = false
    ) -> BenchmarkLine {
        var times: [[Double]] = [[], []]
        var right = [0, 0]
        // Enough rounds for half a second, so that the median is steady.
        let once = seconds { for query in queries { _ = index.search(query, limit: 1, exhaustive: exhaustive) } }
        for round in 0..<max(1, min(50, Int(0.5 / once))) {
            for (number, query) in queries.enumerated() {
                var found: [Neighbor] = []
                times[number % 2].append(
                    seconds {
                        found = index.search(
                            query, limit: 1, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
                    })
                if round == 0, found.first?.slot == truth[number] { right[number % 2] += 1 }
            }
        }
        for kind in 0..<2 { times[kind].sort() }
        let worst = max(times[0][times[0].count * 99 / 100], times[1][times[1].count * 99 / 100])
        let half = Double(queries.count / 2)
        return BenchmarkLine(
            name: name, count: index.count, dimension: index.dimension, duplicates: times[0][times[0].count / 2] * 1e6,
            fresh: times[1][times[1].count / 2] * 1e6, worst: worst * 1e6, recallDuplicates: Double(right[0]) / half,
            recallFresh: Double(right[1]) / half, bytesPerVector: Double(index.memoryBytes) / Double(index.count),
            buildSeconds: build)
    }

    static func flat(bitRows: Int, survivors: Int = FlatTuning().survivors) -> FlatTuning {
        var tuning = FlatTuning()
        tuning.bitRows = bitRows
        tuning.survivors = survivors
        return tuning
    }

    @Test func `Flat search by size`() {
        print("kernel: \(KernelISA.active.name)\n\(BenchmarkLine.header)")
        for dimension in Self.dimensions {
            for count in Self.counts {
                let vectors = TopicVectors(dimension: dimension, count: count)
                let queries = vectors.queries(400, count: count)
                let truth = Self.truth(vectors, queries, count: count)
                var variants: [(String, FlatTuning)] = [
                    ("flat int8", Self.flat(bitRows: .max)), ("flat 1-bit 200", Self.flat(bitRows: 64)),
                ]
                if Self.numbers("DEJA_BENCH_SURVIVORS", []).count > 0 {
                    variants = Self.numbers("DEJA_BENCH_SURVIVORS", []).map {
                        ("flat 1-bit \($0)", Self.flat(bitRows: 64, survivors: $0))
                    }
                }
                for (name, tuning) in variants {
                    let index = FlatIndex(dimension: dimension, tuning: tuning)
                    var build = 0.0
                    for slot in 0..<count {
                        let vector = vectors[slot]
                        build += Self.seconds { index.insert(vector, slot: UInt32(slot)) }
                    }
                    print(Self.measure(name, index, queries, truth, build: build).text)
                    if name == "flat int8" {
                        print(
                            Self.measure("flat int8 exhaustive", index, queries, truth, build: build, exhaustive: true)
                                .text)
                        let batch = Array(queries.prefix(64))
                        let time = Self.seconds { _ = index.search(batch: batch, limit: 1) }
                        print("batch of 64: \(time * 1e6 / 64) µs/query")
                    } else {
                        print(
                            Self.measure(
                                name + " ≥ 0.8", index, queries, truth, build: build, minimumSimilarity: 0.8
                            ).text)
                    }
                }
            }
        }
    }

    @Test func `Inverted files by size`() {
        print("kernel: \(KernelISA.active.name)\n\(BenchmarkLine.header)")
        for dimension in Self.dimensions {
            for count in Self.counts where count >= 100_000 {
                let vectors = TopicVectors(dimension: dimension, count: count)
                let queries = vectors.queries(400, count: count)
                let truth = Self.truth(vectors, queries, count: count)
                let nlist = Self.numbers("DEJA_BENCH_NLIST", [AdaptiveTuning().nlist(of: count)])[0]
                var centroids: Centroids?
                let training = Self.seconds {
                    let sample = (0..<nlist * 32).flatMap { vectors[$0 * 7919 % count] }
                    centroids = sample.withUnsafeBufferPointer {
                        Centroids(training: $0, dimension: dimension, nlist: nlist)
                    }
                }
                print("nlist \(nlist), trained in \(training) s")
                for usesBits in [true, false] {
                    var tuning = IVFTuning()
                    tuning.usesBits = usesBits
                    let index = IVFIndex(centroids: centroids!, tuning: tuning)
                    var build = 0.0
                    for slot in 0..<count {
                        let vector = vectors[slot]
                        build += Self.seconds { index.insert(vector, slot: UInt32(slot)) }
                    }
                    print("largest list \(index.largestList)")
                    for (reach, nprobe) in [(Float(2), 16), (2, 64), (0.1, 256), (0.2, 256), (0.3, 256)] {
                        index.tuning.reach = reach
                        index.tuning.nprobe = nprobe
                        let name = "IVF \(usesBits ? "1-bit" : "int8") \(nprobe) reach \(reach)"
                        print(Self.measure(name, index, queries, truth, build: build).text)
                    }
                }
            }
        }
    }
}
