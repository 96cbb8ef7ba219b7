import CacheModel

/// `deja feedback`
enum FeedbackCommand: Command {
    static let name = "feedback"
    static let abstract = "Say whether the answer of a hit was right."
    static let operands = "LOOKUP_ID right|wrong"
    static let discussion = """
        A hit by meaning that was wrong is never served for that prompt again, and counts against its entry and scope. A
        hit by exact key that was wrong removes its entry. Saying the same twice changes nothing; saying the opposite takes
        the first back.
        """
    static let options: [Option] = [
        .value("note", "TEXT", "What to keep with it, at most 1 KiB."), .json, Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard arguments.operands.count == 2 else {
            throw UsageError("give the lookup_id of a hit and 'right' or 'wrong'")
        }
        guard let verdict = Verdict(rawValue: arguments.operands[1]) else {
            throw UsageError("the verdict must be 'right' or 'wrong', found '\(arguments.operands[1])'")
        }
        var members = [
            JSONMember("lookup_id", .string(arguments.operands[0])), JSONMember("verdict", .string(verdict.rawValue)),
        ]
        if let note = arguments.value("note") { members.append(JSONMember("note", .string(note))) }
        let reply = try ServerConnection(arguments).post("/v1/feedback", .object(members))
        if arguments.has("json") {
            Console.line(reply.bytes)
        } else {
            Console.line(Self.words(for: reply.value["effect"]?.string ?? ""))
        }
        return .success
    }

    private static func words(for effect: String) -> String {
        switch FeedbackReply.Effect(rawValue: effect) {
        case .pairRefused: "counted: this entry answers this prompt no more"
        case .pairRestored: "counted: this entry may answer this prompt again"
        case .entryRemoved: "counted: the entry is removed"
        case .unchanged: "nothing new: that had been said before"
        case .counted, nil: "counted"
        }
    }
}
