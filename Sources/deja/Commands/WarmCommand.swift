import CacheModel

/// `deja warm`
enum WarmCommand: Command {
    static let name = "warm"
    static let abstract = "Fill the running server from a gateway's log."
    static let operands = "LOG"
    static let discussion = """
        LOG is JSON lines with the fields of a store, as deja demo --data takes them; '-' reads standard input. Lines
        without a response are passed over. The ledger counts none of it: those calls were paid for before.
        """
    static let options: [Option] = [.json, Settings.configOption]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let path = try arguments.onlyOperand("LOG")
        let connection = try ServerConnection(arguments)
        let reader = try LineReader(path)
        var (stored, passed) = (0, 0)
        var reasons: [String: Int64] = [:]
        var batch: [JSONValue] = []
        var progress = ProgressLine("warming", total: nil)
        func flush() throws {
            guard !batch.isEmpty else { return }
            let reply = try connection.post("/v1/store/batch", ["requests": .array(batch)]).value
            for result in reply["results"]?.array ?? [] {
                if result["status"]?.string == "stored" {
                    stored += 1
                } else {
                    reasons[
                        result["reason"]?.string ?? result["problem"]?["detail"]?.string ?? "unknown", default: 0] += 1
                }
            }
            batch = []
            progress.update(reader.number)
        }
        while let line = reader.next() {
            if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
            guard let value = try? JSONValue(parsing: line.bytes), var members = value.members else {
                throw CommandFailure("\(path), line \(reader.number): no JSON object")
            }
            guard let response = value["response"], response != .null else {
                passed += 1
                continue
            }
            members.append(JSONMember("counted", false))
            batch.append(.object(members))
            if batch.count == 64 { try flush() }
        }
        try flush()
        progress.clear()
        if arguments.has("json") {
            let refused = reasons.sorted { $0.key < $1.key }.map { JSONMember($0.key, .integer($0.value)) }
            Console.line(
                JSONWriter.encode([
                    "stored": .integer(Int64(stored)), "without_response": .integer(Int64(passed)),
                    "refused": .object(refused),
                ]))
        } else {
            Console.line("stored \(stored), without a response \(passed)")
            for (reason, count) in reasons.sorted(by: { $0.value > $1.value }) {
                Console.line("refused \(count): \(reason)")
            }
        }
        return .success
    }
}
