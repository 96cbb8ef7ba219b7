import CacheModel
import CacheService

/// `deja events`
enum EventsCommand: Command {
    static let name = "events"
    static let abstract = "Show what happens in a running cache, until it is stopped."
    static let discussion = """
        A line for each event. No prompts and no answers: digests only, unless the namespace's show_text allows prompts.
        """
    static let options: [Option] = [
        .value("namespace", "NAME", "Events of this namespace."),
        .value("kinds", "KINDS", "Some of hit, miss, store, delete, expire, error, with commas between them."),
        .value("after", "NUMBER", "Begin after this event, as far as it is remembered; 0 for all that is."),
        .value("count", "N", "Stop after so many."), .json, Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        var query: [String] = []
        for name in ["namespace", "kinds", "after"] {
            if let value = arguments.value(name) { query.append("\(name)=\(PathText.escaped(value))") }
        }
        var rest = try arguments.integer("count", in: 1...1_000_000_000) ?? .max
        let path = "/v1/events" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        try ServerConnection(arguments).follow(path) { event in
            guard !event.data.isEmpty else { return true }
            Console.line(arguments.has("json") ? Array(event.data.utf8) : Array(line(event).utf8))
            rest -= 1
            return rest > 0
        }
        return .success
    }

    /// `2027-01-15T08:00:00.000Z hit support semantic 01M7… 0.931 141 us`
    private static func line(_ event: ServerEvent) -> String {
        guard let value = try? JSONValue(parsing: event.data) else { return event.data }
        if event.name == "lost" {
            return "lost \(value["lost"]?.integer.map(String.init) ?? "an unknown number of") events"
        }
        var words = [value["at"]?.string ?? "", event.name]
        for name in ["namespace", "detail", "entry_id", "model"] {
            if let word = value[name]?.string { words.append(word) }
        }
        if value["kv"]?.bool == true { words.append("kv") }
        if let similarity = value["similarity"]?.double { words.append(Format.fixed(similarity, 3)) }
        if let count = value["count"]?.integer { words.append("\(count) entries") }
        if let time = value["us"]?.double { words.append("\(Int(time)) us") }
        return words.joined(separator: " ")
    }
}
