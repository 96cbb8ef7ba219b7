import CacheModel

/// `deja refresh`
enum RefreshCommand: Command {
    static let name = "refresh"
    static let abstract = "List popular answers of a running cache that are near their end."
    static let discussion = """
        A line for each: hits, age and rest of its life in seconds, entry. With --json the requests to ask a model again
        are there, and with --lease the right to do so alone: a gateway stores the answers with it.
        """
    static let options: [Option] = [
        .value("namespace", "NAME", "Of this namespace."), .value("tenant", "NAME", "Of this tenant."),
        .value("limit", "N", "At most so many (100)."), .flag("lease", "Take a lease on each."), .json,
        Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let query = ["namespace", "tenant", "limit"].compactMap { name in
            arguments.value(name).map { "\(name)=\(PathText.escaped($0))" }
        }
        let path = "/v1/refresh" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let connection = try ServerConnection(arguments)
        let reply = arguments.has("lease") ? try connection.post(path, .object([])) : try connection.get(path)
        if arguments.has("json") {
            Console.line(reply.bytes)
            return .success
        }
        for entry in reply.value["entries"]?.array ?? [] {
            let figures = ["hits", "age_s", "ttl_s"].map { "\(entry[$0]?.integer ?? 0)".leftPadded(to: 9) }
            Console.line("\(figures.joined()) \(entry["entry_id"]?.string ?? "")")
        }
        return .success
    }
}
