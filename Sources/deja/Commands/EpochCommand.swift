import CacheModel

/// `deja epoch`
enum EpochCommand: Command {
    static let name = "epoch"
    static let abstract = "Show epochs of a running cache, or bump one: everything older is invisible at once."
    static let operands = "list | bump"
    static let options: [Option] = [
        .value("namespace", "NAME", "bump: the namespace."),
        .value("model", "NAME", "bump: only this model within it."),
        .value("template", "NAME", "bump: only this prompt template within it."), .json, Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let verb = try arguments.onlyOperand("ACTION (list or bump)")
        switch verb {
        case "list":
            let reply = try ServerConnection(arguments).get("/v1/epochs")
            if arguments.has("json") { Console.line(reply.bytes) } else { printTable(reply.value) }
        case "bump":
            let members = ["namespace", "model", "template"].compactMap { name in
                arguments.value(name).map { JSONMember(name, .string($0)) }
            }
            guard arguments.value("namespace") != nil else { throw UsageError("'--namespace NAME' is missing") }
            let reply = try ServerConnection(arguments).post("/v1/epochs", .object(members))
            let isSaved = reply.value["saved"]?.bool == true
            Console.line(
                arguments.has("json")
                    ? reply.bytes
                    : Array("epoch \(reply.value["epoch"]?.integer ?? 0)\(isSaved ? "" : ", not saved yet")".utf8))
        default: throw UsageError("unknown action '\(verb)': expected list or bump")
        }
        return .success
    }

    private static func printTable(_ value: JSONValue) {
        for row in value["epochs"]?.array ?? [] {
            let words = ["namespace", "model", "template"].compactMap { name in
                row[name]?.string.map { "\(name) \($0)" }
            }
            Console.line("\(words.joined(separator: ", ").padded(to: 50)) \(row["epoch"]?.integer ?? 0)")
        }
    }
}
