import CacheModel
import Evaluation
import Foundation
import VectorSearch

/// Measures the vector indexes on real vectors: µs a query, recall, bytes and build time.
///
/// A query's time is the calling thread's time on a core (other work of the machine does not count), its median over
/// the turns; an index's is the mean over the queries. Recall@1 is against brute force over the original vectors in
/// single precision: a neighbour is right when none is nearer by more than 10⁻⁶.
final class IndexBench {
    /// An index as it is measured.
    struct Variant {
        let name: String
        let index: any VectorIndex
        /// What to set before its turn.
        var prepare: () -> Void = {}
        let buildSeconds: Double
        /// Seconds of a core by query, a list for each turn.
        var times: [[Double]] = []
        var right: [Bool] = []
    }

    let vectors: BenchVectors
    private(set) var variants: [Variant] = []
    private let nearest: [Float]

    /// Partitions below this are not measured as inverted files.
    private static let leastInverted = 50_000
    /// The `reach` of each inverted file measured.
    private static let reaches: [Float] = [0.1, 0.2, 0.3, standardReach, 0.45]
    /// The default.
    static let standardReach: Float = 0.35

    /// Builds all variants.
    init(vectors: BenchVectors, progress: (String) -> Void) {
        self.vectors = vectors
        progress("brute force")
        nearest = vectors.nearestSimilarities()
        var tuning = FlatTuning()
        if vectors.count >= tuning.codedRows {
            progress("building flat")
            add("flat, sketches", FlatIndex(dimension: vectors.dimension, tuning: tuning))
            progress("building flat 1-bit")
            tuning.leastSketchEnergy = nil
            add("flat, 1 bit", FlatIndex(dimension: vectors.dimension, tuning: tuning))
        }
        tuning.codedRows = .max
        progress("building flat int8")
        add("flat, int8", FlatIndex(dimension: vectors.dimension, tuning: tuning))
        if vectors.count >= Self.leastInverted { addInverted(progress) }
    }

    private func addInverted(_ progress: (String) -> Void) {
        let adaptive = AdaptiveTuning()
        let nlist = adaptive.nlist(of: vectors.count)
        progress("training \(nlist) lists")
        let start = ThreadTime.seconds()
        let centroids = trained(nlist, perList: adaptive.sampledPerList)
        let training = ThreadTime.seconds() - start
        let index = IVFIndex(centroids: centroids)
        let build = training + insertAll(into: index)
        for reach in Self.reaches {
            variants.append(
                Variant(
                    name: "IVF 1-bit, nlist \(nlist), reach \(reach)", index: index,
                    prepare: { index.tuning.reach = reach }, buildSeconds: build))
        }
    }

    private func trained(_ nlist: Int, perList: Int) -> Centroids {
        let d = vectors.dimension
        let wanted = min(vectors.count, nlist * perList)
        var sample: [Float] = []
        sample.reserveCapacity(wanted * d)
        for number in 0..<wanted {
            let row = number * vectors.count / wanted
            sample += vectors.base[row * d..<(row + 1) * d]
        }
        return sample.withUnsafeBufferPointer { Centroids(training: $0, dimension: d, nlist: nlist) }
    }

    private func add(_ name: String, _ index: any VectorIndex) {
        let seconds = insertAll(into: index)
        variants.append(Variant(name: name, index: index, buildSeconds: seconds))
    }

    private func insertAll(into index: any VectorIndex) -> Double {
        let d = vectors.dimension
        let start = ThreadTime.seconds()
        vectors.base.withUnsafeBufferPointer { base in
            for row in 0..<vectors.count {
                index.insert(UnsafeBufferPointer(rebasing: base[row * d..<(row + 1) * d]), slot: UInt32(row))
            }
        }
        return ThreadTime.seconds() - start
    }

    /// Lets every variant answer every query once. The first turn warms up, and says what is found.
    func turn() {
        for number in variants.indices {
            variants[number].prepare()
            let isFirst = variants[number].right.isEmpty
            var times: [Double] = []
            times.reserveCapacity(vectors.queryCount)
            for query in 0..<vectors.queryCount {
                let (found, seconds) = ask(variants[number].index, query)
                times.append(seconds)
                guard isFirst else { continue }
                let similarity = found.first.map { vectors.similarity(query, Int($0.slot)) } ?? -2
                variants[number].right.append(similarity >= nearest[query] - 1e-6)
            }
            if !isFirst { variants[number].times.append(times) }
        }
    }

    private func ask(_ index: any VectorIndex, _ query: Int) -> ([Neighbor], Double) {
        let d = vectors.dimension
        return vectors.queries.withUnsafeBufferPointer { queries in
            let vector = UnsafeBufferPointer(rebasing: queries[query * d..<(query + 1) * d])
            let start = ThreadTime.seconds()
            let found = index.search(vector, limit: 1, minimumSimilarity: -1, exhaustive: false)
            return (found, ThreadTime.seconds() - start)
        }
    }
}

/// The time that the calling thread has had on a core.
enum ThreadTime {
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

extension IndexBench {
    /// A line of the table. Near-duplicates are the queries of even number.
    struct Row {
        let name: String
        let microseconds: (all: Double, duplicates: Double, fresh: Double, p99: Double)
        let recall: (all: Double, duplicates: Double, fresh: Double)
        let buildSeconds: Double
        let bytesPerVector: Double
    }

    var rows: [Row] {
        variants.map { variant in
            let queries = Array(0..<vectors.queryCount)
            let medians = queries.map { query in Quantile.value(0.5, of: variant.times.map { $0[query] }) ?? 0 }
            func mean(_ wanted: [Int]) -> Double { wanted.reduce(0) { $0 + medians[$1] } / Double(wanted.count) * 1e6 }
            func recall(_ wanted: [Int]) -> Double {
                Double(wanted.count { variant.right[$0] }) / Double(wanted.count)
            }
            let (even, odd) = (queries.filter { $0 % 2 == 0 }, queries.filter { $0 % 2 == 1 })
            return Row(
                name: variant.name,
                microseconds: (mean(queries), mean(even), mean(odd), (Quantile.value(0.99, of: medians) ?? 0) * 1e6),
                recall: (recall(queries), recall(even), recall(odd)), buildSeconds: variant.buildSeconds,
                bytesPerVector: Double(variant.index.memoryBytes) / Double(variant.index.count))
        }
    }

    var json: JSONValue {
        .array(
            rows.map { row in
                [
                    "name": .string(row.name), "us": .number(row.microseconds.all),
                    "us_duplicates": .number(row.microseconds.duplicates), "us_fresh": .number(row.microseconds.fresh),
                    "us_p99": .number(row.microseconds.p99), "recall": .number(row.recall.all),
                    "recall_duplicates": .number(row.recall.duplicates), "recall_fresh": .number(row.recall.fresh),
                    "build_s": .number(row.buildSeconds), "bytes_per_vector": .number(row.bytesPerVector),
                ]
            })
    }

    var table: String {
        let heads = ["us", "dup.", "fresh", "p99", "recall@1", "dup.", "fresh", "bytes", "build s"]
        let head = "  " + "".padded(to: 48) + heads.map { $0.leftPadded(to: 10) }.joined()
        let lines = rows.map { row in
            let cells = [
                Format.fixed(row.microseconds.all, 1), Format.fixed(row.microseconds.duplicates, 1),
                Format.fixed(row.microseconds.fresh, 1), Format.fixed(row.microseconds.p99, 1),
                Format.fixed(row.recall.all, 4), Format.fixed(row.recall.duplicates, 4),
                Format.fixed(row.recall.fresh, 4), Format.fixed(row.bytesPerVector, 0),
                Format.fixed(row.buildSeconds, 2),
            ]
            return "  " + row.name.padded(to: 48) + cells.map { $0.leftPadded(to: 10) }.joined()
        }
        return ([head] + lines).joined(separator: "\n")
    }
}
