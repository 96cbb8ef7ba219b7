import CacheModel

/// `deja kv`
enum KeyValueCommand: Command {
    static let name = "kv"
    static let abstract = "Read and write values of a running cache's key-value namespaces; exit status 1 for none."
    static let operands = "get KEY | set KEY VALUE | del KEY | incr KEY"
    static let discussion = """
        VALUE is text; with --json-value it is any JSON value. The namespace is 'default' unless named, which is where
        clients of Redis read and write.
        """
    static let options: [Option] = [
        .value("namespace", "NAME", "The key-value namespace."),
        .value("ttl", "TIME", "set: how long the value lives (90s, 15m, 12h, 7d)."),
        .value("tag", "TAG", "set: a name under which it can be invalidated.", repeatable: true),
        .value("version", "N", "set: write only over the value of this version; 0 for none."),
        .flag("json-value", "set: VALUE is JSON."), .value("by", "N", "incr: what to add (1)."), .json,
        Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        var operands = arguments.operands[...]
        guard let verb = operands.popFirst(), let key = operands.popFirst() else {
            throw UsageError("expected \(operands.isEmpty ? "get, set, del or incr, and " : "")a KEY")
        }
        let value = operands.popFirst()
        guard operands.isEmpty, (value != nil) == (verb == "set") else {
            throw UsageError(verb == "set" ? "expected one KEY and one VALUE" : "expected one KEY after '\(verb)'")
        }
        let connection = try ServerConnection(arguments)
        let path = "/v1/kv/\(PathText.escaped(arguments.value("namespace") ?? "default"))/\(PathText.escaped(key))"
        switch verb {
        case "get":
            return show(try connection.getIfThere(path), arguments, key) { ReplyText.answer($0["value"] ?? nil) }
        case "del": return show(try connection.delete(path), arguments, key) { _ in "deleted: \(key)" }
        case "set":
            let reply = try connection.put(path, try body(arguments, value!))
            return show(reply, arguments, key) { "stored: version \($0["version"]?.integer ?? 0)" }
        case "incr":
            let delta = try arguments.integer("by", in: .min ... .max) ?? 1
            let reply = try connection.post("\(path)/incr", ["by": .integer(Int64(delta))])
            return show(reply, arguments, key) { "\($0["value"]?.integer ?? 0)" }
        default: throw UsageError("unknown action '\(verb)': expected get, set, del or incr")
        }
    }

    private static func show(
        _ reply: ServerConnection.Reply?, _ arguments: Arguments, _ key: String, _ text: (JSONValue) -> String
    ) -> ExitStatus {
        guard let reply else {
            Console.error("deja kv: there is no value \(key)")
            return .miss
        }
        Console.line(arguments.has("json") ? reply.bytes : Array(text(reply.value).utf8))
        return .success
    }

    private static func body(_ arguments: Arguments, _ value: String) throws -> JSONValue {
        var members: [JSONMember] = []
        if arguments.has("json-value") {
            do {
                members.append(JSONMember("value", try JSONValue(parsing: value)))
            } catch { throw UsageError("VALUE is not JSON: \(error)") }
        } else {
            members.append(JSONMember("value", .string(value)))
        }
        if let text = arguments.value("ttl") {
            guard let seconds = SettingValue.seconds(text), seconds.isFinite, seconds > 0 else {
                throw UsageError("'--ttl' must be a duration such as 90s, 15m, 12h or 7d, found '\(text)'")
            }
            members.append(JSONMember("ttl", .number(seconds)))
        }
        if let tags = arguments.values["tag"] { members.append(JSONMember("tags", .array(tags.map(JSONValue.string)))) }
        if let version = try arguments.integer("version", in: 0 ... .max) {
            members.append(JSONMember("version", .integer(Int64(version))))
        }
        return .object(members)
    }
}

/// Text within a request's path.
enum PathText {
    /// Letters, digits and `. _ - ~` as they are, every other byte as `%XX` (RFC 3986).
    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + Hexadecimal.encode([byte])
            }
        }.joined()
    }
}
