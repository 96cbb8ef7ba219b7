import CacheModel
import Foundation

/// Measures what an entry costs in memory: the growth of a server process that is filled with entries, less their text.
struct MemoryBench {
    let entries: Int

    /// What was measured.
    struct Result {
        let entries: Int
        let bytesPerEntry: Double
        let textBytesPerEntry: Double
    }

    /// Fills a server with `entries` distinct prompts in one scope; answers go to the store only.
    func run(progress: (String) -> Void) throws -> Result {
        let folder = try DemoFolder()
        let server = try ChildServer(
            Paths.program,
            [
                "serve", "--socket", folder.socket, "--store", "sqlite:\(folder.database)", "--memory", "1MiB",
                "--log-level", "error",
            ], socket: folder.socket)
        let connection = ServerConnection(socket: folder.socket)
        // The first thousand warm up what is held once: the model, buffers, SQLite's cache.
        var textBytes = try fill(connection, 0..<1000)
        textBytes = 0
        let before = server.residentBytes ?? 0
        for start in stride(from: 1000, to: 1000 + entries, by: 1000) {
            textBytes += try fill(connection, start..<min(start + 1000, 1000 + entries))
            progress("storing \(start)/\(entries)")
        }
        let growth = Double((server.residentBytes ?? 0) - before)
        return Result(
            entries: entries, bytesPerEntry: (growth - Double(textBytes)) / Double(entries),
            textBytesPerEntry: Double(textBytes) / Double(entries))
    }

    private func fill(_ connection: ServerConnection, _ numbers: Range<Int>) throws -> Int {
        var bytes = 0
        let requests = numbers.map { number -> JSONValue in
            let prompt =
                "Customer \(number &* 7_919) asks about invoice \(number) from region \(number % 97): is it paid?"
            bytes += prompt.utf8.count
            return ["prompt": .string(prompt), "response": "Yes."]
        }
        _ = try connection.post("/v1/store/batch", ["requests": .array(requests)])
        return bytes
    }
}
