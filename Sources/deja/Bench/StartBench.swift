import CacheEngine
import CacheModel
import Evaluation
import Foundation
import LinearAlgebra
import Platform
import SQLiteStore

/// Measures a start: a SQLite store of `entries` prompts is filled, read once without a snapshot, written down, and taken
/// over from the snapshot by a second engine. The file's pages are in memory by then.
struct StartBench {
    let assembly: Assembly
    let entries: Int

    /// Seconds of the clock, and sizes.
    struct Result {
        var entries = 0
        var rebuildSeconds = 0.0
        var saveSeconds = 0.0
        var loadSeconds = 0.0
        var confirmSeconds = 0.0
        var snapshotBytes = 0
        var storeBytes = 0
    }

    /// Runs it on the prompts of `file`, grown by edits of words as `bench index` does.
    func run(file: String, progress: (String) -> Void) throws -> Result {
        let folder = try DemoFolder()
        let location = SQLiteLocation.file(folder.database)
        let snapshot = SnapshotFile(path: folder.database + ".index")
        do {
            let store = try SQLiteStore(location)
            try fill(store, texts: try DataFile.read(file, source: DataFiles.source).texts(), progress)
            store.close()
        }
        var result = Result()
        var stored = 0
        do {
            let store = try SQLiteStore(location)
            let engine = try assembly.engine(store: store, snapshot: snapshot)
            progress("reading the store")
            result.rebuildSeconds = try Self.seconds { try engine.rebuild() }
            stored = engine.statistics().entries
            progress("moving vectors")
            // Training goes on elsewhere meanwhile; what is done after two minutes is what a server would have by then.
            let deadline = Date().addingTimeInterval(120)
            var idle = 0
            while idle < 40, Date() < deadline {
                if engine.maintainIndexes() {
                    idle = 0
                } else {
                    idle += 1
                    usleep(250_000)
                }
            }
            progress("saving")
            result.saveSeconds = try Self.seconds { _ = try engine.saveSnapshot() }
            store.close()
        }
        let store = try SQLiteStore(location)
        let engine = try assembly.engine(store: store, snapshot: snapshot)
        progress("loading")
        result.loadSeconds = try Self.seconds { result.entries = try engine.loadSnapshot() }
        result.confirmSeconds = try Self.seconds { try engine.rebuild() }
        // Some prompts are never admitted: those that ask about today, say.
        guard engine.statistics().entries == stored, result.entries == stored else {
            throw CommandFailure("\(engine.statistics().entries) entries after the start instead of \(stored)")
        }
        result.storeBytes = try store.statistics().bytes ?? 0
        result.snapshotBytes =
            (try FileManager.default.attributesOfItem(atPath: snapshot.location)[.size] as? Int) ?? 0
        return result
    }

    private func fill(_ store: SQLiteStore, texts: [String], _ progress: (String) -> Void) throws {
        let writer = try assembly.engine(store: store)
        var seen: Set<String> = []
        let prompts = texts.filter { seen.insert($0).inserted }
        var edits = WordEdits(prompts: prompts, generator: SplitMix64(seed: 1))
        for start in stride(from: 0, to: entries, by: 1000) {
            let requests = (start..<min(start + 1000, entries)).map { number -> StoreRequest in
                // The number keeps edited prompts apart.
                let text = number < prompts.count ? prompts[number] : edits.grown(prompts[number % prompts.count])
                let prompt = number < prompts.count ? text : "\(text) \(number)"
                return StoreRequest(request: CacheRequest(prompt: prompt), response: RawJSON("An answer."))
            }
            _ = writer.store(batch: requests).finish()
            progress("storing \(start)/\(entries)")
        }
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        try work()
        return Double(clock.monotonicNanoseconds() - start) / 1e9
    }
}

extension BenchTables {
    static func start(_ result: StartBench.Result) -> (JSONValue, String) {
        func mebibytes(_ bytes: Int) -> String { Format.fixed(Double(bytes) / 1_048_576, 0) }
        let text = """
            start: \(Format.grouped(result.entries)) entries in SQLite (\(mebibytes(result.storeBytes)) MiB); seconds of the clock
              without a snapshot: read the store       \(Format.fixed(result.rebuildSeconds, 2))
              with one (\(mebibytes(result.snapshotBytes)) MiB): load it           \(Format.fixed(result.loadSeconds, 2))
                ask the store for what has changed     \(Format.fixed(result.confirmSeconds, 2))
              write one                                \(Format.fixed(result.saveSeconds, 2))
            """
        return (
            [
                "entries": .integer(Int64(result.entries)), "rebuild_s": .number(result.rebuildSeconds),
                "load_s": .number(result.loadSeconds), "confirm_s": .number(result.confirmSeconds),
                "save_s": .number(result.saveSeconds), "snapshot_bytes": .integer(Int64(result.snapshotBytes)),
                "store_bytes": .integer(Int64(result.storeBytes)),
            ], text
        )
    }
}
