import CacheModel

/// `deja stats`
enum StatsCommand: Command {
    static let name = "stats"
    static let abstract = "Show the counters of a running cache."
    static let options = [Option.json, Settings.configOption]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let reply = try ServerConnection(arguments).get("/v1/stats")
        if arguments.has("json") {
            Console.line(reply.bytes)
        } else {
            for (name, value) in Self.rows(reply.value, prefix: "") { Console.line("\(name.padded(to: 34)) \(value)") }
        }
        return .success
    }

    /// Every figure with its path.
    private static func rows(_ value: JSONValue, prefix: String) -> [(String, String)] {
        guard let members = value.members else { return [] }
        return members.flatMap { member -> [(String, String)] in
            let name = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
            if member.value.members != nil { return rows(member.value, prefix: name) }
            return [(name, member.value.string ?? String(decoding: JSONWriter.encode(member.value), as: UTF8.self))]
        }
    }
}
