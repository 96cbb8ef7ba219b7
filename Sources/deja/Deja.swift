import Foundation

/// The program: finds the command, reads its arguments, runs it, and turns what is thrown into one line and an exit
/// status.
@main
struct Deja {
    static func main() {
        // What they stand for is an error of the call: a client that is gone, a file that may not grow.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    static func run(_ words: [String]) -> ExitStatus {
        guard let name = words.first, name != "--help", name != "-h", name != "help" else {
            return help(Array(words.dropFirst()))
        }
        if name == "--version" { return run(["version"]) }
        guard let command = Commands.all.first(where: { $0.name == name }) else {
            let near = Spelling.nearest(to: name, among: Commands.all.map { $0.name })
            let mistake = UsageError("unknown command '\(name)'\(near.map { "; did you mean '\($0)'?" } ?? "")")
            Console.error("deja: \(mistake.sentence) See 'deja --help'.")
            return .usage
        }
        return run(command, Array(words.dropFirst()))
    }

    private static func run(_ command: any Command.Type, _ words: [String]) -> ExitStatus {
        do {
            let options = command.options + command.settings.map(\.option) + [.help]
            let arguments = try Arguments(words, command: command.name, options: options)
            if arguments.has("help") {
                Console.line(HelpText.command(command))
                return .success
            }
            return try command.run(arguments)
        } catch let error as UsageError {
            Console.error("deja \(command.name): \(error.sentence) See 'deja \(command.name) --help'.")
            return .usage
        } catch {
            Console.error("deja \(command.name): \(error)")
            return .failure
        }
    }

    private static func help(_ words: [String]) -> ExitStatus {
        if let name = words.first, let command = Commands.all.first(where: { $0.name == name }) {
            Console.line(HelpText.command(command))
        } else {
            Console.line(HelpText.overview(Commands.all))
        }
        return .success
    }
}

/// The commands there are, in the order of the help. A new command is one file and one line here.
enum Commands {
    static let all: [any Command.Type] = [
        ServeCommand.self, LookupCommand.self, StoreCommand.self, DeleteCommand.self, InvalidateCommand.self,
        FeedbackCommand.self, KeyValueCommand.self, EventsCommand.self, EpochCommand.self, RefreshCommand.self,
        StatsCommand.self, ReportCommand.self, PricesCommand.self, ExportCommand.self, ImportCommand.self,
        WarmCommand.self, DemoCommand.self, TrainCommand.self, CalibrateCommand.self, EvalCommand.self, ABCommand.self,
        ReplayCommand.self, ExamCommand.self, BenchCommand.self, ConfigCommand.self, ModelCommand.self,
        TokenCommand.self, KeyCommand.self, DoctorCommand.self, CompletionsCommand.self, VersionCommand.self,
    ]
}
