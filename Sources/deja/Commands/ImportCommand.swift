import CacheModel

/// `deja import`
enum ImportCommand: Command {
    static let name = "import"
    static let abstract = "Take the entries of an exported file into the running server."
    static let operands = "FILE"
    static let discussion = """
        Entries keep their names and their ends. What is there already or is over is left out, so that an import that was
        interrupted can simply be run again. What an invalidation has removed since the export comes back; what an epoch
        has ended does not. A damaged line is named, and ends the import there.
        """
    static let options: [Option] = [.json, Settings.configOption]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let path = try arguments.onlyOperand("FILE")
        let connection = try ServerConnection(arguments)
        let reader = try LineReader(path)
        guard let head = reader.next() else { throw CommandFailure("\(path) is empty") }
        let digests = try EntryFile.readHead(head.bytes, file: path)
        var sums: [String: Int64] = ["taken": 0, "present": 0, "over": 0, "refused": 0]
        var batch: [[UInt8]] = []
        var (bytes, count) = (0, 0)
        var progress = ProgressLine("importing", total: nil)
        func flush() throws {
            guard !batch.isEmpty else { return }
            let start = Array("{\"digests\":\"\(digests)\",\"entries\":[".utf8)
            let body = start + Array(batch.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
            let reply = try connection.post("/v1/import", bytes: body).value
            for name in sums.keys { sums[name]! += reply[name]?.integer ?? 0 }
            (batch, bytes) = ([], 0)
            progress.update(count)
        }
        var stated: Int?
        while let line = reader.next() {
            switch EntryFile.read(line.bytes) {
            case .entry(let entry):
                if bytes + entry.count > 4 << 20 || batch.count == 200 { try flush() }
                batch.append(entry)
                bytes += entry.count
                count += 1
            case .end(let number): stated = number
            case nil:
                try flush()
                throw CommandFailure("\(path), line \(reader.number): damaged; \(count) entries before it were read")
            }
        }
        try flush()
        progress.clear()
        guard stated == count else {
            throw CommandFailure("\(path) ends too early: \(count) entries were read, and its end is missing")
        }
        if arguments.has("json") {
            Console.line(
                JSONWriter.encode(
                    .object(sums.sorted { $0.key < $1.key }.map { JSONMember($0.key, .integer($0.value)) })))
        } else {
            Console.line(
                "took in \(sums["taken"]!), there already \(sums["present"]!), over \(sums["over"]!), kept out by the policy \(sums["refused"]!)"
            )
        }
        return .success
    }
}
