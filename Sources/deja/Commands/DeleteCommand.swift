import CacheModel

/// `deja delete`
enum DeleteCommand: Command {
    static let name = "delete"
    static let abstract = "Delete one entry of a running cache by its id."
    static let operands = "ENTRY_ID"
    static let options = [Option.json, Settings.configOption]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let id = try arguments.onlyOperand("ENTRY_ID")
        guard EntryID(id) != nil else {
            throw UsageError("'\(id)' is no entry id: 26 letters and digits, as a store replies")
        }
        guard let reply = try ServerConnection(arguments).delete("/v1/entries/\(id)") else {
            Console.error("deja delete: there is no entry \(id)")
            return .miss
        }
        if arguments.has("json") { Console.line(reply.bytes) } else { Console.line("deleted: \(id)") }
        return .success
    }
}
