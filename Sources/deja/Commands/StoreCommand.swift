import CacheModel

/// `deja store`
enum StoreCommand: Command {
    static let name = "store"
    static let abstract = "Give a running cache an answer to keep."
    static let operands = "PROMPT ANSWER"
    static let discussion = "ANSWER is text; with --raw it is any JSON value, and '-' reads it from standard input."
    static let options =
        RequestOptions.all + [
            .flag("raw", "ANSWER is JSON and is kept as it is."), .value("prompt-tokens", "N", "Tokens of the prompt."),
            .value("completion-tokens", "N", "Tokens of the answer."),
            .value("latency-ms", "N", "How long the model took."), .value("cost-usd", "DOLLARS", "What the call cost."),
            .value("ttl", "SECONDS", "How long the answer may live."),
            .value("tag", "TAG", "A name to invalidate it by.", repeatable: true), .json, Settings.configOption,
        ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let reply = try ServerConnection(arguments).post("/v1/store", try body(arguments))
        let isStored = reply.value["status"]?.string == "stored"
        if arguments.has("json") {
            Console.line(reply.bytes)
        } else if isStored {
            Console.line("stored: \(reply.value["entry_id"]?.string ?? "")")
        } else {
            Console.line("refused: \(reply.value["reason"]?.string ?? "")")
        }
        return isStored ? .success : .miss
    }

    private static func body(_ arguments: Arguments) throws -> JSONValue {
        if let body = try RequestOptions.wholeBody(arguments) { return body }
        guard arguments.operands.count == 2 else {
            throw UsageError("expected PROMPT and ANSWER, found \(arguments.operands.count) arguments")
        }
        var members = try RequestOptions.body(arguments, prompt: arguments.operands[0])
        members.append(JSONMember("response", try response(arguments)))
        let usage = try ["prompt-tokens", "completion-tokens"].compactMap { name in
            try arguments.integer(name, in: 0...1_000_000_000).map {
                JSONMember(name.replacing("-", with: "_"), .integer(Int64($0)))
            }
        }
        if !usage.isEmpty { members.append(JSONMember("usage", .object(usage))) }
        for name in ["latency-ms", "cost-usd", "ttl"] {
            guard let value = try arguments.double(name, in: 0...1e12) else { continue }
            members.append(JSONMember(name.replacing("-", with: "_"), .number(value)))
        }
        if let tags = arguments.values["tag"] { members.append(JSONMember("tags", .array(tags.map(JSONValue.string)))) }
        return .object(members)
    }

    private static func response(_ arguments: Arguments) throws -> JSONValue {
        let operand = arguments.operands[1]
        let bytes = operand == "-" ? try RequestOptions.input("-") : Array(operand.utf8)
        guard arguments.has("raw") else { return .string(String(decoding: bytes, as: UTF8.self)) }
        do { return try JSONValue(parsing: bytes) } catch {
            throw UsageError("with --raw, ANSWER must be JSON: \(error)")
        }
    }
}
