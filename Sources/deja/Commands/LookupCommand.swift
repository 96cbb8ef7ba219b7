import CacheModel

/// `deja lookup`
enum LookupCommand: Command {
    static let name = "lookup"
    static let abstract = "Ask a running cache for an answer; exit status 1 on a miss."
    static let operands = "PROMPT"
    static let options =
        RequestOptions.all + [
            .value("mode", "MODE", "How far matching goes: off, exact or semantic."),
            .value("max-false-hit-rate", "SHARE", "The share of hits that may be wrong."),
            .value("min-similarity", "COSINE", "The least similarity of a hit."),
            .flag("explain", "Say how the answer came about."), .json, Settings.configOption,
        ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let reply = try ServerConnection(arguments).post("/v1/lookup", try body(arguments))
        if arguments.has("json") {
            Console.line(reply.bytes)
        } else {
            print(reply.value)
        }
        return reply.value["status"]?.string == "hit" || reply.value["status"]?.string == "stale" ? .success : .miss
    }

    private static func body(_ arguments: Arguments) throws -> JSONValue {
        if let body = try RequestOptions.wholeBody(arguments) { return body }
        var members = try RequestOptions.body(arguments, prompt: try arguments.onlyOperand("PROMPT"))
        var controls: [JSONMember] = []
        if let mode = arguments.value("mode") { controls.append(JSONMember("mode", .string(mode))) }
        if let rate = try arguments.double("max-false-hit-rate", in: 0...1) {
            controls.append(JSONMember("max_false_hit_rate", .number(rate)))
        }
        if let similarity = try arguments.double("min-similarity", in: -1...1) {
            controls.append(JSONMember("min_similarity", .number(similarity)))
        }
        if !controls.isEmpty { members.append(JSONMember("cache", .object(controls))) }
        if arguments.has("explain") { members.append(JSONMember("explain", true)) }
        return .object(members)
    }

    /// A line on how it ended, then the answer, then the explanation.
    private static func print(_ reply: JSONValue) {
        Console.line(ReplyText.summary(reply))
        if let response = reply["response"] { Console.line(ReplyText.answer(response)) }
        if let explanation = reply["explain"] { Console.line(JSONWriter.encode(explanation)) }
    }
}

/// Replies as people read them.
enum ReplyText {
    /// `hit: semantic, similarity 0.931, probability 0.996, age 12 s, ttl 3588 s`
    static func summary(_ reply: JSONValue) -> String {
        var parts: [String] = []
        if let type = reply["hit_type"]?.string { parts.append(type) }
        if let reason = reply["reason"]?.string { parts.append(reason) }
        let figures = reply["nearest"] ?? reply
        let prefix = reply["nearest"] == nil ? "" : "nearest "
        if let similarity = figures["similarity"]?.double {
            parts.append("\(prefix)similarity \(Format.fixed(similarity, 3))")
        }
        if let probability = figures["probability"]?.double {
            parts.append("probability \(Format.fixed(probability, 3))")
        }
        if let age = reply["age_s"]?.integer { parts.append("age \(age) s") }
        if let ttl = reply["ttl_s"]?.integer { parts.append("ttl \(ttl) s") }
        let status = reply["status"]?.string ?? "?"
        return parts.isEmpty ? status : "\(status): \(parts.joined(separator: ", "))"
    }

    /// The text of an answer: a string's own, a chat message's content, else its JSON.
    static func answer(_ response: JSONValue) -> String {
        if let text = response.string { return text }
        if let text = response["content"]?.string { return text }
        if let text = response["choices"]?.array?.first?["message"]?["content"]?.string { return text }
        return String(decoding: JSONWriter.encode(response), as: UTF8.self)
    }
}
