import CacheModel
import Evaluation
import Foundation

/// `deja bench index`: one count after another, each on its own vectors.
struct IndexBenchRun {
    let counts: [Int]
    let queries: Int
    let rounds: Int
    /// Where to write the vectors; then only the first count is measured.
    let vectorsPath: String?
    /// Whether turns are taken when a line comes in, so that another program can measure in between.
    let waitsForTurns: Bool
    /// Where to draw how cost grows.
    let plotPath: String?

    init(_ arguments: Arguments) throws {
        let texts = (arguments.value("count") ?? "10000").split(separator: ",")
        counts = texts.compactMap { Int($0) }.filter { (100...100_000_000).contains($0) }
        guard counts.count == texts.count, !counts.isEmpty else {
            throw UsageError("'--count' must be numbers from 100 on, separated by commas")
        }
        queries = try arguments.integer("queries", in: 2...100_000) ?? 1000
        rounds = try arguments.integer("rounds", in: 1...100) ?? 3
        vectorsPath = arguments.value("vectors")
        waitsForTurns = arguments.has("turns")
        plotPath = arguments.value("plot")
    }

    /// Measures on the texts of `file`.
    func run(file: String, embedder: any Embedder, progress: (String) -> Void) throws -> (JSONValue, String) {
        let texts = try DataFile.read(file, source: DataFiles.source).texts()
        var results: [JSONValue] = []
        var tables: [String] = []
        var growth = GrowthPlot()
        for count in counts {
            let vectors = try BenchVectors(
                texts: texts, count: count, queryCount: queries, embedder: embedder, progress: progress)
            if let vectorsPath { try vectors.write(to: vectorsPath) }
            let bench = IndexBench(vectors: vectors, progress: progress)
            takeTurns(bench, progress)
            let title =
                "index: \(Format.grouped(vectors.count)) vectors of \(vectors.dimension) components "
                + "(\(Format.grouped(vectors.original)) prompts as given), \(vectors.queryCount) queries, half of them "
                + "near-duplicates; medians of \(rounds) rounds after one to warm up"
            tables.append(title + "\n" + bench.table)
            growth.add(bench)
            results.append([
                "count": .integer(Int64(vectors.count)), "dimension": .integer(Int64(vectors.dimension)),
                "original": .integer(Int64(vectors.original)), "queries": .integer(Int64(vectors.queryCount)),
                "rounds": .integer(Int64(rounds)), "warm_up_rounds": 1, "indexes": bench.json,
            ])
        }
        let bandwidth = BandwidthProbe.measure()
        tables.append(bandwidth.text)
        if counts.count > 1 { tables.append(growth.table) }
        if let plotPath, !FileManager.default.createFile(atPath: plotPath, contents: Data(growth.svg.utf8)) {
            throw CommandFailure("\(plotPath) cannot be written")
        }
        return (
            ["runs": .array(results), "growth": growth.json, "bandwidth": bandwidth.json],
            tables.joined(separator: "\n\n")
        )
    }

    private func takeTurns(_ bench: IndexBench, _ progress: (String) -> Void) {
        if waitsForTurns { Console.line("ready") }
        for round in 0...rounds {
            if waitsForTurns, readLine() == nil { return }
            progress("round \(round)/\(rounds)")
            bench.turn()
            if waitsForTurns { Console.line("done") }
        }
    }
}
