import CacheModel

/// `deja invalidate`
enum InvalidateCommand: Command {
    static let name = "invalidate"
    static let abstract = "Remove the entries of a running cache that meet all given conditions."
    static let options: [Option] = [
        .value("namespace", "NAME", "Entries of this namespace."), .value("model", "NAME", "Entries of this model."),
        .value("user", "NAME", "Entries stored for this user."), .value("tenant", "NAME", "Entries of this tenant."),
        .value("tag", "TAG", "Entries with any of these tags.", repeatable: true),
        .value("template", "NAME", "Entries of this prompt template."),
        .value("prompt", "TEXT", "Entries with this prompt."),
        .value("older-than", "TIME", "Entries older than this (90s, 15m, 12h, 7d)."),
        .flag("kv", "Values of key-value namespaces with the tags, too."),
        .value("at", "MOMENT", "Do it then (2027-01-15T08:00:00Z), not now."),
        .flag("all", "Everything: needed when no condition is given."), .flag("dry-run", "Only count."), .json,
        Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let reply = try ServerConnection(arguments).post("/v1/invalidate", try body(arguments))
        if arguments.has("json") {
            Console.line(reply.bytes)
        } else {
            if let id = reply.value["scheduled"]?.string {
                Console.line("scheduled: \(id) at \(reply.value["at"]?.string ?? "")")
                return .success
            }
            let (matched, removed) = (reply.value["matched"]?.integer ?? 0, reply.value["removed"]?.integer ?? 0)
            Console.line(arguments.has("dry-run") ? "would remove \(matched)" : "removed \(removed) of \(matched)")
        }
        return .success
    }

    private static func body(_ arguments: Arguments) throws -> JSONValue {
        var members: [JSONMember] = []
        for name in ["namespace", "model", "user", "tenant", "template", "prompt"] {
            if let value = arguments.value(name) { members.append(JSONMember(name, .string(value))) }
        }
        if let tags = arguments.values["tag"] { members.append(JSONMember("tags", .array(tags.map(JSONValue.string)))) }
        if let age = arguments.value("older-than") {
            guard let seconds = SettingValue.seconds(age), seconds.isFinite, seconds >= 0 else {
                throw UsageError("'--older-than' must be a duration such as 90s, 15m, 12h or 7d, found '\(age)'")
            }
            members.append(JSONMember("older_than_s", .number(seconds)))
        }
        if members.isEmpty && !arguments.has("all") {
            throw UsageError("no condition is given: this would empty the cache; say --all if that is meant")
        }
        if arguments.has("kv") { members.append(JSONMember("kv", true)) }
        if let at = arguments.value("at") { members.append(JSONMember("at", .string(at))) }
        if arguments.has("all") { members.append(JSONMember("all", true)) }
        if arguments.has("dry-run") { members.append(JSONMember("dry_run", true)) }
        return .object(members)
    }
}
