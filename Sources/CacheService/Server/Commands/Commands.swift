import CacheEngine
import CacheModel

/// One RESP command: a row of the table.
struct Command: Sendable {
    typealias Handler = @Sendable (RESPCommand, RESPSession, ServiceContext) -> Step<[UInt8]>

    /// The name in upper case.
    let name: StaticString
    /// The least and the most arguments, the name included.
    let arguments: ClosedRange<Int>
    /// What it needs of its caller.
    let needs: Requirement
    let handle: Handler

    init(
        _ name: StaticString, _ arguments: ClosedRange<Int>, needs: Requirement = .undeclared,
        _ handle: @escaping Handler
    ) {
        self.name = name
        self.arguments = arguments
        self.needs = needs
        self.handle = handle
    }
}

/// The table of commands.
enum Commands {
    /// All commands; the busiest first.
    static let all: [Command] =
        CacheCommands.all + KeyValueCommands.all + KeyValueCommands.counters + FreshnessCommands.all
        + ConnectionCommands.all

    /// Runs a command.
    static func run(_ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext) -> Step<[UInt8]> {
        guard let row = all.first(where: { command.isWord(0, $0.name) }) else {
            return error(session, "unknown command '\(Self.shown(command[0]))', see docs/wire.md for what there is")
        }
        if row.needs != .open {
            guard let caller = session.caller else {
                return reply(session) { $0.error("NOAUTH", "Authentication required: send AUTH TOKEN first.") }
            }
            context.serve(caller)
            if let refusal = caller.refusal(row.needs) { return reply(session) { $0.error(refusal) } }
        }
        guard row.arguments.contains(command.count) else {
            return error(session, "wrong number of arguments for '\("\(row.name)".lowercased())' command")
        }
        return row.handle(command, session, context)
    }

    /// A reply that is there.
    static func reply(_ session: RESPSession, _ write: (inout RESPWriter) -> Void) -> Step<[UInt8]> {
        var writer = RESPWriter(version: session.version)
        write(&writer)
        return .done(writer.bytes)
    }

    /// An error that is there.
    static func error(_ session: RESPSession, _ message: String) -> Step<[UInt8]> {
        reply(session) { $0.error("ERR", message) }
    }

    /// A problem that is there.
    static func error(_ session: RESPSession, _ problem: ProblemDocument) -> Step<[UInt8]> {
        reply(session) { $0.error(problem) }
    }

    /// The beginning of an argument, fit to be shown in an error.
    static func shown(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let printable = bytes.prefix(48).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return String(decoding: printable, as: UTF8.self)
    }
}

extension RESPWriter {
    /// Writes a problem as an error, with the word that Redis has for its kind.
    mutating func error(_ problem: ProblemDocument) {
        let word =
            switch problem.status {
            case 401: "NOAUTH"
            case 403: "NOPERM"
            case 429: "LIMIT"
            case 503: "UNAVAILABLE"
            default: "ERR"
            }
        error(word, problem.line)
    }
}
