import CacheModel
import Foundation
import Platform

/// `deja export`
enum ExportCommand: Command {
    static let name = "export"
    static let abstract = "Write entries to a file that another Deja takes in."
    static let operands = "[FILE]"
    static let discussion = """
        Asks the running server, or with --offline the store itself. Without FILE it writes to standard output. An export
        that was interrupted goes on where FILE.part ends. The file holds prompts and answers in the clear (mode 0600);
        conversations, values and the ledger are not in it.
        """
    static let options: [Option] = [
        .value("namespace", "NAME", "Only entries of this namespace."),
        .flag("offline", "Read the store without a server."), Settings.configOption,
    ]
    static let settings: [Setting] =
        ServerConnection.settings + [.store, .storeTimeout, .encryptionKeyFile, .encryptionKey]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard arguments.operands.count <= 1 else { throw UsageError("expected one FILE at most") }
        let source = try source(arguments)
        let path = arguments.operands.first ?? "-"
        let sink = try Sink(path, digests: try source.digestSpace())
        var progress = ProgressLine("exporting", total: nil)
        try source.forEach(namespace: arguments.value("namespace")) { entry in
            try sink.add(entry)
            progress.update(sink.count)
        }
        progress.clear()
        try sink.finish()
        if path != "-" { Console.line("exported \(sink.count)") }
        return .success
    }

    private static func source(_ arguments: Arguments) throws -> any EntrySource {
        guard arguments.has("offline") else { return ServerSource(connection: try ServerConnection(arguments)) }
        let settings = try Settings(arguments: arguments, options: Self.settings)
        let sealing = try Sealing(settings)
        let store = sealing.entries(try Assembly(settings: settings).store()) {
            Console.error("deja export: \($0.message)")
        }
        return StoreSource(store: store, hasher: sealing.hasher)
    }

    /// Writes the file; what an interrupted run has written whole stays, and is not written again.
    private final class Sink {
        private let path: String
        private let file: UnsafeMutablePointer<FILE>
        private var written: Set<String> = []
        private(set) var count = 0

        private var part: String { "\(path).part" }

        init(_ path: String, digests: String) throws {
            self.path = path
            if path == "-" {
                guard let output = fdopen(dup(STDOUT_FILENO), "w") else {
                    throw CommandFailure("standard output cannot be written")
                }
                file = output
                try put(EntryFile.head(digests: digests))
                return
            }
            let part = "\(path).part"
            let (kept, ids) = try Self.resume(part, digests: digests)
            let descriptor = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0, ftruncate(descriptor, kept) == 0, lseek(descriptor, 0, SEEK_END) == kept,
                let file = fdopen(descriptor, "w")
            else { throw CommandFailure("\(part) cannot be written") }
            self.file = file
            (written, count) = (ids, ids.count)
            if kept == 0 { try put(EntryFile.head(digests: digests)) }
        }

        /// How many bytes of an earlier run are whole, and the names of the entries in them.
        private static func resume(_ part: String, digests: String) throws -> (bytes: Int, ids: Set<String>) {
            guard FileManager.default.fileExists(atPath: part) else { return (0, []) }
            let reader = try LineReader(part)
            guard let head = reader.next(), head.isWhole,
                (try? EntryFile.readHead(head.bytes, file: part)) == digests
            else { return (0, []) }
            var (bytes, ids) = (reader.offset, Set<String>())
            while let line = reader.next(), line.isWhole, case .entry(let entry)? = EntryFile.read(line.bytes),
                let id = EntryFile.id(of: entry)
            {
                ids.insert(id)
                bytes = reader.offset
            }
            return (bytes, ids)
        }

        func add(_ entry: [UInt8]) throws {
            if !written.isEmpty, let id = EntryFile.id(of: entry), written.contains(id) { return }
            try put(EntryFile.line(entry))
            count += 1
        }

        func finish() throws {
            try put(EntryFile.end(count))
            guard fflush(file) == 0 else { throw CommandFailure("the export could not be written: no room?") }
            guard path != "-" else { return }
            guard fsync(fileno(file)) == 0, fclose(file) == 0, rename(part, path) == 0 else {
                throw CommandFailure("\(path) cannot be written")
            }
        }

        private func put(_ bytes: [UInt8]) throws {
            guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
                throw CommandFailure("the export could not be written: no room? Run it again to go on")
            }
        }
    }
}
