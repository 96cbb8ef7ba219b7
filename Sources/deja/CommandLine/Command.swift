import CacheModel

/// A subcommand: its words, its options and what it does. `Commands.all` lists them.
protocol Command: SendableMetatype {
    /// The word on the command line.
    static var name: String { get }
    /// One sentence.
    static var abstract: String { get }
    /// The positional arguments as the usage line shows them.
    static var operands: String { get }
    /// More for `--help`, beside the options.
    static var discussion: String { get }
    /// Its own options.
    static var options: [Option] { get }
    /// The settings that it reads, each an option too.
    static var settings: [Setting] { get }
    /// Runs it.
    static func run(_ arguments: Arguments) throws -> ExitStatus
}

extension Command {
    static var operands: String { "" }
    static var discussion: String { "" }
    static var options: [Option] { [] }
    static var settings: [Setting] { [] }
}

/// How a command ends.
enum ExitStatus: Int32 {
    /// Success, or a hit.
    case success = 0
    /// A miss.
    case miss = 1
    /// Something failed.
    case failure = 2
    /// The command line makes no sense (`EX_USAGE`).
    case usage = 64
}

/// One option of a command.
struct Option {
    /// The name, without dashes.
    let name: String
    /// What stands for its value in the help; `nil` for a switch.
    let placeholder: String?
    /// One sentence.
    let help: String
    /// Whether it may be given more than once.
    var isRepeatable = false

    static func value(_ name: String, _ placeholder: String, _ help: String, repeatable: Bool = false) -> Option {
        Option(name: name, placeholder: placeholder, help: help, isRepeatable: repeatable)
    }

    static func flag(_ name: String, _ help: String) -> Option { Option(name: name, placeholder: nil, help: help) }

    static let json = Option.flag("json", "Print JSON.")
    static let help = Option.flag("help", "Show this help.")
}

/// A mistake on the command line: printed with the way to the help, exit status 64.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    /// The description with a full stop, unless it ends in a question.
    var sentence: String { description.hasSuffix("?") ? description : description + "." }
}

/// A failure that has been said in full: printed as it is, exit status 2.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
