import CacheModel
import Evaluation

/// `deja bench`
enum BenchCommand: Command {
    static let name = "bench"
    static let abstract = "Measure this build on this machine."
    static let operands = "[serve|embed|verify|memory|store|ledger|index|start|warming]"
    static let discussion = """
        serve   exact hits and misses over HTTP and RESP at 1, 16 and 64 connections, beside Redis's GET in the same run
        embed   the embedder and the judge on one core
        verify  the verifier by length of pair, in single precision and in 8 bits, and its memory
        memory  bytes of memory an entry, beyond its text
        store   keeping, reading and scanning entries in SQLite and in Redis, where there is a redis-server
        ledger  a month of ledger events over 20 models and 1,000 users: ingest, size, time of a report
        index   the vector indexes on embeddings of the prompts in --data: microseconds, recall, bytes
        start   a start with --entries prompts of --data in a SQLite store, with and without a snapshot
        warming the memory tier on days made of the trace in --data, with and without reading ahead
        Without a word, embed, serve and memory. Machines are noisy: quote ratios of one run.
        """
    static let options: [Option] = [
        .value("requests", "N", "Requests of each measurement of serve. Default: 50000."),
        .value("rounds", "N", "Rounds of serve and index (default 3), and of verify (default 100)."),
        .value("entries", "N", "Entries of memory, store and start. Default: 100000; of store, 10000."),
        .value(
            "data", "FILE",
            "Prompts of index and start: pairs, clusters or prompts (.tsv or .jsonl, also .gz); a trace of warming."),
        .value("count", "N[,N…]", "Vectors of index. Default: 10000."),
        .value("queries", "N", "Queries of index. Default: 1000."),
        .value("vectors", "OUT", "Write index's vectors to OUT and its queries to OUT.queries (32-bit floats)."),
        .value("plot", "OUT", "Draw how index's cost grows with the numbers of --count to OUT (SVG)."),
        .flag("turns", "Have index take each turn when a line comes in, to measure another program in between."),
        .value("events", "N", "Events of ledger. Default: 10000000."), .json, Settings.configOption,
    ]
    static let settings = [Setting.models, .embedder, .judge, .verifier, .verifyTimeout]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let parts = arguments.operands.isEmpty ? ["embed", "serve", "memory"] : arguments.operands
        let known = ["serve", "embed", "verify", "memory", "store", "ledger", "index", "start", "warming"]
        if let unknown = parts.first(where: { !known.contains($0) }) {
            throw UsageError(
                "there is no measurement '\(unknown)': use \(known.dropLast().joined(separator: ", ")) or \(known.last!)"
            )
        }
        let host = BenchHost()
        var results = [JSONMember("host", host.json)]
        let isJSON = arguments.has("json")
        if !isJSON { Console.line(host.text) }
        for part in parts {
            let (json, table) = try measure(part, arguments)
            results.append(JSONMember(part, json))
            if !isJSON { Console.line("\n" + table) }
        }
        if isJSON { Console.line(JSONWriter.encode(.object(results))) }
        return .success
    }

    private static func measure(_ part: String, _ arguments: Arguments) throws -> (JSONValue, String) {
        var line = ProgressLine(part, total: nil)
        var count = 0
        func progress(_ note: String) {
            count += 1
            line.update(count, note: note)
        }
        defer { line.clear() }
        switch part {
        case "serve":
            let bench = ServeBench(
                requests: try arguments.integer("requests", in: 100...100_000_000) ?? 50_000,
                rounds: try arguments.integer("rounds", in: 1...100) ?? 3)
            return BenchTables.serve(try bench.run(progress: progress), bench)
        case "memory":
            let entries = try arguments.integer("entries", in: 1000...10_000_000) ?? 100_000
            return BenchTables.memory(try MemoryBench(entries: entries).run(progress: progress))
        case "verify":
            let assembly = Assembly(settings: try Settings(arguments: arguments))
            let bench = VerifyBench(
                folder: try assembly.modelFolder(.verifier),
                rounds: try arguments.integer("rounds", in: 1...100_000) ?? 100)
            return BenchTables.verify(try bench.run(progress: progress))
        case "ledger":
            let bench = LedgerBench(events: try arguments.integer("events", in: 1000...1_000_000_000) ?? 10_000_000)
            return BenchTables.ledger(try bench.run { line.update($0) })
        case "store":
            let bench = StoreBench(entries: try arguments.integer("entries", in: 100...1_000_000) ?? 10_000)
            return BenchTables.store(try bench.run(progress: progress), bench)
        case "start":
            let entries = try arguments.integer("entries", in: 1000...10_000_000) ?? 100_000
            let bench = StartBench(
                assembly: Assembly(settings: try Settings(arguments: arguments)), entries: entries)
            return BenchTables.start(try bench.run(file: try data(arguments), progress: progress))
        case "warming":
            let file = try data(arguments)
            let bench = WarmingBench(trial: try WarmingTrial(try DataFiles.source(file), file: file))
            return BenchTables.warming(bench.run(progress: progress))
        case "index":
            let file = try data(arguments)
            let assembly = Assembly(settings: try Settings(arguments: arguments))
            return try IndexBenchRun(arguments).run(file: file, embedder: try assembly.embedder(), progress: progress)
        default:
            let assembly = Assembly(settings: try Settings(arguments: arguments))
            let embedder = try assembly.embedder()
            return BenchTables.embed(EmbedBench(embedder: embedder, judge: try assembly.judge(for: embedder)).run())
        }
    }
}

extension BenchCommand {
    /// The file of prompts.
    private static func data(_ arguments: Arguments) throws -> String {
        guard let file = arguments.value("data") else { throw UsageError("this measurement needs --data FILE") }
        return file
    }
}

/// Measurements as tables and JSON.
enum BenchTables {
    static func serve(_ rows: [ServeBench.Row], _ bench: ServeBench) -> (JSONValue, String) {
        var lines = [
            "serve: \(Format.grouped(bench.requests)) requests (a tenth of them for misses), median of \(bench.rounds) rounds, answers of 1 KiB",
            "  \("".padded(to: 18))\("conns".leftPadded(to: 6))\("req/s".leftPadded(to: 10))\("p50 us".leftPadded(to: 9))\("p99 us".leftPadded(to: 9))\("/ GET".leftPadded(to: 8))",
        ]
        var json: [JSONValue] = []
        for row in rows {
            let base = rows.first { $0.name == "redis GET" && $0.connections == row.connections }
            let ratio = base.map { row.throughput / $0.throughput }
            lines.append(
                "  \(row.name.padded(to: 18))\("\(row.connections)".leftPadded(to: 6))\(Format.grouped(Int(row.throughput)).leftPadded(to: 10))"
                    + "\(Format.fixed(row.median, 0).leftPadded(to: 9))\(Format.fixed(row.tail, 0).leftPadded(to: 9))"
                    + (ratio.map { Format.fixed($0, 2) } ?? "-").leftPadded(to: 8))
            json.append([
                "name": .string(row.name), "connections": .integer(Int64(row.connections)),
                "requests_per_s": .number(row.throughput.rounded()), "p50_us": .number(row.median),
                "p99_us": .number(row.tail), "ratio_to_redis_get": ratio.map(JSONValue.number) ?? .null,
            ])
        }
        return (.array(json), lines.joined(separator: "\n"))
    }

    static func memory(_ result: MemoryBench.Result) -> (JSONValue, String) {
        let text =
            "memory: \(Format.grouped(result.entries)) entries, \(Format.fixed(result.bytesPerEntry, 0)) bytes each beyond \(Format.fixed(result.textBytesPerEntry, 0)) of text"
        return (
            [
                "entries": .integer(Int64(result.entries)), "bytes_per_entry": .number(result.bytesPerEntry.rounded()),
                "text_bytes_per_entry": .number(result.textBytesPerEntry.rounded()),
            ], text
        )
    }

    static func ledger(_ result: LedgerBench.Result) -> (JSONValue, String) {
        let rate = Double(result.events) / result.ingestSeconds
        let text = """
            ledger: \(Format.grouped(result.events)) events of a month over 20 models and 1,000 users
              ingest              \(Format.grouped(Int(rate))) events/s with flushes and roll-ups; \(Format.fixed(result.recordNanoseconds, 0)) ns an event on the caller's thread
              kept                \(Format.grouped(result.rows)) rows, \(Format.fixed(Double(result.bytes) / 1e6, 1)) MB
              report by model     \(Format.fixed(result.reportByModel, 2)) s; by user \(Format.fixed(result.reportByUser, 2)) s; by model and user \(Format.fixed(result.reportByModelUser, 2)) s
              sums                \(result.isExact ? "equal the oracle's" : "WRONG")
            """
        return (
            [
                "events": .integer(Int64(result.events)), "events_per_s": .number(rate.rounded()),
                "record_ns": .number(result.recordNanoseconds.rounded()), "rows": .integer(Int64(result.rows)),
                "bytes": .integer(Int64(result.bytes)), "report_by_model_s": .number(result.reportByModel),
                "report_by_user_s": .number(result.reportByUser),
                "report_by_model_user_s": .number(result.reportByModelUser), "sums_exact": .bool(result.isExact),
            ], text
        )
    }

    static func embed(_ rows: [EmbedBench.Row]) -> (JSONValue, String) {
        let lines = rows.map { row in
            "  \(row.name.padded(to: 44))\(Format.fixed(row.microseconds, 1).leftPadded(to: 9)) us"
        }
        return (
            .array(rows.map { ["name": .string($0.name), "us": .number($0.microseconds)] }),
            (["embed: medians on one core"] + lines).joined(separator: "\n")
        )
    }
}
